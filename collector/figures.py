"""Counters to public figures: one value that the page, the API and later the files show. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from collector.domain import AVIS, OUVERTURE, Catalogue, Demarche, Dimension, Structure
from collector.filtre import Filtre
from collector.periode import Periode, split
from collector.publication import shown, withheld
from collector.scores import Score, Thresholds, score
from collector.store.contract import Count


@dataclass(frozen=True, slots=True)
class Rules:
    """`threshold`: fewest answers a public figure rests on. `thresholds`: those of the classes."""

    threshold: int
    thresholds: Thresholds


@dataclass(frozen=True, slots=True)
class Mesure:
    """The answers to one question, over the questionnaires that ask it with the same words.

    `effectifs` are counts from the lowest level to the highest; None when withheld.
    """

    dimension: Dimension
    questionnaires: tuple[str, ...]
    effectifs: tuple[int, ...] | None
    score: Score | None


@dataclass(frozen=True, slots=True)
class Tranche:
    """One period. `avis` and `ouvertures` are None when withheld. `en_cours`: not over yet."""

    periode: Periode
    en_cours: bool
    avis: int | None
    ouvertures: int | None
    mesures: tuple[Mesure, ...]

    @property
    def taux_ouverture_avis(self) -> float | None:
        """Avis received for one opening of the form."""
        return self.avis / self.ouvertures if self.avis is not None and self.ouvertures else None


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything shown of one démarche: over a period, and by step of it."""

    demarche: Demarche
    structure: Structure
    filtre: Filtre
    rules: Rules
    total: Tranche
    tranches: tuple[Tranche, ...]


def public_figures(
    demarche: Demarche,
    catalogue: Catalogue,
    counts: Sequence[Count],
    filtre: Filtre,
    today: date,
    rules: Rules,
) -> Figures:
    """Figures of the filter's period, in whole months, without what has to be withheld.

    `counts` are those of all boutons, over the years `publication.around` the period.
    """
    periodes = [filtre.periode, *(split(filtre.periode, filtre.pas) if filtre.pas else [])]
    within = [[c for c in counts if _in(c, periode)] for periode in periodes]

    def published(answers: Iterable[Count]) -> list[bool]:
        months: Counter[str] = Counter()
        for c in answers:
            months[c.mois] += c.n
        return shown(periodes, months, today, rules.threshold)

    avis = published(c for c in counts if c.dimension == AVIS)
    questions = [
        (question, published(c for c in counts if question.counts(c)))
        for question in _questions(within[0], catalogue)
    ]
    tranches = [
        Tranche(
            periode=periode,
            en_cours=periode.contains(today),
            avis=_sum(part, AVIS) if avis[i] else None,
            ouvertures=_sum(part, OUVERTURE) if avis[i] else None,
            mesures=tuple(
                _mesure(question, part, is_shown[i], rules) for question, is_shown in questions
            ),
        )
        for i, (periode, part) in enumerate(zip(periodes, within, strict=True))
    ]
    structure = catalogue.structures[demarche.structure_id]
    return Figures(demarche, structure, filtre, rules, tranches[0], tuple(tranches[1:]))


def bouton_figures(
    demarche: Demarche,
    catalogue: Catalogue,
    counts: Mapping[str, Sequence[Count]],
    filtre: Filtre,
    today: date,
    rules: Rules,
) -> Figures:
    """Figures of the filter's bouton over its period, unless they have to be withheld.

    `counts` are those of the period, by bouton: all those of the démarche, also those without any
    avis. What is left of the total when the others are subtracted is a published figure too.
    """
    assert filtre.bouton is not None  # that is what is asked for
    rank = [*counts].index(filtre.bouton)
    mine = counts[filtre.bouton]

    def published(is_answer: Callable[[Count], bool]) -> bool:
        answers = [sum(c.n for c in each if is_answer(c)) for each in counts.values()]
        return rank not in withheld(answers, rules.threshold)

    avis = published(lambda c: c.dimension == AVIS)
    total = Tranche(
        periode=filtre.periode,
        en_cours=filtre.periode.contains(today),
        avis=_sum(mine, AVIS) if avis else None,
        ouvertures=_sum(mine, OUVERTURE) if avis else None,
        mesures=tuple(
            _mesure(question, mine, published(question.counts), rules)
            for question in _questions(mine, catalogue)
        ),
    )
    structure = catalogue.structures[demarche.structure_id]
    return Figures(demarche, structure, filtre, rules, total, ())


def _in(count: Count, periode: Periode) -> bool:
    return periode.du.isoformat()[:7] <= count.mois <= periode.au.isoformat()[:7]


def _sum(counts: Iterable[Count], dimension: str) -> int:
    return sum(c.n for c in counts if c.dimension == dimension)


@dataclass(frozen=True, slots=True)
class _Question:
    """One question, and every questionnaire that asks it with the same words and scale.

    Answers to other words or another scale stay apart: they are never averaged together.
    """

    dimension: Dimension
    ids: frozenset[str]

    def counts(self, count: Count) -> bool:
        return count.dimension == self.dimension.code and count.questionnaire in self.ids


def _questions(counts: Iterable[Count], catalogue: Catalogue) -> list[_Question]:
    """Each question of the questionnaires that were shown, once."""
    found: list[_Question] = []
    for id in dict.fromkeys(c.questionnaire for c in counts):
        for dimension in catalogue.questionnaires[id].dimensions:
            if not any(_same_question(known.dimension, dimension) for known in found):
                found.append(_Question(dimension, _asking(dimension, catalogue)))
    return found


def _asking(dimension: Dimension, catalogue: Catalogue) -> frozenset[str]:
    return frozenset(
        questionnaire.id
        for questionnaire in catalogue.questionnaires.values()
        if any(_same_question(dimension, each) for each in questionnaire.dimensions)
    )


def _same_question(a: Dimension, b: Dimension) -> bool:
    return (a.code, a.question, a.niveaux) == (b.code, b.question, b.niveaux)


def _mesure(question: _Question, counts: Sequence[Count], is_shown: bool, rules: Rules) -> Mesure:
    ids = question.ids & {c.questionnaire for c in counts}
    if not is_shown:
        return Mesure(question.dimension, tuple(sorted(ids)), None, None)
    effectifs = [0] * len(question.dimension.niveaux)
    for c in filter(question.counts, counts):
        effectifs[c.note - 1] += c.n
    figures = score(effectifs, rules.thresholds)
    return Mesure(question.dimension, tuple(sorted(ids)), tuple(effectifs), figures)


# As JSON, in the shape of schemas/scores.v1.json


def figures_as_dict(figures: Figures) -> dict[str, object]:
    return {
        "demarche": {
            "slug": figures.demarche.slug,
            "titre": figures.demarche.titre,
            "structure": figures.structure.nom,
        },
        "bouton": figures.filtre.bouton,
        "pas": figures.filtre.pas,
        "seuil_public": figures.rules.threshold,
        "total": _tranche_as_dict(figures.total),
        "periodes": [_tranche_as_dict(tranche) for tranche in figures.tranches],
    }


def _tranche_as_dict(tranche: Tranche) -> dict[str, object]:
    return {
        "du": tranche.periode.du.isoformat(),
        "au": tranche.periode.au.isoformat(),
        "en_cours": tranche.en_cours,
        "retenu": tranche.avis is None,
        "avis": tranche.avis,
        "ouvertures": tranche.ouvertures,
        "taux_ouverture_avis": tranche.taux_ouverture_avis,
        "dimensions": [_mesure_as_dict(mesure) for mesure in tranche.mesures],
    }


_WITHHELD = {
    "n": None,
    "note_sur_10": None,
    "affiche": "–",
    "classe": None,
    "intervalle": None,
    "taux": None,
    "net": None,
    "note_sur_5": None,
}


def _mesure_as_dict(mesure: Mesure) -> dict[str, object]:
    return {
        "dimension": mesure.dimension.code,
        "questionnaires": mesure.questionnaires,
        "retenu": mesure.score is None,
        "effectifs": mesure.effectifs,
        **(_WITHHELD if mesure.score is None else asdict(mesure.score)),
    }
