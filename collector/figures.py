"""Counters to public figures: one value that the page, the API and later the files show. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from collector.domain import AVIS, OUVERTURE, Catalogue, Demarche, Dimension, Structure
from collector.filtre import Filtre
from collector.periode import Periode, split
from collector.publication import is_withheld, withheld
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
    threshold: int
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
    """Figures of the filter's period, in whole months, without what has to be withheld."""
    periodes = [filtre.periode, *(split(filtre.periode, filtre.pas) if filtre.pas else [])]
    within = [[c for c in counts if _in(c, periode)] for periode in periodes]
    avis = _published([_sum(part, AVIS) for part in within], rules.threshold)
    questions = [
        (question, ids, [_histogram(part, question, ids) for part in within])
        for question, ids in _questions(counts, catalogue)
    ]
    shown = [
        (question, ids, histograms, _published([sum(h) for h in histograms], rules.threshold))
        for question, ids, histograms in questions
    ]
    tranches = [
        Tranche(
            periode=periode,
            en_cours=periode.contains(today),
            avis=avis[i],
            ouvertures=None if avis[i] is None else _sum(within[i], OUVERTURE),
            mesures=tuple(
                _mesure(question, ids, histograms[i] if n[i] is not None else None, rules)
                for question, ids, histograms, n in shown
            ),
        )
        for i, periode in enumerate(periodes)
    ]
    structure = catalogue.structures[demarche.structure_id]
    return Figures(demarche, structure, filtre, rules.threshold, tranches[0], tuple(tranches[1:]))


def _in(count: Count, periode: Periode) -> bool:
    return periode.du.isoformat()[:7] <= count.mois <= periode.au.isoformat()[:7]


def _sum(counts: Iterable[Count], dimension: str) -> int:
    return sum(c.n for c in counts if c.dimension == dimension)


def _questions(
    counts: Sequence[Count], catalogue: Catalogue
) -> list[tuple[Dimension, frozenset[str]]]:
    """Each question that was put, with the questionnaires that put it in the same words.

    Answers to other words or another scale stay apart: they are never averaged together.
    """
    found: list[tuple[Dimension, set[str]]] = []
    for id in dict.fromkeys(c.questionnaire for c in counts):
        for dimension in catalogue.questionnaires[id].dimensions:
            for known, ids in found:
                if _same_question(known, dimension):
                    ids.add(id)
                    break
            else:
                found.append((dimension, {id}))
    return [(dimension, frozenset(ids)) for dimension, ids in found]


def _same_question(a: Dimension, b: Dimension) -> bool:
    return (a.code, a.question, a.niveaux) == (b.code, b.question, b.niveaux)


def _histogram(
    counts: Iterable[Count], dimension: Dimension, ids: frozenset[str]
) -> tuple[int, ...]:
    effectifs = [0] * len(dimension.niveaux)
    for c in counts:
        if c.dimension == dimension.code and c.questionnaire in ids:
            effectifs[c.note - 1] += c.n
    return tuple(effectifs)


def _published(counts: Sequence[int], threshold: int) -> list[int | None]:
    """The counts of a total (first) and of its parts, with None for those to be withheld."""
    total, *parts = counts
    if is_withheld(total, threshold):
        return [None] * len(counts)
    hidden = withheld(parts, threshold)
    return [total, *(None if i in hidden else n for i, n in enumerate(parts))]


def _mesure(
    dimension: Dimension, ids: frozenset[str], effectifs: tuple[int, ...] | None, rules: Rules
) -> Mesure:
    figures = None if effectifs is None else score(effectifs, rules.thresholds)
    return Mesure(dimension, tuple(sorted(ids)), effectifs, figures)


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
        "seuil_public": figures.threshold,
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
