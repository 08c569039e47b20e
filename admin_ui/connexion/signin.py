"""Signing in with a password, then a code where the account has one; signing out."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from admin_ui.connexion import codes, passwords
from admin_ui.connexion.oidc_exit import id_token_of, signed_out, way_out
from admin_ui.formulaire import Formulaire, form_of
from admin_ui.gate import entrant_of, store_of
from admin_ui.noting import note
from admin_ui.pieces import pieces_of
from admin_ui.rendering import page, redirect
from admin_ui.sessions import close_session, open_session
from collector.comptes import Compte, Entrant
from collector.parts import parts_of, visitor_of
from collector.privacy.contact import LONGEST_COURRIEL

WRONG = "L’adresse ou le mot de passe n’est pas le bon."
WRONG_CODE = "Ce code n’est pas le bon, ou il a déjà servi. Attendez le suivant."


async def get_signin(request: Request) -> Response:
    if request.state.agent is not None:
        return redirect(request, "/")
    return _page(request, Formulaire([]))


async def post_signin(request: Request) -> Response:
    """A session, or half of one where the account has codes. Whoever is nobody waits as long, and
    is told the same, as who mistyped."""
    form = await form_of(request)
    courriel = form.texte("courriel", LONGEST_COURRIEL).casefold()
    if wait := seconds_to_wait(request, courriel):
        return too_many(request, "connexion.html", form, wait)
    compte = await store_of(request).compte_of(courriel)
    password, hashing = form.secret("mot_de_passe"), pieces_of(request).hashing
    right = await passwords.is_right(compte, password, hashing)
    if compte is None or not right or compte.ferme_le:
        await note(request, compte, "connexion_refusee", methode="mot_de_passe")
        form.refuse("courriel", WRONG)
        return _page(request, form, 422)
    whole = compte.totp is None
    return (await enter(request, compte, "mot_de_passe", whole, form.get("suite", "")))[0]


async def enter(
    request: Request, compte: Compte, methode: str, whole: bool, suite: str
) -> tuple[Response, str]:
    """Open a session for an account that has proved who it is, or half of one where its code is
    wanted too; and what is kept of it."""
    way = way_on(request, suite)
    if not whole:
        way = f"{_base(request)}/connexion/code{_query(suite)}"
    response = RedirectResponse(way, 303, {"cache-control": "no-store"})
    known = await open_session(request, response, compte, methode, whole)
    if whole:
        await note(request, compte, "connexion", methode=methode)
    return response, known


async def get_code(request: Request) -> Response:
    if _half(request) is None:
        return redirect(request, "/connexion")
    return page(request, "connexion_code.html", {"form": Formulaire([]), "suite": _suite(request)})


async def post_code(request: Request) -> Response:
    half = _half(request)
    if half is None:
        return redirect(request, "/connexion", "session_finie")
    compte, methode = half.compte, half.ouverture.methode
    form = await form_of(request)
    suite = form.get("suite", "")
    if wait := pieces_of(request).code_limit.seconds_to_wait(str(compte.id)):
        return too_many(request, "connexion_code.html", form, wait)
    now = parts_of(request).clock.now()
    found = await codes.prove(store_of(request), compte, form.secret("code")[:100], now.ms)
    if found is None:
        await note(request, compte, "connexion_refusee", methode="code")
        form.refuse("code", WRONG_CODE)
        return page(request, "connexion_code.html", {"form": form, "suite": suite}, 422)
    out = await id_token_of(request)
    response, known = await enter(request, compte, f"{methode}+{found}", True, suite)
    if out is not None:
        await store_of(request).keep_id_token(known, out)
    return response


async def post_signout(request: Request) -> Response:
    entrant, way = entrant_of(request), await way_out(request)
    response = (
        redirect(request, "/connexion", "deconnecte") if way is None else signed_out(request, way)
    )
    await close_session(request, response)
    if entrant is not None:
        await note(request, entrant.compte, "deconnexion")
    return response


def way_on(request: Request, suite: str) -> str:
    """Where to go once signed in: the page that was asked for, if it is one of ours."""
    base = _base(request)
    plain = suite.isascii() and suite.isprintable() and "\\" not in suite
    return suite if plain and suite.startswith(f"{base}/") else f"{base}/"


def seconds_to_wait(request: Request, courriel: str) -> int:
    """0 when one more try is let through: so many from an address, so many of them for one account,
    and more for that account from everywhere. Whoever mistypes for somebody else, from one address,
    does not keep them out."""
    pieces, courriel = pieces_of(request), courriel[:LONGEST_COURRIEL]
    host = visitor_of(request)
    return max(
        pieces.address_limit.seconds_to_wait(host),
        pieces.here_limit.seconds_to_wait(f"{courriel} {host}"),
        pieces.compte_limit.seconds_to_wait(courriel),
    )


def too_many(request: Request, template: str, form: Formulaire, wait: int) -> Response:
    form.refuse("courriel", f"Trop d’essais. Recommencez dans {wait} secondes.")
    form.refuse("code", f"Trop d’essais. Recommencez dans {wait} secondes.")
    context = {"form": form, "suite": form.get("suite", "")}
    response = page(request, template, context, 429)
    response.headers["retry-after"] = str(wait)
    return response


def _half(request: Request) -> Entrant | None:
    """Who has proved one thing and still owes their code."""
    entrant = entrant_of(request)
    return None if entrant is None or entrant.ouverture.entiere else entrant


def _page(request: Request, form: Formulaire, status: int = 200) -> Response:
    suite = form.get("suite", _suite(request))
    return page(request, "connexion.html", {"form": form, "suite": suite}, status)


def _suite(request: Request) -> str:
    return request.query_params.get("suite", "")[:2_000]


def _query(suite: str) -> str:
    return f"?{urlencode({'suite': suite})}" if suite else ""


def _base(request: Request) -> str:
    return f"{parts_of(request).settings.base_path}/admin"
