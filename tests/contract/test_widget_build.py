"""The committed widget is what its sources give, and what the index says."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

WIDGET = Path(__file__).parents[2] / "widget"
NEWEST = json.loads((WIDGET / "package.json").read_text())["version"]


def check(widget: Path) -> subprocess.CompletedProcess[str]:
    """Build in memory and compare. Without Node this raises: it must not pass unseen."""
    return subprocess.run(
        ["node", "build.mjs", "--check"], cwd=widget, capture_output=True, text=True, timeout=60
    )


def not_of_the_index(releases: Path) -> Iterator[str]:
    """Published files that are not, byte for byte, the ones of index.json; files it lacks."""
    index = json.loads((releases / "index.json").read_text())
    listed = {
        f"{entry['version']}/{name}": fichier["integrity"]
        for entry in index["versions"]
        for name, fichier in entry["fichiers"].items()
    }
    files = {
        path.relative_to(releases).as_posix(): integrity(path)
        for path in releases.rglob("*")
        if path.is_file() and path.name != "index.json"
    }
    yield from (name for name in {*listed, *files} if listed.get(name) != files.get(name))


def integrity(path: Path) -> str:
    digest = hashlib.sha384(path.read_bytes()).digest()
    return f"sha384-{base64.b64encode(digest).decode()}"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A widget to spoil, with the tools of the real one."""
    widget = tmp_path / "widget"
    shutil.copytree(WIDGET, widget, ignore=shutil.ignore_patterns("node_modules"))
    (widget / "node_modules").symlink_to(WIDGET / "node_modules")
    return widget


def spoil(path: Path) -> None:
    """Change one byte."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_the_committed_release_is_what_the_sources_give() -> None:
    done = check(WIDGET)
    assert done.returncode == 0, done.stderr


def test_every_published_file_is_the_one_of_the_index() -> None:
    assert list(not_of_the_index(WIDGET / "releases")) == []


def test_a_copy_of_the_widget_builds_the_same(copied: Path) -> None:
    assert check(copied).returncode == 0


@pytest.mark.parametrize("name", ["avis.js", "avis.css"])
def test_a_changed_byte_in_a_release_is_seen(copied: Path, name: str) -> None:
    spoil(copied / "releases" / NEWEST / name)
    assert list(not_of_the_index(copied / "releases")) == [f"{NEWEST}/{name}"]
    done = check(copied)
    assert done.returncode == 1
    assert f"releases/{NEWEST}/{name}" in done.stderr


def test_a_release_that_vanished_is_seen(copied: Path) -> None:
    (copied / "releases" / NEWEST / "avis.js").unlink()
    assert list(not_of_the_index(copied / "releases")) == [f"{NEWEST}/avis.js"]
    assert check(copied).returncode == 1


def test_a_changed_source_is_seen(copied: Path) -> None:
    with (copied / "src" / "avis.js").open("a") as source:
        source.write("\nglobalThis.changed = true;\n")
    done = check(copied)
    assert done.returncode == 1
    assert f"releases/{NEWEST}/avis.js" in done.stderr
