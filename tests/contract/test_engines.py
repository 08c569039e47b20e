"""What the tests drive is there. A missing engine fails; it never skips."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.browser.conftest import WITH_WINDOWS
from tests.deploiement.devant import program as front

POSTGRES = Path("/usr/lib/postgresql")


def found(names: Iterable[str], folders: Iterable[Path] = ()) -> list[str]:
    """The programs of these names, on the PATH and then in folders."""
    on_path = [program for name in names if (program := shutil.which(name))]
    inside = [str(folder / name) for folder in folders for name in names]
    return on_path + [program for program in inside if Path(program).is_file()]


def version(program: str) -> str:
    done = subprocess.run(
        [program, "--version"], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


def test_a_browser_is_there() -> None:
    browsers = found(WITH_WINDOWS)
    assert browsers, f"none of {', '.join(WITH_WINDOWS)} is on the PATH: make test installs one"
    assert "Chrom" in version(browsers[0])


def test_postgresql_is_there() -> None:
    servers = found(["initdb"], POSTGRES.glob("*/bin"))
    assert servers, f"no initdb on the PATH or under {POSTGRES}: make test installs it"
    assert "PostgreSQL" in version(servers[0])


@pytest.mark.skipif(sys.platform != "linux", reason="strace is of Linux")
def test_strace_is_there_to_come_between_a_server_and_its_disk() -> None:
    programs = found(["strace"])
    assert programs, "no strace on the PATH: make test installs it"
    assert "strace" in version(programs[0])


@pytest.mark.parametrize(("name", "flag"), [("nginx", "-v"), ("caddy", "version")])
def test_a_proxy_is_there(name: str, flag: str) -> None:
    done = subprocess.run([front(name), flag], capture_output=True, timeout=60, check=True)
    assert done.stdout or done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="systemd is of Linux")
def test_systemd_is_there_to_judge_the_units() -> None:
    programs = found(["systemd-analyze"])
    assert programs, "no systemd-analyze on the PATH: make test installs it"
    assert "systemd" in version(programs[0])


def test_node_is_there() -> None:
    nodes = found(["node"])
    assert nodes, "no node on the PATH: make test brings one"
    assert int(version(nodes[0]).removeprefix("v").split(".")[0]) >= 20


def test_an_engine_that_is_missing_is_not_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert found(WITH_WINDOWS, [tmp_path]) == []
