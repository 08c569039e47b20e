"""The administration beside the collector: the only place where its parts meet."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from admin_ui.alertes.rondes import Rondes
from admin_ui.connexion.fournisseur import check_installed, make_oidc, shown
from admin_ui.courriel import courrier_of
from admin_ui.gate import ANYONE, Page, get_nothing, guarded
from admin_ui.pieces import Pieces
from admin_ui.rendering import make_environment, read_files
from admin_ui.routes import ROUTES
from admin_ui.static_files import get_static
from collector.clock import instant
from collector.config import Settings
from collector.limits import AddressLimit, Limit
from collector.parts import Parts, parts_of
from collector.store.admin import AdminStore
from collector.store.contract import StoreError

HASHES_AT_ONCE = 2
CLOSING_SECONDS = 2.0  # for what was promised after an answer
# A person who mistypes is let try ten times, then once in ten seconds.
TRIES = (6, 10)  # a minute, and at once
# Three codes in a million are right at any time: who has the password is not to try them all.
TRIES_AT_CODES = (1, 10)
TRIES_BY_ADDRESS = (20, 30)
TRIES_FROM_EVERYWHERE = (60, 100)  # for one account
# Letters that anybody may have sent to somebody: three, then one in ten minutes.
LINKS = (0.1, 3)


class Admin:
    """See `collector.annexe.Annexe`."""

    def __init__(self, settings: Settings) -> None:
        """Raises ConfigError when a setting wants a library that is not there."""
        check_installed(settings)
        self._settings = settings

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/admin", get_home),
            Route("/admin/static/{digest}/{name}", get_static),
            *(
                Route(f"/admin{each.path}", guarded(each), methods=[*each.methods])
                for each in ROUTES
            ),
            Route("/admin/{rest:path}", guarded(Page("/{rest:path}", get_nothing, ANYONE))),
        ]

    async def start(self, parts: Parts) -> Mapping[str, object]:
        files = read_files()
        templates = make_environment(self._settings, files, parts.clock)
        courrier = courrier_of(self._settings)
        pieces = Pieces(
            templates=templates,
            files=files,
            address_limit=AddressLimit(*TRIES_BY_ADDRESS),
            here_limit=AddressLimit(*TRIES),
            compte_limit=Limit(*TRIES_FROM_EVERYWHERE),
            code_limit=Limit(*TRIES_AT_CODES),
            link_limit=Limit(*LINKS),
            hashing=asyncio.Semaphore(HASHES_AT_ONCE),
            courrier=courrier,
            oidc=make_oidc(self._settings, lambda: parts.clock.now().ms),
            rondes=Rondes(parts, courrier, templates),
        )
        templates.globals["fournisseur"] = shown(pieces.oidc)
        self._tasks, self._oidc, self._rondes = pieces.tasks, pieces.oidc, pieces.rondes
        await self._tidy(parts)
        parts.daily.also(lambda: self._tidy(parts))
        self._rondes.start()
        return {"admin": pieces}

    async def close(self) -> None:
        await self._rondes.close()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSING_SECONDS)
        if self._oidc:
            self._oidc.client.close()

    async def _tidy(self, parts: Parts) -> None:
        """Sessions and links that are over are of no use to anyone."""
        assert isinstance(parts.store, AdminStore)
        now = parts.clock.now()
        idle = instant(now.ms - self._settings.session_minutes * 60_000).recu_le
        with contextlib.suppress(StoreError):  # next time will do
            await parts.store.drop_over(now.recu_le, idle)


async def get_home(request: Request) -> Response:
    home = f"{parts_of(request).settings.base_path}/admin/"
    return RedirectResponse(home, 307, {"cache-control": "no-store"})
