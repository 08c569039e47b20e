"""Figures as a file: the same as those of the page where both may show them, and as a recount."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from collector.clock import instant
from collector.domain import OUVERTURE, Avis, Cell
from collector.scores import NATIONAL, score
from tests.http.problems import problem
from tests.http.reading import EVERYTHING, a_token, read, record, some_avis
from tests.world import AILLEURS, CACHEE, CARTE, FIN, LONGUE, World, execute

SCORES = "/exports/scores.csv"
Row = dict[str, str]


@pytest.fixture
def token(world: World) -> str:
    record(world, some_avis())
    cell = Cell(CARTE.id, FIN.code, "2026-11-02", "standard-1", OUVERTURE, 1)
    asyncio.run(world.store.record([], {cell: 40}))
    return a_token(world, EVERYTHING, "verbatims")


def lines(world: World, token: str, **params: Any) -> list[Row]:
    answer = read(world, SCORES, token, **params)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def effectifs(row: Row) -> list[int]:
    return [int(row[f"n_{level}"]) for level in range(1, int(row["niveau_max"]) + 1)]


def counted(dimension: str, k: int, **wanted: object) -> list[int]:
    """A recount of the avis that have these values and count."""
    chosen = [
        a.notes[dimension]
        for a in some_avis()
        if a.ecarte is None
        and dimension in a.notes
        and all(getattr(a, name) == value for name, value in wanted.items())
    ]
    return [chosen.count(level) for level in range(1, k + 1)]


def test_every_question_of_every_demarche_has_its_row(world: World, token: str) -> None:
    found = {(row["demarche"], row["dimension"]): row for row in lines(world, token)}
    assert {slug for slug, _ in found} == {CARTE.slug, LONGUE.slug, CACHEE.slug}
    for demarche in (CARTE, LONGUE):
        for dimension, k in (("satisfaction", 3), ("effort", 5)):
            row = found[demarche.slug, dimension]
            assert effectifs(row) == counted(dimension, k, demarche_id=demarche.id)
            figures = score(effectifs(row), NATIONAL)
            assert int(row["n"]) == figures.n
            assert row["note_sur_10"] == ("" if not figures.n else str(figures.note_sur_10))
            assert row["classe"] == (figures.classe or "")
    nobody = found[CACHEE.slug, "satisfaction"]
    assert (nobody["n"], nobody["note_sur_10"], nobody["avis"]) == ("0", "", "0")


def test_openings_and_the_answer_rate_are_there(world: World, token: str) -> None:
    row = lines(world, token, demarche=CARTE.slug, bouton=FIN.code)[0]
    mine = [a for a in some_avis() if a.bouton == FIN.code and a.ecarte is None]
    assert (row["avis"], row["ouvertures"]) == (str(len(mine)), "40")
    assert float(row["taux_ouverture_avis"]) == len(mine) / 40


@pytest.mark.parametrize(
    "chosen",
    [{"note.effort": "3,4,5"}, {"avec_verbatim": "non"}, {"statut": "tous"}, {"q": "merci"}],
)
def test_openings_are_not_said_to_be_none_where_avis_are_chosen(
    world: World, token: str, chosen: dict[str, str]
) -> None:
    row = lines(world, token, demarche=CARTE.slug, **chosen)[0]
    assert int(row["avis"]) > 0
    assert (row["ouvertures"], row["taux_ouverture_avis"]) == ("", "")


@pytest.mark.parametrize("pas", ["jour", "semaine", "mois", "trimestre", "annee"])
def test_steps_add_up_to_the_whole(world: World, token: str, pas: str) -> None:
    [whole] = [r for r in lines(world, token, demarche=LONGUE.slug) if r["dimension"] == "effort"]
    steps = [
        r for r in lines(world, token, demarche=LONGUE.slug, pas=pas) if r["dimension"] == "effort"
    ]
    assert [sum(each) for each in zip(*map(effectifs, steps), strict=True)] == effectifs(whole)
    assert all(a["au"] < b["du"] for a, b in pairwise(steps))
    assert steps[-1]["du"] <= "2026-11-22" <= steps[-1]["au"]


@pytest.mark.parametrize(
    ("params", "wanted"),
    [
        ({"du": "2026-11-02", "au": "2026-11-02"}, {"jour": "2026-11-02"}),
        ({"bouton": AILLEURS.code}, {"bouton": AILLEURS.code}),
        ({"questionnaire": "demarche-longue-1"}, {"questionnaire": "demarche-longue-1"}),
        ({"avec_verbatim": "non"}, {"verbatim": None}),
        ({"q": "courriel confirmation"}, {"verbatim": some_avis()[1].verbatim}),
        ({"note.satisfaction": "2", "avec_verbatim": "non"}, {"verbatim": None}),
    ],
)
def test_the_filter_is_that_of_the_avis(
    world: World, token: str, params: dict[str, str], wanted: dict[str, object]
) -> None:
    rows = [r for r in lines(world, token, **params) if r["dimension"] == "satisfaction"]
    found = [sum(each) for each in zip(*map(effectifs, rows), strict=True)]
    expected = counted("satisfaction", 3, **wanted)
    if "note.satisfaction" in params:
        expected = [0, expected[1], 0]
    assert found == expected


def test_where_the_page_may_show_a_figure_it_is_this_one(world: World, token: str) -> None:
    page = world.client.get(f"/api/v1/demarches/{CARTE.slug}/scores").json()["total"]
    rows = lines(world, token, demarche=CARTE.slug, du=page["du"], au=page["au"])
    shown = {mesure["dimension"]: mesure for mesure in page["dimensions"]}
    for row in rows:
        mesure = shown[row["dimension"]]
        assert mesure["effectifs"] in (None, effectifs(row))
        if mesure["note_sur_10"] is not None:
            assert float(row["note_sur_10"]) == mesure["note_sur_10"]
            assert [float(row["bas"]), float(row["haut"])] == mesure["intervalle"]
    assert page["avis"] == int(rows[0]["avis"])


def test_too_many_periods_are_refused_before_a_file_begins(world: World, token: str) -> None:
    old = some_avis()[1]._replace(cle=some_avis(90)[-1].cle, jour="2020-01-01")
    record(world, [old])
    asked = {"demarche": CARTE.slug, "pas": "jour", "du": "2000-01-01", "au": "2049-12-31"}
    told = problem(read(world, SCORES, token, **asked), 422, "filtre_invalide")
    assert told["erreurs"][0]["champ"] == "pas"
    assert len(lines(world, token, **{**asked, "pas": "annee"})) == 7 * 3
    assert asyncio.run(world.store.journal(9))[0].sur["filtre"][1] == "pas=annee"  # type: ignore[index]


def an_old_one(**changes: Any) -> Avis:
    """An avis of another démarche than the first, nearly seven years before the others."""
    at = instant(int(datetime(2020, 1, 1, 12, tzinfo=UTC).timestamp() * 1000))
    longue = some_avis()[3]._replace(cle=some_avis(90)[-1].cle, verbatim=None, ecarte=None)
    assert longue.demarche_id == LONGUE.id
    return longue._replace(recu_le=at.recu_le, jour=at.jour_iso, **changes)


# Filters that the old one passes, and filters that it does not.
PASSED: list[dict[str, str]] = [
    {},
    {"au": "2025-12-31"},
    {"bouton": AILLEURS.code},
    {"avec_verbatim": "non"},
    {"statut": "tous"},
]
NOT_PASSED: list[dict[str, str]] = [
    {"du": "2024-06-01"},
    {"bouton": FIN.code},
    {"demarche": CARTE.slug},
    {"questionnaire": "standard-1"},
    {"avec_verbatim": "oui"},
    {"q": "merci"},
    {"statut": "ecarte"},
]


@pytest.mark.parametrize("asked", PASSED)
def test_so_are_those_of_any_demarche(world: World, token: str, asked: dict[str, str]) -> None:
    assert lines(world, token, pas="jour", **asked)
    record(world, [an_old_one()])
    told = problem(read(world, SCORES, token, pas="jour", **asked), 422, "filtre_invalide")
    assert told["erreurs"][0]["champ"] == "pas"
    assert lines(world, token, pas="semaine", **asked)


@pytest.mark.parametrize("asked", NOT_PASSED)
def test_what_is_not_asked_for_refuses_nothing(
    world: World, token: str, asked: dict[str, str]
) -> None:
    before = lines(world, token, pas="jour", **asked)
    record(world, [an_old_one()])
    assert lines(world, token, pas="jour", **asked) == before


def test_what_was_set_aside_counts_where_it_is_asked_for(world: World, token: str) -> None:
    record(world, [an_old_one(ecarte="spam")])
    assert lines(world, token, pas="jour")
    for statut in ("ecarte", "tous"):
        problem(read(world, SCORES, token, pas="jour", statut=statut), 422, "filtre_invalide")


def test_a_head_is_refused_as_the_file_would_be(world: World, token: str) -> None:
    headers = {"authorization": f"Bearer {token}"}
    asked = {"pas": "jour"}
    assert world.client.head(SCORES, params=asked, headers=headers).status_code == 200
    record(world, [an_old_one()])
    assert world.client.head(SCORES, params=asked, headers=headers).status_code == 422
    assert read(world, "/exports/scores.schema.json", token, **asked).status_code == 200


def test_no_figure_is_read_for_what_has_none(world: World, token: str) -> None:
    execute(world.path, "alter table agregat rename to ailleurs")
    headers = {"authorization": f"Bearer {token}"}
    assert world.client.head(SCORES, headers=headers).status_code == 200
    for described in ("schema.json", "datapackage.json"):
        answer = read(world, f"/exports/scores.{described}", token, pas="jour")
        assert answer.status_code == 200
    # The negative twin: the file itself needs them.
    problem(read(world, SCORES, token), 503, "stockage_indisponible")


@pytest.mark.parametrize("pas", ["", "heure", "douze_mois", "mois,jour"])
def test_another_step_is_refused(world: World, token: str, pas: str) -> None:
    told = problem(read(world, SCORES, token, pas=pas), 422, "filtre_invalide")
    assert told["erreurs"][0]["champ"] == "pas"
