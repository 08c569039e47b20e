"""One's own account: name, password, address, codes, sessions."""

from __future__ import annotations

import logging
import re
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.connexion import codes, passwords
from admin_ui.connexion.addresses import LONGEST_NOM, read_courriel
from admin_ui.connexion.letters import send_link
from admin_ui.connexion.link_pages import check_new_password
from admin_ui.connexion.links import address_of, new_link
from admin_ui.connexion.signin import seconds_to_wait, too_many
from admin_ui.formulaire import Formulaire, form_of
from admin_ui.gate import agent_of, entrant_of, owes_a_code, store_of
from admin_ui.noting import note, note_agent
from admin_ui.pieces import pieces_of
from admin_ui.rendering import page, redirect
from collector.parts import parts_of
from collector.privacy.contact import LONGEST_COURRIEL
from collector.qr import qr_code

logger = logging.getLogger("admin_ui")

NOT_YOURS = "Ce n’est pas votre mot de passe."


async def get_account(request: Request) -> Response:
    return await account_page(request, Formulaire([]))


async def post_name(request: Request) -> Response:
    form = await form_of(request)
    nom = form.texte("nom", LONGEST_NOM, "Écrivez votre nom, tel que vos collègues le liront.")
    if form.erreurs:
        return await account_page(request, form, 422)
    await store_of(request).name_compte(agent_of(request).compte.id, nom)
    return redirect(request, "/compte", "nom_change")


async def post_password(request: Request) -> Response:
    """Another password; every other session ends."""
    form, compte = await form_of(request), agent_of(request).compte
    await check_own_password(request, form)
    check_new_password(form, form.secret("mot_de_passe"), compte.courriel, compte.nom)
    if form.erreurs:
        return await account_page(request, form, 422)
    store = store_of(request)
    known = await passwords.hashed(form.secret("mot_de_passe"), pieces_of(request).hashing)
    await store.set_password(compte.id, known)
    await store.end_sessions(compte.id, but=own_session(request))
    await store.drop_liens(compte.id)
    await note_agent(request, "mot_de_passe_change")
    return redirect(request, "/compte", "mot_de_passe_change")


async def post_courriel(request: Request) -> Response:
    """Send a link to the new address: it counts once somebody there has followed it."""
    form, compte = await form_of(request), agent_of(request).compte
    await check_own_password(request, form)
    courriel = read_courriel(form, "courriel")
    if form.erreurs:
        return await account_page(request, form, 422)
    parts = parts_of(request)
    secret = await new_link(store_of(request), compte, "courriel", parts.clock.now(), courriel)
    address = address_of(parts.settings.base_url, secret)
    new = replace(compte, courriel=courriel)
    if reason := await send_link(pieces_of(request).courrier, new, "courriel", address):
        form.refuse("courriel", f"Le lien n’a pas pu partir : {reason}.")
        return await account_page(request, form, 422)
    await note_agent(request, "courriel_demande")
    return redirect(request, "/compte", "courriel_a_confirmer")


async def post_end_session(request: Request) -> Response:
    """End one session of one's own, named by what is kept of it."""
    form, compte = await form_of(request), agent_of(request).compte
    await store_of(request).end_session(compte.id, form.get("session", "")[:100])
    await note_agent(request, "session_fermee")
    return redirect(request, "/compte", "session_fermee")


async def post_end_sessions(request: Request) -> Response:
    compte = agent_of(request).compte
    n = await store_of(request).end_sessions(compte.id, but=own_session(request))
    await note_agent(request, "sessions_fermees", nombre=n)
    return redirect(request, "/compte", "sessions_fermees")


# One-time codes


async def get_codes(request: Request) -> Response:
    return _codes_page(request, Formulaire([("secret", codes.new_secret())]))


async def post_codes(request: Request) -> Response:
    """Turn codes on, once one of them was typed; the recovery codes are shown this once."""
    form, compte = await form_of(request), agent_of(request).compte
    secret = form.secret("secret")
    if not re.fullmatch(r"[A-Z2-7]{32}", secret):
        return redirect(request, "/compte/code")
    await check_own_password(request, form)
    now = parts_of(request).clock.now()
    step = codes.step_of(secret, form.secret("code")[:100], now.ms)
    if step is None:
        form.refuse("code", "Ce code n’est pas le bon. Vérifiez l’heure de votre téléphone.")
    if form.erreurs or step is None:
        return _codes_page(request, form, 422)
    store, recovery = store_of(request), codes.new_recovery_codes()
    await store.set_totp(compte.id, secret, [codes.kept(each) for each in recovery])
    await store.use_totp(compte.id, step)
    await store.end_sessions(compte.id, but=own_session(request))
    await note_agent(request, "codes_actifs")
    return page(request, "secours.html", {"secours": recovery})


async def post_no_codes(request: Request) -> Response:
    form, compte = await form_of(request), agent_of(request).compte
    await check_own_password(request, form)
    if form.erreurs:
        return await account_page(request, form, 422)
    await store_of(request).set_totp(compte.id, None, [])
    await note_agent(request, "codes_retires")
    return redirect(request, "/compte", "codes_retires")


# A forgotten password


async def get_forgotten(request: Request) -> Response:
    possible = pieces_of(request).courrier.possible
    return page(request, "oublie.html", {"form": Formulaire([]), "possible": possible})


async def post_forgotten(request: Request) -> Response:
    """The same answer whoever asks, and a link by e-mail to who has an account."""
    form = await form_of(request)
    courriel = form.texte("courriel", LONGEST_COURRIEL).casefold()
    if wait := seconds_to_wait(request, courriel):
        return too_many(request, "oublie.html", form, wait)
    pieces_of(request).later(_send_link(request, courriel))
    return redirect(request, "/connexion", "lien_demande")


async def _send_link(request: Request, courriel: str) -> None:
    """After the answer: how long it takes says nothing of who has an account."""
    store, parts = store_of(request), parts_of(request)
    compte = await store.compte_of(courriel)
    if compte is None or compte.ferme_le or compte.mot_de_passe is None:
        # Who comes in by a provider alone is not to be given a second door, which stays open when
        # the provider shuts theirs; who was invited has a link already.
        return
    if pieces_of(request).link_limit.seconds_to_wait(str(compte.id)):
        return  # whoever asks again and again fills a letter box, and ends the link of before
    secret = await new_link(store, compte, "mot_de_passe", parts.clock.now())
    address = address_of(parts.settings.base_url, secret)
    await note(request, compte, "lien_demande")
    if reason := await send_link(pieces_of(request).courrier, compte, "mot_de_passe", address):
        logger.warning("a link was not sent: %s", reason)


async def check_own_password(request: Request, form: Formulaire, field: str = "actuel") -> None:
    """Whoever finds a session open is not to take the account: what guards it asks again."""
    compte = agent_of(request).compte
    if compte.mot_de_passe is None:
        return
    if wait := seconds_to_wait(request, compte.courriel):
        form.refuse(field, f"Trop d’essais. Recommencez dans {wait} secondes.")
        return
    if not await passwords.is_right(compte, form.secret(field), pieces_of(request).hashing):
        form.refuse(field, NOT_YOURS)


async def account_page(request: Request, form: Formulaire, status: int = 200) -> Response:
    store, compte = store_of(request), agent_of(request).compte
    oidc = pieces_of(request).oidc
    context = {
        "form": form,
        "sessions": await store.sessions(compte.id),
        "identites": await store.identites(compte.id) if oidc else [],
        "celle_ci": own_session(request),
        "courrier": pieces_of(request).courrier.possible,
    }
    return page(request, "compte.html", context, status)


def _codes_page(request: Request, form: Formulaire, status: int = 200) -> Response:
    compte = agent_of(request).compte
    context = {
        "form": form,
        "qr": qr_code(codes.address(form["secret"], compte.courriel)),
        "exige": owes_a_code(request, entrant_of(request)),
    }
    return page(request, "codes.html", context, status)


def own_session(request: Request) -> str:
    entrant = entrant_of(request)
    return entrant.ouverture.empreinte if entrant is not None else ""
