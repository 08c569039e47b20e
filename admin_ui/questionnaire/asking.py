"""What pages about the questions of a démarche are made of, read once for each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from starlette.requests import Request

from admin_ui.gate import demarche_of, store_of
from admin_ui.questionnaire import brouillon as draft
from admin_ui.questionnaire.brouillon import Brouillon
from admin_ui.questionnaire.offering import Offer, among, offer, parts
from admin_ui.questionnaire.proofreading import Among
from collector.asked.periode import Periode, mois
from collector.config import resource
from collector.domain import LANGUES, Catalogue, Demarche, Dimension, Questionnaire
from collector.parts import parts_of
from collector.store.questioning import EnVigueur, Questioning

NOMS: Mapping[str, str] = {
    "fr": "français",
    "en": "anglais",
    "es": "espagnol",
    "de": "allemand",
    "it": "italien",
    "pt": "portugais",
    "ar": "arabe",
}
"""How the languages are called of which there are words."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A démarche, what is known of its questionnaires, and what it may choose from."""

    demarche: Demarche
    catalogue: Catalogue
    known: Questioning
    offer: Offer
    langues: tuple[str, ...]
    """Those in which questions are written here: French and English, and what was turned on."""

    @property
    def en_vigueur(self) -> Questionnaire:
        return self.catalogue.questionnaires[self.demarche.questionnaire]

    @property
    def brouillon(self) -> Brouillon | None:
        ecrit = self.known.brouillon
        return draft.read(ecrit.contenu) if ecrit else None

    @property
    def among(self) -> Among:
        return among(self.demarche, self.catalogue, self.known.proprietes, self.offer)

    @property
    def parts(self) -> dict[str, Dimension]:
        return parts(self.offer)

    @property
    def earlier(self) -> list[Questionnaire]:
        """What the démarche has asked before."""
        ids = asked(self.demarche, self.known)
        known = self.catalogue.questionnaires
        return [known[id] for id in ids if id in known and id != self.demarche.questionnaire]


async def asking_of(request: Request) -> Asking:
    demarche = demarche_of(request)
    catalogue = await parts_of(request).catalogue.get()
    known = await store_of(request).questioning(demarche.id)
    ids = asked(demarche, known)
    offered = offer(demarche, catalogue, known.proprietes, shipped(), ids)
    spoken = parts_of(request).settings.langues.split(",")
    langues = tuple(dict.fromkeys((*LANGUES, *spoken)))
    return Asking(demarche, catalogue, known, offered, langues)


def asked(demarche: Demarche, known: Questioning) -> Sequence[str]:
    """Every questionnaire that a démarche has or had, as far as is known."""
    noted = (line.questionnaire for line in known.en_vigueur)
    return list(dict.fromkeys((*known.mois, *noted, demarche.questionnaire)))


def shipped() -> frozenset[str]:
    """The ids of the questionnaires that come with the program."""
    return frozenset(path.stem for path in resource("schemas", "questionnaires").glob("*.json"))


@dataclass(frozen=True, slots=True)
class Ligne:
    """A questionnaire, since when, and by whom it was put in force. Where nobody noted the instant,
    `mois` is that of the first avis it counted, if it has any."""

    questionnaire: str
    depuis: str
    mois: Periode | None
    nom: str


def history(asking: Asking) -> list[Ligne]:
    """Since when each questionnaire was in force, the newest first."""
    known, first = asking.known.en_vigueur, asking.known.mois
    lines = known or [EnVigueur(asking.demarche.questionnaire, "", "")]
    noted = {line.questionnaire for line in lines}
    # Answers to what nobody noted: brought from elsewhere, or from before there were notes.
    others = sorted((when, id) for id, when in first.items() if id not in noted)
    return [
        *(
            Ligne(each.questionnaire, each.depuis, _month(first.get(each.questionnaire)), each.nom)
            for each in reversed(lines)
        ),
        *(Ligne(id, "", _month(when), "") for when, id in reversed(others)),
    ]


def _month(text: str | None) -> Periode | None:
    return mois(date.fromisoformat(f"{text}-01")) if text else None
