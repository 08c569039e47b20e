"""`jdma` as a process of its own that begins where the imports are done.

They take half a second, and tests begin hundreds of processes: these are forked from one that has
imported everything, and are from there on what `python -m collector` would be, with words, output,
signals and an exit code of their own. What is about the start itself (the wheel, several workers,
a first start, what is measured) runs the real thing.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO

from collector.cli import main

ROOT = Path(__file__).parents[1]

# This one, and what is otherwise imported late: by an address, by a command that takes a word.
_IMPORTED = [__name__, "admin_ui.annexe", "collector.store.postgres", "typer._adapters"]
_context = multiprocessing.get_context("forkserver")


class Forked:
    """A command under way: the part of subprocess.Popen that tests use."""

    def __init__(
        self, words: Sequence[str], environ: Mapping[str, str] = os.environ, apart: bool = False
    ) -> None:
        """`apart`: what it says on stderr is `stderr`, and not in `stdout`."""
        _context.set_forkserver_preload(_IMPORTED)
        self.stdout, out = _pipe()
        self.stderr: IO[str] | None = None
        err = out
        if apart:
            self.stderr, err = _pipe()
        self._process = _context.Process(target=_begin, args=(words, dict(environ), out, err))
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid
        out.close()
        err.close()

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired("jdma", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def run(
    *words: str, environ: Mapping[str, str] = os.environ, seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    """A command, to its end. Raises TimeoutExpired when it is not in time."""
    process = Forked(words, environ, apart=True)
    assert process.stderr is not None
    with process.stdout, process.stderr, ThreadPoolExecutor(2) as readers:
        said = [readers.submit(each.read) for each in (process.stdout, process.stderr)]
        try:
            code = process.wait(seconds)
        finally:
            process.kill()
        out, err = (each.result() for each in said)
    return subprocess.CompletedProcess(words, code, out, err)


def _pipe() -> tuple[IO[str], Connection]:
    """What is read as text on this side, and what is sent to the other."""
    reader, writer = _context.Pipe(duplex=False)
    with reader:
        return os.fdopen(os.dup(reader.fileno()), encoding="utf-8"), writer


def _begin(
    words: Sequence[str], environ: Mapping[str, str], out: Connection, err: Connection
) -> None:
    """In the new process: what the system and the interpreter see to before a program begins."""
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environ)
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    out.close()
    err.close()
    sys.stdout, sys.stderr = (os.fdopen(fd, "w", 1, encoding="utf-8") for fd in (1, 2))
    sys.argv = ["jdma", *words]
    main()
