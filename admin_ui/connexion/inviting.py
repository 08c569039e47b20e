"""Letting somebody in: an account without a password, a right, a one-time link to begin with."""

from __future__ import annotations

from dataclasses import replace

from admin_ui.connexion.links import new_link
from collector.clock import Instant
from collector.comptes import Compte, Droit, Role
from collector.domain import Catalogue
from collector.store.admin import AdminStore

NAMES: dict[Role, str] = {
    "operateur": "opérateur",
    "porteur": "porteur",
    "analyste": "analyste",
    "lecteur": "lecteur",
}
WHAT: dict[Role, str] = {
    "operateur": "tout : réglages, structures, comptes, journal",
    "porteur": "ses démarches : boutons, questions, commentaires, chiffres",
    "analyste": "les chiffres et les fichiers ; les commentaires si on les lui accorde",
    "lecteur": "les chiffres",
}


async def invite(
    store: AdminStore, courriel: str, nom: str, droit: Droit, now: Instant
) -> tuple[Compte, str]:
    """A new account with one right (its `compte_id` is ignored), and the secret of its link.

    Raises Duplicate when the address has an account.
    """
    id = await store.add_compte(Compte(0, courriel, nom, now.recu_le))
    await give(store, id, droit)
    compte = await store.compte(id)
    assert compte is not None  # it was added just now
    return compte, await new_link(store, compte, "invitation", now)


async def give(store: AdminStore, compte_id: int, droit: Droit) -> None:
    """Give an account a right, unless it has that very one."""
    known = await store.droits(compte_id)
    if not any(_same(each, droit) for each in known):
        await store.add_droit(replace(droit, compte_id=compte_id))


def said(droit: Droit, catalogue: Catalogue) -> str:
    """A right as people say it: « analyste, avec les commentaires, sur Ville de Montclair »."""
    words = NAMES[droit.role] + _granted(droit)
    if droit.structure_id is not None:
        return f"{words} sur {catalogue.structures[droit.structure_id].nom}"
    if droit.demarche_id is not None:
        return f"{words} sur « {catalogue.demarches[droit.demarche_id].titre} »"
    return words.rstrip(",") if droit.role == "operateur" else f"{words} sur tout"


def _granted(droit: Droit) -> str:
    """What comes with a right beside its role."""
    granted = []
    if droit.verbatims and droit.role in ("analyste", "lecteur"):
        granted.append("les commentaires")
    if droit.contacts:
        granted.append("les adresses laissées")
    return f", avec {' et '.join(granted)}," if granted else ""


def _same(a: Droit, b: Droit) -> bool:
    return _what(a) == _what(b)


def _what(droit: Droit) -> tuple[object, ...]:
    return droit.role, droit.structure_id, droit.demarche_id, droit.verbatims, droit.contacts
