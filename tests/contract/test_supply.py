"""What the program is made of: each library is pinned, has a licence, and none is under the GPL."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from tests.sbom import NAME, bill, libraries, pins

ROOT = Path(__file__).parents[2]

# Used as they are, and replaceable by whoever installs: what the LGPL asks for.
LESSER = {"python-stdnum"}


def bound_by(licence: str) -> str:
    """ "GPL", "LGPL" or "": what of them a licence names."""
    lesser = re.search(r"LGPL|Lesser", licence, re.IGNORECASE)
    stronger = re.sub(r"LGPL|Lesser General Public|Library General Public", "", licence)
    if re.search(r"GPL|General Public", stronger, re.IGNORECASE):
        return "GPL"
    return "LGPL" if lesser else ""


def test_every_library_has_a_licence_that_asks_for_nothing_of_ours() -> None:
    found = {each.name: each.licence for each in libraries()}
    assert len(found) > 25
    assert [name for name, licence in found.items() if not licence.strip()] == []
    assert [name for name, licence in found.items() if bound_by(licence) == "GPL"] == []
    assert {name for name, licence in found.items() if bound_by(licence)} == LESSER


def test_a_licence_of_that_kind_would_be_seen() -> None:
    for licence in ("GPL-3.0-only", "AGPL-3.0", "MIT OR GNU General Public License v3 (GPLv3)"):
        assert bound_by(licence) == "GPL"
    assert bound_by("GNU Lesser General Public License v2 or later (LGPLv2+)") == "LGPL"
    assert bound_by("MIT") == bound_by("Apache-2.0 OR BSD-3-Clause") == ""


def test_the_bill_is_of_what_is_locked_and_the_same_each_time() -> None:
    made = bill()
    locked = pins(ROOT / "requirements.lock")
    for each in made["components"]:
        assert each["version"] == version(each["name"])
        if each["scope"] == "required":
            assert each["version"] == locked[each["name"]]
    names = {each["bom-ref"] for each in made["components"]}
    assert {"starlette", "asyncpg", "python-stdnum"} <= names
    assert "pytest" not in names
    for each in made["dependencies"]:
        assert set(each["dependsOn"]) <= names
        assert each["ref"] in names | {NAME}
    again = subprocess.run(
        [sys.executable, "-m", "tests.sbom"], cwd=ROOT, capture_output=True, check=True, timeout=60
    )
    assert json.loads(again.stdout) == made
