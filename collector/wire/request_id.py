"""The id of a request: in what is logged of it, and in its answer where that is a refusal.

It is drawn when somebody asks for it, so that an avis that is stored costs none. A proxy's own
(`X-Request-Id`) is taken where proxies are declared, if it is made of hexadecimal digits: a word
that anybody chose has no place in a log.
"""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar

from starlette.types import Scope

HEADER = "x-request-id"
_DRAWN = re.compile(rb"[0-9A-Fa-f-]{16,64}")

_scope: ContextVar[Scope | None] = ContextVar("scope", default=None)


def enter(scope: Scope) -> None:
    """From here on, what is logged is of this request."""
    _scope.set(scope)


def current() -> str | None:
    """The id of the request under way; None outside of one."""
    scope = _scope.get()
    return None if scope is None else id_of(scope)


def id_of(scope: Scope) -> str:
    if "jdma.id" not in scope:
        scope["jdma.id"] = _given(scope) or secrets.token_hex(16)
    id: str = scope["jdma.id"]
    return id


def _given(scope: Scope) -> str | None:
    if not scope["state"]["parts"].settings.trusted_proxies:
        return None
    given = dict(scope["headers"]).get(HEADER.encode(), b"")
    return given.decode() if _DRAWN.fullmatch(given) else None
