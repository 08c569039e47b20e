"""Alive, able to store, and how it goes."""

from __future__ import annotations

import asyncio
import logging

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from collector.parts import Parts, parts_of
from collector.store.contract import StoreError

logger = logging.getLogger("collector.health")

PROBE_SECONDS = 3.0  # what waits longer than this for the disk is not ready

_FRESH = {"cache-control": "no-store"}


async def get_healthz(request: Request) -> Response:
    """200 as long as the process answers: a reason to restart it when it does not."""
    return JSONResponse({"etat": "vivant"}, headers=_FRESH)


async def get_readyz(request: Request) -> Response:
    """200 when an avis could be stored right now, seen by a commit; else 503 and why."""
    reason = await why_not(parts_of(request))
    if reason is None:
        return JSONResponse({"etat": "pret"}, headers=_FRESH)
    return JSONResponse({"etat": "pas_pret", "raison": reason}, 503, headers=_FRESH)


async def why_not(parts: Parts) -> str | None:
    """Why no avis can be stored, or None. Asks the store only when the writer cannot tell."""
    if not parts.writer.alive:
        return "l’écriture est arrêtée"
    if parts.writer.waiting >= parts.settings.queue_size:
        return "la file est pleine"
    if parts.writer.failing:
        return "le dernier lot n’a pas pu être enregistré"
    if not parts.writer.fresh:
        try:
            await asyncio.wait_for(parts.store.probe(), PROBE_SECONDS)
        except TimeoutError:
            return f"l’écriture attend depuis plus de {PROBE_SECONDS:g} s"
        except StoreError as error:
            logger.warning("a probe was not stored: %s", error)
            return str(error)
    return None


async def get_metrics(request: Request) -> Response:
    content = parts_of(request).metrics.expose()
    return Response(content, media_type="text/plain; version=0.0.4", headers=_FRESH)
