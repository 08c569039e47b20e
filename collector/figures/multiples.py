"""What is shown of the answers to a choice question: how often each option was ticked, and what was
answered about the options. Pure.

Shares of options are of those who ticked any (the respondents). What is asked about an option is
asked once for each that is ticked: there, one answer is one of an option, not of a person, as in
the national indicators (« aide joignable », « aide efficace »).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from collector.domain import Catalogue, ChoixMultiple, Option, Suite
from collector.scores import NATIONAL_REACHED, Part, Score, Thresholds, part, score
from collector.store.contract import Count, Counted


@dataclass(frozen=True, slots=True)
class PartOption:
    """How many ticked an option; `part` of the respondents, None where there are none."""

    option: Option
    n: int
    part: Part | None


@dataclass(frozen=True, slots=True)
class Histogramme:
    """The answers about one option, or about all of them: one answer for each option ticked.

    `tete` is the share of the best level; None where nobody answered.
    """

    effectifs: tuple[int, ...]
    score: Score
    tete: Part | None


@dataclass(frozen=True, slots=True)
class MesureSuite:
    """What was answered about the options: together, and by option in the order of `options`.

    `ensemble` is None when withheld; `par_option` is empty wherever figures are public, since few
    answers stand behind one option and the others would give them away.
    """

    suite: Suite
    ensemble: Histogramme | None
    par_option: tuple[tuple[Option, Histogramme], ...] = ()


@dataclass(frozen=True, slots=True)
class MesureChoix:
    """The answers to one choice question, over the questionnaires that ask it with the same words,
    options and suites. `n` are the respondents; it and `options` are None when withheld."""

    choix: ChoixMultiple
    questionnaires: tuple[str, ...]
    n: int | None
    options: tuple[PartOption, ...] | None
    suites: tuple[MesureSuite, ...]

    @property
    def autonomie(self) -> PartOption | None:
        """Those who ticked the option that excludes the others, if there is one."""
        return next((each for each in self.options or () if each.option.seule), None)


@dataclass(frozen=True, slots=True)
class QuestionChoix:
    """One choice question, and every questionnaire that asks it in the same words."""

    choix: ChoixMultiple
    ids: frozenset[str]
    en_usage: frozenset[str]


def choice_questions(ids: Iterable[str], catalogue: Catalogue) -> list[QuestionChoix]:
    """Each choice question of these questionnaires, once: one in other words, or with other
    options, is another."""
    ids = list(dict.fromkeys(ids))
    found: list[QuestionChoix] = []
    for id in ids:
        for choix in catalogue.questionnaires[id].choix:
            if all(known.choix != choix for known in found):
                every = catalogue.questionnaires.values()
                asking = frozenset(each.id for each in every if choix in each.choix)
                found.append(QuestionChoix(choix, asking, asking.intersection(ids)))
    return found


def respondents(question: QuestionChoix, counts: Iterable[Count]) -> Counter[str]:
    """How many answered a choice question, by month."""
    found: Counter[str] = Counter()
    for c in counts:
        if c.dimension == question.choix.code and c.questionnaire in question.ids:
            found[c.mois] += c.n
    return found


def people(question: QuestionChoix, suite: Suite, counts: Iterable[Count]) -> Counter[str]:
    """How many people at least answered a suite, by month: as many as about the option with the
    most answers. Counters do not say who answered about two options."""
    by_option: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for c in counts:
        code, _, option = c.dimension.partition(".")
        if option and code == suite.code and c.questionnaire in question.ids:
            by_option[c.mois][option] += c.n
    return Counter({mois: max(options.values()) for mois, options in by_option.items()})


def mesure_choix(
    question: QuestionChoix, counts: Sequence[Counted], thresholds: Thresholds
) -> MesureChoix:
    """All there is to say, by option too."""
    choix, found = question.choix, _by_name(question, counts)
    n = found[choix.code].total()
    ids = question.ids & {c.questionnaire for c in counts}
    return MesureChoix(
        choix,
        tuple(sorted(ids)),
        n,
        tuple(_option(each, found[f"{choix.code}.{each.code}"][1], n) for each in choix.options),
        tuple(_suite(choix, suite, found, thresholds) for suite in choix.suites),
    )


def published(
    question: QuestionChoix, mesure: MesureChoix, is_shown: bool, suites: Collection[str]
) -> MesureChoix:
    """What of it may be told to anyone: `is_shown` says whether the options may, `suites` are the
    codes of those that may."""
    said = tuple(
        replace(each, ensemble=each.ensemble if each.suite.code in suites else None, par_option=())
        for each in mesure.suites
    )
    if is_shown:
        return replace(mesure, suites=said)
    ids = tuple(sorted(question.en_usage))
    return MesureChoix(mesure.choix, ids, None, None, said)


def seuils(suite: Suite, thresholds: Thresholds) -> Thresholds:
    """When the answers to a suite are good. A mark on two levels is ten times the share of the
    better one: 8.5 and 7 are the 85 % and 70 % of « aide joignable »."""
    if len(suite.niveaux) == 2:
        return replace(NATIONAL_REACHED, minimum=thresholds.minimum)
    return thresholds


def _by_name(question: QuestionChoix, counts: Iterable[Counted]) -> defaultdict[str, Counter[int]]:
    found: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for c in counts:
        if c.questionnaire in question.ids:
            found[c.dimension][c.note] += c.n
    return found


def _option(option: Option, n: int, of: int) -> PartOption:
    return PartOption(option, n, part(n, of) if of else None)


def _suite(
    choix: ChoixMultiple,
    suite: Suite,
    found: defaultdict[str, Counter[int]],
    thresholds: Thresholds,
) -> MesureSuite:
    asked = [option for option in choix.options if option.suites]
    levels = [found[f"{suite.code}.{option.code}"] for option in asked]
    together = sum(levels, Counter[int]())
    by_option = (_histogramme(suite, each, thresholds) for each in levels)
    ensemble = _histogramme(suite, together, thresholds)
    return MesureSuite(suite, ensemble, tuple(zip(asked, by_option, strict=True)))


def _histogramme(suite: Suite, levels: Counter[int], thresholds: Thresholds) -> Histogramme:
    effectifs = tuple(levels[i] for i in range(1, len(suite.niveaux) + 1))
    n = sum(effectifs)
    figures = score(effectifs, seuils(suite, thresholds))
    return Histogramme(effectifs, figures, part(effectifs[-1], n) if n else None)
