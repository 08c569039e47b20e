"""What an operator sees of what is deleted: what is kept, what goes next, what became of it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.admin.test_comments import counted
from tests.admin.visit import Visit, a_visit, an_admin_world
from tests.forked import run
from tests.store.engines import ENGINES, PostgresEngine
from tests.store.test_purging import on
from tests.world import AILLEURS, World

OLD = [on(1, "2025-11-21"), on(2, "2024-10-21"), on(3, "2025-11-23", AILLEURS), on(4, "2025-11-24")]


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    engine = ENGINES[request.param](tmp_path)
    where = engine.address if isinstance(engine, PostgresEngine) else None
    with an_admin_world(tmp_path, where) as made:
        yield made


def section(visit: Visit) -> str:
    """What the page says of it, without tags, on one line."""
    page = visit.get("/etat").text
    [found] = re.findall(r'<section aria-labelledby="t-conservation">(.*?)</section>', page, re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", found).split())


def do(world: World, work: Callable[..., Awaitable[Any]], *given: object) -> Any:
    assert world.client.portal
    return world.client.portal.call(work, *given)


def round_of(world: World) -> bool:
    return bool(do(world, world.client.app_state["parts"].daily.round))


def test_what_is_kept_what_goes_next_and_what_became_of_it(world: World) -> None:
    operateur = a_visit(world, "operateur")
    do(world, world.store.record, OLD)
    with counted(world) as asked:
        said = section(operateur)
    assert len(asked) <= 5, asked
    assert "Prochain passage : 22 novembre 2026." in said
    assert "Commentaires 12 mois 22 novembre 2025 2 JDMA_KEEP_COMMENTS" in said
    assert "Avis 25 mois 22 octobre 2024 1 JDMA_KEEP_AVIS" in said
    assert "Demander une carte 2 1 0" in said
    assert "Adresses laissées 6 mois 22 mai 2026 0 JDMA_KEEP_CONTACTS" in said
    assert "Journal 12 mois 22 novembre 2025 0 JDMA_KEEP_JOURNAL" in said
    assert "Comptes fermés 12 mois 22 novembre 2025 0 JDMA_KEEP_COMPTES" in said
    assert "Aucun passage encore" in said
    assert round_of(world)
    said = section(operateur)
    assert "22 novembre 2026 à 11 h 00 serveur 2 1 0 0 0 fait en 0 s" in said
    assert "Prochain passage : 23 novembre 2026." in said
    assert "Commentaires 12 mois 23 novembre 2025 0 JDMA_KEEP_COMMENTS" in said
    assert 'role="alert"' not in operateur.get("/etat").text
    assert "effacement de ce qui a dépassé" in operateur.get("/journal", action="conservation").text
    assert "Déposer un dossier" not in said
    world.clock.advance(days=2)
    assert "Déposer un dossier 1 0 0" in section(a_visit(world, "operateur"))


def test_a_run_that_failed_is_said_until_one_goes_well(world: World) -> None:
    do(world, world.store.record, OLD)
    do(world, world.store._commit, "alter table suivi rename to ailleurs")
    assert not round_of(world)
    do(world, world.store._commit, "alter table ailleurs rename to suivi")
    operateur = a_visit(world, "operateur")
    assert "Le dernier passage n’est pas allé au bout" in section(operateur)
    assert world.client.get("/readyz").status_code == 200
    assert "jdma_purge_failures_total 1.0" in world.client.get("/metrics").text
    world.clock.advance(hours=1)
    assert round_of(world)
    operateur = a_visit(world, "operateur")
    assert "n’est pas allé au bout :" not in section(operateur)
    world.clock.advance(days=3)
    assert "Aucun passage n’est allé au bout depuis" in section(a_visit(world, "operateur"))


def test_an_account_that_was_closed_for_long_is_a_number_that_the_journal_knows(
    tmp_path: Path,
) -> None:
    with an_admin_world(tmp_path, keep_comptes="1") as world:
        gone = a_visit(world, "lecteur", 1, courriel="parti@exemple.fr").compte.id
        person, known = f"/comptes/{gone}", "parti@exemple.fr"
        a_visit(world, "operateur").post(f"{person}/fermer")
        world.clock.advance(days=31)
        operateur = a_visit(world, "operateur")
        assert "Comptes fermés 1 mois 23 novembre 2026 1 JDMA_KEEP_COMPTES" in section(operateur)
        assert known in operateur.get("/comptes").text
        assert "Rouvrir le compte" in operateur.get(person).text
        assert round_of(world)
        assert known not in operateur.get("/comptes").text + operateur.get(person).text
        assert "il ne peut plus être rouvert" in operateur.get(person).text
        for offered in ("Rouvrir le compte", "peut entrer", "Donner ce droit", "/fermer"):
            assert offered not in operateur.get(person).text
        right = {"role": "lecteur", "sur": "tout"}
        for asked, form in (
            *((each, {}) for each in ("rouvrir", "fermer", "lien", "sans-code", "sans-droit")),
            ("droit", right),
            ("adresse", {"courriel": "autre@exemple.fr"}),
        ):
            assert operateur.post(f"{person}/{asked}", form).status_code == 404
        assert world.rows(f"select courriel from compte where id = {gone}") == [(f"compte {gone}",)]
        assert world.rows(f"select id from droit where compte_id = {gone}") == []
        for command in ("open", "close", "lien"):
            again = run("compte", command, f"compte {gone}", f"--database=sqlite:///{world.path}")
            assert (again.returncode, "est vidé" in again.stderr) == (1, True)
        journal = operateur.get("/journal", qui=f"compte {gone}")
        assert journal.status_code == 200
        assert f'<option value="compte {gone}" selected>compte {gone}</option>' in journal.text
        assert known not in journal.text


def test_sessions_that_are_over_go_with_it(world: World) -> None:
    visit = a_visit(world, "lecteur")
    assert sessions(world) == 1
    world.clock.advance(hours=13)
    assert round_of(world)
    assert sessions(world) == 0
    assert visit.get("/").status_code == 303


def sessions(world: World) -> int:
    [found] = do(world, world.store._read, ("select count(*) from session", ()))
    return int(found[0][0])
