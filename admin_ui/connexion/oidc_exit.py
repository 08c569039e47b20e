"""Signing out at the provider too, for who signed in there."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.connexion.fournisseur import SORTIE
from admin_ui.connexion.oidc import Depart, OidcRefused, address_of_exit
from admin_ui.connexion.oidc_cookie import clear_departure, departure_of, keep_departure
from admin_ui.gate import entrant_of, store_of
from admin_ui.pieces import pieces_of
from admin_ui.rendering import page, redirect
from collector.parts import parts_of


async def id_token_of(request: Request) -> str | None:
    """The token with which the session of whoever asks began, if it began at a provider."""
    entrant = entrant_of(request)
    if entrant is None or not entrant.ouverture.methode.startswith("oidc"):
        return None
    return await store_of(request).id_token(entrant.ouverture.empreinte)


async def way_out(request: Request) -> tuple[str, Depart] | None:
    """Where the session of whoever asks ends at the provider; asked before it ends here."""
    oidc, id_token = pieces_of(request).oidc, await id_token_of(request)
    if oidc is None or id_token is None:
        return None
    parts = parts_of(request)
    depart = oidc.departs.begin(parts.clock.now().ms)
    try:
        fournisseur = await oidc.client.fournisseur()
    except OidcRefused:
        return None  # one signs out here all the same
    retour = parts.settings.base_url + SORTIE
    address = address_of_exit(fournisseur, oidc.client.client, id_token, depart.state, retour)
    return None if address is None else (address, depart)


def signed_out(request: Request, way: tuple[str, Depart]) -> Response:
    """The page that follows signing out here. It leads on with a link: browsers let no form of ours
    end at another site, as our own policy says."""
    address, depart = way
    response = page(request, "deconnecte.html", {"adresse": address, "agent": None})
    keep_departure(request, response, depart)
    return response


async def get_exit(request: Request) -> Response:
    """Back from the provider."""
    try:
        depart = departure_of(request)
    except OidcRefused:
        return redirect(request, "/connexion")
    right = request.query_params.get("state") == depart.state
    response = redirect(request, "/connexion", "deconnecte_partout" if right else None)
    clear_departure(request, response)
    return response
