"""Which questionnaires a démarche may ask, and which questions may be taken from them. Pure.

Those that are shipped, those of its structure and of the structures above it, and those that it has
asked before. Of several versions of one name, the newest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from admin_ui.questionnaire.proofreading import Among, parted
from collector.domain import Catalogue, Demarche, Dimension, Questionnaire, Structure
from collector.figures.mesures import same_question
from collector.store.questioning import Propriete


@dataclass(frozen=True, slots=True)
class Offer:
    """Everything there is to choose from. `structures`: the démarche's own and those above it, the
    nearest first, each with what it has made."""

    livres: tuple[Questionnaire, ...]
    structures: tuple[tuple[Structure, tuple[Questionnaire, ...]], ...]
    anciens: tuple[Questionnaire, ...]

    @property
    def all(self) -> tuple[Questionnaire, ...]:
        made = (each for _, several in self.structures for each in several)
        return (*self.livres, *made, *self.anciens)

    def get(self, id: str) -> Questionnaire | None:
        return next((each for each in self.all if each.id == id), None)


def offer(
    demarche: Demarche,
    catalogue: Catalogue,
    owned: Mapping[str, Propriete],
    shipped: Collection[str],
    asked: Collection[str],
) -> Offer:
    """`owned`: whose questionnaires are; `asked`: those that the démarche has or had."""
    known = catalogue.questionnaires
    above = catalogue.above(demarche.structure_id)
    livres = _newest([each for id, each in known.items() if id in shipped and id not in owned])
    made = tuple(
        (each, _newest([known[id] for id, of in owned.items() if of.structure_id == each.id]))
        for each in above
    )
    listed = {q.id for q in (*livres, *(each for _, several in made for each in several))}
    others = (known[id] for id in sorted(asked) if id in known and id not in listed)
    return Offer(livres, tuple(each for each in made if each[1]), tuple(others))


def among(
    demarche: Demarche,
    catalogue: Catalogue,
    owned: Mapping[str, Propriete],
    offered: Offer,
) -> Among:
    """What a draft of this démarche is held against: a name is taken where it is not its own
    structure's."""
    pris = {
        parted(id)[0]
        for id in catalogue.questionnaires
        if id not in owned or owned[id].structure_id != demarche.structure_id
    }
    return Among(offered.all, pris)


def parts(offered: Offer) -> dict[str, Dimension]:
    """Every question there is to take, once, by the questionnaire and the code it is found by."""
    found: dict[str, Dimension] = {}
    for questionnaire in offered.all:
        for dimension in questionnaire.dimensions:
            if not any(same_question(dimension, each) for each in found.values()):
                found[f"{questionnaire.id}.{dimension.code}"] = dimension
    return found


def _newest(questionnaires: Collection[Questionnaire]) -> tuple[Questionnaire, ...]:
    newest: dict[str, Questionnaire] = {}
    for each in sorted(questionnaires, key=lambda q: parted(q.id)):
        newest[parted(each.id)[0]] = each
    return tuple(newest.values())
