"""A socket of the machine to listen on: made for the proxy, taken from nobody who is there."""

from __future__ import annotations

import contextlib
import socket
import stat
from pathlib import Path

import pytest

from collector.config import Settings, load
from collector.serve import AddressError, listening


def at(path: Path) -> Settings:
    return load({"host": f"unix:{path}", "public_url": "https://avis.exemple.fr"}, {})


def test_a_socket_is_for_its_owner_and_the_group(tmp_path: Path) -> None:
    with contextlib.closing(listening(at(tmp_path / "http"))) as made:
        assert made.family == socket.AF_UNIX
        assert stat.filemode((tmp_path / "http").stat().st_mode) == "srw-rw----"


def test_what_a_server_left_there_when_it_was_killed_is_taken_away(tmp_path: Path) -> None:
    listening(at(tmp_path / "http")).close()
    assert (tmp_path / "http").is_socket()
    made = contextlib.closing(listening(at(tmp_path / "http")))
    with made, socket.socket(socket.AF_UNIX) as other:
        other.connect(str(tmp_path / "http"))


def test_a_socket_at_which_somebody_listens_is_left_to_them(tmp_path: Path) -> None:
    with contextlib.closing(listening(at(tmp_path / "http"))):
        with pytest.raises(AddressError, match=r"Impossible d’écouter sur .*/http : "):
            listening(at(tmp_path / "http"))
        with socket.socket(socket.AF_UNIX) as other:
            other.connect(str(tmp_path / "http"))


def test_a_file_that_is_no_socket_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "http").write_text("à quelqu’un", encoding="utf-8")
    for path in (tmp_path / "http", tmp_path / "nulle-part" / "http"):
        with pytest.raises(AddressError):
            listening(at(path))
    assert (tmp_path / "http").read_text("utf-8") == "à quelqu’un"
