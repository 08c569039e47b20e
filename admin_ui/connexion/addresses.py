"""Names and e-mail addresses of people, as forms and commands take them."""

from __future__ import annotations

import re

from admin_ui.formulaire import Formulaire

LONGEST_NOM = 200
LONGEST_COURRIEL = 254  # RFC 5321
COURRIEL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+")


def read_courriel(form: Formulaire, name: str) -> str:
    """An e-mail address as it is kept: in small letters."""
    courriel = form.texte(name, LONGEST_COURRIEL, "Écrivez une adresse électronique.").casefold()
    if courriel and not COURRIEL.fullmatch(courriel):
        form.refuse(name, "Il faut une adresse comme prenom.nom@exemple.fr, sans accent.")
    return courriel
