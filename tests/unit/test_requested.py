"""What a query asks for: each word means one thing, and one that means nothing is refused."""

from __future__ import annotations

from datetime import date

import pytest

from collector.asked.periode import Periode
from collector.asked.requested import MOST, Query, parse_selection
from collector.asked.selection import Selection
from collector.catalogue import shipped_questionnaires
from collector.domain import Bouton, Catalogue, Demarche, Structure
from collector.errors import BadFilter, UnknownDemarche

VISIBLE = {
    1: Demarche(1, "carte", "Carte", 1, "standard-1"),
    2: Demarche(2, "dossier", "Dossier", 2, "standard-1"),
}
HIDDEN = Demarche(3, "cachee", "Cachée", 3, "standard-1")
CATALOGUE = Catalogue(
    1,
    {1: Structure(1, "Ville"), 2: Structure(2, "Service", parent=1), 3: Structure(3, "Ailleurs")},
    {**VISIBLE, 3: HIDDEN},
    {"k7f3q2": Bouton("k7f3q2", 1, "Fin"), "zzzzzz": Bouton("zzzzzz", 3, "Autre")},
    shipped_questionnaires(),
)


def parsed(*query: tuple[str, str], others: frozenset[str] = frozenset()) -> Selection:
    return parse_selection(query, CATALOGUE, VISIBLE, others)


def test_without_a_word_everything_visible_that_counts_is_meant() -> None:
    assert parsed() == Selection((1, 2))


def test_every_word_is_understood() -> None:
    selection = parsed(
        ("demarche", "carte"),
        ("bouton", "k7f3q2"),
        ("du", "2026-01-01"),
        ("au", "2026-01-31"),
        ("questionnaire", "standard-1"),
        ("note.effort", "1,2"),
        ("note.clarte", "5"),
        ("avec_verbatim", "oui"),
        ("statut", "tous"),
    )
    assert selection == Selection(
        demarches=(1,),
        periode=Periode(date(2026, 1, 1), date(2026, 1, 31)),
        bouton="k7f3q2",
        questionnaire="standard-1",
        notes=(("clarte", frozenset({5})), ("effort", frozenset({1, 2}))),
        avec_verbatim=True,
        statut="tous",
    )


def test_one_end_of_a_period_leaves_the_other_open() -> None:
    since = parsed(("du", "2026-01-01")).periode
    assert since == Periode(date(2026, 1, 1), date(2100, 12, 31))
    until = parsed(("au", "2026-01-01")).periode
    assert until == Periode(date(2000, 1, 1), date(2026, 1, 1))


def test_demarches_and_structures_narrow_each_other() -> None:
    assert parsed(("demarche", "carte"), ("demarche", "dossier")).demarches == (1, 2)
    assert parsed(("structure", "Ville")).demarches == (1, 2)
    assert parsed(("structure", "2")).demarches == (2,)
    assert parsed(("structure", "2"), ("demarche", "carte")).demarches == ()


@pytest.mark.parametrize("slug", ["cachee", "inconnue", "", "carte "])
def test_what_may_not_be_seen_is_as_unknown_as_what_is_not(slug: str) -> None:
    with pytest.raises(UnknownDemarche):
        parsed(("demarche", slug))


REFUSED: list[tuple[str, Query]] = [
    ("du", [("du", "2026-02-30")]),
    ("du", [("du", "1969-12-31")]),
    ("du", [("du", "hier")]),
    ("au", [("au", "2101-01-01")]),
    ("au", [("du", "2026-02-02"), ("au", "2026-02-01")]),
    ("au", [("au", "2026-02-01T00:00")]),
    ("bouton", [("bouton", "zzzzzz")]),
    ("bouton", [("bouton", "")]),
    ("bouton", [("demarche", "dossier"), ("bouton", "k7f3q2")]),
    ("structure", [("structure", "Ailleurs")]),
    ("structure", [("structure", "999999999999999999999")]),
    ("questionnaire", [("questionnaire", "standard-9")]),
    ("note.rien", [("note.rien", "1")]),
    ("note.effort", [("note.effort", "")]),
    ("note.effort", [("note.effort", "1,")]),
    ("note.effort", [("note.effort", "-1")]),
    ("note.effort", [("note.effort", "²")]),
    ("note.effort", [("note.effort", "٣")]),
    ("note.effort", [("note.effort", "0")]),
    ("note.effort", [("note.effort", "3" + ",3" * 10)]),
    ("note.effort", [("note.effort", "11")]),
    ("note.effort", [("note.effort", "1" * 5000)]),
    ("avec_verbatim", [("avec_verbatim", "peut-être")]),
    ("statut", [("statut", "secret")]),
    ("statut", [("statut", "tous"), ("statut", "tous")]),
    ("demarch", [("demarch", "carte")]),
    ("pas", [("pas", "mois")]),
    ("filtre", [("demarche", "carte")] * (MOST + 1)),
    ("filtre", [(f"note.{i}", "1") for i in range(10_000)]),
]


def test_a_bouton_is_of_one_demarche() -> None:
    assert parsed(("bouton", "k7f3q2")) == Selection((1,), bouton="k7f3q2")


@pytest.mark.parametrize(("champ", "query"), REFUSED)
def test_what_makes_no_filter_is_named(champ: str, query: Query) -> None:
    with pytest.raises(BadFilter) as refused:
        parsed(*query)
    [faute] = refused.value.fautes()
    assert faute.champ == champ
    assert faute.attendu["fr"]
    assert faute.attendu["en"]


def test_a_word_of_the_route_is_let_through() -> None:
    assert parsed(("limite", "3"), others=frozenset({"limite"})) == Selection((1, 2))
