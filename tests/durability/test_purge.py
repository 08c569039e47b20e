"""`jdma purge`, beside a server and without one; and a backup that is put back."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from collector.clock import instant
from collector.config import load
from collector.domain import Avis
from collector.serve import opened
from tests import forked
from tests.durability.outside import metric, until
from tests.store.test_contract import a_state
from tests.store.test_purging import files_with
from tests.world import SITE, Server, a_server, address_of, an_avis, new_database, rows

DAY = 86_400_000
WORD = b"palissandre"
APART = {"journal": 0, "comptes": 0}


def jdma(path: Path, *words: str, **variables: str) -> tuple[int, str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JDMA_")}
    environ = {**kept, "JDMA_DATABASE": address_of(path), **variables}
    done = forked.run(*words, environ=environ)
    return done.returncode, done.stdout, done.stderr


def said(path: Path, *words: str, **variables: str) -> Any:
    code, out, err = jdma(path, *words, "--json", **variables)
    assert (code, err) == (0, "")
    return json.loads(out)


def record(path: Path, *days: int, first: int = 0) -> None:
    """Avis of so many days ago, with a comment."""

    def avis(n: int, days: int) -> Avis:
        at = int(time.time() * 1000) - days * DAY
        return a_state(n, ms=at, verbatim="palissandre")

    async def work() -> None:
        async with opened(load({"database": address_of(path)}, environ={})) as store:
            await store.record([avis(n, ago) for n, ago in enumerate(days, first)])

    asyncio.run(work())


def ran(path: Path) -> list[tuple[Any, ...]]:
    return rows(path, "select par, raison from conservation where fini_le is not null order by id")


def test_a_backup_that_is_put_back_is_purged_soon_after_the_start(tmp_path: Path) -> None:
    path, copies = new_database(tmp_path), tmp_path / "copies"
    copies.mkdir()
    record(path, 1, 380, 800)
    copy = said(path, "backup", str(copies))["fichier"]
    assert said(path, "purge")["effaces"] == {"commentaires": 2, "avis": 1, "contacts": 0, **APART}
    record(path, 385, first=5)
    said(path, "restore", copy, "--remplacer")
    assert rows(path, "select count(*) from avis where verbatim is not null") == [(3,)]
    with a_server(path) as server:
        until(lambda: bool(ran(path)))
        assert rows(path, "select count(*) from avis where verbatim is not null") == [(1,)]
        assert rows(path, "select count(*) from avis") == [(2,)]
        assert metric(server.url, 'jdma_purge_deleted_total{genre="commentaires"}') == 2
        assert metric(server.url, "jdma_purge_last_success_timestamp_seconds") > 0
        beside_the_server(server)
    assert jdma(path, "verify")[0] == 0


def beside_the_server(server: Server) -> None:
    """The command goes on while the server takes avis in, and shares with it the file."""
    record(server.path, 390, 391, first=10)
    gone = {"commentaires": 2, "avis": 0, "contacts": 0, **APART}
    assert said(server.path, "purge")["effaces"] == gone
    body = an_avis(clock_ms=int(time.time() * 1000), verbatim="Merci")
    answer = httpx.post(f"{server.url}/api/v1/avis", json=body, headers={"origin": SITE})
    assert answer.status_code == 201
    assert ran(server.path) == [("serveur", None), ("ligne de commande", None)]


def test_what_would_be_deleted_is_told_and_nothing_changes(tmp_path: Path) -> None:
    path = new_database(tmp_path)
    record(path, 1, 380, 381, 800)
    before = rows(path, "select * from avis")
    told, total = said(path, "purge", "--dry-run"), {"commentaires": 3, "avis": 1, "contacts": 0}
    assert told["a_effacer"] == {"carte-de-stationnement": total}
    assert told["total"] == {**total, **APART}
    today = instant(int(time.time() * 1000)).jour
    assert told["garde"]["commentaires"]["mois"] == 12
    assert told["garde"]["commentaires"]["depuis"][:4] == str(today.year - 1)
    code, out, _ = jdma(path, "purge", "--dry-run")
    assert code == 0
    every = "3 commentaire(s), 1 avis, 0 adresse(s), 0 ligne(s) du journal, 0 compte(s) fermé(s)"
    assert f"À effacer : {every}. Rien n’est changé.\n" in out
    assert rows(path, "select * from avis") == before
    assert ran(path) == []
    assert files_with(path, WORD)


def test_a_command_that_keeps_less_than_the_server_is_asked_whether_it_means_it(
    tmp_path: Path,
) -> None:
    path = new_database(tmp_path)
    record(path, 1, 200)
    assert said(path, "purge")["effaces"] == {"commentaires": 0, "avis": 0, "contacts": 0, **APART}
    code, out, err = jdma(path, "purge", JDMA_KEEP_COMMENTS="3")
    assert (code, out) == (1, "")
    assert "12 mois étaient gardés la dernière fois (ligne de commande), ici 3." in err
    assert rows(path, "select count(*) from avis where verbatim is not null") == [(2,)]
    done = said(path, "purge", "--moins-longtemps", JDMA_KEEP_COMMENTS="3")
    assert done["effaces"] == {"commentaires": 1, "avis": 0, "contacts": 0, **APART}
    assert files_with(path, WORD)  # that of yesterday


@pytest.mark.parametrize("format", ["csv", "ndjson"])
def test_counters_whose_avis_are_gone_go_along_with_an_export(tmp_path: Path, format: str) -> None:
    path, other = new_database(tmp_path), tmp_path / "ailleurs.db"
    record(path, 1, 380, 800, 801)
    said(path, "purge")
    first, second = tmp_path / "un", tmp_path / "deux"
    assert said(path, "export", str(first), f"--format={format}")["avis"] == 2
    assert said(other, "import", str(first)) == {"added": 2, "known": 0, "past": 0}
    said(other, "export", str(second), f"--format={format}")
    names = {each.name for each in first.iterdir()}
    assert f"compteurs.{format}" in names
    for name in names - {"datapackage.json"}:  # which says when
        assert (first / name).read_bytes() == (second / name).read_bytes()
    counted = "select jour, dimension, note, n from agregat where n <> 0 order by 1, 2, 3"
    assert len({jour for jour, *_ in rows(path, counted)}) == 4
    assert rows(other, counted) == rows(path, counted)
    code, out, _ = jdma(other, "verify")
    assert (code, "les compteurs des jours y restent" in out) == (0, True)
    assert said(other, "import", str(first)) == {"added": 0, "known": 2, "past": 0}
    assert rows(other, counted) == rows(path, counted)


def test_a_counter_of_a_question_that_is_not_asked_is_refused(tmp_path: Path) -> None:
    path, folder = new_database(tmp_path), tmp_path / "un"
    record(path, 1, 800)
    said(path, "purge")
    said(path, "export", str(folder))
    compteurs = folder / "compteurs.csv"
    compteurs.write_text(compteurs.read_text("utf-8").replace("satisfaction", "gentillesse"))
    code, _, err = jdma(path, "import", str(folder))
    assert code == 1
    assert "« gentillesse »" in err
    assert "avis, ou une question de standard-1" in err


def test_avis_that_may_have_been_deleted_here_are_left_out_and_that_is_said(tmp_path: Path) -> None:
    path, folder = new_database(tmp_path), tmp_path / "un"
    record(path, 1, 800)
    said(path, "export", str(folder))
    said(path, "purge")
    code, out, _ = jdma(path, "import", str(folder))
    assert (code, "0 avis importés, 1 y étaient déjà.\n1 laissés" in out) == (0, True)
    assert jdma(path, "verify")[0] == 0


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    code, _, err = jdma(tmp_path / "absent.db", "purge", "--dry-run")
    assert (code, "n’existe pas" in err) == (1, True)
    assert list(tmp_path.iterdir()) == []
