"""API tokens, for the operator: who has which, making, revoking."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.addresses import LONGEST_NOM
from admin_ui.formulaire import Formulaire, form_of
from admin_ui.gate import agent_of, store_of
from admin_ui.noting import note_agent
from admin_ui.people import reaches
from admin_ui.rendering import page, redirect
from collector.acces import Droit, JetonApi, Portee, empreinte, new_jeton_api
from collector.clock import instant
from collector.domain import Catalogue
from collector.errors import NotFound
from collector.parts import parts_of

DAYS = (("30", "un mois"), ("90", "trois mois"), ("365", "un an"), ("1095", "trois ans"))
_DAY_MS = 86_400_000


async def get_tokens(request: Request) -> Response:
    return await _page(request, Formulaire([]))


async def post_token(request: Request) -> Response:
    """Make a token; it is shown this once."""
    form, catalogue = await form_of(request), agent_of(request).catalogue
    nom = form.texte("nom", LONGEST_NOM, "Dites à quoi il sert, ou à qui.")
    portee = _portee(form, catalogue)
    if form.get("jours") not in dict(DAYS):
        form.refuse("jours", "Choisissez une durée.")
    if form.erreurs:
        return await _page(request, form, 422)
    now, text = parts_of(request).clock.now(), new_jeton_api()
    chosen: dict[Droit, bool] = {
        "lire": True,
        "verbatims": form.coche("verbatims"),
        "deposer": form.coche("deposer"),
    }
    droits = frozenset(droit for droit, given in chosen.items() if given)
    end = instant(now.ms + int(form["jours"]) * _DAY_MS).recu_le
    jeton = JetonApi(0, nom, portee, droits, now.recu_le, end)
    id = await store_of(request).add_jeton(jeton, empreinte(text))
    await note_agent(
        request, "jeton_cree", jeton=id, nom=nom, droits=sorted(droits), jours=int(form["jours"])
    )
    return page(request, "jeton_fait.html", {"jeton": text, "nom": nom, "fin": end})


async def post_revoke(request: Request) -> Response:
    id, now = request.path_params["id"], parts_of(request).clock.now()
    known = id.isascii() and id.isdigit() and len(id) < 10
    if not known or not await store_of(request).revoke_jeton(int(id), now.recu_le):
        raise NotFound
    await note_agent(request, "jeton_revoque", jeton=int(id))
    return redirect(request, "/jetons", "jeton_revoque")


def _portee(form: Formulaire, catalogue: Catalogue) -> Portee:
    sur = form.get("sur", "")
    if sur == "tout":
        return Portee(tout=True)
    structures = tuple(id for id in catalogue.structures if sur == f"s{id}")
    demarches = tuple(id for id in catalogue.demarches if sur == f"d{id}")
    if not structures and not demarches:
        form.refuse("sur", "Choisissez ce que ce jeton verra.")
    return Portee(False, structures, demarches)


async def _page(request: Request, form: Formulaire, status: int = 200) -> Response:
    catalogue, now = agent_of(request).catalogue, parts_of(request).clock.now().recu_le
    jetons = await store_of(request).jetons()
    context = {
        "form": form,
        "jetons": [(each, _said(each.portee, catalogue)) for each in reversed(jetons)],
        "maintenant": now,
        "portees": reaches(catalogue),
        "durees": DAYS,
    }
    return page(request, "jetons.html", context, status)


def _said(portee: Portee, catalogue: Catalogue) -> str:
    if portee.tout:
        return "toutes les démarches"
    noms = [catalogue.structures[id].nom for id in portee.structures]
    titres = [f"« {catalogue.demarches[id].titre} »" for id in portee.demarches]
    return ", ".join(noms + titres)
