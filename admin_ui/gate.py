"""Who comes in: session, right, and where the request comes from. One function for every page.

A page never checks by itself who asks: it says in `routes.py` what it takes to open it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from admin_ui.refusals import Elsewhere, NotAllowed
from admin_ui.rendering import page
from admin_ui.roles import Agent, Pouvoir
from admin_ui.sessions import session_of, store_of
from collector.comptes import Entrant
from collector.domain import Demarche
from collector.errors import NotFound, Refusal, StorageDown, UnknownDemarche
from collector.parts import parts_of
from collector.store.contract import StoreError

__all__ = [
    "ANYONE", "SIGNED_IN", "Page", "agent_of", "demarche_of", "entrant_of", "guarded", "store_of",
]  # fmt: skip

ANYONE: Literal["anyone"] = "anyone"
SIGNED_IN: Literal["signed_in"] = "signed_in"
SAFE = ("GET", "HEAD")

View = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Page:
    """An address below /admin, what answers there, and what it takes to come in.

    `pouvoir`: ANYONE, SIGNED_IN, or a Pouvoir: of the démarche named by « {slug} » in the path, or,
    without one, of at least one démarche or structure (« administrer »: of the whole).
    `owing`: opens to whoever has to set codes up before anything else.
    `program`: a program that is no browser may post too; what it brings has to prove its right.
    """

    path: str
    view: View
    pouvoir: Pouvoir | Literal["anyone", "signed_in"]
    methods: tuple[str, ...] = ("GET",)
    owing: bool = False
    program: bool = False


def agent_of(request: Request) -> Agent:
    """Who asks; of a page that is not for ANYONE."""
    agent: Agent = request.state.agent
    return agent


def demarche_of(request: Request) -> Demarche:
    """The démarche of the address, which whoever asks may see."""
    demarche: Demarche = request.state.demarche
    return demarche


def entrant_of(request: Request) -> Entrant | None:
    """The session of whoever asks, which may still owe its code; None without one."""
    entrant: Entrant | None = request.state.entrant
    return entrant


def guarded(each: Page) -> View:
    """The view of a page, behind the gate."""

    async def answer(request: Request) -> Response:
        request.state.agent = request.state.demarche = request.state.entrant = None
        try:
            if request.method not in SAFE and not (each.program and is_no_browser(request)):
                check_same_site(request)
            return await _enter(request, each) or await each.view(request)
        except Refusal as refusal:
            return _refused(request, refusal)
        except StoreError:
            return _refused(request, StorageDown(retry_after=2, secondes=2))

    return answer


def check_same_site(request: Request) -> None:
    """Return when a form was sent from our own pages; else raise Elsewhere.

    Browsers say so themselves (Sec-Fetch-Site); older ones give the origin. Who says neither is
    no browser, and has no business here.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        same = site == "same-origin"
    else:
        same = request.headers.get("origin") == parts_of(request).origin
    if not same:
        raise Elsewhere


def is_no_browser(request: Request) -> bool:
    """Whether it does not say where the form comes from, as every browser does."""
    return "sec-fetch-site" not in request.headers and "origin" not in request.headers


async def _enter(request: Request, asked: Page) -> Response | None:
    """None when whoever asks may come in, a way to sign in when they are to do that first."""
    entrant = await session_of(request)
    request.state.entrant = entrant
    if entrant is not None and entrant.ouverture.entiere:
        catalogue = await parts_of(request).catalogue.get()
        request.state.agent = Agent(entrant.compte, entrant.droits, catalogue)
    if asked.pouvoir == ANYONE:
        return None
    if request.state.agent is None:
        return _to_sign_in(request, entrant)
    if owes_a_code(request, entrant) and not asked.owing:
        return _redirect(request, "/compte/code")
    if asked.pouvoir != SIGNED_IN:
        _check(request, asked.pouvoir)
    return None


def owes_a_code(request: Request, entrant: Entrant | None) -> bool:
    """Whether this account has to set codes up before it goes on: JDMA_TOTP. Whoever comes from a
    provider that was asked for levels (JDMA_OIDC_ACR) has proved it there."""
    settings = parts_of(request).settings
    if entrant is None or entrant.compte.totp:
        return False
    if entrant.ouverture.methode == "oidc" and settings.oidc_acr:
        return False
    wanted = settings.totp
    operateur = any(droit.role == "operateur" for droit in entrant.droits)
    return wanted == "tous" or (wanted == "operateurs" and operateur)


def _check(request: Request, pouvoir: Pouvoir) -> None:
    """Return when the agent has the right. Raises UnknownDemarche for what they do not see, as for
    what does not exist, and NotAllowed for what they see and may not do."""
    agent = agent_of(request)
    slug = request.path_params.get("slug")
    if slug is None:
        if pouvoir == "administrer":
            allowed = agent.operateur
        else:
            allowed = bool(agent.demarches(pouvoir) or agent.structures(pouvoir))
        if not allowed:
            raise NotAllowed
        return
    demarche = agent.catalogue.by_slug(slug)
    if demarche is None or not agent.may("voir", demarche.id):
        raise UnknownDemarche(demarche=slug)
    request.state.demarche = demarche
    if not agent.may(pouvoir, demarche.id):
        raise NotAllowed


def _to_sign_in(request: Request, entrant: Entrant | None) -> Response:
    if entrant is not None and not entrant.ouverture.entiere:
        return _redirect(request, "/connexion/code")
    if request.method not in SAFE:
        return _redirect(request, "/connexion?fait=session_finie")
    # As a browser knows it: the proxy before us takes its prefix away.
    path = parts_of(request).settings.base_path + request.url.path
    query = f"?{request.url.query}" if request.url.query else ""
    return _redirect(request, f"/connexion?{urlencode({'suite': path + query})}")


def _redirect(request: Request, path: str) -> Response:
    base = f"{parts_of(request).settings.base_path}/admin"
    return RedirectResponse(base + path, 303, headers={"cache-control": "no-store"})


def _refused(request: Request, refusal: Refusal) -> Response:
    parts_of(request).metrics.count_refusal(refusal)
    response = page(
        request,
        "refus.html",
        {"probleme": {"erreurs": [], **refusal.problem("fr")}},
        refusal.status,
    )
    if refusal.retry_after is not None:
        response.headers["retry-after"] = str(refusal.retry_after)
    return response


async def get_nothing(request: Request) -> Response:
    """Any other address below /admin."""
    raise NotFound
