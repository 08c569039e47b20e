"""The committed widget is what its sources give, and what the index says; what is out stays."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import shutil
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

WIDGET = Path(__file__).parents[2] / "widget"
NEWEST = json.loads((WIDGET / "package.json").read_text())["version"]


def build(widget: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the build. Without Node this raises: it must not pass unseen.

    Node is not to optimise: for a second's work, that takes longer than it gains.
    """
    command = ["node", "--no-opt", "build.mjs", *options]
    return subprocess.run(command, cwd=widget, capture_output=True, text=True, timeout=60)


def check(widget: Path) -> subprocess.CompletedProcess[str]:
    """Build in memory and compare."""
    return build(widget, "--check")


def not_of_the_index(releases: Path) -> Iterator[str]:
    """Published files that are not, byte for byte, the ones of index.json; files it lacks.

    A gzip is what it opens to: its own bytes depend on who made it.
    """
    index = json.loads((releases / "index.json").read_text())
    listed = {
        f"{entry['version']}/{name}{suffix}": fichier[key]
        for entry in index["versions"]
        for name, fichier in entry["fichiers"].items()
        for suffix, key in {"": "integrity", ".gz": "integrity", ".br": "brotli_integrity"}.items()
    }
    files = {
        path.relative_to(releases).as_posix(): integrity(path)
        for path in releases.glob("*/**/*")
        if path.is_file()
    }
    yield from (name for name in {*listed, *files} if listed.get(name) != files.get(name))


def integrity(path: Path) -> str:
    content = path.read_bytes()
    if path.suffix == ".gz":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error):
            return "no gzip"
    return f"sha384-{base64.b64encode(hashlib.sha384(content).digest()).decode()}"


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


def change_the_source(widget: Path) -> None:
    """To clearly fewer bytes: the file is close to its budget, which is not what is tried here."""
    source = widget / "src" / "texts.js"
    text = source.read_text("utf-8")
    changed = text.replace("Notre service ne répond pas.", "")
    assert changed != text
    source.write_text(changed, "utf-8")


def edit(path: Path, **fields: object) -> None:
    """Set fields of a JSON file."""
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def announce(widget: Path, version: str) -> None:
    """Make this the version to build, with its line of news."""
    edit(widget / "package.json", version=version)
    news = {"publie_le": "2026-11-22", "nouveautes": "Pour un essai."}
    edit(widget / "releases" / "nouveautes.json", **{version: news})


def everything(releases: Path) -> dict[str, bytes]:
    return {
        path.relative_to(releases).as_posix(): path.read_bytes()
        for path in releases.rglob("*")
        if path.is_file()
    }


def test_the_committed_release_is_what_the_sources_give() -> None:
    done = check(WIDGET)
    assert done.returncode == 0, done.stderr


def test_every_published_file_is_the_one_of_the_index() -> None:
    assert list(not_of_the_index(WIDGET / "releases")) == []


def test_a_copy_of_the_widget_builds_the_same(copied: Path) -> None:
    assert check(copied).returncode == 0


@pytest.mark.parametrize(
    "name", ["avis.js", "avis.css", "avis.js.br", "avis.js.gz", "avis.css.br", "avis.css.gz"]
)
def test_a_changed_byte_in_a_release_is_seen(copied: Path, name: str) -> None:
    spoil(copied / "releases" / NEWEST / name)
    assert list(not_of_the_index(copied / "releases")) == [f"{NEWEST}/{name}"]
    done = check(copied)
    assert done.returncode == 1
    assert f"releases/{NEWEST}/{name}" in done.stderr


@pytest.mark.parametrize("name", ["avis.js", "avis.js.br", "avis.js.gz"])
def test_a_release_that_vanished_is_seen(copied: Path, name: str) -> None:
    (copied / "releases" / NEWEST / name).unlink()
    assert list(not_of_the_index(copied / "releases")) == [f"{NEWEST}/{name}"]
    assert check(copied).returncode == 1


def test_a_changed_source_is_seen(copied: Path) -> None:
    change_the_source(copied)
    done = check(copied)
    assert done.returncode == 1
    assert f"releases/{NEWEST}/avis.js" in done.stderr


# What is out stays as it is

PUBLISHED, WORKED_ON = "91.0.0", "0.91.0"


def test_a_published_version_is_not_built_over(copied: Path) -> None:
    announce(copied, PUBLISHED)
    assert build(copied).returncode == 0
    before = everything(copied / "releases")
    assert f"{PUBLISHED}/avis.js.br" in before

    assert build(copied).returncode == 0, "equal bytes are no change"
    assert everything(copied / "releases") == before

    change_the_source(copied)
    for done in (build(copied), check(copied)):
        assert done.returncode == 1
        assert f"releases/{PUBLISHED}/avis.js est publié et ne change plus" in done.stderr
        assert everything(copied / "releases") == before

    announce(copied, "91.0.1")
    assert build(copied).returncode == 0
    assert check(copied).returncode == 0
    after = everything(copied / "releases")
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"index.json", "nouveautes.json"}


def test_a_version_before_1_may_be_built_over(copied: Path) -> None:
    announce(copied, WORKED_ON)
    assert build(copied).returncode == 0
    before = everything(copied / "releases")
    change_the_source(copied)
    assert build(copied).returncode == 0
    assert check(copied).returncode == 0
    after = everything(copied / "releases")
    for name in ("avis.js", "avis.js.br", "avis.js.gz"):
        assert before[f"{WORKED_ON}/{name}"] != after[f"{WORKED_ON}/{name}"]
    assert list(not_of_the_index(copied / "releases")) == []


def test_a_spoiled_older_release_is_not_taken_for_the_published_one(copied: Path) -> None:
    announce(copied, PUBLISHED)
    spoil(copied / "releases" / "0.1.0" / "avis.js")
    before = everything(copied / "releases")
    done = build(copied)
    assert done.returncode == 1
    assert "releases/0.1.0/avis.js n’est pas le fichier de releases/index.json" in done.stderr
    assert everything(copied / "releases") == before


def test_compressed_forms_that_are_missing_are_made_again(copied: Path) -> None:
    announce(copied, WORKED_ON)
    assert build(copied).returncode == 0
    for name in ("avis.js.br", "avis.css.gz"):
        (copied / "releases" / "0.1.0" / name).unlink()
    assert check(copied).returncode == 1
    assert build(copied).returncode == 0
    assert check(copied).returncode == 0
    assert list(not_of_the_index(copied / "releases")) == []


def test_a_version_without_a_line_of_news_is_not_built(copied: Path) -> None:
    edit(copied / "package.json", version=WORKED_ON)
    before = everything(copied / "releases")
    done = build(copied)
    assert done.returncode == 1
    assert f"La version {WORKED_ON} manque dans releases/nouveautes.json" in done.stderr
    assert everything(copied / "releases") == before


def test_news_that_the_index_does_not_repeat_are_seen(copied: Path) -> None:
    announce(copied, NEWEST)
    done = check(copied)
    assert done.returncode == 1
    assert "releases/index.json ne décrit pas" in done.stderr
