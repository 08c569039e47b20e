"""Files for who is signed in: what their role gives, and a line in the journal that says who."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest

from collector.acces import Entree
from collector.comptes import Droit
from collector.domain import Demarche, Structure
from tests.admin.visit import Visit, a_visit, an_admin_world, run
from tests.http.reading import some_avis
from tests.world import CARTE, LONGUE, VILLE, World

OTHER = Demarche(4, "chez-les-autres", "Chez les autres", 2, "standard-1")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with an_admin_world(tmp_path_factory.mktemp("fichiers")) as made:

        async def fill() -> None:
            await made.store.add_structure(Structure(2, "Ailleurs"))
            await made.store.add_demarche(OTHER)
            await made.store.record(some_avis())

        run(made, fill)
        yield made


def columns(visit: Visit, query: str) -> list[str]:
    answer = visit.get(f"/exports/avis.csv?{query}")
    assert answer.status_code == 200, answer.text
    return next(csv.reader(io.StringIO(answer.text, newline="")))


def last_entry(world: World) -> Entree:
    [line] = run(world, lambda: world.store.journal(1))
    assert isinstance(line, Entree)
    return line


def test_a_porteur_has_avis_with_their_comments_and_the_journal_says_so(world: World) -> None:
    visit = a_visit(world, "porteur", structure_id=VILLE.id)
    answer = visit.get("/exports/avis.csv?demarche=carte-de-stationnement&note.satisfaction=3")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    mine = [a for a in some_avis() if a.demarche_id == CARTE.id and a.ecarte is None]
    wanted = {a.cle: a.verbatim or "" for a in mine if a.notes["satisfaction"] == 3}
    assert {row["cle"]: row["verbatim"] for row in rows} == wanted
    line = last_entry(world)
    assert (line.qui, line.action) == (f"compte {visit.compte.id}", "telechargement")
    assert (line.sur["lignes"], line.sur["complet"]) == (len(rows), True)


@pytest.mark.parametrize("verbatims", [True, False])
def test_an_analyste_has_comments_where_they_were_granted(world: World, verbatims: bool) -> None:
    name = f"analyste-{verbatims:d}@exemple.fr"
    visit = a_visit(world, "analyste", VILLE.id, verbatims=verbatims, courriel=name)
    assert ("verbatim" in columns(visit, "")) is verbatims
    assert last_entry(world).sur["verbatims"] is verbatims
    looked_for = visit.get("/exports/avis.csv?q=merci").status_code
    assert looked_for == (200 if verbatims else 403)


def test_comments_are_left_out_where_they_are_not_those_of_every_demarche(world: World) -> None:
    visit = a_visit(world, "analyste", VILLE.id, courriel="deux@exemple.fr")
    le = "2026-11-22T10:00:00.000Z"
    right = Droit(0, visit.compte.id, "analyste", None, LONGUE.id, True, le, "essai")
    run(world, lambda: world.store.add_droit(right))
    assert "verbatim" in columns(visit, f"demarche={LONGUE.slug}")
    assert "verbatim" not in columns(visit, f"demarche={LONGUE.slug}&demarche={CARTE.slug}")
    assert "verbatim" not in columns(visit, "")


def test_only_what_may_be_downloaded_is(world: World) -> None:
    visit = a_visit(world, "lecteur", VILLE.id, courriel="lit@exemple.fr")
    assert visit.get("/exports/scores.csv").status_code == 403
    le = "2026-11-22T10:00:00.000Z"
    right = Droit(0, visit.compte.id, "analyste", None, LONGUE.id, False, le, "essai")
    run(world, lambda: world.store.add_droit(right))
    rows = csv.DictReader(io.StringIO(visit.get("/exports/scores.csv").text, newline=""))
    assert {row["demarche"] for row in rows} == {LONGUE.slug}
    for slug, status in ((LONGUE.slug, 200), (CARTE.slug, 403), (OTHER.slug, 404)):
        assert visit.get(f"/exports/scores.csv?demarche={slug}").status_code == status


def test_what_is_no_filter_or_no_format_is_refused_as_a_page(world: World) -> None:
    visit = a_visit(world, "porteur", VILLE.id)
    for address, status in (
        ("scores.csv?pas=heure", 422),
        ("avis.csv?pas=mois", 422),
        ("avis.exe", 404),
    ):
        answer = visit.get(f"/exports/{address}")
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith("text/html")
    described = visit.get("/exports/scores.schema.json")
    assert described.json()["fields"]
