"""Numbers that démarches and boutons had elsewhere: whose they are, and where they lead. Pure.

The national button's address names a démarche and a button by numbers. A démarche that was known
there by its form has the number of that form, written « avis-456 ».
"""

from __future__ import annotations

from collections.abc import Iterable

from collector.asked.choix import fold
from collector.domain import Bouton, Catalogue, Demarche

FORMULAIRE = "avis-"


def holder(catalogue: Catalogue, externes: Iterable[str]) -> tuple[str, Demarche] | None:
    """One of these numbers that a démarche has, and which démarche."""
    wanted = set(externes)
    for demarche in catalogue.demarches.values():
        if taken := wanted.intersection(demarche.externes):
            return min(taken), demarche
    return None


def bouton_of(catalogue: Catalogue, demarche_id: int, externe: str) -> Bouton | None:
    """The bouton of a démarche that has this number."""
    return next((b for b in _boutons(catalogue, demarche_id) if b.externe == externe), None)


def led_to(
    catalogue: Catalogue, numero: str, formulaire: bool, button: str | None
) -> Bouton | None:
    """The bouton an address leads to: `numero` is the démarche's, or its form's; `button` is the
    number or the name the address gives, if any.

    A button that nobody has entered leads to an open one of its démarche all the same: whoever came
    to answer answers, and only the place is not known.
    """
    demarche = _by_form(catalogue, numero, button) if formulaire else _having(catalogue, numero)
    if demarche is None:
        return None
    boutons = _boutons(catalogue, demarche.id)
    return _named(boutons, button or "") or _any(boutons)


def _having(catalogue: Catalogue, externe: str) -> Demarche | None:
    return next((d for d in catalogue.demarches.values() if externe in d.externes), None)


def _by_form(catalogue: Catalogue, numero: str, button: str | None) -> Demarche | None:
    """The démarche of a form: by its number, by the button's, which there is once; else by a number
    that may have been entered without « avis- »."""
    named = _having(catalogue, FORMULAIRE + numero)
    if named is not None or not button:
        return named or _having(catalogue, numero)
    owners = {b.demarche_id for b in catalogue.boutons.values() if b.externe == button}
    return catalogue.demarches[owners.pop()] if len(owners) == 1 else _having(catalogue, numero)


def _boutons(catalogue: Catalogue, demarche_id: int) -> list[Bouton]:
    return [b for b in catalogue.boutons.values() if b.demarche_id == demarche_id]


def _named(boutons: list[Bouton], button: str) -> Bouton | None:
    """By its number; else by its name, which is what the oldest addresses give."""
    if not button:
        return None
    numbered = (b for b in boutons if b.externe == button)
    called = (b for b in boutons if fold(b.libelle) == fold(button))
    return next(numbered, None) or next(called, None)


def _any(boutons: list[Bouton]) -> Bouton | None:
    """An open one rather than a closed one; rather one without a number, which stands for no place
    of its own; then by name, so that it is always the same."""
    return min(boutons, key=_rank, default=None)


def _rank(bouton: Bouton) -> tuple[bool, bool, str, str]:
    return not bouton.ouvert, bouton.externe is not None, fold(bouton.libelle), bouton.code
