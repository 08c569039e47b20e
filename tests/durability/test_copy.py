"""From one engine to the other and back: everything, once, proved; and again from where it was."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.config import load
from collector.domain import Avis
from collector.exchange.copying import PAGE, fingerprint
from collector.serve import opened
from tests import postgres
from tests.durability.outside import ROOT, jdma, until
from tests.store.test_contract import a_state, an_opening
from tests.world import (
    AILLEURS,
    COURRIEL,
    FIN,
    NOON,
    Where,
    a_server,
    address_of,
    execute,
    new_database,
    rows,
    set_up,
)

MANY = 3 * PAGE + 17
DAY = 86_400_000


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with avis of every kind, and openings."""
    path = new_database(tmp_path_factory.mktemp("plein"))
    chance = random.Random(4)
    batch = [an_avis(n, chance) for n in range(MANY)]

    async def work() -> None:
        async with opened(load({"database": address_of(path)}, environ={})) as store:
            await store.record(batch, {an_opening(): 41, an_opening(AILLEURS, "2026-01-31"): 3})

    asyncio.run(work())
    return path


def an_avis(n: int, chance: random.Random) -> Avis:
    bouton = chance.choice([FIN, COURRIEL, AILLEURS])
    notes = {"satisfaction": chance.randint(1, 3), "clarte": chance.randint(1, 5)}
    verbatim = chance.choice([None, "Très bien 👍🏽", "l'« avis »\n\tde 2 lignes", "\\u0041 {}"])
    at = NOON - chance.randrange(400) * DAY
    ecarte = "piege" if n % 97 == 0 else None
    return a_state(n, bouton, ms=at, etape=n % 5 + 1, notes=notes, verbatim=verbatim, ecarte=ecarte)


@pytest.fixture
def empty() -> Iterator[str]:
    """The address of an empty PostgreSQL database."""
    with postgres.a_database() as address:
        yield address


def copied(source: Where, target: Where) -> subprocess.CompletedProcess[str]:
    return jdma("copy", "--from", address_of(source), "--to", address_of(target), "--json")


def everything(where: Where) -> list[object]:
    """All that a database holds, as its store gives it."""

    async def work() -> list[object]:
        async with opened(load({"database": address_of(where)}, environ={})) as store:
            catalogue = await store.load_catalogue()
            found: list[object] = [
                catalogue.structures,
                catalogue.demarches,
                catalogue.boutons,
                await store.questionnaire_texts(),
            ]
            for id in catalogue.demarches:
                found += [await store.counters(id), await store.audit(id)]
                found += [await fingerprint(store, id, lambda _: None)]
            return found

    return asyncio.run(work())


def test_there_and_back_again_everything_is_the_same(
    full: Path, empty: str, tmp_path: Path
) -> None:
    back = tmp_path / "retour.db"
    for source, target in ((full, empty), (empty, back)):
        done = copied(source, target)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == {"demarches": 3, "avis": MANY, "resumed": False}
    assert everything(full) == everything(empty) == everything(back)
    columns = ", ".join(Avis._fields)
    whole = f"select {columns} from avis order by demarche_id, cle"
    assert rows(full, whole) == rows(back, whole)
    assert jdma("verify", f"--database={empty}").returncode == 0


def test_a_copy_is_served_like_any_other_and_new_ids_follow_the_old(full: Path, empty: str) -> None:
    assert copied(full, empty).returncode == 0
    with a_server(empty) as server:
        assert server.terminate() == 0
    assert jdma("structure", "create", "Préfecture", f"--database={empty}").returncode == 0
    assert rows(empty, "select id from structure order by id") == [(1,), (2,)]


def test_a_copy_that_was_killed_is_not_served_and_goes_on(full: Path, empty: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "collector", "copy", f"--from={address_of(full)}", f"--to={empty}"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT,
    )  # fmt: skip
    try:
        until(lambda: _begun(empty))
    finally:
        process.kill()
        assert process.wait(10) == -signal.SIGKILL
        assert process.stdout is not None
        process.stdout.close()
    there = rows(empty, "select count(*) from avis")[0][0]
    assert 0 < there < MANY
    refused = jdma("serve", f"--database={empty}", "--secret", "s" * 32)
    assert refused.returncode == 1
    assert "copie vers cette base n’est pas finie" in refused.stderr
    done = copied(full, empty)
    assert json.loads(done.stdout) == {"demarches": 3, "avis": MANY, "resumed": True}
    assert everything(empty) == everything(full)


def _begun(address: str) -> bool:
    if rows(address, "select to_regclass('avis')") == [(None,)]:
        return False
    return bool(rows(address, "select 1 from avis limit 1"))


# The negative twins: what the comparison is for.


@pytest.mark.parametrize(
    "damage",
    [
        "update avis set verbatim = 'autre' where cle = (select min(cle::text)::uuid from avis)",
        "delete from avis where cle = (select min(cle::text)::uuid from avis)",
    ],
    ids=["changed", "lost"],
)
def test_an_avis_that_differs_ends_the_copy(full: Path, empty: str, damage: str) -> None:
    assert copied(full, empty).returncode == 0
    postgres.execute(empty, f"{damage}; update catalogue set version = 0")
    done = copied(full, empty)
    assert done.returncode == 1
    assert "qui ne sont pas les mêmes" in done.stderr
    assert rows(empty, "select version from catalogue") == [(0,)]


def test_counters_that_are_wrong_at_the_start_end_the_copy(tmp_path: Path, empty: str) -> None:
    path = new_database(tmp_path)

    async def work() -> None:
        async with opened(load({"database": address_of(path)}, environ={})) as store:
            await store.record([a_state(1)])

    asyncio.run(work())
    execute(path, "update agregat set n = n + 1 where dimension = 'satisfaction'")
    done = copied(path, empty)
    assert done.returncode == 1
    assert "jdma rebuild" in done.stderr
    assert jdma("rebuild", f"--database=sqlite:///{path}").returncode == 0
    assert copied(path, empty).returncode == 0


# What is refused, and changes nothing.


def test_a_base_that_has_something_is_not_copied_over(full: Path, tmp_path: Path) -> None:
    other = new_database(tmp_path)
    before = everything(other)
    done = copied(full, other)
    assert done.returncode == 1
    assert "n’est pas vide" in done.stderr
    assert everything(other) == before


def test_a_copy_of_another_base_is_not_continued(full: Path, tmp_path: Path) -> None:
    other = new_database(tmp_path)
    target = tmp_path / "cible.db"
    assert copied(full, target).returncode == 0
    for sql in ("update catalogue set version = 0", "update structure set nom = 'Autre'"):
        execute(target, sql)
    done = copied(other, target)
    assert done.returncode == 1
    assert "vient d’une autre base" in done.stderr


def test_a_base_that_is_served_is_neither_copied_nor_copied_to(full: Path, empty: str) -> None:
    set_up(empty)
    with a_server(empty):
        for done in (copied(empty, full.parent / "jamais.db"), copied(full, empty)):
            assert done.returncode == 1
            assert "Des collecteurs servent cette base" in done.stderr


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path, empty: str) -> None:
    absent = tmp_path / "absent.db"
    done = copied(absent, empty)
    assert (done.returncode, done.stderr) == (1, f"jdma : {absent} n’existe pas.\n")
    assert not absent.exists()


def test_a_base_is_not_copied_onto_itself(full: Path) -> None:
    done = copied(full, full)
    assert done.returncode == 1
    assert "la même base" in done.stderr
