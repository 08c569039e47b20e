"""Alive, able to store, and how it goes."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from collector.parts import parts_of
from collector.store.contract import StoreError

_FRESH = {"cache-control": "no-store"}


async def get_healthz(request: Request) -> Response:
    """200 as long as the process answers: a reason to restart it when it does not."""
    return JSONResponse({"etat": "vivant"}, headers=_FRESH)


async def get_readyz(request: Request) -> Response:
    """200 when an avis could be stored right now, seen by a commit; else 503 and why."""
    parts = parts_of(request)
    reason = None
    if not parts.writer.alive:
        reason = "l’écriture est arrêtée"
    elif parts.writer.waiting >= parts.settings.queue_size:
        reason = "la file est pleine"
    else:
        try:
            await parts.store.probe()
        except StoreError as error:
            reason = str(error)
    if reason is None:
        return JSONResponse({"etat": "pret"}, headers=_FRESH)
    return JSONResponse({"etat": "pas_pret", "raison": reason}, 503, headers=_FRESH)


async def get_metrics(request: Request) -> Response:
    content = parts_of(request).metrics.expose()
    return Response(content, media_type="text/plain; version=0.0.4", headers=_FRESH)
