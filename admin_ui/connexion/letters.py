"""One-time links as letters."""

from __future__ import annotations

from admin_ui.courriel import Courrier, Message, NotSent
from collector.comptes import Compte, Usage

_LETTERS: dict[Usage, tuple[str, str]] = {
    "invitation": (
        "Votre compte « Je donne mon avis »",
        "Un compte « Je donne mon avis » vous est ouvert. Choisissez votre mot de passe avec ce "
        "lien, qui vaut sept jours",
    ),
    "mot_de_passe": (
        "Choisir un mot de passe",
        "Pour choisir un autre mot de passe de votre compte « Je donne mon avis », suivez ce lien, "
        "qui vaut une heure. Si vous n’avez rien demandé, il n’y a rien à faire",
    ),
    "courriel": (
        "Votre nouvelle adresse",
        "Pour que cette adresse soit celle de votre compte « Je donne mon avis », suivez ce lien, "
        "qui vaut un jour. Si vous n’avez rien demandé, il n’y a rien à faire",
    ),
}

_MOVED = (
    "Bonjour,\n\nVotre compte « Je donne mon avis » a désormais une autre adresse que celle-ci. "
    "Si ce n’est pas de votre fait, prévenez la personne qui gère les comptes.\n"
)


async def send_moved(courrier: Courrier, before: str) -> None:
    """Tell the address that an account had: somebody else may have moved it. Raises NotSent."""
    if courrier.possible:
        await courrier.send(Message(before, "L’adresse de votre compte a changé", _MOVED))


async def send_link(courrier: Courrier, compte: Compte, usage: Usage, address: str) -> str | None:
    """Send a link by e-mail; why it did not leave, or None."""
    objet, phrase = _LETTERS[usage]
    try:
        texte = f"Bonjour,\n\n{phrase} :\n\n{address}\n"
        await courrier.send(Message(compte.courriel, objet, texte))
    except NotSent as error:
        return str(error)
    return None
