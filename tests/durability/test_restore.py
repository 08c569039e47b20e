"""Restore: a copy takes the place of a database once it was checked, and nothing is ever lost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from collector.backup import Checked, make
from collector.cli import app
from collector.restore import Restored, restore
from collector.store.contract import SchemaError, StoreError
from collector.store.sqlite import SqliteStore
from tests.bench.figures import fill
from tests.durability.test_backup import (
    GHOST,
    alter,
    names,
    of_another_program,
    of_tomorrow,
    silent,
)
from tests.world import new_database, rows

MOMENT = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
ASIDE = "avis.db.avant-2026-11-22T120000Z"
AVIS = 2_000
VERBATIM = "Tout va bien, merci."


def give_back(copy: Path, target: Path, replace: bool = False) -> Restored:
    return restore(copy, target, replace, MOMENT, silent)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of some avis, with its digest; not to be written to."""
    path = new_database(tmp_path_factory.mktemp("served"))
    fill(path, AVIS)
    alter(path, f"update avis set verbatim = '{VERBATIM}'")
    return make(path, tmp_path_factory.mktemp("kept"), MOMENT, silent)[0]


@pytest.fixture
def copy(kept: Path, tmp_path: Path) -> Path:
    """A copy of one's own, with its digest."""
    folder = tmp_path / "copies"
    shutil.copytree(kept.parent, folder)
    return folder / kept.name


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder for databases."""
    folder = tmp_path / "place"
    folder.mkdir()
    return folder


def count(path: Path) -> int:
    return int(rows(path, "select count(*) from avis")[0][0])


def without_digest(copy: Path) -> Path:
    copy.with_name(f"{copy.name}.sha256").unlink()
    return copy


# A place that is free


def test_a_copy_is_put_where_there_was_nothing(copy: Path, place: Path) -> None:
    before = copy.read_bytes()
    done = give_back(copy, place / "avis.db")
    assert done.checked == Checked(AVIS, 253, len(before), (), 0, 0)
    assert (done.sealed, done.aside) == (True, None)
    assert names(place) == ["avis.db", "avis.db.lock"]
    assert stat.S_IMODE((place / "avis.db").stat().st_mode) == 0o600
    assert count(place / "avis.db") == AVIS
    assert copy.read_bytes() == before
    assert names(copy.parent) == [copy.name, f"{copy.name}.sha256"]


def test_a_database_that_has_no_avis_yet_makes_room_and_is_kept(copy: Path, place: Path) -> None:
    path = new_database(place)
    alter(path, "insert into structure (nom) values ('Déjà là')")
    done = give_back(copy, path)
    assert done.aside == place / ASIDE
    assert ("Déjà là",) in rows(done.aside, "select nom from structure")
    assert count(path) == AVIS


def test_a_log_that_lost_its_database_is_not_taken_for_the_new_one_s(
    copy: Path, place: Path
) -> None:
    left_by_a_kill(place, place / "avis.db")
    (place / "avis.db").unlink()
    log = (place / "avis.db-wal").read_bytes()
    give_back(copy, place / "avis.db")
    assert count(place / "avis.db") == AVIS
    assert (place / f"{ASIDE}-wal").read_bytes() == log
    assert "avis.db-wal" not in names(place)


def test_what_a_restore_that_was_killed_has_left_is_no_obstacle(copy: Path, place: Path) -> None:
    (place / "avis.db.part").write_bytes(b"une moitie")
    give_back(copy, place / "avis.db")
    assert names(place) == ["avis.db", "avis.db.lock"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_restores_is_for_the_account_of_the_server(copy: Path, place: Path) -> None:
    os.chown(place, 12_345, 12_346)
    give_back(copy, place / "avis.db")
    (place / "avis.db").chmod(0o640)
    give_back(copy, place / "avis.db", replace=True)
    for name in ("avis.db", "avis.db.lock"):
        state = (place / name).stat()
        assert (state.st_uid, state.st_gid) == (12_345, 12_346)
    assert stat.S_IMODE((place / "avis.db").stat().st_mode) == 0o640


# A place that is taken


def left_by_a_kill(folder: Path, path: Path) -> None:
    """A database whose one avis is in its log only, as a server leaves it that is killed."""
    served = folder / "tue"
    served.mkdir()
    live = new_database(served)
    with contextlib.closing(sqlite3.connect(live)) as con:
        con.execute(
            "insert into avis (demarche_id, cle, bouton, questionnaire, etape, recu_le, jour, "
            "notes, langue, affichage) "
            "values (1, 'c', 'k7f3q2', 'standard-1', 1, '2026', '2026', '{}', 'fr', 'api')"
        )
        con.commit()
        for suffix in ("", "-wal"):
            shutil.copyfile(f"{live}{suffix}", f"{path}{suffix}")
    shutil.rmtree(served)


@pytest.fixture
def taken(place: Path) -> Path:
    """A database with an avis in it."""
    path = place / "avis.db"
    left_by_a_kill(place, path)
    return path


def test_avis_are_not_replaced_unless_one_says_so(copy: Path, taken: Path) -> None:
    with pytest.raises(StoreError, match=r"contient 1 avis. « --remplacer »"):
        give_back(copy, taken)
    assert count(taken) == 1


def test_what_is_replaced_is_set_aside_whole_its_log_included(copy: Path, taken: Path) -> None:
    done = give_back(copy, taken, replace=True)
    assert done.aside == taken.with_name(ASIDE)
    assert names(taken.parent) == ["avis.db", ASIDE, "avis.db.lock"]
    assert count(done.aside) == 1
    assert count(taken) == AVIS


def test_what_cannot_even_be_read_is_set_aside_as_it_is(copy: Path, place: Path) -> None:
    path = place / "avis.db"
    path.write_text("Ceci est une lettre.\n" * 100, encoding="utf-8")
    (place / "avis.db-wal").write_bytes(b"un journal")
    with pytest.raises(StoreError, match=r"ne se lit pas. « --remplacer »"):
        give_back(copy, path)
    give_back(copy, path, replace=True)
    assert (place / ASIDE).read_text("utf-8").startswith("Ceci est une lettre.")
    assert (place / f"{ASIDE}-wal").read_bytes() == b"un journal"
    assert count(path) == AVIS


def test_who_serves_a_database_keeps_it(copy: Path, taken: Path) -> None:
    server = SqliteStore(taken)
    asyncio.run(server.claim())
    with pytest.raises(StoreError, match="Un autre collecteur sert déjà"):
        give_back(copy, taken, replace=True)
    assert count(taken) == 1
    asyncio.run(server.close())
    give_back(copy, taken, replace=True)
    assert count(taken) == AVIS


def test_another_program_keeps_the_database_it_has_open(copy: Path, taken: Path) -> None:
    with contextlib.closing(sqlite3.connect(taken)) as other:
        other.execute("select count(*) from avis").fetchone()
        with pytest.raises(StoreError, match="est ouvert par un autre programme, arrêtez-le"):
            give_back(copy, taken, replace=True)
        assert other.execute("select count(*) from avis").fetchone() == (1,)
    assert "avis.db.part" not in names(taken.parent)
    give_back(copy, taken, replace=True)
    assert count(taken) == AVIS


def test_nothing_that_was_set_aside_is_written_over(copy: Path, taken: Path) -> None:
    taken.with_name(ASIDE).write_bytes(b"d'avant")
    with pytest.raises(StoreError, match="File exists"):
        give_back(copy, taken, replace=True)
    assert taken.with_name(ASIDE).read_bytes() == b"d'avant"
    assert count(taken) == 1


def test_a_link_stays_a_link(copy: Path, taken: Path, tmp_path: Path) -> None:
    link = tmp_path / "lien.db"
    link.symlink_to(taken)
    done = give_back(copy, link, replace=True)
    assert link.is_symlink()
    assert done.aside == taken.with_name(ASIDE)
    assert (count(link), count(done.aside)) == (AVIS, 1)


def test_a_database_is_not_restored_from_itself(copy: Path) -> None:
    with pytest.raises(StoreError, match="est la base elle-même"):
        give_back(copy, copy, replace=True)
    assert count(copy) == AVIS


# A copy that is not what it was


def truncated(copy: Path) -> Path:
    os.truncate(copy, copy.stat().st_size // 2)
    return copy


def flipped(copy: Path, before: bytes, after: bytes) -> Path:
    """The copy, with one byte in one of its pages that is another."""
    data = copy.read_bytes()
    where = data.rindex(before)
    copy.write_bytes(data[:where] + after + data[where + len(before) :])
    assert sum(a != b for a, b in zip(data, copy.read_bytes(), strict=True)) == 1
    return copy


def flipped_in_a_comment(copy: Path) -> Path:
    return flipped(copy, b"Tout va bien, merci.", b"Tout va rien, merci.")


def flipped_in_a_key(copy: Path) -> Path:
    return flipped(copy, b"000000000007", b"000000000008")


def altered_by_hand(copy: Path) -> Path:
    alter(copy, GHOST)
    return copy


def empty(copy: Path) -> Path:
    copy.write_bytes(b"")
    return copy


DAMAGE = [truncated, flipped_in_a_comment, flipped_in_a_key, altered_by_hand, empty]


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_copy_that_is_not_what_was_written_is_refused(
    copy: Path, taken: Path, damage: Callable[[Path], Path]
) -> None:
    with pytest.raises(StoreError, match=r"est abîmé : .*empreinte SHA-256.*une autre copie"):
        give_back(damage(copy), taken, replace=True)
    assert count(taken) == 1
    assert names(taken.parent) == ["avis.db", "avis.db.lock"]


@pytest.mark.parametrize("damage", [truncated, flipped_in_a_key])
def test_without_its_digest_sqlite_finds_what_breaks_the_structure(
    copy: Path, place: Path, damage: Callable[[Path], Path]
) -> None:
    with pytest.raises(StoreError, match=r"est abîmé : .*Prenez une autre copie"):
        give_back(damage(without_digest(copy)), place / "avis.db")
    assert names(place) == ["avis.db.lock"]


def test_without_its_digest_nobody_finds_a_letter_changed_in_a_comment(
    copy: Path, place: Path
) -> None:
    """Why there is a digest."""
    done = give_back(flipped_in_a_comment(without_digest(copy)), place / "avis.db")
    assert (done.sealed, done.checked.faults()) == (False, [])


def test_without_its_digest_a_counter_altered_by_hand_is_found_and_the_repair_named(
    copy: Path, place: Path
) -> None:
    path = place / "avis.db"
    altered_by_hand(without_digest(copy))
    ended = CliRunner().invoke(app, ["restore", str(copy), f"--database=sqlite:///{path}"])
    assert ended.exit_code == 1
    assert ended.stderr == (
        "jdma : la base est rendue, mais elle a 1 compteur(s) faux, que « jdma rebuild » répare.\n"
    )
    said = ended.stdout.splitlines()
    assert said[0].startswith(f"{path} : {AVIS} avis, 253 démarche(s), ")
    assert said[1:] == [
        "La copie n’avait pas son empreinte (.sha256) : un mot changé ne se verrait pas.",
        f"Remettez {path}.secret si vous l’avez : sans lui, les formulaires ouverts sont refusés.",
    ]
    assert count(path) == AVIS


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (of_another_program, "n’est pas la base d’un collecteur"),
        (lambda folder: folder / "absente.db", "n’existe pas"),
        (lambda folder: folder, "n’existe pas, ou n’est pas un fichier"),
    ],
    ids=["another program's", "absent", "a folder"],
)
def test_what_is_no_copy_of_a_collector_is_refused(
    tmp_path: Path, place: Path, made: Callable[[Path], Path], reason: str
) -> None:
    with pytest.raises(StoreError, match=reason):
        give_back(made(tmp_path), place / "avis.db")
    assert names(place) == ["avis.db.lock"]


def test_a_copy_of_a_newer_program_is_refused(tmp_path: Path, place: Path) -> None:
    with pytest.raises(SchemaError, match="vient d’une version plus récente"):
        give_back(of_tomorrow(tmp_path), place / "avis.db")
    assert names(place) == ["avis.db.lock"]


def test_a_file_and_its_log_copied_by_hand_are_restored_as_one(place: Path, tmp_path: Path) -> None:
    by_hand = tmp_path / "a-la-main.db"
    left_by_a_kill(tmp_path, by_hand)
    done = give_back(by_hand, place / "avis.db")
    assert (done.checked.avis, done.sealed) == (1, False)
    assert names(place) == ["avis.db", "avis.db.lock"]


def test_a_folder_that_does_not_exist_is_said(copy: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"absent n’est pas un dossier"):
        give_back(copy, tmp_path / "absent" / "avis.db")
