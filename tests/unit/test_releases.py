"""What is read at the start: every published file, or a sentence that names the one that is not."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import pytest

from collector.config import ConfigError, resource
from collector.errors import UnknownRelease
from collector.releases import Releases, read_file


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the releases, to spoil; `Releases` reads it."""
    shutil.copytree(resource("widget", "releases"), tmp_path / "widget" / "releases")
    monkeypatch.setattr("collector.releases.resource", tmp_path.joinpath)
    return tmp_path / "widget" / "releases"


def publish(root: Path, *versions: str) -> None:
    """Publish these versions too, in this order; each script says its version."""
    index = json.loads((root / "index.json").read_text("utf-8"))
    for version in versions:
        script = read_file("avis.js", version.encode())
        zipped = script.codings["gzip"]
        (root / version).mkdir()
        # Nothing here can make brotli, and nothing here opens it.
        for suffix, content in {"": script.content, ".gz": zipped, ".br": zipped}.items():
            (root / version / f"avis.js{suffix}").write_bytes(content)
        brotli = read_file("avis.js.br", zipped).integrity
        listed = {"integrity": script.integrity, "brotli_integrity": brotli}
        index["versions"].append({"version": version, "fichiers": {"avis.js": listed}})
    (root / "index.json").write_text(json.dumps(index), "utf-8")


def test_a_major_is_its_newest_release_and_numbers_are_not_words(root: Path) -> None:
    publish(root, "21.10.0", "21.9.9", "21.2.30", "22.0.0", "100.0.0")
    releases = Releases()
    assert releases.file("21", "avis.js").content == b"21.10.0"
    assert releases.file("21.9.9", "avis.js").content == b"21.9.9"
    assert releases.newest == "100.0.0"
    for version in ("23", "21.10", "", "21.10.0.0"):
        with pytest.raises(UnknownRelease):
            releases.file(version, "avis.js")


@pytest.mark.parametrize("name", ["avis.js", "avis.js.br", "avis.js.gz", "avis.css.br"])
@pytest.mark.parametrize("content", [b"", b"\x1f\x8b", gzip.compress(b"other", mtime=0), b"other"])
def test_a_file_that_is_not_the_published_one_stops_the_start(
    root: Path, name: str, content: bytes
) -> None:
    assert Releases().versions[0] == "0.1.0"
    (root / "0.1.0" / name).write_bytes(content)
    with pytest.raises(ConfigError, match=rf"0\.1\.0/{name} n’est pas le fichier publié"):
        Releases()


def test_a_compressed_form_cut_short_stops_the_start(root: Path) -> None:
    path = root / "0.1.0" / "avis.js.gz"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ConfigError, match=r"avis\.js\.gz n’est pas le fichier publié"):
        Releases()


@pytest.mark.parametrize("name", ["avis.js", "avis.js.br", "avis.js.gz"])
def test_a_file_that_is_gone_stops_the_start(root: Path, name: str) -> None:
    (root / "0.1.0" / name).unlink()
    with pytest.raises(ConfigError, match=rf"0\.1\.0/{name} manque"):
        Releases()


def test_a_gzip_of_another_zlib_is_as_good(root: Path) -> None:
    path = root / "0.1.0" / "avis.js.gz"
    other = gzip.compress(gzip.decompress(path.read_bytes()), 1)
    path.write_bytes(other)
    assert Releases().file("0.1.0", "avis.js").codings["gzip"] == other
