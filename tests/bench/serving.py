"""Servers to be measured: the program as whoever installs it starts it, and others beside it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests import world
from tests.world import JDMA, Server, Where


@contextlib.contextmanager
def a_server(where: Where, port: int | None = None, **given: str) -> Iterator[Server]:
    with world.a_server(where, port, JDMA, **given) as server:
        yield server


@contextlib.contextmanager
def running(command: Sequence[str | Path], url: str, **environ: str) -> Iterator[None]:
    """A program that answers at `url`, ended by its process id."""
    process = subprocess.Popen(
        command, env={**os.environ, **environ}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(url, process)
        yield
    finally:
        process.terminate()
        process.wait(10)


def _wait(url: str, process: subprocess.Popen[bytes], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(url)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"{url} ne répond pas.")
