"""What a browser keeps between leaving for the provider and coming back."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.connexion.fournisseur import Oidc
from admin_ui.connexion.oidc import DEPART_SECONDS, Depart
from admin_ui.pieces import pieces_of
from admin_ui.sessions import cookie_name
from collector.errors import NotFound
from collector.parts import parts_of


def oidc_of(request: Request) -> Oidc:
    """The provider of this installation. Raises NotFound: it has none."""
    oidc = pieces_of(request).oidc
    if oidc is None:
        raise NotFound
    return oidc


def departure_of(request: Request) -> Depart:
    """What this browser left with. Raises OidcRefused « etat »."""
    kept = request.cookies.get(_name(request))
    return oidc_of(request).departs.read(kept, parts_of(request).clock.now().ms)


def keep_departure(request: Request, response: Response, depart: Depart) -> None:
    _set(request, response, depart.cookie, DEPART_SECONDS)


def clear_departure(request: Request, response: Response) -> None:
    """One departure, one return."""
    _set(request, response, "", 0)


def _set(request: Request, response: Response, value: str, seconds: int) -> None:
    response.set_cookie(
        _name(request),
        value,
        max_age=seconds,
        path="/",
        secure=parts_of(request).origin.startswith("https:"),
        httponly=True,
        samesite="lax",  # it comes back with a browser that another site sends here
    )


def _name(request: Request) -> str:
    return f"{cookie_name(request)}-oidc"
