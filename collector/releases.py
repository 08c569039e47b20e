"""Widget releases, read once from `widget/releases`. A released file never changes."""

from __future__ import annotations

import gzip
import hashlib
import json
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from collector.config import ConfigError, resource
from collector.errors import UnknownRelease


@dataclass(frozen=True, slots=True)
class File:
    """One file, as it is and compressed. `integrity` is what a snippet carries."""

    name: str
    content: bytes
    gzipped: bytes
    integrity: str

    @property
    def digest(self) -> str:
        """A short name for this content, fit for an address."""
        return hashlib.sha384(self.content).hexdigest()[:16]


def read_file(name: str, content: bytes) -> File:
    digest = b64encode(hashlib.sha384(content).digest()).decode()
    return File(name, content, gzip.compress(content, 9, mtime=0), f"sha384-{digest}")


class Releases:
    """Every release, by version. Raises ConfigError when a file is not the one of the index."""

    def __init__(self) -> None:
        root = resource("widget", "releases")
        self.index: dict[str, Any] = json.loads((root / "index.json").read_text("utf-8"))
        self._files: dict[tuple[str, str], File] = {}
        for release in self.index["versions"]:
            version = release["version"]
            for name, listed in release["fichiers"].items():
                file = read_file(name, (root / version / name).read_bytes())
                if file.integrity != listed["integrity"]:
                    raise ConfigError(f"{root / version / name} n’est pas le fichier publié.")
                self._files[version, name] = file
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


def _order(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def snippet(base_url: str, releases: Releases, code: str) -> str:
    """The two lines to paste for a bouton."""
    version = releases.newest
    integrity = releases.file(version, "avis.js").integrity
    return (
        f'<script src="{base_url}/w/{version}/avis.js" integrity="{integrity}" '
        'crossorigin="anonymous" defer></script>\n'
        f'<mon-avis><a href="{base_url}/f/{code}">Je donne mon avis</a></mon-avis>'
    )
