"""/.well-known/security.txt (RFC 9116)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from collector.clock import instant
from collector.config import ConfigError, load
from tests.http.problems import problem
from tests.world import NOON, World, a_world

PATH = "/.well-known/security.txt"


def test_it_says_whom_to_tell_until_when_and_where_it_is(tmp_path: Path) -> None:
    contacts = "mailto:securite@exemple.fr https://exemple.fr/securite"
    with a_world(
        tmp_path, security_contact=contacts, public_url="https://avis.exemple.fr/a"
    ) as world:
        answer = world.client.get(PATH)
        world.clock.advance(days=1)
        tomorrow = world.client.get(PATH)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    lines = [line.split(": ", 1) for line in answer.text.splitlines()]
    assert [name for name, _ in lines] == [
        "Contact", "Contact", "Expires", "Preferred-Languages", "Canonical",
    ]  # fmt: skip
    assert " ".join(value for name, value in lines if name == "Contact") == contacts
    assert lines[-1][1] == f"https://avis.exemple.fr/a{PATH}"
    expires = datetime.fromisoformat(lines[2][1])
    now = datetime.fromisoformat(instant(NOON).recu_le)
    assert timedelta(days=170) < expires - now < timedelta(days=365)
    assert tomorrow.text != answer.text


def test_without_anybody_to_tell_there_is_no_file(world: World) -> None:
    problem(world.client.get(PATH), 404, "introuvable")


@pytest.mark.parametrize(
    "contact",
    ["securite@exemple.fr", "http://exemple.fr", "mailto:a@b\r\nContact: x", "mailto:", "https://"],
)
def test_what_is_no_contact_is_refused(contact: str) -> None:
    with pytest.raises(ConfigError, match="JDMA_SECURITY_CONTACT"):
        load({"security_contact": contact}, {})
