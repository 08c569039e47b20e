"""What is inside: a CycloneDX 1.6 bill of materials, the program and its libraries with licences.

`make sbom` writes it. Versions are those of the lock files, licences those the installed libraries
declare; the tools that build and test are not in it. The same lock gives the same bytes.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageMetadata, metadata, requires
from pathlib import Path
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from collector import __version__

ROOT = Path(__file__).parents[1]
NAME = "je-donne-mon-avis"


class Library(NamedTuple):
    """One that the program runs on; `optional`: only where an extra asks for it."""

    name: str
    version: str
    licence: str
    optional: bool
    needs: tuple[str, ...]


def libraries() -> list[Library]:
    """Those of every extra, and what they need themselves, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    always = _reached(project["dependencies"])
    extras = [each for group in project["optional-dependencies"].values() for each in group]
    pinned = pins(ROOT / "tests" / "requirements.lock")
    return [
        Library(
            name,
            pinned[name],
            licence_of(metadata(name)),
            name not in always,
            tuple(sorted(_wanted(requires(name) or []))),
        )
        for name in sorted(always | _reached(extras))
    ]


def pins(lock: Path) -> dict[str, str]:
    """The version of each distribution of a lock file."""
    found = re.findall(r"(?m)^([\w.-]+)==([^\s;\\]+)", lock.read_text("utf-8"))
    return {str(canonicalize_name(name)): version for name, version in found}


def _reached(lines: list[str]) -> set[str]:
    found: set[str] = set()
    waiting = [*_wanted(lines)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _wanted(requires(name) or [])
    return found


def _wanted(lines: list[str]) -> Iterator[str]:
    """The names in requirements, but for those of an extra and of another system."""
    for each in map(Requirement, lines):
        if each.marker is None or each.marker.evaluate({"extra": ""}):
            yield str(canonicalize_name(each.name))


def licence_of(said: PackageMetadata) -> str:
    """An SPDX expression where there is one, else what the classifiers say, or the field."""
    if expression := said.get_all("License-Expression"):
        return str(expression[0])
    classifiers = said.get_all("Classifier") or []
    named = [each.split(" :: ")[-1] for each in classifiers if each.startswith("License ::")]
    field = said.get_all("License") or [""]
    return " OR ".join(named) or str(field[0]).partition("\n")[0]


def bill() -> dict[str, Any]:
    found = libraries()
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": NAME,
                "name": NAME,
                "version": __version__,
                "purl": f"pkg:pypi/{NAME}@{__version__}",
                "licenses": [{"license": {"id": "MIT"}}],
            }
        },
        "components": [
            {
                "type": "library",
                "bom-ref": each.name,
                "name": each.name,
                "version": each.version,
                "scope": "optional" if each.optional else "required",
                "licenses": [{"license": {"name": each.licence}}],
                "purl": f"pkg:pypi/{each.name}@{each.version}",
            }
            for each in found
        ],
        "dependencies": [
            {"ref": NAME, "dependsOn": [each.name for each in found]},
            *({"ref": each.name, "dependsOn": list(each.needs)} for each in found),
        ],
    }
    serial = uuid5(NAMESPACE_URL, json.dumps(document, sort_keys=True))
    return {**document, "serialNumber": f"urn:uuid:{serial}"}


if __name__ == "__main__":
    json.dump(bill(), sys.stdout, ensure_ascii=False, indent=2)
    print()
