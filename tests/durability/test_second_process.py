"""One SQLite file has one server."""

from __future__ import annotations

from pathlib import Path

from tests.durability.outside import jdma
from tests.ports import free_port
from tests.world import SECRET, a_server, new_database


def serve_too(path: Path) -> tuple[int, str, str]:
    """A second `jdma serve` that is expected to end by itself."""
    ended = jdma(
        "serve", f"--database=sqlite:///{path}", f"--port={free_port()}", f"--secret={SECRET}"
    )
    return ended.returncode, ended.stdout, ended.stderr


def test_a_second_server_is_refused_in_one_sentence_and_the_first_goes_on(tmp_path: Path) -> None:
    path = new_database(tmp_path)
    sentence = (
        f"jdma : Un autre collecteur sert déjà {path} : un fichier SQLite n’a qu’un serveur.\n"
    )
    with a_server(path) as first:
        assert serve_too(path) == (1, "", sentence)
        assert first.process.poll() is None
        assert first.terminate() == 0


def test_once_the_first_has_ended_the_second_starts_however_it_ended(tmp_path: Path) -> None:
    path = new_database(tmp_path)
    with a_server(path) as first:
        first.kill()
    with a_server(path) as second:
        assert second.terminate() == 0
    with a_server(path) as third:
        assert third.process.poll() is None


def test_other_commands_work_beside_a_server(tmp_path: Path) -> None:
    path = new_database(tmp_path)
    with a_server(path):
        ended = jdma("bouton", "close", "k7f3q2", f"--database=sqlite:///{path}")
        assert (ended.returncode, ended.stderr) == (0, "")


def test_migrations_wait_until_the_server_has_ended(tmp_path: Path) -> None:
    path = new_database(tmp_path)
    with a_server(path):
        ended = jdma("migrate", f"--database=sqlite:///{path}")
        assert ended.returncode == 1
        assert ended.stderr.startswith("jdma : Un autre collecteur sert déjà")
    assert jdma("migrate", f"--database=sqlite:///{path}").returncode == 0
