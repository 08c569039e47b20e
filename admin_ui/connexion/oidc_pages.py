"""Signing in through a provider: leaving for it, coming back; linking it to one's account.

One leaves by a link, not by a form: our own policy lets no form end at another site. To link an
account is asked by a form all the same, so that no other site can have it done.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from admin_ui.connexion.account import account_page, check_own_password, own_session
from admin_ui.connexion.oidc import (
    Arrivee,
    Code,
    Depart,
    OidcRefused,
    address_of_departure,
    read_return,
)
from admin_ui.connexion.oidc_cookie import clear_departure, departure_of, keep_departure, oidc_of
from admin_ui.connexion.oidc_entry import account_of, link, unlink
from admin_ui.connexion.signin import enter
from admin_ui.formulaire import form_of
from admin_ui.gate import agent_of, store_of
from admin_ui.noting import note
from admin_ui.pieces import pieces_of
from admin_ui.rendering import page, redirect
from collector.parts import parts_of, visitor_of

OWN_PAGES = ("same-origin", "none")  # Sec-Fetch-Site: ours, or an address that was typed
_STATUS: dict[Code, int] = {"injoignable": 502, "fournisseur": 502, "occupe": 503}


async def get_departure(request: Request) -> Response:
    """To the provider, from a page of ours."""
    oidc = oidc_of(request)
    if request.state.agent is not None:
        return redirect(request, "/")
    if request.headers.get("sec-fetch-site", "none") not in OWN_PAGES:
        return redirect(request, "/connexion")
    now, suite = parts_of(request).clock.now(), request.query_params.get("suite", "")
    depart = oidc.departs.begin(now.ms, suite)
    try:
        address = await _address(request, depart)
    except OidcRefused as refused:
        return _refusal(request, refused)
    response = RedirectResponse(address, 303, {"cache-control": "no-store"})
    keep_departure(request, response, depart)
    return response


async def get_return(request: Request) -> Response:
    """Back from the provider: a session, an account linked, or why not."""
    try:
        response = await _arrive(request)
    except OidcRefused as refused:
        if refused.code != "occupe":
            await note(
                request, refused.compte, "connexion_refusee", methode="oidc", cause=refused.code
            )
        response = _refusal(request, refused)
    clear_departure(request, response)
    return response


async def _arrive(request: Request) -> Response:
    oidc = oidc_of(request)
    if pieces_of(request).address_limit.seconds_to_wait(visitor_of(request)):
        raise OidcRefused("occupe")
    depart = departure_of(request)
    code = read_return(dict(request.query_params), await oidc.client.fournisseur(), depart)
    arrivee = await oidc.client.arrival(code, depart)
    if depart.compte is not None:
        return await _linked(request, depart.compte, arrivee)
    return await _enter(request, depart.suite, arrivee)


async def _enter(request: Request, suite: str, arrivee: Arrivee) -> Response:
    """A session, or half of one where the account has a code and the provider asked for none."""
    compte = await account_of(request, arrivee.identite)
    whole = compte.totp is None or oidc_of(request).sur
    response, known = await enter(request, compte, "oidc", whole, suite)
    await store_of(request).keep_id_token(known, arrivee.id_token)
    return response


async def _linked(request: Request, compte_id: int, arrivee: Arrivee) -> Response:
    """Somebody else may have signed in here meanwhile: it is linked to who asked, or not at all."""
    agent = request.state.agent
    if agent is None or agent.compte.id != compte_id:
        raise OidcRefused("etat")
    await link(request, arrivee.identite, agent.compte)
    return redirect(request, "/compte", "identite_liee")


# One's own account


async def post_link(request: Request) -> Response:
    """The way to the provider, for who proves once more that the account is theirs."""
    oidc, form = oidc_of(request), await form_of(request)
    await check_own_password(request, form, "actuel-fournisseur")
    if form.erreurs:
        return await account_page(request, form, 422)
    compte = agent_of(request).compte
    depart = oidc.departs.begin(parts_of(request).clock.now().ms, compte=compte.id)
    try:
        address = await _address(request, depart)
    except OidcRefused as refused:
        return _refusal(request, refused)
    response = page(request, "oidc_lier.html", {"adresse": address})
    keep_departure(request, response, depart)
    return response


async def post_unlink(request: Request) -> Response:
    """The account keeps a way in: its password. Sessions of its other browsers end."""
    compte, store = agent_of(request).compte, store_of(request)
    if compte.mot_de_passe is None:
        return redirect(request, "/compte")
    await unlink(request, compte, oidc_of(request).client.emetteur)
    await store.end_sessions(compte.id, but=own_session(request))
    return redirect(request, "/compte", "identite_deliee")


async def _address(request: Request, depart: Depart) -> str:
    client = oidc_of(request).client
    return address_of_departure(await client.fournisseur(), client.client, depart)


def _refusal(request: Request, refused: OidcRefused) -> Response:
    courriel = refused.compte.courriel if refused.compte else ""
    context = {"code": refused.code, "courriel": courriel}
    response = page(request, "oidc_refus.html", context, _STATUS.get(refused.code, 403))
    if refused.code == "occupe":
        response.headers["retry-after"] = "60"
    return response
