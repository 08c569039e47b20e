"""Annotations: a porteur adds, changes and removes them, and comes back to the same figures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from collector.annotation import LONGEST, Annotation
from collector.domain import Demarche, Structure
from tests.admin.visit import Visit, a_visit, an_admin_world, run
from tests.http.html import parse
from tests.world import CARTE, VILLE, World

PAGE = f"/demarches/{CARTE.slug}"
FILTER = "du=2025-12-01&au=2026-11-30&pas=mois&comparer=annee"
NOUVELLE = {"jour": "2026-03-14", "texte": "Nouvelle version en ligne"}
OTHER = Demarche(0, "chez-les-autres", "Chez les autres", 2, "standard-1")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with an_admin_world(tmp_path_factory.mktemp("annotations")) as made:

        async def elsewhere() -> None:
            await made.store.add_structure(Structure(2, "Ailleurs"))
            await made.store.add_demarche(OTHER)

        run(made, elsewhere)
        yield made


@pytest.fixture
def visit(world: World) -> Visit:
    return a_visit(world, "porteur", structure_id=VILLE.id)


def kept(world: World, demarche_id: int = CARTE.id) -> list[Annotation]:
    days = "2000-01-01", "2100-12-31"
    found: list[Annotation] = run(world, lambda: world.store.annotations(demarche_id, *days))
    return found


def journal(world: World) -> list[tuple[str, str]]:
    lines = run(world, lambda: world.store.journal(3))
    return [(each.qui, each.action) for each in reversed(lines)]


def test_it_is_added_changed_and_removed_once_confirmed(world: World, visit: Visit) -> None:
    answer = visit.post(f"{PAGE}/annotations?{FILTER}", NOUVELLE)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/admin{PAGE}?{FILTER}&fait=annotation_ajoutee"
    [one] = kept(world)
    qui = f"compte {visit.compte.id}"
    assert (one.jour, one.texte, one.par) == (*NOUVELLE.values(), qui)
    page = parse(visit.client.get(answer.headers["location"]).text)
    assert page.one("p", role="status").text == "L’annotation est ajoutée."

    address = f"{PAGE}/annotations/{one.id}"
    form = parse(visit.get(f"{address}?{FILTER}").text)
    assert form.one("input", name="texte").attrs["value"] == one.texte
    assert visit.post(f"{address}?{FILTER}", {**NOUVELLE, "texte": "V2"}).status_code == 303
    assert [each.texte for each in kept(world)] == ["V2"]

    [link] = [a for a in form.all("a") if a.text == "Retirer cette annotation"]
    assert link.attrs["href"] == f"/admin{address}/retirer?{FILTER}"
    asked = parse(visit.client.get(link.attrs["href"]).text)
    assert "« V2 », du 14 mars 2026" in asked.text
    assert len(kept(world)) == 1  # asking removes nothing
    assert visit.post(f"{address}/retirer?{FILTER}").status_code == 303
    assert kept(world) == []
    assert journal(world) == [
        (qui, "annotation_ajoutee"), (qui, "annotation_changee"), (qui, "annotation_retiree"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"texte": " "}, "texte"),
        ({"texte": "x" * (LONGEST + 1)}, "texte"),
        ({"texte": "à l’envers \u202e"}, "texte"),
        ({"jour": ""}, "jour"),
        ({"jour": "14/03/2026"}, "jour"),
        ({"jour": "1999-12-31"}, "jour"),
    ],
)
def test_what_is_wrong_comes_back_as_it_was_typed(
    world: World, visit: Visit, wrong: dict[str, str], field: str
) -> None:
    typed = {**NOUVELLE, **wrong}
    answer = visit.post(f"{PAGE}/annotations?{FILTER}", typed)
    assert answer.status_code == 422
    page = parse(answer.text)
    faulty = page.one("input", name=field)
    assert faulty.attrs["aria-invalid"] == "true"
    assert page.one("p", id=f"{field}-erreur").text
    assert faulty.attrs["value"] == typed[field]
    assert kept(world) == []


def test_nobody_reaches_that_of_another_demarche(world: World, visit: Visit) -> None:
    one = Annotation(0, 4, NOUVELLE["jour"], NOUVELLE["texte"], "compte 9", "")
    theirs = run(world, lambda: world.store.add_annotation(one))
    for address in (
        f"{PAGE}/annotations/{theirs}",
        f"/demarches/{OTHER.slug}/annotations/{theirs}",
    ):
        assert visit.get(address).status_code == 404
        assert visit.post(address, NOUVELLE).status_code == 404
        assert visit.post(f"{address}/retirer").status_code == 404
    assert [each.id for each in kept(world, 4)] == [theirs]
    assert visit.get(f"{PAGE}/annotations/{2**40}").status_code == 404


def test_who_may_only_see_is_offered_no_way_to_change_it(world: World) -> None:
    reader = a_visit(world, "lecteur", structure_id=VILLE.id)
    assert "/annotations" not in reader.get(f"{PAGE}?{FILTER}").text
    assert reader.post(f"{PAGE}/annotations", NOUVELLE).status_code == 403
    assert kept(world) == []
