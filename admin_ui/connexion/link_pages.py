"""The pages that one-time links lead to.

A link shows a page and does nothing by itself: programs that read mail follow links too. What it
is for happens when the form on that page is sent, once.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.connexion import passwords
from admin_ui.connexion.addresses import LONGEST_NOM
from admin_ui.connexion.letters import send_moved
from admin_ui.formulaire import Formulaire, form_of
from admin_ui.gate import store_of
from admin_ui.noting import note
from admin_ui.pieces import pieces_of
from admin_ui.refusals import LinkOver
from admin_ui.rendering import page, redirect
from admin_ui.sessions import empreinte
from collector.comptes import Compte, Lien
from collector.parts import parts_of
from collector.store.admin import AdminStore


async def get_link(request: Request) -> Response:
    lien, compte = await _found(request)
    form = Formulaire([("nom", compte.nom)])
    return page(request, "lien.html", {"lien": lien, "compte": compte, "form": form})


async def post_link(request: Request) -> Response:
    lien, compte = await _found(request)
    form = await form_of(request)
    if lien.usage == "courriel":
        return await _move(request, lien, compte)
    return await _choose(request, lien, compte, form)


async def _choose(request: Request, lien: Lien, compte: Compte, form: Formulaire) -> Response:
    """A password of one's own, and a name where one is invited."""
    store = store_of(request)
    nom = compte.nom
    if lien.usage == "invitation":
        nom = form.texte("nom", LONGEST_NOM, "Écrivez votre nom, tel que vos collègues le liront.")
    password = form.secret("mot_de_passe")
    check_new_password(form, password, compte.courriel, nom)
    if form.erreurs:
        context = {"lien": lien, "compte": compte, "form": form}
        return page(request, "lien.html", context, 422)
    known = await passwords.hashed(password, pieces_of(request).hashing)
    await _use(store, lien)
    await store.name_compte(compte.id, nom)
    await store.set_password(compte.id, known)
    await store.end_sessions(compte.id)
    await store.drop_liens(compte.id)  # others, asked for by who knew the password of before
    await note(request, compte, "mot_de_passe_choisi", usage=lien.usage)
    return redirect(request, "/connexion", "mot_de_passe_choisi")


async def _move(request: Request, lien: Lien, compte: Compte) -> Response:
    store = store_of(request)
    await _use(store, lien)
    if not await store.move_compte(compte.id, str(lien.courriel)):
        raise LinkOver
    await store.drop_liens(compte.id)  # they went to the other address
    await note(request, compte, "courriel_change")
    pieces_of(request).later(send_moved(pieces_of(request).courrier, compte.courriel))
    return redirect(request, "/connexion", "courriel_change")


def check_new_password(form: Formulaire, password: str, courriel: str, nom: str) -> None:
    """Say under its field what is wrong with a password typed twice."""
    if wrong := passwords.wrong_with(password, courriel, nom):
        form.refuse("mot_de_passe", wrong)
    elif password != form.secret("encore"):
        form.refuse("encore", "Ce n’est pas le même que celui du dessus.")


async def _found(request: Request) -> tuple[Lien, Compte]:
    """The link of the address and whose it is. Raises LinkOver."""
    store = store_of(request)
    lien = await store.lien(empreinte(request.path_params["jeton"][:200]))
    now = parts_of(request).clock.now().recu_le
    compte = await store.compte(lien.compte_id) if lien and lien.expire_le > now else None
    if lien is None or compte is None or compte.ferme_le:
        raise LinkOver
    return lien, compte


async def _use(store: AdminStore, lien: Lien) -> None:
    if not await store.use_lien(lien.empreinte):
        raise LinkOver
