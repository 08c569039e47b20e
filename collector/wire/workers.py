"""Several server processes on one socket and one PostgreSQL: started, watched, restarted, ended.

uvicorn's supervisor does the watching; this is what each process is.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.supervisors import multiprocess

from collector import serve
from collector.annexe import annexes
from collector.app import create_app
from collector.config import Settings
from collector.store import make_store
from collector.store.contract import Store, StoreError

logger = logging.getLogger("collector.workers")

RETRY_SECONDS = 1.0
TOLD_AGAIN_SECONDS = 0.5
CANNOT_START = 3  # the exit code of a uvicorn whose application fails at the start

_spawn = multiprocessing.get_context("spawn")


class Worker:
    """One process, as an application that opens its own store before it starts and closes it after.

    A worker whose database is away waits for it; those that were there before go on answering 503.
    """

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._say = say
        self._not_ready: Any = _spawn.Value("i", settings.workers)
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        else:
            assert self._app is not None  # requests come between start and end
            await self._app(scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        threading.Thread(target=_end_with_the_parent, daemon=True).start()
        store = make_store(self._settings)
        self._app = create_app(self._settings, store, annexes=annexes(self._settings))
        serve.spare_the_collector()
        with _ended_by_signals():
            await _open(store)

        async def send_in_order(message: Message) -> None:
            if message["type"] == "lifespan.shutdown.complete":  # the process ends after it
                await store.close()
            await send(message)

        await self._app(scope, receive, send_in_order)

    def ready(self) -> None:
        """Say so once all of them are; a replacement says nothing."""
        with self._not_ready.get_lock():
            self._not_ready.value -= 1
            if self._not_ready.value == 0:
                self._say(f"Prêt : {self._settings.base_url} ({self._settings.workers} processus)")


class Process(multiprocess.Process):
    """uvicorn's process, with the server that we serve with."""

    def start(self) -> None:
        super().start()
        # From now on only the process itself holds this end: where it has died, the parent knows at
        # once, and does not wait for its answer for `timeout_worker_healthcheck` seconds.
        self.child_conn.close()

    @property
    def server(self) -> uvicorn.Server:
        if self._server is None:
            assert isinstance(self.config.app, Worker)
            self._server = serve.Server(self.config, self.config.app.ready)
        return self._server


def supervise(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve with `settings.workers` processes until SIGTERM or SIGINT. A process that dies is
    replaced; SIGHUP replaces each in turn. One that cannot start ends them all, with exit code 1.
    """
    app = Worker(settings, say)
    sockets = [serve.listening(settings)]
    logging.getLogger("uvicorn.error").setLevel(logging.INFO)  # who started, who died
    # Its supervisor has no other way to be told which processes to start.
    multiprocess.Process = Process  # type: ignore[misc]
    workers = Workers(serve.options(app, settings, workers=settings.workers), sockets)
    workers.run()
    if any(each.exitcode == CANNOT_START for each in workers.processes):
        sys.exit("jdma : Un processus n’a pas pu démarrer ; la raison est plus haut.")


class Workers(multiprocess.Multiprocess):
    """A supervisor whose processes all end when they are told to."""

    def join_all(self) -> None:
        # One that was about to wait for the database may have missed it: it is told again. To one
        # that is finishing its requests this says nothing new.
        for each in self.processes:
            while each.process.is_alive():
                each.process.terminate()
                each.process.join(TOLD_AGAIN_SECONDS)


async def _open(store: Store) -> None:
    """Return once the store is open and may be served, however long that takes."""
    while True:
        try:
            await store.open()
            await store.claim()
            await serve.check_migrated(store)
            return
        except StoreError as error:
            logger.warning("waiting for the database: %s", error)
            await store.close()
            await asyncio.sleep(RETRY_SECONDS)


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """End at once when asked to: uvicorn heeds a signal only after the start, which may be long
    in coming, and there is nothing to finish yet."""
    stops = (signal.SIGTERM, signal.SIGINT)
    before = [(number, signal.signal(number, signal.SIG_DFL)) for number in stops]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _end_with_the_parent() -> None:
    """A parent that was killed cannot tell its workers to stop; they would keep the port."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    while True:  # once may be too early: see Workers.join_all
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(TOLD_AGAIN_SECONDS)
