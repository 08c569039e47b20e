"""Downloads from a real server when something goes wrong: a file that fails, a client that leaves,
too many at once. What looks whole is whole."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from tests.durability.outside import jdma, until
from tests.world import Server, a_server, new_database, rows

AVIS = 40_000  # some 10 MB as CSV: more than what sockets hold

FILL = f"""
with recursive n (i) as (select 1 union all select i + 1 from n where i < {AVIS})
insert into avis (
    demarche_id, cle, bouton, questionnaire, etape, recu_le, jour, notes, verbatim, langue,
    affichage
)
select 1, printf('019a9b3c-5d00-7a10-8b20-%012x', i), 'k7f3q2', 'standard-1', 1,
    '2026-11-01T10:00:00.000Z', '2026-11-01', '{{"satisfaction":2}}',
    'Un commentaire assez long pour que le fichier le soit.', 'fr', 'dialogue'
from n
"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = new_database(tmp_path_factory.mktemp("rempli"))
    with contextlib.closing(sqlite3.connect(path)) as con, con:
        con.execute(FILL)
    return path


@pytest.fixture
def server(filled: Path, tmp_path: Path) -> Iterator[Server]:
    path = tmp_path / "avis.db"
    path.write_bytes(filled.read_bytes())
    with a_server(path) as started:
        yield started


@pytest.fixture
def headers(server: Server) -> dict[str, str]:
    made = jdma("jeton", "create", "Essai", "--tout", f"--database=sqlite:///{server.path}")
    return {"authorization": f"Bearer {made.stdout.strip()}"}


def downloads(server: Server) -> list[dict[str, object]]:
    """What the journal says of each download, in order."""
    found = rows(server.path, "select sur from journal where action = 'telechargement' order by id")
    return [json.loads(sur) for (sur,) in found]


def test_a_whole_file_ends_well_and_has_everything(server: Server, headers: dict[str, str]) -> None:
    answer = httpx.get(f"{server.url}/exports/avis.csv", headers=headers, timeout=60)
    assert answer.content.count(b"\r\n") == AVIS + 1
    [said] = downloads(server)
    assert (said["lignes"], said["complet"]) == (AVIS, True)


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_a_file_that_fails_half_way_is_no_file_for_curl(
    server: Server, headers: dict[str, str], tmp_path: Path, format: str
) -> None:
    curl = subprocess.Popen(
        ["curl", "--silent", "--fail", "--limit-rate", "2M", "--max-time", "60",
         "--header", f"Authorization: {headers['authorization']}",
         "--output", str(tmp_path / "avis"), f"{server.url}/exports/avis.{format}"],
    )  # fmt: skip
    try:
        until(lambda: bool(downloads(server)))
        os.truncate(server.path, 1 << 20)
        code = curl.wait(60)
    finally:
        curl.kill()
    assert code in (18, 92, 56)  # what came is not all there is, says curl


def test_a_client_that_leaves_frees_its_place(server: Server, headers: dict[str, str]) -> None:
    for _ in range(6):
        with httpx.stream("GET", f"{server.url}/exports/avis.csv", headers=headers) as answer:
            assert answer.status_code == 200
            next(answer.iter_bytes())
        until(lambda: "complet" in downloads(server)[-1])
    assert [said["complet"] for said in downloads(server)] == [False] * 6
    answer = httpx.get(f"{server.url}/exports/avis.csv", headers=headers, timeout=60)
    assert answer.content.count(b"\r\n") == AVIS + 1


def test_the_fifth_at_once_is_asked_to_come_back(server: Server, headers: dict[str, str]) -> None:
    address = f"{server.url}/exports/avis.csv"
    with contextlib.ExitStack() as open_ones:
        for _ in range(4):
            answer = open_ones.enter_context(httpx.stream("GET", address, headers=headers))
            assert answer.status_code == 200
        fifth = httpx.get(address, headers=headers)
        assert (fifth.status_code, fifth.json()["code"]) == (429, "trop_de_telechargements")
        assert int(fifth.headers["retry-after"]) > 0
        assert httpx.get(f"{server.url}/readyz").status_code == 200
    until(lambda: httpx.head(address, headers=headers).status_code == 200)
    until(lambda: all("complet" in said for said in downloads(server)))
    assert httpx.get(address, headers=headers, timeout=60).status_code == 200
