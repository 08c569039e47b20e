"""An event in the words of people, and as JSON: `schemas/evenement.v1.json`.

Neither ever holds a comment, nor anything else that a stranger has written.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import orjson
from jinja2 import Environment

from collector import wording
from collector.alertes import Evenement
from collector.asked.periode import Periode, mois
from collector.domain import Demarche


class Lettre(NamedTuple):
    objet: str
    texte: str


def lettre(
    evenement: Evenement, demarche: Demarche, base_url: str, arret: str, templates: Environment
) -> Lettre:
    """What a person is told. The first line of a template is the subject, the rest the text."""
    kind = "resume" if evenement.genre.startswith("resume_") else evenement.genre
    text = templates.get_template(f"courriels/{kind}.txt").render(
        e=evenement,
        d=evenement.donnees,
        titre=" ".join(demarche.titre.split()),
        adresse=address_of(demarche, base_url),
        arret=arret,
        periode=_in_words,
        date=date.fromisoformat,
    )
    objet, _, texte = text.partition("\n")
    return Lettre(objet.strip(), texte.strip() + "\n")


def json_of(evenement: Evenement, demarche: Demarche, base_url: str) -> bytes:
    """What a program is told."""
    return orjson.dumps(
        {
            "version": 1,
            "id": evenement.id,
            "genre": evenement.genre,
            "le": evenement.le,
            "demarche": {
                "slug": demarche.slug,
                "titre": demarche.titre,
                "adresse": address_of(demarche, base_url),
            },
            "donnees": dict(evenement.donnees),
        }
    )


def address_of(demarche: Demarche, base_url: str) -> str:
    return f"{base_url}/admin/demarches/{demarche.slug}"


def _in_words(said: dict[str, str]) -> str:
    """« le 22 novembre 2026 », « du 16 au 22… », « en novembre 2026 »."""
    period = Periode(date.fromisoformat(said["du"]), date.fromisoformat(said["au"]))
    if period.jours == 1:
        return f"le {wording.jour(period.du)}"
    if period == mois(period.du):
        return f"en {wording.mois(period)}"
    return f"du {wording.jour(period.du)} au {wording.jour(period.au)}"
