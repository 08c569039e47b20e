"""Content codings: which one a client would have (RFC 9110, 12.5.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.requests import Request

_WEIGHT = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.ASCII)


def preferred_coding(request: Request, offered: Iterable[str]) -> str | None:
    """The coding that `Accept-Encoding` likes best, of equals the first offered; or None.

    None is the content as it is: nobody can be denied that one.
    """
    accepted = ",".join(request.headers.getlist("accept-encoding"))
    named = (each.partition(";") for each in "".join(accepted.lower().split()).split(","))
    likes = {coding: _weight(parameter) for coding, _, parameter in named}
    others = likes.get("*", 0.0)
    best = max(offered, key=lambda coding: likes.get(coding, others))
    liked = likes.get(best, others)
    return best if liked > 0 and liked >= likes.get("identity", 0.0) else None


def _weight(parameter: str) -> float:
    """What « q=… » says; what says nothing readable is not asked for."""
    if not parameter:
        return 1.0
    found = _WEIGHT.fullmatch(parameter)
    return float(found[1]) if found else 0.0
