"""Several server processes on one socket and one PostgreSQL: started, watched, restarted, ended.

uvicorn's supervisor does the watching; this is what each process is.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.supervisors import multiprocess

from collector import serve
from collector.app import create_app
from collector.config import Settings
from collector.store import make_store
from collector.store.contract import Store, StoreError

logger = logging.getLogger("collector.workers")

RETRY_SECONDS = 1.0

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
        store = await self._opened_store()

        async def send_in_order(message: Message) -> None:
            if message["type"] == "lifespan.shutdown.complete":  # the process ends after it
                await store.close()
            await send(message)

        self._app = create_app(self._settings, store)
        serve.spare_the_collector()
        await self._app(scope, receive, send_in_order)

    async def _opened_store(self) -> Store:
        while True:
            store = make_store(self._settings)
            try:
                await store.open()
                await store.claim()
                await serve.check_migrated(store)
                return store
            except StoreError as error:
                logger.warning("waiting for the database: %s", error)
                await store.close()
                await asyncio.sleep(RETRY_SECONDS)

    def ready(self) -> None:
        """Say so once all of them are; a replacement says nothing."""
        with self._not_ready.get_lock():
            self._not_ready.value -= 1
            if self._not_ready.value == 0:
                self._say(f"Prêt : {self._settings.base_url} ({self._settings.workers} processus)")


class Process(multiprocess.Process):
    """uvicorn's process, with the server that we serve with."""

    @property
    def server(self) -> uvicorn.Server:
        if self._server is None:
            assert isinstance(self.config.app, Worker)
            self._server = serve.Server(self.config, self.config.app.ready)
        return self._server


def supervise(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve with `settings.workers` processes until SIGTERM or SIGINT. A process that dies is
    replaced; SIGHUP replaces each in turn."""
    app = Worker(settings, say)
    sockets = [serve.bind(settings.host, settings.port)]
    logging.getLogger("uvicorn.error").setLevel(logging.INFO)  # who started, who died
    # Its supervisor has no other way to be told which processes to start.
    multiprocess.Process = Process  # type: ignore[misc]
    multiprocess.Multiprocess(serve.options(app, settings, workers=settings.workers), sockets).run()


def _end_with_the_parent() -> None:
    """A parent that was killed cannot tell its workers to stop; they would keep the port."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
