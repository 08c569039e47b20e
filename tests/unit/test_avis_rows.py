"""Rows of a download take the same memory however many there are, and whatever was answered."""

from __future__ import annotations

import tracemalloc
from itertools import islice, product

import orjson

from collector.avis_rows import AvisRows
from collector.domain import Bouton, Catalogue, Demarche, Dimension, Questionnaire, Structure
from collector.store.contract import Row

WORDS = {"fr": "x", "en": "x"}
CODES = "abcdefgh"
LONG = Questionnaire("long-1", WORDS, tuple(Dimension(each, WORDS, (WORDS,) * 5) for each in CODES))
CATALOGUE = Catalogue(
    1,
    {1: Structure(1, "Ville")},
    {1: Demarche(1, "carte", "Carte", 1, LONG.id)},
    {"k7f3q2": Bouton("k7f3q2", 1, "Fin")},
    {LONG.id: LONG},
)


def answered(levels: tuple[int, ...]) -> Row:
    notes = orjson.dumps(dict(zip(CODES, levels, strict=True))).decode()
    day = "2026-11-22"
    end = ("fr", "page", None, None, None, notes)
    return (1, "k7f3q2", LONG.id, "cle", 1, f"{day}T10:00:00.000Z", day, *end)


def test_avis_that_all_answer_otherwise_take_no_more_memory() -> None:
    rows = AvisRows(CATALOGUE, [LONG], verbatims=True)
    every = product(range(1, 6), repeat=len(CODES))
    tracemalloc.start()
    for levels in islice(every, 40_000):
        [row] = rows.page([answered(levels)])
        assert row[-len(CODES) :] == levels
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 6_000_000
