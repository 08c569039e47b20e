"""Counters to public figures: one value that the page, the API and later the files show. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from collector.asked.filtre import Filtre
from collector.asked.periode import Periode, months, split
from collector.domain import AVIS, OUVERTURE, Catalogue, Demarche, Dimension, Structure, Suite
from collector.figures.comparaison import Comparaison, Rupture, as_left, comparaison, ruptures
from collector.figures.mesures import (
    Mesure as Mesure,  # with Rules and Tranche: what figures are made of
)
from collector.figures.mesures import Question, listed, mesure, met, questions, same_question
from collector.figures.mesures import Rules as Rules
from collector.figures.mesures import Tranche as Tranche
from collector.figures.multiples import (
    MesureChoix,
    QuestionChoix,
    choice_questions,
    mesure_choix,
    people,
    published,
    respondents,
)
from collector.figures.publication import shown, withheld
from collector.store.contract import Count

_Asked = list[tuple[Question, list[bool]]]
"""Questions, each with whether it may be shown in each period."""

_Ticked = list[tuple[QuestionChoix, list[bool], dict[str, list[bool]]]]
"""Choice questions, each with whether it may be shown in each period; and so each of its suites."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything shown of one démarche: over a period, by step of it, beside another period."""

    demarche: Demarche
    structure: Structure
    principale: Dimension
    filtre: Filtre
    rules: Rules
    total: Tranche
    tranches: tuple[Tranche, ...] = ()
    comparaison: Comparaison | None = None
    ruptures: tuple[Rupture, ...] = ()

    @property
    def main(self) -> Mesure | None:
        """The answers to the main question, where they are shown."""
        return next(
            (
                each
                for each in self.total.mesures
                if each.score and same_question(each.dimension, self.principale)
            ),
            None,
        )


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
    reader = _Reader([filtre.periode, *steps, *others], counts, catalogue, today, rules)
    asked = reader.asked(
        listed(reader.within[0], demarche, catalogue, reader.came[0]),
    )
    ids = met(reader.within[0], demarche, reader.came[0])
    ticked = reader.ticked(choice_questions(ids, catalogue))
    total, *tranches = (reader.tranche(i, asked, ticked) for i in range(1 + len(steps)))
    about = _about(demarche, catalogue)
    if filtre.avant is None:
        breaks = ruptures([total], tranches)
        return Figures(*about, filtre, rules, total, tuple(tranches), None, breaks)
    before = reader.tranche(-1, asked + _in_other_words(reader, asked, catalogue), ticked)
    left = as_left(before, total)
    breaks = ruptures([left, total], [left, *tranches])
    other = comparaison(before, total)
    return Figures(*about, filtre, rules, total, tuple(tranches), other, breaks)


def _about(demarche: Demarche, catalogue: Catalogue) -> tuple[Demarche, Structure, Dimension]:
    structure = catalogue.structures[demarche.structure_id]
    return demarche, structure, catalogue.questionnaires[demarche.questionnaire].principale


def _in_other_words(reader: _Reader, asked: _Asked, catalogue: Catalogue) -> _Asked:
    """What was asked in the last period only, if that may be shown."""
    met = questions((c.questionnaire for c in reader.within[-1]), catalogue)
    known = [question.dimension for question, _ in asked]
    return [each for each in reader.asked(met) if each[1][-1] and each[0].dimension not in known]


class _Reader:
    """The counters of some periods, and which of these may show what they say: `came` whether
    enough avis came to tell so, `avis` whether how many may be told."""

    def __init__(
        self,
        periodes: Sequence[Periode],
        counts: Sequence[Count],
        catalogue: Catalogue,
        today: date,
        rules: Rules,
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
        self._received = _by_month(c for c in counts if c.dimension == AVIS)
        met = questions((c.questionnaire for c in counts), catalogue)
        self._firsts = [each for each in met if each.dimension.obligatoire]
        self.came = self._shown(self._received)
        self.avis = self._avis()

    def asked(self, questions: Iterable[Question]) -> _Asked:
        return [(question, self._answered(question)) for question in questions]

    def ticked(self, questions: Iterable[QuestionChoix]) -> _Ticked:
        """A suite is a part of its question, and of the suites that have to be answered before: a
        person counts in it once at least, and shows what it hides only with the whole hidden."""
        found = []
        for question in questions:
            wholes = [
                _answers(self._counts, each) for each in self._firsts if question.ids & each.ids
            ]
            wholes.append(respondents(question, self._counts))
            known = {s.code: people(question, s, self._counts) for s in question.choix.suites}
            suites = {
                suite.code: self._shown(
                    self._received,
                    *wholes,
                    *(known[s.code] for s in question.choix.before(suite)),
                    known[suite.code],
                )
                for suite in question.choix.suites
            }
            found.append((question, self._shown(self._received, *wholes), suites))
        return found

    def _avis(self) -> list[bool]:
        """Where avis divide between questions in other words, they and all but one of these would
        give the last: they are shown where each of these is."""
        divided = self._firsts if self._firsts[1:] else []
        asked = [(each, self._answered(each)) for each in divided]
        return [
            is_shown and all(each[i] or not _answers(part, first) for first, each in asked)
            for i, (part, is_shown) in enumerate(zip(self.within, self.came, strict=True))
        ]

    def _answered(self, question: Question) -> list[bool]:
        wholes = [each for each in self._firsts if question.is_part_of(each)]
        answers = [_answers(self._counts, each) for each in (*wholes, question)]
        return self._shown(self._received, *answers)

    def tranche(self, rank: int, asked: _Asked, ticked: _Ticked) -> Tranche:
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
            choix=tuple(
                published(
                    question,
                    mesure_choix(question, counts, self._rules.thresholds),
                    is_shown[rank],
                    [code for code, each in suites.items() if each[rank]],
                )
                for question, is_shown, suites in ticked
            ),
        )

    def _shown(self, *series: Mapping[str, int]) -> list[bool]:
        """Of the last series of answers by month, which is a part of the one before, and so on."""
        *wholes, answers = series
        return shown(self._periodes, answers, self._today, self._rules.threshold, wholes)


def _by_month(counts: Iterable[Count]) -> Counter[str]:
    months: Counter[str] = Counter()
    for count in counts:
        months[count.mois] += count.n
    return months


def _answers(counts: Iterable[Count], question: Question) -> Counter[str]:
    return _by_month(c for c in counts if c.n and question.counts(c))


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

    def enough(number: Callable[[Sequence[Count]], int]) -> bool:
        answers = [number(each) for each in counts.values()]
        return rank not in withheld(answers, rules.threshold)

    def told(is_answer: Callable[[Count], bool]) -> bool:
        return enough(lambda each: sum(c.n for c in each if is_answer(c)))

    def ticked(question: QuestionChoix) -> MesureChoix:
        def answered(suite: Suite) -> bool:
            return enough(lambda each: people(question, suite, each).total())

        is_shown = enough(lambda each: respondents(question, each).total())
        found = mesure_choix(question, mine, rules.thresholds)
        suites = [suite.code for suite in question.choix.suites if answered(suite)]
        return published(question, found, is_shown, suites)

    avis = told(lambda c: c.dimension == AVIS)
    total = Tranche(
        periode=filtre.periode,
        en_cours=filtre.periode.contains(today),
        avis=_sum(mine, AVIS) if avis else None,
        ouvertures=_sum(mine, OUVERTURE) if avis else None,
        mesures=tuple(
            mesure(question, mine, told(question.counts), rules)
            for question in listed(mine, demarche, catalogue, avis)
        ),
        choix=tuple(map(ticked, choice_questions(met(mine, demarche, avis), catalogue))),
    )
    return Figures(*_about(demarche, catalogue), filtre, rules, total)


def _sum(counts: Iterable[Count], dimension: str) -> int:
    return sum(c.n for c in counts if c.dimension == dimension)
