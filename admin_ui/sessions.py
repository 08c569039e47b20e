"""Sessions: a random name in a cookie, everything else in the database.

A cookie holds 256 random bits, the database their SHA-256. A session ends when it was not used for
a while (JDMA_SESSION_MINUTES), after twelve hours in any case, and at once when it is revoked.
"""

from __future__ import annotations

import hashlib
import secrets

from starlette.requests import Request
from starlette.responses import Response

from collector.clock import Instant, instant
from collector.comptes import Compte, Entrant, Ouverture
from collector.config import Settings
from collector.parts import parts_of
from collector.store.admin import AdminStore

LONGEST_MS = 12 * 3_600_000
TO_PROVE_MS = 10 * 60_000  # between the password and the code
SEEN_MS = 60_000  # a use is noted once a minute: reading a page is not to write each time


def empreinte(secret: str) -> str:
    """What is kept of something that opens something."""
    return hashlib.sha256(secret.encode()).hexdigest()


def store_of(request: Request) -> AdminStore:
    store = parts_of(request).store
    assert isinstance(store, AdminStore)  # every engine is one
    return store


async def open_session(
    request: Request, response: Response, compte: Compte, methode: str, entiere: bool = True
) -> str:
    """Give whoever asks a new session, under a name nobody knew before; the one they came with
    ends. Not `entiere`: it opens nothing yet but the page that asks for a code. What is kept of
    it."""
    store, now = store_of(request), parts_of(request).clock.now()
    if before := secret_of(request):
        await _end(store, before)
    secret = secrets.token_urlsafe(32)
    end = instant(now.ms + (LONGEST_MS if entiere else TO_PROVE_MS)).recu_le
    known = empreinte(secret)
    await store.open_session(
        Ouverture(known, compte.id, methode, now.recu_le, now.recu_le, end, entiere)
    )
    if entiere:
        await store.see_session(known, now.recu_le)
    _set_cookie(request, response, secret)
    return known


async def close_session(request: Request, response: Response) -> None:
    """End the session of whoever asks, here and in the database."""
    if secret := secret_of(request):
        await _end(store_of(request), secret)
    _set_cookie(request, response, "")


async def session_of(request: Request) -> Entrant | None:
    """Whose session it is, when there is one and it is not over."""
    secret = secret_of(request)
    if not secret:
        return None
    parts, store = parts_of(request), store_of(request)
    entrant = await store.session(empreinte(secret))
    now = parts.clock.now()
    if entrant is None or entrant.compte.ferme_le:
        return None
    if is_over(entrant.ouverture, parts.settings, now):
        return None
    if entrant.ouverture.vu_le <= instant(now.ms - SEEN_MS).recu_le:
        await store.see_session(entrant.ouverture.empreinte, now.recu_le)
    return entrant


def is_over(ouverture: Ouverture, settings: Settings, now: Instant) -> bool:
    idle = instant(now.ms - settings.session_minutes * 60_000).recu_le
    return ouverture.expire_le <= now.recu_le or ouverture.vu_le <= idle


def secret_of(request: Request) -> str:
    """What the cookie holds; empty without one, or with something that is none of ours."""
    secret = request.cookies.get(cookie_name(request), "")
    return secret if len(secret) <= 100 else ""


def cookie_name(request: Request) -> str:
    """« __Host- » binds a cookie to this very host, and browsers take it over https only."""
    return "__Host-jdma" if _secure(request) else "jdma"


def _set_cookie(request: Request, response: Response, secret: str) -> None:
    response.set_cookie(
        cookie_name(request),
        secret,
        max_age=None if secret else 0,
        path="/",
        secure=_secure(request),
        httponly=True,
        samesite="lax",
    )


def _secure(request: Request) -> bool:
    return parts_of(request).origin.startswith("https:")


async def _end(store: AdminStore, secret: str) -> None:
    entrant = await store.session(empreinte(secret))
    if entrant is not None:
        await store.end_session(entrant.compte.id, entrant.ouverture.empreinte)
