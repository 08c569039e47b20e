"""A PostgreSQL of the tests' own: a server per run of the tests, an empty database when asked.

It refuses to run as root, who becomes « postgres » for it. It keeps what it commits (fsync), as the
collector demands; a missing PostgreSQL is an error, never a skip.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from tests.ports import free_port

T = TypeVar("T")

INSTALLED = Path("/usr/lib/postgresql")
USER = "postgres"
MEMORY = Path("/dev/shm")


def programs() -> Path:
    """The folder of initdb, postgres, pg_basebackup…"""
    on_path = shutil.which("initdb")
    if on_path and (real := Path(on_path).resolve()).with_name("pg_basebackup").exists():
        return real.parent
    found = sorted(INSTALLED.glob("*/bin/initdb"))
    assert found, f"no initdb on the PATH or under {INSTALLED}: make test installs it"
    return found[-1].parent


def run(name: str, *words: str) -> None:
    """A program of PostgreSQL, to its end."""
    as_postgres(str(programs() / name), *words)


def as_postgres(*command: str) -> None:
    """A command as the user PostgreSQL runs as, to its end. What it says goes to a file: a server
    that it starts would keep a pipe open."""
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run(
            command, **_as_postgres(), stdout=said, stderr=said, timeout=60, check=False
        )
        said.seek(0)
        assert done.returncode == 0, f"{command}: {said.read()}"


def _as_postgres() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam(USER)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": (), "cwd": "/"}


@dataclass
class Cluster:
    """One PostgreSQL server on loopback."""

    data: Path
    port: int

    def address(self, database: str = "postgres") -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        log = str(self.data.parent / f"{self.data.name}.log")
        run("pg_ctl", "start", "-w", "-t", "30", "-D", str(self.data), "-l", log)

    def stop(self, mode: str = "immediate") -> None:
        run("pg_ctl", "stop", "-w", "-t", "30", "-D", str(self.data), "-m", mode)

    def shell(self, commands: str, **names: object) -> None:
        """Commands as they are typed on the machine of this server, to their end."""
        path = f"{programs()}:{os.environ['PATH']}"
        known = {"PATH": path, "PGHOST": "127.0.0.1", "PGPORT": self.port, "PGUSER": USER}
        known |= {"PGDATA": self.data, **names}
        words = [f"{name}={value}" for name, value in known.items()]
        as_postgres("env", *words, "bash", "-euo", "pipefail", "-c", commands)

    def pause(self) -> list[int]:
        """Have it answer nothing any more, though connections to it stay: its processes."""
        server = int((self.data / "postmaster.pid").read_text().split()[0])
        os.kill(server, signal.SIGSTOP)  # first: it starts no other any more
        children = Path(f"/proc/{server}/task/{server}/children").read_text()
        processes = [server, *map(int, children.split())]
        _send(processes, signal.SIGSTOP)
        return processes

    def resume(self) -> None:
        _send(self.pause(), signal.SIGCONT)

    def kill(self) -> None:
        """End it with everything that it has in memory."""
        processes = self.pause()
        _send(processes, signal.SIGKILL)
        end = time.monotonic() + 10
        while any(map(_is_running, processes)):
            assert time.monotonic() < end, "it outlives SIGKILL"
            time.sleep(0.01)
        # What is left of it: numbers that may be somebody else's tomorrow.
        pid_file = self.data / "postmaster.pid"
        memory = pid_file.read_text().splitlines()[6].split()[-1]
        as_postgres("ipcrm", "-m", memory)
        pid_file.unlink()

    def end(self) -> None:
        """Kill it, unless that was done already."""
        if (self.data / "postmaster.pid").exists():
            self.kill()


def _send(processes: Iterable[int], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, number)


def _is_running(process: int) -> bool:
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"  # ended, though nobody has asked how


@contextlib.contextmanager
def a_database() -> Iterator[str]:
    """The address of an empty database on the server of this run of the tests."""
    cluster = shared()
    name = f"essai_{secrets.token_hex(4)}"
    execute(cluster.address(), f"create database {name}")
    try:
        yield cluster.address(name)
    finally:
        execute(cluster.address(), f"drop database {name} with (force)")


def copied(template: str, name: str) -> str:
    """The address of a database on the same server that is a copy of another, whatever it was."""
    cluster = shared()
    execute(cluster.address(), f"drop database if exists {name} with (force)")
    execute(cluster.address(), f"create database {name} template {template} {_by_files()}")
    return cluster.address(name)


@functools.cache
def _by_files() -> str:
    """From 15 on a copy goes through the log, page by page, unless told otherwise."""
    [(version,)] = rows(shared().address(), "show server_version_num")
    return "strategy file_copy" if int(version) >= 150000 else ""


def execute(address: str, sql: str) -> None:
    """Run statements and commit them."""

    async def work() -> None:
        con = await asyncpg.connect(address)
        try:
            await con.execute(sql)
        finally:
            await con.close()

    _apart(work())


def reset(address: str, setting: str) -> None:
    """Take back an `alter system`, from a session that waits for no standby."""
    patient = f"{address}{'&' if '?' in address else '?'}synchronous_commit=local"
    execute(patient, f"alter system reset {setting}")
    execute(patient, "select pg_reload_conf()")


def rows(address: str, sql: str) -> list[tuple[Any, ...]]:
    """What a query finds, with keys as text."""

    async def work() -> list[asyncpg.Record]:
        con = await asyncpg.connect(address)
        try:
            return await con.fetch(sql)
        finally:
            await con.close()

    return [tuple(str(v) if isinstance(v, UUID) else v for v in row) for row in _apart(work())]


def _apart(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine where a loop may be running already."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def new_cluster(folder: Path, settings: Sequence[str] = (), *words: str) -> Cluster:
    """A server that is not started yet; `words` go to initdb. `folder` is made, and must be one the
    user can reach."""
    port = free_port()
    data = folder / f"pg-{port}"
    if words:
        _init(data, *words)
    else:
        as_postgres("cp", "-a", str(_empty()), str(data))
    lines = [
        "listen_addresses = '127.0.0.1'",
        f"port = {port}",
        "unix_socket_directories = ''",
        "dynamic_shared_memory_type = mmap",  # in its folder, and gone with it
        "shared_buffers = 32MB",
        "max_connections = 60",
        *settings,
    ]
    with (data / "postgresql.conf").open("a") as conf:
        conf.write("\n".join(lines) + "\n")
    return Cluster(data, port)


def _init(data: Path, *words: str) -> None:
    run("initdb", "-D", str(data), "-U", USER, "--auth=trust", "-E", "UTF8", "--no-sync", *words)


@functools.cache
def _empty() -> Path:
    """What initdb makes, to be copied: once in a run of the tests."""
    folder = a_folder()
    atexit.register(remove, folder)
    _init(folder / "vide")
    return folder / "vide"


@contextlib.contextmanager
def a_cluster(settings: Sequence[str] = ()) -> Iterator[Cluster]:
    """A server of one's own, which one may break."""
    folder = a_folder()
    try:
        cluster = new_cluster(folder, settings)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.end()
    finally:
        remove(folder)


def a_folder(place: Path | None = MEMORY) -> Path:
    """A folder that belongs to whoever PostgreSQL runs as. The caller removes it.

    In memory where there is such a place: what most tests ask is not the speed of a disk.
    """
    inside = place if place and place.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="jdma-pg-", dir=inside))
    if os.geteuid() == 0:
        shutil.chown(folder, USER, USER)
    return folder


def remove(folder: Path) -> None:
    shutil.rmtree(folder)


@functools.cache
def shared() -> Cluster:
    """The server of this run of the tests; ended with it."""
    folder = a_folder()
    cluster = new_cluster(folder)
    cluster.start()

    def end() -> None:
        cluster.stop()
        shutil.rmtree(folder)

    atexit.register(end)
    return cluster
