"""Avis by pages and as files: the same filter gives the same avis, whole, once, in order."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Callable
from itertools import chain
from typing import Any

import pytest

from collector.catalogue import shipped_questionnaires
from collector.domain import Avis
from tests.http.problems import problem
from tests.http.reading import EVERYTHING, a_token, read, record, some_avis
from tests.world import AILLEURS, CARTE, COURRIEL, LONGUE, World

AVIS = "/api/v1/avis"
SLUGS = {CARTE.id: CARTE.slug, LONGUE.id: LONGUE.slug}


@pytest.fixture
def token(world: World) -> str:
    record(world, some_avis())
    return a_token(world, EVERYTHING, "verbatims")


def place(avis: Avis) -> tuple[int, str, str]:
    return avis.demarche_id, avis.recu_le, avis.cle


def keys(avis: list[Avis]) -> list[str]:
    return [each.cle for each in sorted(avis, key=place)]


def pages(world: World, token: str, **params: Any) -> list[list[str]]:
    """The keys of every page, from the first on."""
    found = []
    answer = read(world, AVIS, token, **params)
    while True:
        assert answer.status_code == 200, answer.text
        found.append([avis["cle"] for avis in answer.json()["avis"]])
        following = answer.json()["suivant"]
        if following is None:
            return found
        path = following.removeprefix("http://127.0.0.1:8000")
        answer = world.client.get(path, headers={"authorization": f"Bearer {token}"})


def of_file(world: World, token: str, **params: Any) -> list[str]:
    answer = read(world, "/exports/avis.csv", token, **params)
    assert answer.status_code == 200, answer.text
    return [row["cle"] for row in csv.DictReader(io.StringIO(answer.text, newline=""))]


# The filter


FILTERS: list[tuple[dict[str, Any], Callable[[Avis], bool]]] = [
    ({}, lambda a: True),
    ({"demarche": LONGUE.slug}, lambda a: a.demarche_id == LONGUE.id),
    ({"demarche": [LONGUE.slug, CARTE.slug]}, lambda a: True),
    ({"structure": "Ville de Montclair"}, lambda a: True),
    ({"bouton": COURRIEL.code}, lambda a: a.bouton == COURRIEL.code),
    ({"du": "2026-11-01"}, lambda a: a.jour >= "2026-11-01"),
    ({"au": "2026-11-01"}, lambda a: a.jour <= "2026-11-01"),
    ({"du": "2026-11-02", "au": "2026-11-02"}, lambda a: a.jour == "2026-11-02"),
    ({"questionnaire": "standard-1"}, lambda a: a.questionnaire == "standard-1"),
    ({"note.satisfaction": "1,2"}, lambda a: a.notes["satisfaction"] < 3),
    ({"note.effort": "5", "note.satisfaction": "1"},
     lambda a: (a.notes.get("effort"), a.notes["satisfaction"]) == (5, 1)),
    ({"note.effort": "9"}, lambda a: False),
    ({"avec_verbatim": "oui"}, lambda a: a.verbatim is not None),
    ({"avec_verbatim": "non"}, lambda a: a.verbatim is None),
    ({"q": "courriel"}, lambda a: "courriel" in (a.verbatim or "")),
    ({"q": "tres SIMPLE"}, lambda a: "Très simple" in (a.verbatim or "")),
    ({"bouton": AILLEURS.code, "avec_verbatim": "oui", "du": "2026-10-30"},
     lambda a: a.bouton == AILLEURS.code and a.verbatim is not None and a.jour >= "2026-10-30"),
]  # fmt: skip


@pytest.mark.parametrize(("params", "wanted"), FILTERS)
@pytest.mark.parametrize("statut", ["compte", "ecarte", "tous"])
def test_the_list_and_the_file_have_the_avis_that_the_filter_means(
    world: World, token: str, params: dict[str, Any], wanted: Callable[[Avis], bool], statut: str
) -> None:
    counted = {"compte": (True,), "ecarte": (False,), "tous": (True, False)}[statut]
    expected = keys([a for a in some_avis() if wanted(a) and (a.ecarte is None) in counted])
    asked = {**params, "statut": statut}
    assert [*chain(*pages(world, token, limite=7, **asked))] == expected
    assert of_file(world, token, **asked) == expected


def test_an_avis_is_given_as_it_was_stored(world: World, token: str) -> None:
    stored = {avis.cle: avis for avis in some_avis()}
    given = read(world, AVIS, token, statut="tous", limite=1000).json()["avis"]
    assert len(given) == len(stored)
    for each in given:
        avis = stored[each["cle"]]
        expected = {"demarche": SLUGS[avis.demarche_id], **avis._asdict()}
        del expected["demarche_id"]
        assert each == expected


# Pages


@pytest.mark.parametrize("limite", [1, 7, 59, 60, 1000])
def test_pages_have_every_avis_once(world: World, token: str, limite: int) -> None:
    found = pages(world, token, limite=limite, statut="tous")
    assert [*chain(*found)] == keys(some_avis())
    assert all(len(page) == limite for page in found[:-1])


def test_what_comes_in_while_pages_are_read_is_not_in_them(world: World, token: str) -> None:
    first = read(world, AVIS, token, limite=50, statut="tous").json()
    world.clock.advance(seconds=5)
    later = some_avis()[0]._replace(cle=some_avis(70)[-1].cle, recu_le="2026-11-22T10:00:05.000Z")
    record(world, [later])
    path = first["suivant"].removeprefix("http://127.0.0.1:8000")
    rest = world.client.get(path, headers={"authorization": f"Bearer {token}"}).json()
    assert len(first["avis"]) + len(rest["avis"]) == 60
    assert rest["suivant"] is None
    assert len(of_file(world, token, statut="tous")) == 61


@pytest.mark.parametrize(
    "change",
    [
        {"statut": "compte"},
        {"demarche": CARTE.slug},
        {"q": "merci"},
        {"note.effort": "1"},
        {"du": "2026-01-01"},
    ],
)
def test_a_cursor_is_good_for_its_own_filter_only(
    world: World, token: str, change: dict[str, str]
) -> None:
    first = read(world, AVIS, token, limite=5, statut="tous").json()["suivant"]
    curseur = first.partition("curseur=")[2]
    asked = {"limite": "5", "statut": "tous", **change, "curseur": curseur}
    told = problem(read(world, AVIS, token, **asked), 422, "filtre_invalide")
    assert told["erreurs"][0]["champ"] == "curseur"
    other = a_token(world, EVERYTHING, "verbatims")
    asked = {"limite": "5", "statut": "tous", "curseur": curseur}
    assert read(world, AVIS, token, **asked).status_code == 200
    problem(read(world, AVIS, other, **asked), 422, "filtre_invalide")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limite", "0"), ("limite", "1001"), ("limite", "²"), ("limite", "x"), ("limite", ""),
        ("curseur", ""), ("curseur", "a.b"), ("curseur", "x" * 10_000), ("du", "2026-02-30"),
        ("pas", "mois"), ("inconnu", "1"), ("q", "le la les"), ("q", '"'), ("q", "x" * 10_240),
        ("note.rien", "1"), ("bouton", "zzzzzz"), ("structure", "Nulle part"), ("statut", "bon"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(world: World, token: str, name: str, value: str) -> None:
    told = problem(read(world, AVIS, token, **{name: value}), 422, "filtre_invalide")
    assert told["erreurs"][0]["champ"] == name
    if name not in ("limite", "curseur"):
        problem(read(world, "/exports/avis.csv", token, **{name: value}), 422, "filtre_invalide")


def test_ten_thousand_filters_are_one_refusal(world: World, token: str) -> None:
    query = "&".join(f"demarche=x{i}" for i in range(3_000))
    for address in (AVIS, "/exports/avis.csv", "/exports/scores.csv"):
        answer = world.client.get(
            f"{address}?{query}", headers={"authorization": f"Bearer {token}"}
        )
        told = problem(answer, 422, "filtre_invalide")
        assert told["erreurs"][0]["champ"] == "filtre"


# Searches

SEARCH = "/api/v1/avis/recherche"


def test_a_search_gives_passages_with_what_was_looked_for(world: World, token: str) -> None:
    found = read(world, SEARCH, token, q="COURRIEL confirm*", demarche=CARTE.slug).json()
    wanted = [a for a in some_avis() if a.verbatim and "courriel" in a.verbatim and not a.ecarte]
    mine = {a.cle for a in wanted if a.demarche_id == CARTE.id}
    assert {each["cle"] for each in found["resultats"]} == mine
    for each in found["resultats"]:
        assert "".join(piece["texte"] for piece in each["extrait"]) == each["verbatim"]
        hits = [piece["texte"] for piece in each["extrait"] if piece["trouve"]]
        assert hits == ["courriel", "confirmation"]


def test_a_search_goes_page_by_page_to_an_empty_one(world: World, token: str) -> None:
    record(world, [a._replace(cle=b.cle, verbatim="Rien à redire.", ecarte=None)
                   for a, b in zip(some_avis(30), some_avis(130)[100:], strict=True)])  # fmt: skip
    pages = [read(world, SEARCH, token, q="redire", page=n).json() for n in (1, 2, 3)]
    sizes = [len(page["resultats"]) for page in pages]
    assert sizes == [20, 10, 0]
    keys = [each["cle"] for page in pages for each in page["resultats"]]
    assert len(set(keys)) == 30


@pytest.mark.parametrize(
    ("champ", "params"),
    [("q", {}), ("q", {"q": ""}), ("page", {"q": "a1", "page": "0"}),
     ("page", {"q": "a1", "page": "16"}), ("limite", {"q": "a1", "limite": "2"})],
)  # fmt: skip
def test_a_search_without_words_or_of_no_page_is_refused(
    world: World, token: str, champ: str, params: dict[str, str]
) -> None:
    told = problem(read(world, SEARCH, token, **params), 422, "filtre_invalide")
    assert told["erreurs"][0]["champ"] == champ


# Files


def test_a_file_says_what_it_is_and_the_journal_says_who_has_it(world: World, token: str) -> None:
    answer = read(world, "/exports/avis.csv", token, demarche=CARTE.slug, du="2026-11-01")
    name = "avis_carte-de-stationnement_2026-11-01_2100-12-31_fait-le_2026-11-22.csv"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["content-type"].startswith("text/csv")
    assert "no-store" in answer.headers["cache-control"]
    [entree] = asyncio.run(world.store.journal(9))
    assert (entree.le, entree.qui, entree.action) == (
        "2026-11-22T10:00:00.000Z", "jeton 1", "telechargement",
    )  # fmt: skip
    assert entree.sur == {
        "fichier": name,
        "filtre": ["demarche=carte-de-stationnement", "du=2026-11-01"],
        "verbatims": True,
        "lignes": len(answer.text.splitlines()) - 1 - answer.text.count("pas,\n"),
        "complet": True,
    }


def test_who_reads_a_list_is_in_the_journal_once(world: World, token: str) -> None:
    assert len(pages(world, token, limite=20, demarche=CARTE.slug)) > 1
    [entree] = asyncio.run(world.store.journal(9))
    assert (entree.action, entree.qui) == ("lecture", "jeton 1")
    assert entree.sur == {"filtre": ["limite=20", f"demarche={CARTE.slug}"], "verbatims": True}


def test_who_was_looked_for_is_not_in_the_journal(world: World, token: str) -> None:
    read(world, "/exports/avis.csv", token, q="Dupont")
    [entree] = asyncio.run(world.store.journal(9))
    assert entree.sur["filtre"] == ["q=…"]


def test_what_describes_a_file_is_beside_it(world: World, token: str) -> None:
    answer = read(world, "/exports/avis.csv", token, demarche=LONGUE.slug)
    link = answer.headers["link"]
    described = link.partition("<")[2].partition(">")[0]
    headers = {"authorization": f"Bearer {token}"}
    schema = world.client.get(described, headers=headers).json()
    [head] = csv.reader([answer.text.splitlines()[0]])
    assert [field["name"] for field in schema["fields"]] == head
    asked = shipped_questionnaires()["demarche-longue-1"].dimensions
    assert [name for name in head if "." in name] == [f"demarche-longue-1.{d.code}" for d in asked]
    package = read(world, "/exports/avis.datapackage.json", token, demarche=LONGUE.slug).json()
    [resource] = package["resources"]
    assert resource["schema"]["fields"] == schema["fields"]
    assert resource["path"].endswith(".csv")


def test_every_question_ever_asked_has_its_column_and_no_other(world: World, token: str) -> None:
    def questions(**params: str) -> set[str]:
        schema = read(world, "/exports/avis.schema.json", token, **params).json()
        names = (field["name"] for field in schema["fields"])
        return {name.partition(".")[0] for name in names if "." in name}

    assert questions(demarche=CARTE.slug) == {"standard-1"}
    old = some_avis()[0]._replace(questionnaire="standard-facile-1", cle=some_avis(80)[-1].cle)
    record(world, [old._replace(ecarte=None)])
    assert questions(demarche=CARTE.slug) == {"standard-1", "standard-facile-1"}


def test_the_formats_hold_the_same_avis(world: World, token: str) -> None:
    lines = read(world, "/exports/avis.ndjson", token, statut="tous").text.splitlines()
    assert [json.loads(line)["cle"] for line in lines] == keys(some_avis())
    excel = read(world, "/exports/avis.excel.csv", token, statut="tous")
    assert excel.content.startswith(b"\xef\xbb\xbf")
    text = io.StringIO(excel.content.decode("utf-8-sig"), newline="")
    rows = list(csv.reader(text, delimiter=";"))
    assert len(rows) == 61
    assert not any(cell.startswith("=") for row in rows for cell in row)
    assert read(world, "/exports/avis.xlsx", token).content.startswith(b"PK")
    assert read(world, "/exports/avis.parquet", token).content.startswith(b"PAR1")


def test_a_head_tells_of_a_file_without_making_it(world: World, token: str) -> None:
    answer = world.client.head("/exports/avis.csv", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.content == b""
    assert "content-length" not in answer.headers
    assert asyncio.run(world.store.journal(9)) == []


@pytest.mark.parametrize("extension", ["exe", "csv.gz", "CSV", "json", "."])
def test_another_format_is_refused_with_those_there_are(
    world: World, token: str, extension: str
) -> None:
    told = problem(read(world, f"/exports/avis.{extension}", token), 404, "format_inconnu")
    assert "xlsx" in told["detail"]
