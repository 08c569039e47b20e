"""Backup: one instant of a busy server, checked before it has a name, and nothing else left behind.

The restore is part of the proof: what people were told before the copy began is in it, once.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from typer.testing import CliRunner

from collector.backup import beyond, forget_abandoned, let_go, make
from collector.cli import app
from collector.store import sqlite_copy, sqlite_file
from collector.store.contract import SchemaError, StoreError
from tests.bench.figures import fill
from tests.durability.load import Ledger, answer_until_it_ends, audit, send
from tests.durability.outside import jdma
from tests.durability.test_disk_full import small_disk
from tests.world import a_server, new_database, rows

MOMENT = datetime(2026, 11, 22, 3, 0, 0, tzinfo=UTC)
NAME = "avis-2026-11-22T030000Z.db"


def silent(what: str, done: int, total: int) -> None:
    pass


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def dest(tmp_path: Path) -> Path:
    """An empty folder for copies."""
    folder = tmp_path / "copies"
    folder.mkdir()
    return folder


# End to end


@dataclass
class Saved:
    """A server that was copied while people answered, and then killed."""

    folder: Path
    said: dict[str, Any]
    ledger: Ledger
    before: dict[str, int]
    """What was acknowledged before the copy began."""


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    folder = tmp_path_factory.mktemp("copies")
    path = new_database(tmp_path_factory.mktemp("served"))
    ledger = Ledger()
    found: list[Saved] = []
    with a_server(path) as server:

        def strike() -> None:
            before = dict(ledger.acknowledged)
            ended = jdma("backup", str(folder), "--json", f"--database=sqlite:///{path}")
            assert (ended.returncode, ended.stderr) == (0, "")
            assert len(ledger.acknowledged) > len(before)  # nobody had to wait for the copy
            server.kill()
            found.append(Saved(folder, json.loads(ended.stdout), ledger, before))

        answer_until_it_ends(server.url, ledger, random.Random(1), strike, 0.2)
    return found[0]


def test_a_copy_of_a_busy_server_is_one_file_with_its_digest_for_its_owner_alone(
    saved: Saved,
) -> None:
    path = Path(saved.said["fichier"])
    assert names(saved.folder) == [path.name, f"{path.name}.sha256"]
    for each in saved.folder.iterdir():
        assert stat.S_IMODE(each.stat().st_mode) == 0o600
    done = subprocess.run(
        ["sha256sum", "--check", f"{path.name}.sha256"],
        cwd=saved.folder, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert path.read_bytes()[18:20] == b"\1\1"  # of a file in WAL: 2, and a log beside it
    assert saved.said == {
        "fichier": str(path),
        "avis": rows(path, "select count(*) from avis")[0][0],
        "demarches": 3,
        "octets": path.stat().st_size,
        "secondes": saved.said["secondes"],
        "migrations_en_attente": [],
        "compteurs_faux": 0,
        "lignes_orphelines": 0,
        "enlevees": [],
    }


def test_what_was_acknowledged_before_a_copy_is_in_what_is_restored_from_it(
    saved: Saved, tmp_path: Path
) -> None:
    new = tmp_path / "rendu.db"
    ended = jdma("restore", saved.said["fichier"], "--json", f"--database=sqlite:///{new}")
    assert (ended.returncode, ended.stderr) == (0, "")
    said = json.loads(ended.stdout)
    changed = {"fichier", "secondes", "enlevees"}
    same = {name: value for name, value in saved.said.items() if name not in changed}
    assert said == {**same, "fichier": str(new), "secondes": said["secondes"], "empreinte": True,
                    "de_cote": None}  # fmt: skip
    assert saved.before
    assert audit(new, replace(saved.ledger, acknowledged=saved.before)) == []
    stored = {cle for (cle,) in rows(new, "select cle from avis")}
    later = saved.ledger.acknowledged.keys() - stored
    assert later  # the server went on, and was lost with its disk

    with a_server(new) as server:
        assert httpx.get(f"{server.url}/f/k7f3q2").status_code == 200
        again = [
            body
            for (cle, etape), body in saved.ledger.sent.items()
            if etape > saved.before.get(cle, 0)
        ]
        assert later <= {body["cle"] for body in again}
        assert set(send(server.url, saved.ledger, again)) <= {200, 201}
        assert server.terminate() == 0
    assert audit(new, saved.ledger) == []


# One instant


def add_a_structure(path: Path, nom: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as con, con:
        con.execute("insert into structure (nom) values (?1)", (nom,))


class Busy:
    """Another process commits at each step of a copy; gives up when it does not end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.left: list[int] = []

    def __call__(self, left: int) -> None:
        self.left.append(left)
        add_a_structure(self.path, f"Structure {len(self.left)}")
        if len(self.left) == 50:
            raise TimeoutError("the copy does not end")


def test_a_copy_ends_while_others_commit_and_is_the_instant_it_began(
    tmp_path: Path, dest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_copy, "STEP", 4)
    path = new_database(tmp_path)
    before = rows(path, "select nom from structure")
    busy = Busy(path)

    def tell(what: str, done: int, total: int) -> None:
        if what.startswith("Copie"):
            busy(total - done)

    made, _ = make(path, dest, MOMENT, tell)
    assert len(busy.left) > 5
    assert busy.left == sorted(busy.left, reverse=True)
    assert rows(made, "select nom from structure") == before
    assert len(rows(path, "select nom from structure")) == len(before) + len(busy.left)


def test_without_its_transaction_a_copy_would_not_end(tmp_path: Path) -> None:
    path = new_database(tmp_path)
    busy = Busy(path)
    with (
        contextlib.closing(sqlite3.connect(path)) as con,
        contextlib.closing(sqlite3.connect(tmp_path / "copie.db")) as target,
        pytest.raises(TimeoutError),
    ):
        con.backup(target, pages=4, progress=lambda _, left, total: busy(left))


# Killed on its way

STAGES = {"copying": 1, "checking": 2, "recounting": 4}


@pytest.mark.parametrize("calls", STAGES.values(), ids=STAGES)
def test_a_backup_that_is_killed_leaves_nothing_with_a_name_and_the_next_one_cleans_up(
    tmp_path: Path, dest: Path, calls: int
) -> None:
    path = new_database(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "tests.durability.test_backup", str(path), str(dest), str(calls)],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (-signal.SIGKILL, "")
    (left,) = names(dest)
    assert left == f"{NAME}.part"
    assert forget_abandoned(dest) == [dest / left]
    assert names(dest) == []
    make(path, dest, MOMENT, silent)
    assert names(dest) == [NAME, f"{NAME}.sha256"]


def kill_oneself_at(calls: int) -> sqlite_copy.Tell:
    left = iter(range(calls - 1, -1, -1))

    def tell(what: str, done: int, total: int) -> None:
        if not next(left):
            os.kill(os.getpid(), signal.SIGKILL)

    return tell


def test_what_another_backup_is_making_is_not_taken_for_left_over(
    tmp_path: Path, dest: Path
) -> None:
    gone: list[Path] = []
    make(new_database(tmp_path), dest, MOMENT, lambda *_: gone.extend(forget_abandoned(dest)))
    assert gone == []
    assert names(dest) == [NAME, f"{NAME}.sha256"]


def test_a_backup_that_is_interrupted_removes_what_it_had_begun(tmp_path: Path, dest: Path) -> None:
    def interrupt(what: str, done: int, total: int) -> None:
        if what == "Recomptage":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(new_database(tmp_path), dest, MOMENT, interrupt)
    assert names(dest) == []


# Refusals: one sentence, and no file more than before


def absent(folder: Path) -> Path:
    return folder / "absente.db"


def a_letter(folder: Path) -> Path:
    path = folder / "lettre.db"
    path.write_text("Ceci est une lettre.\n" * 100, encoding="utf-8")
    return path


def of_another_program(folder: Path) -> Path:
    path = folder / "autre.db"
    with contextlib.closing(sqlite3.connect(path)) as con:
        con.execute("create table t (n)")
    return path


def of_tomorrow(folder: Path) -> Path:
    path = new_database(folder)
    with contextlib.closing(sqlite3.connect(path)) as con, con:
        con.execute("insert into migration values (99, 'de_demain', '2030-01-01T00:00:00Z')")
    return path


def with_a_page_overwritten(folder: Path) -> Path:
    path = new_database(folder)
    overwrite_the_avis(path)
    return path


def overwrite_the_avis(path: Path) -> None:
    """Put nonsense where the table of avis begins."""
    (page,) = rows(path, "select rootpage from sqlite_schema where name = 'avis'")[0]
    (size,) = rows(path, "pragma page_size")[0]
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


REFUSED: list[tuple[Callable[[Path], Path], str]] = [
    (absent, "n’existe pas"),
    (a_letter, "est abîmé, ou n’est pas une base SQLite : file is not a database"),
    (of_another_program, "n’est pas la base d’un collecteur"),
    (of_tomorrow, "vient d’une version plus récente"),
    (with_a_page_overwritten, "est abîmé.*Rien n’a été gardé.*jdma restore COPIE --remplacer"),
]


@pytest.mark.parametrize(("made", "reason"), REFUSED, ids=[made.__name__ for made, _ in REFUSED])
def test_what_cannot_be_copied_is_said_and_nothing_is_made(
    tmp_path: Path, dest: Path, made: Callable[[Path], Path], reason: str
) -> None:
    path = made(tmp_path)
    before = names(tmp_path)
    with pytest.raises(StoreError, match=reason) as refused:
        make(path, dest, MOMENT, silent)
    assert str(path) in str(refused.value)
    assert names(dest) == []
    assert {*names(tmp_path)} - {*before} <= {"avis.db-shm", "avis.db-wal"}  # of a reader


def test_a_newer_database_is_a_matter_of_versions(tmp_path: Path, dest: Path) -> None:
    with pytest.raises(SchemaError):
        make(of_tomorrow(tmp_path), dest, MOMENT, silent)


def test_a_copy_that_alone_is_damaged_is_told_from_a_damaged_database(
    tmp_path: Path, dest: Path
) -> None:
    def damage(what: str, done: int, total: int) -> None:
        if (what, done) == ("Contrôle", 0):
            overwrite_the_avis(dest / f"{NAME}.part")

    path = new_database(tmp_path)
    with pytest.raises(StoreError, match=f"La copie seule est abîmée, voyez le disque de {dest}"):
        make(path, dest, MOMENT, damage)
    assert names(dest) == []
    make(path, dest, MOMENT, silent)


@pytest.mark.parametrize("name", ["avis.db", "absent"])
def test_a_folder_that_is_none_is_said(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    with pytest.raises(StoreError, match=f"^{folder} n’est pas un dossier.$"):
        make(new_database(tmp_path), folder, MOMENT, silent)
    assert forget_abandoned(folder) == []


def test_a_copy_is_never_written_over(tmp_path: Path, dest: Path) -> None:
    path = new_database(tmp_path)
    made, _ = make(path, dest, MOMENT, silent)
    first = made.read_bytes()
    add_a_structure(path, "Une autre")
    with pytest.raises(StoreError, match="existe déjà"):
        make(path, dest, MOMENT, silent)
    assert made.read_bytes() == first
    assert names(dest) == [NAME, f"{NAME}.sha256"]


def test_a_disk_without_room_is_said_before_and_while_it_is_filled(tmp_path: Path) -> None:
    path = new_database(tmp_path)
    fill(path, 12_000)
    folder = tmp_path / "petit"
    folder.mkdir()
    with small_disk(folder):
        ballast = folder / "ballast"

        def fill_up(what: str = "", done: int = 0, total: int = 0) -> None:
            with ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
                while file.write(bytes(4096)):
                    pass

        with pytest.raises(StoreError, match=f"n’a pas pu être copié dans {folder} : .*full"):
            make(path, folder, MOMENT, fill_up)
        assert names(folder) == ["ballast"]
        wanted = f"il faut {path.stat().st_size / 1e6:.0f} Mo, il en reste 3"
        with pytest.raises(StoreError, match=f"La place manque dans {folder} : {wanted}"):
            make(path, folder, MOMENT, silent)
        assert names(folder) == ["ballast"]

        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        with pytest.raises(StoreError, match="Read-only file system"):
            make(path, folder, MOMENT, silent)


# What somebody has to see to: the copy is good, and kept

GHOST = "insert into agregat values (1, 'k7f3q2', '2026-11-22', 'standard-1', 'effort', 5, 1)"
ORPHAN = (
    "insert into bouton (code, demarche_id, libelle, affichage, origines, ouvert) "
    "values ('zzzzzz', 99, 'Sans démarche', 'dialogue', '[]', 1)"
)


def alter(path: Path, sql: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as con, con:
        con.execute(sql)


def test_a_counter_altered_by_hand_is_said_and_no_older_copy_is_let_go(
    tmp_path: Path, dest: Path
) -> None:
    path = new_database(tmp_path)
    alter(path, GHOST)
    older = dest / "avis-2020-01-01T000000Z.db"
    older.touch()
    ended = jdma("backup", str(dest), "--garder=1", f"--database=sqlite:///{path}")
    assert (ended.returncode, ended.stderr) == (
        1,
        "jdma : la copie est gardée, mais la base a 1 compteur(s) faux, que « jdma rebuild » "
        "répare.\n",
    )
    assert older.exists()
    assert len(names(dest)) == 3


def test_a_row_without_what_it_refers_to_is_said(tmp_path: Path, dest: Path) -> None:
    path = new_database(tmp_path)
    alter(path, ORPHAN)
    _, checked = make(path, dest, MOMENT, silent)
    assert (checked.wrong, checked.orphans) == (0, 1)
    assert checked.faults() == ["1 ligne(s) orphelines (pragma foreign_key_check)"]


def test_before_a_migration_a_copy_is_made_and_its_counters_are_left_for_later(
    tmp_path: Path, dest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = new_database(tmp_path)
    alter(path, GHOST)
    migrations = tmp_path / "migrations"
    shutil.copytree(sqlite_file._MIGRATIONS, migrations)
    (migrations / "9999_demain.sqlite.sql").write_text("create table demain (n);", "utf-8")
    monkeypatch.setattr(sqlite_file, "_MIGRATIONS", migrations)
    made, checked = make(path, dest, MOMENT, silent)
    assert checked.waiting == ("9999_demain.sqlite.sql",)
    assert (checked.wrong, checked.faults()) == (0, [])
    assert made.exists()


# Older copies

OTHERS = ["avis.db", "avis-2026-11-22T030000Z.db.sha256", "avis-2026-11-22T030000Z.db.part",
          "avis-2026-11-22T030000Z.db.bak", "mes-avis-2026-11-22T030000Z.db"]  # fmt: skip
COPIES = [f"avis-2026-11-{day:02}T030000Z.db" for day in range(1, 6)]


def test_the_oldest_copies_are_let_go_and_no_other_file() -> None:
    assert beyond([*reversed(COPIES), *OTHERS], 2) == COPIES[:3]
    assert beyond([*COPIES, *OTHERS], 5) == []
    assert beyond(OTHERS, 1) == []


def test_the_copy_that_was_just_made_is_kept_whatever_the_clock_says(dest: Path) -> None:
    for name in COPIES:
        (dest / name).touch()
        (dest / f"{name}.sha256").touch()
    # The clock was set back: the newest copy has the oldest name.
    gone = let_go(dest, 2, dest / COPIES[0])
    assert gone == [dest / name for name in COPIES[1:3]]
    left = [COPIES[0], *COPIES[3:]]
    assert names(dest) == sorted([*left, *(f"{name}.sha256" for name in left)])


def test_without_being_told_to_a_backup_lets_nothing_go_and_told_to_it_says_what(
    tmp_path: Path, dest: Path
) -> None:
    path = new_database(tmp_path)
    for name in COPIES:
        (dest / name).touch()
    make(path, dest, MOMENT, silent)
    assert len(names(dest)) == len(COPIES) + 2
    ended = jdma("backup", str(dest), "--garder=2", f"--database=sqlite:///{path}")
    assert (ended.returncode, ended.stderr) == (0, "")
    said, *gone = ended.stdout.splitlines()
    assert re.fullmatch(
        rf"{dest}/avis-.+Z\.db : 0 avis, 3 démarche\(s\), 0,\d Mo, en \d+,\d s\.", said
    )
    assert gone == [f"Enlevé : {dest}/{name}" for name in COPIES]


def test_to_keep_none_is_no_choice(dest: Path) -> None:
    ended = CliRunner().invoke(app, ["backup", str(dest), "--garder=0"])
    assert ended.exit_code == 2
    assert "--garder" in ended.output


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]), MOMENT, kill_oneself_at(int(sys.argv[3])))
