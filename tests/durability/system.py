"""What a server asks of the system, seen or answered otherwise from outside, by strace.

The server is the real one, unchanged: its calls are stopped on their way, by the kernel.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.world import Server

WRITES = "pwrite64,ftruncate,fdatasync,fsync"
SYNCS = "fdatasync,fsync"


def not_here(why: str) -> NoReturn:
    """What a test needs is missing: a failure where all is meant to be there, else a skip."""
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


def check_strace() -> None:
    if shutil.which("strace") is None:
        not_here("strace is not installed: nothing can come between a server and its disk")


@contextlib.contextmanager
def tampered(server: Server, calls: str, how: str) -> Iterator[None]:
    """While the block runs, these calls on the files of the server's base do what `how` says in
    strace's words: error=EROFS, delay_enter=200000 (microseconds)."""
    check_strace()
    files = [f"--trace-path={server.path}{suffix}" for suffix in ("", "-wal")]
    with subprocess.Popen(
        ["strace", "-f", "-o", os.devnull, *files, f"--inject={calls}:{how}",
         f"--attach={server.process.pid}"],
        stderr=subprocess.PIPE, text=True,
    ) as tracer:  # fmt: skip
        assert tracer.stderr is not None
        said = tracer.stderr.readline()
        if "attached" not in said:
            not_here(f"strace may not look at a process here: {said}")
        try:
            yield
        finally:
            tracer.send_signal(signal.SIGINT)


RECORDED = "openat,unlink,pwrite64,ftruncate,fdatasync,fsync,read,write"
LONGEST = 4096  # bytes of a call that are kept: two pages of the base, a request


def recorder(trace: Path) -> list[str]:
    """What to start a server with for each of these calls to be a line of a file."""
    check_strace()
    # -D: the server stays the process that was started, which signals and its end are for.
    return ["strace", "-D", "-f", "--seccomp-bpf", "-q", "-y", "-xx", f"-s{LONGEST}",
            f"--trace={RECORDED}", f"--output={trace}"]  # fmt: skip
