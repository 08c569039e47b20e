"""What the administration is made of, besides the collector's parts: one frozen value."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from jinja2 import Environment
from starlette.requests import Request

from admin_ui.alertes.rondes import Rondes
from admin_ui.connexion.fournisseur import Oidc
from admin_ui.courriel import Courrier, NotSent
from collector.limits import AddressLimit, Limit
from collector.releases import File
from collector.store.contract import StoreError

logger = logging.getLogger("admin_ui")


@dataclass(frozen=True, slots=True)
class Pieces:
    """`files` are the style sheet and the script, by the names in their addresses; `hashing` lets
    so many passwords be worked on at a time: each takes 19 MiB and the time of a hundred pages.
    `oidc`: the provider through which people sign in too, if there is one."""

    templates: Environment
    files: Mapping[str, File]
    address_limit: AddressLimit
    here_limit: AddressLimit
    compte_limit: Limit
    code_limit: Limit
    link_limit: Limit
    hashing: asyncio.Semaphore
    courrier: Courrier
    oidc: Oidc | None
    rondes: Rondes
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something after the answer. What goes wrong with it is in the log."""
        task = asyncio.create_task(_quietly(work))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except (StoreError, NotSent) as error:
        logger.warning("not done after an answer: %s", error)


def pieces_of(request: Request) -> Pieces:
    pieces: Pieces = request.scope["state"]["admin"]
    return pieces
