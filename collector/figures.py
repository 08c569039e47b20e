"""Counters to public figures: one value that the page, the API and later the files show. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from collector.comparaison import Comparaison, Rupture, comparaison, ruptures
from collector.domain import AVIS, OUVERTURE, Catalogue, Demarche, Structure
from collector.filtre import Filtre
from collector.mesures import Mesure as Mesure  # with Rules and Tranche: what figures are made of
from collector.mesures import Question, listed, mesure, questions
from collector.mesures import Rules as Rules
from collector.mesures import Tranche as Tranche
from collector.periode import Periode, months, split
from collector.publication import shown, withheld
from collector.scores import Ecart
from collector.store.contract import Count

_Asked = list[tuple[Question, list[bool]]]
"""Questions, each with whether it may be shown in each period."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything shown of one démarche: over a period, by step of it, beside another period."""

    demarche: Demarche
    structure: Structure
    filtre: Filtre
    rules: Rules
    total: Tranche
    tranches: tuple[Tranche, ...]
    comparaison: Comparaison | None = None
    ruptures: tuple[Rupture, ...] = ()


def public_figures(
    demarche: Demarche,
    catalogue: Catalogue,
    counts: Sequence[Count],
    filtre: Filtre,
    today: date,
    rules: Rules,
) -> Figures:
    """Figures of the filter's period, in whole months, without what has to be withheld.

    `counts` are those of all boutons, over the years `publication.around` its periods.
    """
    steps = split(filtre.periode, filtre.pas) if filtre.pas else []
    others = [filtre.avant] if filtre.avant else []
    reader = _Reader([filtre.periode, *steps, *others], counts, today, rules)
    asked = reader.asked(
        listed(reader.within[0], demarche, catalogue, reader.avis[0]),
    )
    total, *tranches = (reader.tranche(i, asked) for i in range(1 + len(steps)))
    structure = catalogue.structures[demarche.structure_id]
    if filtre.avant is None:
        breaks = ruptures([total], tranches)
        return Figures(demarche, structure, filtre, rules, total, tuple(tranches), None, breaks)
    before = reader.tranche(-1, asked + _in_other_words(reader, asked, catalogue))
    breaks = ruptures([before, total], [before, *tranches])
    other = comparaison(before, total)
    return Figures(demarche, structure, filtre, rules, total, tuple(tranches), other, breaks)


def _in_other_words(reader: _Reader, asked: _Asked, catalogue: Catalogue) -> _Asked:
    """What was asked in the last period only, if that may be shown."""
    met = questions((c.questionnaire for c in reader.within[-1]), catalogue)
    known = [question.dimension for question, _ in asked]
    return [each for each in reader.asked(met) if each[1][-1] and each[0].dimension not in known]


class _Reader:
    """The counters of some periods, and which of these may show what they say."""

    def __init__(
        self, periodes: Sequence[Periode], counts: Sequence[Count], today: date, rules: Rules
    ) -> None:
        by_month: defaultdict[str, list[Count]] = defaultdict(list)
        for count in counts:
            by_month[count.mois].append(count)
        self.within = [
            [count for month in months(periode) for count in by_month[month]]
            for periode in periodes
        ]
        self._periodes, self._counts = periodes, counts
        self._today, self._rules = today, rules
        self.avis = self._shown(lambda count: count.dimension == AVIS)

    def asked(self, questions: Iterable[Question]) -> _Asked:
        return [(question, self._shown(question.counts)) for question in questions]

    def tranche(self, rank: int, asked: _Asked) -> Tranche:
        counts, avis = self.within[rank], self.avis[rank]
        return Tranche(
            periode=self._periodes[rank],
            en_cours=self._periodes[rank].contains(self._today),
            avis=_sum(counts, AVIS) if avis else None,
            ouvertures=_sum(counts, OUVERTURE) if avis else None,
            mesures=tuple(
                mesure(question, counts, is_shown[rank], self._rules)
                for question, is_shown in asked
            ),
        )

    def _shown(self, is_answer: Callable[[Count], bool]) -> list[bool]:
        answers: Counter[str] = Counter()
        for count in filter(is_answer, self._counts):
            answers[count.mois] += count.n
        return shown(self._periodes, answers, self._today, self._rules.threshold)


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
            mesure(question, mine, published(question.counts), rules)
            for question in listed(mine, demarche, catalogue, avis)
        ),
    )
    structure = catalogue.structures[demarche.structure_id]
    return Figures(demarche, structure, filtre, rules, total, ())


def _sum(counts: Iterable[Count], dimension: str) -> int:
    return sum(c.n for c in counts if c.dimension == dimension)


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
        "comparaison": _comparaison_as_dict(figures),
        "ruptures": [
            {
                "dimension": rupture.dimension,
                "du": rupture.periode.du.isoformat(),
                "au": rupture.periode.au.isoformat(),
                "avant": rupture.avant,
                "apres": rupture.apres,
            }
            for rupture in figures.ruptures
        ],
    }


def _comparaison_as_dict(figures: Figures) -> dict[str, object] | None:
    if figures.comparaison is None:
        return None
    pairs = zip(figures.total.mesures, figures.comparaison.ecarts, strict=True)
    return {
        "comparer": figures.filtre.comparer,
        "avant": _tranche_as_dict(figures.comparaison.avant),
        "ecarts": [_ecart_as_dict(mesure, ecart) for mesure, ecart in pairs],
    }


def _ecart_as_dict(mesure: Mesure, ecart: Ecart) -> dict[str, object]:
    about = {"dimension": mesure.dimension.code, "questionnaires": mesure.questionnaires}
    return {**about, **asdict(ecart)}


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
