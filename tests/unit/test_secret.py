"""The ring of secrets: made once, for its owner alone, changed without a moment without one."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from collector.config import SECRET_LENGTH, ConfigError, load
from collector.secret import forget, kept_beside, read, rotate
from collector.serve import with_secret


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "avis.db"


def ring_of(database: Path, **given: str) -> tuple[str, ...]:
    """What a server on this database would sign with, then what it would believe."""
    settings = with_secret(load({"database": f"sqlite:///{database}", **given}, {}), print)
    return settings.secret, *settings.secrets_before


def test_a_secret_is_made_once_beside_the_database(database: Path) -> None:
    ring, made, path = kept_beside(database)
    assert made
    assert path == database.with_name("avis.db.secret")
    assert [len(each) >= SECRET_LENGTH for each in ring] == [True]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert kept_beside(database) == (ring, False, path)
    assert kept_beside(database.with_name("autre.db")).ring != ring
    assert load({"secret": ring[0]}, {}).secret == ring[0]


@pytest.mark.parametrize("content", ["", "court", "\n\n", f"{'a' * 40}\ncourt\n"])
def test_a_file_without_a_secret_is_not_taken_for_one(database: Path, content: str) -> None:
    database.with_name("avis.db.secret").write_text(content)
    with pytest.raises(ConfigError, match="ne contient pas un secret"):
        kept_beside(database)


def test_a_new_secret_comes_before_those_that_are_still_believed(database: Path) -> None:
    (first,), _, path = kept_beside(database)
    rotate(path)
    rotate(path)
    newest, second, oldest = ring_of(database)
    assert oldest == first
    assert len({newest, second, oldest}) == 3
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert forget(path) == 2
    assert ring_of(database) == (newest,)
    assert forget(path) == 0


def test_a_new_secret_that_was_interrupted_is_drawn_again(database: Path) -> None:
    ring, _, path = kept_beside(database)
    path.with_name("avis.db.secret.part").write_text("la moit")
    rotate(path)
    assert read(path)[1:] == ring
    assert [each.name for each in database.parent.iterdir()] == [path.name]


def test_secrets_of_settings_are_believed_beside_those_of_the_file(database: Path) -> None:
    (kept,), _, _ = kept_beside(database)
    assert ring_of(database, old_secrets="v" * 40) == (kept, "v" * 40)
    given = {"secret": "n" * 40, "old_secrets": f" {'v' * 40}\n{'w' * 40} "}
    assert ring_of(database, **given) == ("n" * 40, "v" * 40, "w" * 40)


def test_a_secret_of_before_that_is_too_short_is_refused_and_not_shown() -> None:
    with pytest.raises(ConfigError) as refused:
        load({"old_secrets": f"{'v' * 40} trop-court"}, {})
    assert str(refused.value).startswith("JDMA_OLD_SECRETS vaut … : il faut des secrets de 32")
