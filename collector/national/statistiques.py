"""Counters in the shape that clients of the national service read: answers by intention. Pure.

A démarche is a « product » under the number it had there, else under ours; what it asks is its
« form ». Questions have the names they have there, where there is one (`schemas/reprises`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from collector.asked.periode import Pas, Periode, split
from collector.domain import Catalogue, ChoixMultiple, Demarche, Questionnaire, Suite, Texte
from collector.national.externes import FORMULAIRE
from collector.reprise.plan import written
from collector.store.contract import DayCount

Interval = Literal["day", "week", "month", "year", "none"]
PAS: Mapping[str, Pas] = {"day": "jour", "week": "semaine", "month": "mois", "year": "annee"}

# By how many levels there are. Nothing agreed says what those of a longer scale mean.
INTENTIONS: Mapping[int, Sequence[str]] = {
    2: ("bad", "good"),
    3: ("bad", "medium", "good"),
    4: ("very_bad", "bad", "good", "very_good"),
    5: ("very_bad", "bad", "medium", "good", "very_good"),
}
_OURS = 10**9  # above any number there: added to ours where another démarche has the same one
_DIGITS = 15  # of a number that any client reads whole

Effectifs = Counter[tuple[str, str, int]]
"""Answers by questionnaire, counter and level."""


@dataclass(frozen=True, slots=True)
class Reponse:
    """One answer, the counters and levels that count it, and what is asked next of it."""

    intention: str
    label: str
    cells: tuple[tuple[str, int], ...]
    children: tuple[Champ, ...] = ()


@dataclass(frozen=True, slots=True)
class Champ:
    """One question. Two questionnaires that ask it in the same words ask one question."""

    code: str
    label: str
    reponses: tuple[Reponse, ...]

    def as_dict(self, effectifs: Effectifs, asked_by: Collection[str]) -> dict[str, object]:
        return {
            "category": names().get(self.code, self.code),
            "label": self.label,
            "number_hits": [_hit(each, effectifs, asked_by) for each in self.reponses],
        }


@cache
def names() -> Mapping[str, str]:
    """What some of our questions are called there, by our codes."""
    found: dict[str, str] = written("jdma")["champs"]
    return found


def products(catalogue: Catalogue) -> dict[int, Demarche]:
    """Every démarche, by its number as a product."""
    given = {d.id: _number(d.externes) for d in catalogue.demarches.values()}
    found = {number: catalogue.demarches[id] for id, number in given.items() if number is not None}
    for id, number in given.items():
        if number is None:
            found[id if id not in found else _OURS + id] = catalogue.demarches[id]
    return found


def form_of(demarche: Demarche, product: int) -> int:
    """The number of what a démarche asks: that of its form there, else its own."""
    forms = [e.removeprefix(FORMULAIRE) for e in demarche.externes if e.startswith(FORMULAIRE)]
    number = _number(forms)
    return product if number is None else number


def champs_of(questionnaire: Questionnaire) -> Iterator[Champ]:
    for each in questionnaire.dimensions:
        yield Champ(each.code, each.question["fr"], _scale(each.niveaux, [each.code]))
    for choix in questionnaire.choix:
        yield Champ(choix.code, choix.question["fr"], tuple(_options(choix)))
        asked = [option.code for option in choix.options if option.suites]
        yield from (_suite(suite, asked) for suite in choix.suites)


def codes(catalogue: Catalogue) -> set[str]:
    """Every question that may be asked for, under each of its names."""
    own = {each.code for q in catalogue.questionnaires.values() for each in champs_of(q)}
    return own | {names()[code] for code in own & names().keys()}


def intervals(
    counts: Iterable[DayCount],
    periode: Periode,
    interval: Interval,
    asked: Mapping[str, Questionnaire],
    wanted: Collection[str],
) -> list[dict[str, object]]:
    """Each step of a period, days included, with the answers to each question; also those nobody
    gave. `asked`: the questionnaires that were in use; `wanted`: codes, none for all."""
    steps = split(periode, PAS[interval]) if interval in PAS else [periode]
    days: defaultdict[str, Effectifs] = defaultdict(Counter)
    for each in counts:
        days[each.jour][each.questionnaire, each.dimension, each.note] += each.n
    asked_by: dict[Champ, list[str]] = {}
    for questionnaire in asked.values():
        for champ in champs_of(questionnaire):
            if not wanted or {champ.code, names().get(champ.code)} & set(wanted):
                asked_by.setdefault(champ, []).append(questionnaire.id)
    return [
        {
            "date": step.du.isoformat(),
            "length_interval": interval,
            "data": [champ.as_dict(total, ids) for champ, ids in asked_by.items()],
        }
        for step, total in _totals(steps, days)
    ]


def _totals(
    steps: Sequence[Periode], days: Mapping[str, Effectifs]
) -> Iterator[tuple[Periode, Effectifs]]:
    waiting = sorted(days)
    at = 0
    for step in steps:
        total: Effectifs = Counter()
        while at < len(waiting) and waiting[at] <= step.au.isoformat():
            total.update(days[waiting[at]])
            at += 1
        yield step, total


def _hit(each: Reponse, effectifs: Effectifs, asked_by: Collection[str]) -> dict[str, object]:
    found: dict[str, object] = {
        "intention": each.intention,
        "label": each.label,
        "count": sum(effectifs[id, *cell] for id in asked_by for cell in each.cells),
    }
    if each.children:
        found["children"] = [child.as_dict(effectifs, asked_by) for child in each.children]
    return found


def _scale(niveaux: Sequence[Texte], counters: Sequence[str]) -> tuple[Reponse, ...]:
    meant = INTENTIONS.get(len(niveaux), ("neutral",) * len(niveaux))
    return tuple(
        Reponse(meant[i], niveau["fr"], tuple((name, i + 1) for name in counters))
        for i, niveau in enumerate(niveaux)
    )


def _options(choix: ChoixMultiple) -> Iterator[Reponse]:
    for option in choix.options:
        suites = choix.suites if option.suites else ()
        yield Reponse(
            "good" if option.seule else "neutral",
            option.libelle["fr"],
            ((f"{choix.code}.{option.code}", 1),),
            tuple(_suite(suite, [option.code]) for suite in suites),
        )


def _suite(suite: Suite, options: Sequence[str]) -> Champ:
    counters = [f"{suite.code}.{option}" for option in options]
    return Champ(suite.code, suite.question["fr"], _scale(suite.niveaux, counters))


def _number(externes: Iterable[str]) -> int | None:
    """The least of those that are numbers."""
    found = [int(e) for e in externes if e.isascii() and e.isdecimal() and len(e) <= _DIGITS]
    return min(found, default=None)
