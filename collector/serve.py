"""One server process, from an address to a clean end: open, check, serve, drain, close."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import errno
import gc
import logging
import math
import resource
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from collector.annexe import annexes
from collector.app import create_app
from collector.catalogue import shipped_texts
from collector.config import ConfigError, Settings
from collector.secret import kept_beside
from collector.starting import NO_SECRET
from collector.store import make_store
from collector.store.contract import SchemaError, Store
from collector.watch import log
from collector.wire import packets

# Requests that are under way at SIGTERM have this long; the queue is drained after them.
DRAIN_SECONDS = 7
TICKS_A_SECOND = 10  # uvicorn's own pace
ENOUGH_FILES = 10_000
_DEFAULTS = Settings()

# Of each answer, whoever makes it: a browser that has seen one asks over https from then on.
_ALWAYS_HTTPS = [("strict-transport-security", "max-age=31536000")]


class AddressError(Exception):
    """The address to listen on cannot be had."""


class Options(uvicorn.Config):
    """The options of uvicorn, and what each process sets up with them before it serves."""

    def __init__(self, app: ASGIApp, settings: Settings, **how: Any) -> None:
        self._settings = settings  # first: uvicorn sets up the log from within
        super().__init__(app, **how)

    def configure_logging(self) -> None:
        log.set_up(self._settings)
        # To uvicorn, whose own way to do without an access log is not taken here, this says that
        # nobody would read one: else each line is made, and thrown away.
        logging.getLogger("uvicorn.access").propagate = False
        # uvicorn raises the signal again once it has stopped; by then it has been obeyed.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)


class Server(uvicorn.Server):
    """A uvicorn that says when it is ready, and that waits for no client for ever."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS_A_SECOND == 0:
            packets.check_pace(self.server_state.connections, time.monotonic())
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Who is sending still has nearly all the time there is, and then leaves as anyone does: a
        # request that is cancelled is a traceback each.
        connections = self.server_state.connections
        packets.check_pace(connections, time.monotonic())
        loop = asyncio.get_running_loop()
        loop.call_later(DRAIN_SECONDS - 1, packets.check_pace, connections, math.inf)
        await super().shutdown(sockets)


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Store]:
    """The store of the settings, open for as long as the block runs."""
    store = make_store(settings)
    try:
        await store.open()
        yield store
    finally:
        await store.close()


async def prepare(store: Store) -> None:
    """Become the server of an open store, and make it ready for `create_app`.

    Raises StoreError when another server has it, SchemaError when migrations are waiting.
    """
    await store.claim()
    await prepare_new(store)


async def prepare_new(store: Store) -> None:
    """Set up a store that is new; leave one alone that waits for its operator (SchemaError)."""
    waiting = await store.pending()
    if waiting and waiting[0].startswith("0001"):
        await store.migrate()
    await check_migrated(store)
    for id, contenu in shipped_texts().items():
        await store.add_questionnaire(id, contenu)
    await store.load_catalogue()  # a file too damaged for it is refused here, in a sentence


async def check_migrated(store: Store) -> None:
    """Return when no migration is waiting and no copy unfinished; else raise SchemaError."""
    if waiting := await store.pending():
        raise SchemaError(
            f"Migrations en attente : {', '.join(waiting)}. "
            "Sauvegardez la base, puis lancez « jdma migrate »."
        )
    if await store.catalogue_version() == 0:
        raise SchemaError(
            "Une copie vers cette base n’est pas finie : relancez « jdma copy », ou videz-la."
        )


def with_secret(settings: Settings, say: Callable[[str], None]) -> Settings:
    """The settings with a secret: theirs, else those kept beside the database.

    Raises ConfigError when there is no file to keep one beside.
    """
    if settings.secret:
        return settings
    if settings.sqlite_path is None:
        raise ConfigError(NO_SECRET)
    kept = kept_beside(settings.sqlite_path)
    if kept.made:
        say(f"Secret tiré au hasard et gardé dans {kept.path} (lisible par vous seul).")
    newest, *before = kept.ring
    believed = " ".join([*before, *settings.secrets_before])
    return dataclasses.replace(settings, secret=newest, old_secrets=believed)


def take_more_files(say: Callable[[str], None]) -> None:
    """Have as many file descriptors as this process may: each connection is one, and the usual
    1,024 are soon taken by people who only keep a page open."""
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = ENOUGH_FILES if most == resource.RLIM_INFINITY else most
    if files < min(ENOUGH_FILES, most):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        say(f"Fichiers ouverts : la limite de {files} passe à {most}.")


def listening(settings: Settings) -> socket.socket:
    """Where the settings say to listen. Raises AddressError when that cannot be had."""
    if settings.socket_path:
        return _bind_socket(settings.socket_path)
    return bind(settings.host, settings.port)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises AddressError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise AddressError(f"Impossible d’écouter sur {host}:{port} : {error.strerror}.") from error


def _bind_socket(path: Path) -> socket.socket:
    """For the proxy, which is to be of our group. What a killed server left there is taken away."""
    made = socket.socket(socket.AF_UNIX)
    try:
        if path.is_socket() and made.connect_ex(str(path)) == errno.ECONNREFUSED:
            path.unlink()
        made.bind(str(path))
        path.chmod(0o660)
        made.listen(2048)
    except OSError as error:
        made.close()
        raise AddressError(f"Impossible d’écouter sur {path} : {error}.") from error
    return made


async def serve(settings: Settings, store: Store, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT. Every request under way and every waiting avis is finished."""
    app = create_app(settings, store, annexes=annexes(settings))
    await run(app, settings, [listening(settings)], ready)


async def run(
    app: ASGIApp,
    settings: Settings,
    sockets: Sequence[socket.socket],
    ready: Callable[[], None],
) -> None:
    """Run an application on sockets, with the server options that all ours share."""
    spare_the_collector()
    await Server(options(app, settings), ready).serve(list(sockets))


def options(app: ASGIApp, settings: Settings, workers: int = 1) -> uvicorn.Config:
    """How uvicorn is to serve an application of ours."""
    return Options(
        app,
        settings,
        http=packets.Protocol,
        ws="none",  # also where a library for it happens to be installed
        lifespan="on",
        workers=workers,
        access_log=False,  # an access log is a list of addresses
        server_header=False,
        proxy_headers=False,  # see collector.wire.proxies
        headers=_ALWAYS_HTTPS if settings.origin.startswith("https:") else [],
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )


def spare_the_collector() -> None:
    """Let the garbage collector look at what is new only, and not after every 700 objects.

    What is in memory at start stays there; a request makes no cycles worth looking for, and each
    one under way holds dozens of objects: by default a third of the loop's time went into this.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def main(work: Coroutine[Any, Any, None], settings: Settings = _DEFAULTS) -> None:
    """Run a server's coroutine on the fastest event loop there is."""
    log.set_up(settings)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(work)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # not on Windows
        return None
    return uvloop.new_event_loop
