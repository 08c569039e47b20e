"""« Vérifier »: whether a page carries its bouton as it should, and what arrives from it.

Nothing is fetched: what is judged was pasted, or has reached the collector by itself.
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.boutons.arrivees import arrivees, first_jour
from admin_ui.boutons.boutons import bouton_of
from admin_ui.boutons.constats import Attendu, Constat
from admin_ui.boutons.verification import verify
from admin_ui.formulaire import MAX_FORM, Formulaire, form_of
from admin_ui.gate import agent_of, demarche_of, store_of
from admin_ui.rendering import page
from admin_ui.saisies import read
from collector.parts import parts_of
from collector.presence import site
from collector.saisie import read_url

MAX_HEADERS = 20_000
NOTHING = "Collez le HTML de la page, ses en-têtes, ou écrivez son adresse."


async def get_verify(request: Request) -> Response:
    return await _page(request, Formulaire([]), None)


async def post_verify(request: Request) -> Response:
    form, parts = await form_of(request), parts_of(request)
    attendu = Attendu(
        bouton=bouton_of(request),
        catalogue=agent_of(request).catalogue,
        base_url=parts.settings.base_url,
        releases=parts.releases,
        adresse=read(form, "adresse", read_url),
    )
    # A page as it is: what stands in it is judged, and never shown again but in its field.
    html, headers = form.get("html", ""), form.paragraphe("entetes", MAX_HEADERS)
    if not (html.strip() or headers or attendu.adresse):
        form.refuse("html", NOTHING)
    if form.erreurs:
        return await _page(request, form, None, 422)
    constats = await asyncio.to_thread(verify, attendu, html.strip(), headers)
    return await _page(request, form, constats)


async def _page(
    request: Request, form: Formulaire, constats: list[Constat] | None, status: int = 200
) -> Response:
    parts, bouton = parts_of(request), bouton_of(request)
    today = parts.clock.now().jour
    days = first_jour(today).isoformat(), today.isoformat()
    store, demarche = store_of(request), demarche_of(request)
    seen = await store.presence(demarche.id, *days, bouton.code)
    context = {
        "onglet": "boutons",
        "bouton": bouton,
        "form": form,
        "constats": constats,
        "arrivees": arrivees(seen, bouton, parts.releases, site(parts.origin)),
        "dernier": await store.last_answer(demarche.id, bouton.code),
        "ouvert": agent_of(request).catalogue.is_open(bouton),
        "plus": MAX_FORM // 1024,
    }
    return page(request, "verifier.html", context, status)
