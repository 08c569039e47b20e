"""Accounts, for the operator: who there is, what they may do, letting in, closing."""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.addresses import LONGEST_NOM, read_courriel
from admin_ui.formulaire import Formulaire, form_of
from admin_ui.gate import agent_of, store_of
from admin_ui.inviting import NAMES, WHAT, give, invite, said
from admin_ui.letters import send_link
from admin_ui.links import address_of, new_link
from admin_ui.noting import note_agent
from admin_ui.pieces import pieces_of
from admin_ui.rendering import page, redirect
from collector.comptes import ROLES, Compte, Droit, Usage
from collector.domain import Catalogue
from collector.errors import NotFound
from collector.parts import parts_of
from collector.store.contract import Duplicate

LAST = "C’est le dernier compte d’opérateur : donnez d’abord ce rôle à quelqu’un d’autre."
SAME = "Une personne a déjà un compte à cette adresse."


async def get_people(request: Request) -> Response:
    return await _list(request, Formulaire([]))


async def post_people(request: Request) -> Response:
    """Invite somebody: the link leaves by e-mail, or is shown to be copied."""
    form, catalogue = await form_of(request), agent_of(request).catalogue
    courriel = read_courriel(form, "courriel")
    nom = form.texte("nom", LONGEST_NOM)
    droit = read_droit(request, form, catalogue)
    if form.erreurs:
        return await _list(request, form, 422)
    store, now = store_of(request), parts_of(request).clock.now()
    try:
        compte, secret = await invite(store, courriel, nom, droit, now)
    except Duplicate:
        form.refuse("courriel", SAME)
        return await _list(request, form, 422)
    await note_agent(request, "compte_invite", compte=compte.id, droit=said(droit, catalogue))
    return await _link_page(request, compte, secret, "invitation")


async def get_person(request: Request) -> Response:
    return await _person(request, await _compte(request), Formulaire([]))


async def post_droit(request: Request) -> Response:
    form, catalogue = await form_of(request), agent_of(request).catalogue
    compte = await _compte(request)
    droit = read_droit(request, form, catalogue)
    if form.erreurs:
        return await _person(request, compte, form, 422)
    await give(store_of(request), compte.id, droit)
    await note_agent(request, "droit_donne", compte=compte.id, droit=said(droit, catalogue))
    return redirect(request, f"/comptes/{compte.id}", "droit_donne")


async def post_drop_droit(request: Request) -> Response:
    form, compte, store = await form_of(request), await _compte(request), store_of(request)
    droits = await store.droits(compte.id)
    droit = next((each for each in droits if str(each.id) == form.get("droit")), None)
    if droit is None:
        raise NotFound
    if droit.role == "operateur" and await _is_last(request, compte):
        form.refuse("role", LAST)
        return await _person(request, compte, form, 422)
    await store.drop_droit(compte.id, droit.id)
    words = said(droit, agent_of(request).catalogue)
    await note_agent(request, "droit_retire", compte=compte.id, droit=words)
    return redirect(request, f"/comptes/{compte.id}", "droit_retire")


async def post_link(request: Request) -> Response:
    """Another link for somebody who lost theirs, or their password."""
    compte = await _compte(request)
    usage: Usage = "invitation" if compte.mot_de_passe is None else "mot_de_passe"
    secret = await new_link(store_of(request), compte, usage, parts_of(request).clock.now())
    await note_agent(request, "lien_fait", compte=compte.id, usage=usage)
    return await _link_page(request, compte, secret, usage)


async def post_close(request: Request) -> Response:
    form, compte = await form_of(request), await _compte(request)
    if compte.id == agent_of(request).compte.id:
        form.refuse("role", "C’est votre propre compte : demandez à quelqu’un d’autre.")
    elif await _is_last(request, compte):
        form.refuse("role", LAST)
    if form.erreurs:
        return await _person(request, compte, form, 422)
    await store_of(request).close_compte(compte.id, parts_of(request).clock.now().recu_le)
    await note_agent(request, "compte_ferme", compte=compte.id)
    return redirect(request, f"/comptes/{compte.id}", "compte_ferme")


async def post_open(request: Request) -> Response:
    compte = await _compte(request)
    await store_of(request).close_compte(compte.id, None)
    await note_agent(request, "compte_rouvert", compte=compte.id)
    return redirect(request, f"/comptes/{compte.id}", "compte_rouvert")


async def post_without_codes(request: Request) -> Response:
    """For somebody who lost their telephone and their recovery codes."""
    compte, store = await _compte(request), store_of(request)
    await store.set_totp(compte.id, None, [])
    await store.end_sessions(compte.id)
    await note_agent(request, "codes_retires", compte=compte.id)
    return redirect(request, f"/comptes/{compte.id}", "codes_retires_de")


async def post_address(request: Request) -> Response:
    form, compte, store = await form_of(request), await _compte(request), store_of(request)
    courriel = read_courriel(form, "courriel")
    if not form.erreurs and not await store.move_compte(compte.id, courriel):
        form.refuse("courriel", SAME)
    if form.erreurs:
        return await _person(request, compte, form, 422)
    await store.drop_liens(compte.id)
    await note_agent(request, "courriel_change", compte=compte.id)
    return redirect(request, f"/comptes/{compte.id}", "adresse_changee")


def read_droit(request: Request, form: Formulaire, catalogue: Catalogue) -> Droit:
    """A right as it was chosen: « sur » is « tout », « s12 » or « d34 »."""
    role = next((each for each in ROLES if each == form.get("role")), None)
    if role is None:
        form.refuse("role", "Choisissez un rôle.")
    sur = form.get("sur", "")
    structure = next((id for id in catalogue.structures if sur == f"s{id}"), None)
    demarche = next((id for id in catalogue.demarches if sur == f"d{id}"), None)
    if role == "operateur":
        structure = demarche = None
    elif structure is None and demarche is None and sur != "tout":
        form.refuse("sur", "Choisissez une structure ou une démarche.")
    now, qui = parts_of(request).clock.now().recu_le, agent_of(request).qui
    verbatims = form.coche("verbatims") and role in ("analyste", "lecteur")
    return Droit(0, 0, role or "lecteur", structure, demarche, verbatims, now, qui)


def reaches(catalogue: Catalogue) -> list[tuple[str, str]]:
    """What a right may hang on, for a list to choose from."""
    structures = sorted(catalogue.structures.values(), key=lambda each: each.nom.casefold())
    demarches = sorted(catalogue.demarches.values(), key=lambda each: each.titre.casefold())
    return [
        ("", "Choisir…"),
        ("tout", "Toutes les démarches"),
        *((f"s{s.id}", f"{s.nom} et ce qui en dépend") for s in structures),
        *((f"d{d.id}", f"« {d.titre} » seulement") for d in demarches),
    ]


async def _is_last(request: Request, compte: Compte) -> bool:
    """Whether nobody else could manage accounts without them."""
    store = store_of(request)
    closed = {each.id for each in await store.comptes() if each.ferme_le}
    able = {each.compte_id for each in await store.droits() if each.role == "operateur"} - closed
    return able == {compte.id}


async def _compte(request: Request) -> Compte:
    """The account of the address. Raises NotFound."""
    text = request.path_params["id"]
    found = await store_of(request).compte(int(text)) if _is_id(text) else None
    if found is None:
        raise NotFound
    return found


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


async def _list(request: Request, form: Formulaire, status: int = 200) -> Response:
    store, catalogue = store_of(request), agent_of(request).catalogue
    droits: dict[int, list[str]] = {}
    for each in await store.droits():
        droits.setdefault(each.compte_id, []).append(said(each, catalogue))
    context = {
        "form": form,
        "comptes": await store.comptes(),
        "droits": droits,
        "roles": _roles(),
        "portees": reaches(catalogue),
        "courrier": pieces_of(request).courrier.possible,
    }
    return page(request, "comptes.html", context, status)


async def _person(
    request: Request, compte: Compte, form: Formulaire, status: int = 200
) -> Response:
    catalogue = agent_of(request).catalogue
    droits = await store_of(request).droits(compte.id)
    context = {
        "form": form,
        "compte": replace(compte, mot_de_passe="…" if compte.mot_de_passe else None),
        "droits": [(each.id, said(each, catalogue)) for each in droits],
        "roles": _roles(),
        "portees": reaches(catalogue),
    }
    return page(request, "compte_de.html", context, status)


async def _link_page(request: Request, compte: Compte, secret: str, usage: Usage) -> Response:
    address = address_of(parts_of(request).settings.base_url, secret)
    courrier, reason = pieces_of(request).courrier, None
    if courrier.possible:
        reason = await send_link(courrier, compte, usage, address)
    context = {
        "compte": compte,
        "adresse": address,
        "usage": usage,
        "parti": courrier.possible and reason is None,
        "raison": reason,
    }
    return page(request, "lien_fait.html", context)


def _roles() -> list[tuple[str, str]]:
    return [("", "Choisir…"), *((role, f"{NAMES[role]} — {WHAT[role]}") for role in ROLES)]
