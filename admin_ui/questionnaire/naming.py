"""The name that a structure's questionnaires might bear, proposed to whoever writes one. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection

from admin_ui.questionnaire.proofreading import LONGEST_NOM
from collector.asked.choix import fold

# What is left out of « Ville de Montclair »: what says which one is enough.
_SMALL = {
    "a", "au", "aux", "commune", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les",
    "mairie", "sous", "sur", "ville",
}  # fmt: skip
_NUMBER = 5  # characters of room for a hyphen and a number


def proposed(structure: str, pris: Collection[str]) -> str:
    """« montclair » for « Ville de Montclair »; with a number where that is taken."""
    words = [each for each in re.findall("[a-z0-9]+", fold(structure)) if each not in _SMALL]
    nom = "-".join(words)[: LONGEST_NOM - _NUMBER].strip("-")
    if not nom or not nom[0].isalpha():
        nom = f"questions-{nom}".strip("-")[: LONGEST_NOM - _NUMBER].strip("-")
    return next(each for each in (nom, *(f"{nom}-{i}" for i in range(2, 1000))) if each not in pris)
