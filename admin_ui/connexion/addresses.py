"""Names and e-mail addresses of people, as forms and commands take them."""

from __future__ import annotations

from admin_ui.formulaire import Formulaire
from collector.privacy.contact import COURRIEL, LONGEST_COURRIEL

LONGEST_NOM = 200


def read_courriel(form: Formulaire, name: str) -> str:
    """An e-mail address as it is kept: in small letters."""
    courriel = form.texte(name, LONGEST_COURRIEL, "Écrivez une adresse électronique.").casefold()
    if courriel and not COURRIEL.fullmatch(courriel):
        form.refuse(name, "Il faut une adresse comme prenom.nom@exemple.fr, sans accent.")
    return courriel
