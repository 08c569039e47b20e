"""Who may read what the collector writes: its owner alone, unless they chose otherwise."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from collector.clock import Clock
from tests import forked
from tests.world import FIN, SITE, Server, a_server, address_of, an_avis, new_database, set_up


@pytest.fixture(autouse=True)
def what_most_have() -> Iterator[None]:
    """A stricter umask would make all of this true by itself."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    """Of each file and folder under one, and of itself."""
    found = [folder, *folder.rglob("*")]
    return {str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode) for path in found}


def jdma(*words: str) -> None:
    done = forked.run(*words)
    assert done.returncode == 0, done.stderr


def post(server: Server) -> int:
    body, headers = an_avis(FIN, Clock().now().ms), {"origin": SITE}
    return httpx.post(f"{server.url}/api/v1/avis", json=body, headers=headers).status_code


def test_a_base_that_a_server_makes_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "avis.db"
    with a_server(path):
        found = modes(tmp_path)
    del found["."]
    assert {"avis.db", "avis.db-wal", "avis.db-shm", "avis.db.lock"} <= found.keys()
    assert set(found.values()) == {0o600}


def test_sqlite_by_itself_would_have_let_everybody_read(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "avis.db")) as con:
        con.execute("create table t (n)")
    assert modes(tmp_path)["avis.db"] == 0o644


def test_a_base_keeps_the_mode_its_owner_chose(tmp_path: Path) -> None:
    path = new_database(tmp_path)
    path.chmod(0o640)
    with a_server(path) as server:
        assert post(server) == 201
        found = modes(tmp_path)
    assert {found[f"avis.db{end}"] for end in ("", "-wal", "-shm")} == {0o640}


def test_a_link_to_a_base_that_is_not_there_yet_is_followed(tmp_path: Path) -> None:
    (tmp_path / "ailleurs").mkdir()
    (tmp_path / "avis.db").symlink_to(tmp_path / "ailleurs" / "vrai.db")
    set_up(tmp_path / "avis.db")
    assert (tmp_path / "avis.db").is_symlink()
    assert modes(tmp_path / "ailleurs")["vrai.db"] == 0o600


def test_links_in_a_circle_are_no_base_and_told_so(tmp_path: Path) -> None:
    (tmp_path / "avis.db").symlink_to(tmp_path / "autre.db")
    (tmp_path / "autre.db").symlink_to(tmp_path / "avis.db")
    done = forked.run("migrate", f"--database={address_of(tmp_path / 'avis.db')}")
    assert (done.returncode, "avis.db ne s’ouvre pas" in done.stderr) == (1, True), done.stderr


def test_what_is_made_of_a_base_is_for_its_owner_alone(tmp_path: Path) -> None:
    source = address_of(new_database(tmp_path))
    base = f"--database={source}"
    copies = {name: tmp_path / name for name in ("sauvegardes", "migree", "copie", "rendue")}
    for each in copies.values():
        each.mkdir()
    jdma("migrate", f"--database={address_of(copies['migree'] / 'avis.db')}")
    jdma("copy", f"--from={source}", f"--to={address_of(copies['copie'] / 'avis.db')}")
    jdma("backup", str(copies["sauvegardes"]), base)
    [made] = copies["sauvegardes"].glob("avis-*.db")
    jdma("restore", str(made), f"--database={address_of(copies['rendue'] / 'avis.db')}")
    for name, folder in copies.items():
        found = modes(folder)
        del found["."]
        assert found, name
        assert set(found.values()) == {0o600}, (name, found)
    jdma("export", str(tmp_path / "sortie"), base)
    exported = modes(tmp_path / "sortie")
    assert exported.pop(".") == 0o700
    assert "avis.csv" in exported
    assert set(exported.values()) == {0o600}
