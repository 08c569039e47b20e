"""Widget releases, read once from `widget/releases`. A released file never changes."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collector.config import ConfigError, resource
from collector.errors import UnknownRelease


@dataclass(frozen=True, slots=True)
class File:
    """One file, as it is and compressed. `integrity` is what a snippet carries.

    `codings` has its compressed forms under the names of HTTP, the one we prefer first.
    """

    name: str
    content: bytes
    codings: dict[str, bytes]
    integrity: str

    @property
    def digest(self) -> str:
        """A short name for this content, fit for an address."""
        return hashlib.sha384(self.content).hexdigest()[:16]


def read_file(name: str, content: bytes) -> File:
    """A file that is compressed here: gzip only, as Python has no brotli of its own."""
    codings = {"gzip": gzip.compress(content, 9, mtime=0)}
    return File(name, content, codings, _integrity(content))


class Releases:
    """Every release, by version. Raises ConfigError when a file is not the one of the index.

    `listing` is the index as a file to serve.
    """

    def __init__(self) -> None:
        root = resource("widget", "releases")
        self.listing = read_file("index.json", (root / "index.json").read_bytes())
        self.index: dict[str, Any] = json.loads(self.listing.content)
        self._files: dict[tuple[str, str], File] = {
            (release["version"], name): _read_release(root / release["version"] / name, listed)
            for release in self.index["versions"]
            for name, listed in release["fichiers"].items()
        }
        self.versions = sorted({version for version, _ in self._files}, key=_order)

    @property
    def newest(self) -> str:
        return self.versions[-1]

    def file(self, version: str, name: str) -> File:
        """A file of « X.Y.Z », or of the newest release of major « X ». Raises UnknownRelease."""
        of_major = [v for v in self.versions if v.partition(".")[0] == version]
        found = self._files.get((of_major[-1] if of_major else version, name))
        if found is None:
            raise UnknownRelease
        return found


def _read_release(path: Path, listed: dict[str, Any]) -> File:
    """A published file and its compressed forms, each made sure of as far as Python can."""
    content = _published(path)
    gzipped = _published(path.with_name(f"{path.name}.gz"))
    brotli = _published(path.with_name(f"{path.name}.br"))
    good = {
        path.name: _integrity(content) == listed["integrity"],
        f"{path.name}.gz": _gunzip(gzipped) == content,
        # Cannot be opened here: `node build.mjs --check` has, and the index names its bytes.
        f"{path.name}.br": _integrity(brotli) == listed["brotli_integrity"],
    }
    for name, is_good in good.items():
        if not is_good:
            raise ConfigError(f"{path.with_name(name)} n’est pas le fichier publié.")
    return File(path.name, content, {"br": brotli, "gzip": gzipped}, listed["integrity"])


def _published(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(f"{path} manque.") from None


def _gunzip(content: bytes) -> bytes | None:
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        return None


def _integrity(content: bytes) -> str:
    return f"sha384-{b64encode(hashlib.sha384(content).digest()).decode()}"


def _order(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def snippet(
    base_url: str,
    releases: Releases,
    code: str,
    affichage: str = "dialogue",
    isolation: str = "direct",
) -> str:
    """The two lines to paste for a bouton. What an element does by itself is not written."""
    given = {"affichage": (affichage, "dialogue"), "isolation": (isolation, "direct")}
    attributes = "".join(
        f' {name}="{value}"' for name, (value, default) in given.items() if value != default
    )
    return (
        f"{script_line(base_url, releases)}\n"
        f'<mon-avis{attributes}><a href="{base_url}/f/{code}">Je donne mon avis</a></mon-avis>'
    )


def script_line(base_url: str, releases: Releases) -> str:
    version = releases.newest
    integrity = releases.file(version, "avis.js").integrity
    return (
        f'<script src="{base_url}/w/{version}/avis.js" integrity="{integrity}" '
        'crossorigin="anonymous" defer></script>'
    )
