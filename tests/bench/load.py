"""wrk on loopback, and what the operating system says a process has used."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

CONNECTIONS = 64
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


@dataclass(frozen=True, slots=True)
class Run:
    """One run of wrk: requests a second, latencies in ms, answers that were not 2xx or 3xx."""

    rate: float
    p50: float
    p99: float
    requests: int
    refused: int


@contextlib.contextmanager
def awake() -> Iterator[None]:
    """Keep every processor busy with work that gives way to any other (SCHED_IDLE).

    A virtual processor that sleeps for a moment is lent to somebody else and comes back late and
    cold: of two servers, the one that waits more for its disk would pay for the host's crowd. Not
    beside a server that wakes its client twice for an answer, as uvicorn does: it becomes slower
    by a quarter.
    """
    spin = "import os\nos.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))\nwhile True: pass"
    spinning = [subprocess.Popen([sys.executable, "-c", spin]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()


def wrk(
    url: str,
    seconds: int,
    script: Path | None = None,
    environ: Mapping[str, str] = {},
    connections: int = CONNECTIONS,
) -> Run:
    """Load `url` from so many keep-alive connections for so many seconds."""
    command = shutil.which("wrk")
    if command is None:
        raise SystemExit("wrk manque : sur Debian ou Ubuntu, apt-get install wrk.")
    options = ["-t1", f"-c{connections}", f"-d{seconds}", "--latency"]
    if script is not None:
        options += ["-s", str(script)]
    done = subprocess.run(
        [command, *options, url],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 30,
    )
    return _parse(done.stdout)


def _parse(text: str) -> Run:
    def number(pattern: str, default: str | None = None) -> str:
        found = re.search(pattern, text)
        if found is None and default is None:
            raise ValueError(f"wrk said something else: {text}")
        return found[1] if found else str(default)

    return Run(
        rate=float(number(r"Requests/sec:\s+([\d.]+)")),
        p50=_ms(number(r"50%\s+([\d.]+\w+)")),
        p99=_ms(number(r"99%\s+([\d.]+\w+)")),
        requests=int(number(r"(\d+) requests in")),
        refused=int(number(r"Non-2xx or 3xx responses: (\d+)", "0")),
    )


def _ms(text: str) -> float:
    value, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()  # type: ignore[union-attr]
    return float(value) * _UNITS[unit]


def cpu_seconds(pid: int) -> float:
    """User and system time that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_of_family(pid: int) -> float:
    """The same of a process and of all that it has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return cpu_seconds(pid) + sum(map(cpu_of_family, map(int, children)))


def memory_mb(pid: int) -> float:
    """Resident memory of a process, in millions of bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def peak_mb(pid: int) -> float:
    """The most it ever was."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6
