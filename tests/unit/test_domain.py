"""The one rule that moves an avis forward, as laws; and keys, codes, the catalogue."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.clock import instant
from collector.domain import (
    AUTOMATIC_REASONS,
    Avis,
    Catalogue,
    Cell,
    Contact,
    Demarche,
    Outcome,
    Questionnaire,
    advance,
    by_month,
    cells,
    in_language,
    moves,
    new_cle,
    new_code,
    sens,
)
from collector.store.contract import Settled, settle
from tests.world import CARTE, NOON

MINUTE = 60_000
REASONS = [None, "piege", "trop_rapide"]
"""What a state can come in with. A moderator's reason is only ever in a stored one."""

clefs = st.integers(0, 2).map(lambda n: new_cle(NOON, n))
boutons = st.sampled_from(["un", "deux"])
minutes = st.integers(0, 90)
notes = st.dictionaries(st.sampled_from(["satisfaction", "effort", "clarte"]), st.integers(1, 5))


def states(
    cle: st.SearchStrategy[str] = clefs,
    bouton: st.SearchStrategy[str] = boutons,
    minutes: st.SearchStrategy[int] = minutes,
) -> st.SearchStrategy[Avis]:
    """States as they come in, at some minute after noon."""

    def make(
        id: int, cle: str, bouton: str, etape: int, at: int, given: dict[str, int], why: str | None
    ) -> Avis:
        now = instant(NOON + at * MINUTE)
        return Avis(
            id, cle, bouton, "standard-1", etape, now.recu_le, now.jour_iso, given, ecarte=why
        )

    return st.builds(
        make,
        st.integers(1, 2),
        cle,
        bouton,
        st.integers(1, 6),
        minutes,
        notes,
        st.sampled_from(REASONS),
    )


one = states(st.just(new_cle(NOON, 0)), st.just("un"), st.just(0)).map(
    lambda avis: avis._replace(demarche_id=1)
)
"""States of one and the same avis, within its hour."""


def follow(states: list[Avis]) -> Avis | None:
    """What is stored after these, one by one."""
    current = None
    for new in states:
        current = advance(current, new, too_late=False)[1] or current
    return current


# advance


@given(one)
def test_a_first_state_is_stored_as_it_is(new: Avis) -> None:
    assert advance(None, new, too_late=False) == (Outcome.STORED, new)


@given(one, one)
def test_handing_in_a_state_twice_changes_nothing_the_second_time(a: Avis, b: Avis) -> None:
    current = follow([a, b])
    for again in (a, b):
        assert advance(current, again, too_late=False) == (Outcome.UNCHANGED, None)


@given(st.lists(one, min_size=1, max_size=6, unique_by=lambda avis: avis.etape), st.randoms())
def test_the_order_in_which_steps_arrive_does_not_matter(batch: list[Avis], random: object) -> None:
    shuffled = list(batch)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert follow(shuffled) == follow(batch) == max(batch, key=lambda avis: avis.etape)


@given(one, states(st.just(new_cle(NOON, 0)), st.just("un")))
def test_an_update_keeps_the_day_the_instant_and_the_key_of_the_first_state(
    current: Avis, new: Avis
) -> None:
    new = new._replace(demarche_id=current.demarche_id)
    outcome, after = advance(current, new, too_late=False)
    assert (outcome is Outcome.UPDATED) == (after is not None) == (new.etape > current.etape)
    if after is not None:
        kept = ("demarche_id", "cle", "bouton", "recu_le", "jour")
        assert all(getattr(after, name) == getattr(current, name) for name in kept)
        taken = ("etape", "notes", "verbatim", "langue", "affichage", "widget", "questionnaire")
        assert all(getattr(after, name) == getattr(new, name) for name in taken)


@given(one, one, st.booleans())
def test_another_bouton_never_changes_an_avis(current: Avis, new: Avis, too_late: bool) -> None:
    other = new._replace(bouton="deux")
    assert advance(current, other, too_late) == (Outcome.OTHER_BOUTON, None)


@given(one, one)
def test_too_late_is_said_only_of_what_would_have_changed_something(a: Avis, b: Avis) -> None:
    expected = Outcome.TOO_LATE if b.etape > a.etape else Outcome.UNCHANGED
    assert advance(a, b, too_late=True) == (expected, None)


@given(one, one, st.sampled_from([*REASONS, "injures", "hors sujet"]))
def test_a_persons_reason_stays_and_an_automatic_one_is_looked_at_again(
    current: Avis, new: Avis, reason: str | None
) -> None:
    later = new._replace(etape=current.etape + 1)
    _, after = advance(current._replace(ecarte=reason), later, too_late=False)
    assert after is not None
    decided = reason is not None and reason not in AUTOMATIC_REASONS
    assert after.ecarte == (reason if decided else new.ecarte)


# Counters


@given(one)
def test_an_avis_counts_once_in_each_dimension_it_answers_or_nowhere(avis: Avis) -> None:
    counted = [(cell.dimension, cell.note) for cell in cells(avis)]
    expected = [("avis", 1), *avis.notes.items()] if avis.ecarte is None else []
    assert counted == expected
    assert {cell[:4] for cell in cells(avis)} <= {(1, "un", avis.jour, "standard-1")}


@given(st.lists(one, min_size=1, max_size=6))
def test_moving_counters_step_by_step_leaves_those_of_the_last_state(batch: list[Avis]) -> None:
    counters: Counter[Cell] = Counter()
    current = None
    for new in batch:
        after = advance(current, new, too_late=False)[1]
        if after is not None:
            counters.update(moves([(current, after)]))
            current = after
        assert min(counters.values(), default=0) >= 0
    assert current is not None
    assert +counters == Counter(cells(current))


@given(st.lists(states(), max_size=8))
def test_counters_of_months_are_those_of_their_days_added_up(batch: list[Avis]) -> None:
    days = Counter(cell for avis in batch for cell in cells(avis))
    months = by_month(days)
    assert months.total() == days.total()
    assert {cell.jour for cell in months} == {cell.jour[:7] for cell in days}
    for cell, n in months.items():
        assert n == sum(m for day, m in days.items() if day._replace(jour=day.jour[:7]) == cell)


@given(one)
def test_moving_from_a_state_to_itself_moves_nothing(avis: Avis) -> None:
    assert not any(moves([(avis, avis)]).values())


@given(st.lists(states(), max_size=8))
def test_steps_together_move_what_they_move_one_by_one(states: list[Avis]) -> None:
    steps: list[tuple[Avis | None, Avis]] = [(None, avis) for avis in states]
    steps += [(before, after) for before, after in pairwise(states)]
    apart: Counter[Cell] = Counter()
    for step in steps:
        apart.update(moves([step]))
    assert moves(steps) == apart


# settle

batches = st.lists(states(), max_size=12)


def stored_after(stored: dict[tuple[int, str], Avis], rows: list[Avis]) -> None:
    stored.update({(avis.demarche_id, avis.cle): avis for avis in rows})


def rows(settled: Settled) -> list[Avis]:
    return [*settled.added, *settled.changed]


def moved(counters: Counter[Cell]) -> dict[Cell, int]:
    return {cell: n for cell, n in counters.items() if n}


@given(batches, batches)
def test_a_batch_settles_as_its_states_would_one_by_one(
    before: list[Avis], new: list[Avis]
) -> None:
    at_once: dict[tuple[int, str], Avis] = {}
    stored_after(at_once, rows(settle(before, [])))
    stored, one_by_one = dict(at_once), dict(at_once)

    whole = settle(new, at_once.values())
    stored_after(at_once, rows(whole))

    outcomes, counters = [], Counter[Cell]()
    for avis in new:
        part = settle([avis], one_by_one.values())
        stored_after(one_by_one, rows(part))
        outcomes += part.outcomes
        counters.update(part.counters)

    known = {(avis.demarche_id, avis.cle) for avis in stored.values()}
    assert not known.intersection((avis.demarche_id, avis.cle) for avis in whole.added)
    assert known.issuperset((avis.demarche_id, avis.cle) for avis in whole.changed)
    assert whole.outcomes == outcomes
    assert at_once == one_by_one
    assert moved(whole.counters) == moved(counters)


@given(batches)
def test_settling_a_batch_again_changes_nothing(batch: list[Avis]) -> None:
    first = settle(batch, [])
    again = settle(batch, rows(first))
    assert (rows(again), +again.counters) == ([], Counter())
    assert not {Outcome.STORED, Outcome.UPDATED}.intersection(again.outcomes)


@given(batches)
def test_what_a_batch_adds_to_the_counters_is_a_recount_of_its_rows(batch: list[Avis]) -> None:
    settled = settle(batch, [])
    recount: Counter[Cell] = Counter()
    for row in rows(settled):
        recount.update(cells(row))
    assert +settled.counters == recount
    assert len({(row.demarche_id, row.cle) for row in rows(settled)}) == len(rows(settled))


# Keys and codes


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**80 - 1))
def test_a_cle_is_a_uuid_7_of_its_instant(ms: int, random: int) -> None:
    made = UUID(new_cle(ms, random))
    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.int >> 80 == ms


@given(st.integers(0, 2**48 - 2), st.integers(0, 2**80 - 1), st.integers(0, 2**80 - 1))
def test_a_later_cle_sorts_after_an_earlier_one(ms: int, a: int, b: int) -> None:
    assert new_cle(ms, a) < new_cle(ms + 1, b)


def test_two_cles_of_one_instant_differ() -> None:
    assert len({new_cle(NOON) for _ in range(1000)}) == 1000


def test_a_code_can_be_dictated_and_spells_no_word() -> None:
    codes = [new_code() for _ in range(2000)]
    assert all(re.fullmatch("[2-9b-df-hjkmnp-tv-xz]{6}", code) for code in codes)
    assert {each for code in codes for each in code} == set("23456789bcdfghjkmnpqrstvwxz")
    assert len(set(codes)) > 1990


# What is configured


def test_a_text_is_given_in_the_language_asked_else_in_french() -> None:
    texte = {"fr": "Oui", "en": "Yes"}
    assert [in_language(texte, langue) for langue in ("fr", "en", "br")] == ["Oui", "Yes", "Oui"]
    assert in_language({"fr": "Oui", "en": ""}, "en") == "Oui"


def test_arabic_is_written_from_right_to_left() -> None:
    assert [sens(langue) for langue in ("fr", "de", "ar")] == ["ltr", "ltr", "rtl"]


def test_a_questionnaire_speaks_the_languages_that_all_its_words_have() -> None:
    both, more = {"fr": "Oui", "en": "Yes"}, {"fr": "Oui", "en": "Yes", "de": "Ja", "ar": "نعم"}
    dimension = {"code": "effort", "question": more, "niveaux": [more, more]}
    whole = {"id": "essai-1", "titre": both, "dimensions": [dimension]}
    assert Questionnaire.from_json(whole).langues == {"fr", "en", "de", "ar"}
    aside = {**whole, "commentaire": {"question": more, "aide": both}}
    assert Questionnaire.from_json(aside).langues == {"fr", "en"}
    last = {**dimension, "niveaux": [more, {"fr": "Non"}]}
    assert Questionnaire.from_json({**whole, "dimensions": [dimension, last]}).langues == {"fr"}
    option = {"code": "telephone", "libelle": both}
    asked = {**whole, "choix": [{"code": "aide", "question": more, "options": [option]}]}
    assert Questionnaire.from_json(asked).langues == {"fr", "en"}
    written = {**whole, "contact": {"question": more, "aide": more, "accord": both}}
    assert Questionnaire.from_json(written).langues == {"fr", "en"}


@pytest.mark.parametrize(
    ("publique", "archivee", "shown"),
    [(True, False, True), (True, True, False), (False, False, False), (False, True, False)],
)
def test_a_demarche_is_shown_when_public_and_not_archived(
    publique: bool, archivee: bool, shown: bool
) -> None:
    assert replace(CARTE, publique=publique, archivee=archivee).shown is shown


def test_the_public_list_is_by_title_whatever_the_case() -> None:
    def a_demarche(id: int, titre: str, publique: bool = True) -> Demarche:
        return Demarche(id, f"d-{id}", titre, 1, "standard-1", publique=publique)

    demarches = [a_demarche(1, "carte"), a_demarche(2, "Acte"), a_demarche(3, "Bail", False)]
    catalogue = Catalogue(1, {}, {d.id: d for d in demarches}, {}, {})
    assert [d.titre for d in catalogue.public()] == ["Acte", "carte"]
    assert catalogue.by_slug("d-3") == demarches[2]
    assert catalogue.by_slug("d-4") is None


def test_a_questionnaire_is_read_from_its_json() -> None:
    niveau = {"fr": "Oui", "en": "Yes"}
    value = {
        "id": "essai-1",
        "titre": {"fr": "Essai"},
        "dimensions": [{"code": "effort", "question": {"fr": "?"}, "niveaux": [niveau, niveau]}],
    }
    made = Questionnaire.from_json(value)
    dimension = made.dimension("effort")
    assert dimension is not None
    assert (dimension.niveaux, dimension.obligatoire) == ((niveau, niveau), False)
    assert made.dimension("absente") is None
    assert made.commentaire is None
    assert (made.choix, made.contact, made.cadre) == ((), None, False)


def test_a_questionnaire_may_ask_choices_and_an_address() -> None:
    oui, words = {"fr": "Oui"}, {"fr": "?"}
    suite = {"code": "qualite", "question": words, "niveaux": [oui, oui], "si": {"joint": 2}}
    options = [
        {"code": "telephone", "libelle": oui, "suites": True},
        {"code": "proche", "libelle": oui},
    ]
    choix = {"code": "aide", "question": words, "options": options, "suites": [suite]}
    value = {"id": "essai-1", "titre": words, "dimensions": []}
    made = Questionnaire.from_json({**value, "choix": [choix]})
    (asked,) = made.choix
    assert [(each.code, each.suites, each.seule) for each in asked.options] == [
        ("telephone", True, False),
        ("proche", False, False),
    ]
    assert (asked.suites[0].niveaux, asked.suites[0].si) == ((oui, oui), {"joint": 2})
    assert made.cadre
    contact = {"question": words, "aide": words, "accord": oui}
    assert Questionnaire.from_json({**value, "contact": contact}).contact == Contact(**contact)
    assert Questionnaire.from_json({**value, "contact": contact}).cadre
