"""The units: known to systemd, little exposed, and what they forbid is never asked for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import httpx2 as httpx
import pytest

from tests.deploiement.devant import SHIPPED, post
from tests.durability.outside import until
from tests.durability.system import check_strace
from tests.world import JDMA, a_server, new_database

LITESTREAM = "../litestream/jdma-litestream.service"
UNITS = ["jdma.service", "jdma-sauvegarde.service", LITESTREAM]
MOST = 2.0  # of 10
# SQLite gives a file beside the base the owner of the base, where it may: as root, as here maybe.
OF_ROOT = {"fchown"} if os.getuid() == 0 else set()

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="systemd is of Linux")


def systemd(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *words], capture_output=True, text=True, timeout=60, check=False
    )


def exposure(unit: Path) -> float:
    """What systemd says of it: from 0 (nothing to be had there) to 10."""
    said = systemd("security", "--offline=yes", "--no-pager", unit).stdout
    found = re.search(r"Overall exposure level for .*: ([0-9.]+)", said)
    assert found, said
    return float(found[1])


def written(folder: Path, name: str, *changes: tuple[str, str]) -> Path:
    """A unit with what is not on this machine replaced by something that is."""
    text = (SHIPPED / name).read_text("utf-8")
    for old, new in changes:
        text, n = re.subn(old, new, text, flags=re.MULTILINE)
        assert n, old
    path = folder / Path(name).name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", UNITS)
def test_a_service_is_little_exposed(name: str) -> None:
    assert exposure(SHIPPED / name) <= MOST


def test_a_service_that_says_less_would_be_told(tmp_path: Path) -> None:
    less = ("^CapabilityBoundingSet=$", ""), ("^SystemCallFilter=.*$", "")
    assert exposure(written(tmp_path, "jdma.service", *less)) > MOST


@pytest.mark.parametrize("name", UNITS)
def test_systemd_understands_every_line(name: str, tmp_path: Path) -> None:
    there = (r"^ExecStart=\S+", "ExecStart=/bin/true")
    understood = systemd("verify", written(tmp_path, name, there))
    assert (understood.returncode, understood.stdout + understood.stderr) == (0, "")


def test_a_line_that_systemd_does_not_know_would_be_told(tmp_path: Path) -> None:
    changes = (r"^ExecStart=\S+", "ExecStart=/bin/true"), ("^UMask=", "UMaske=")
    assert "UMaske" in systemd("verify", written(tmp_path, UNITS[0], *changes)).stderr


def test_the_timer_is_understood_too() -> None:
    timer = (SHIPPED / "jdma-sauvegarde.timer").read_text("utf-8")
    (when,) = re.findall(r"^OnCalendar=(.*)$", timer, re.MULTILINE)
    assert systemd("calendar", when).returncode == 0
    assert systemd("calendar", "*-*-* 25:00:00").returncode != 0


@cache
def of_set(name: str) -> frozenset[str]:
    """The calls of one of systemd's sets, those of the sets in it included."""
    lines = systemd("syscall-filter", "--no-pager", name).stdout.splitlines()[1:]
    named = {line.strip() for line in lines if line.strip() and "#" not in line}
    calls = {each for each in named if not each.startswith("@")}
    return frozenset(calls).union(*(of_set(each) for each in named - calls))


def allowed() -> frozenset[str]:
    """What SystemCallFilter= of the unit lets through, read from there."""
    unit = (SHIPPED / "jdma.service").read_text("utf-8")
    let, taken = re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE)
    assert taken.startswith("~")
    without = frozenset().union(*(of_set(each) for each in taken[1:].split()))
    return of_set("@default") | (of_set(let) - without)


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Every call of a server, from its start over some avis and a page to its end."""
    check_strace()
    folder = tmp_path_factory.mktemp("appels")
    program = ["strace", "-D", "-f", "-q", f"--output={folder / 'appels'}", *JDMA]
    with a_server(new_database(folder), program=program) as server:
        with httpx.Client(base_url=server.url) as client:
            for _ in range(3):
                assert post(client, time.time_ns() // 1_000_000).status_code == 201
            for path in ("/resultats/", "/admin/connexion", "/readyz", "/exports/avis.csv"):
                client.get(path)
        assert server.terminate() == 0
    trace = folder / "appels"
    until(lambda: "+++ exited with 0 +++" in trace.read_text().splitlines()[-1])
    return trace.read_text().splitlines()


def test_nothing_is_asked_of_the_system_that_the_unit_forbids(calls: list[str]) -> None:
    asked = {found[1] for line in calls if (found := re.match(r"\d+ +(\w+)\(", line))}
    assert {"fdatasync", "accept4", "openat"} <= asked
    assert asked - allowed() - OF_ROOT == set()
    assert {"mount", "chown", "setpriority", "reboot"} & allowed() == set()


def test_no_memory_is_both_written_and_run(calls: list[str]) -> None:
    """MemoryDenyWriteExecute= would end the server."""
    assert any("PROT_EXEC" in line for line in calls)
    assert [line for line in calls if "PROT_WRITE|PROT_EXEC" in line] == []
