"""What a JSON Schema cannot say of a questionnaire: that its parts fit together. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from collector.domain import ChoixMultiple, Questionnaire, Suite, Texte
from collector.errors import Faute, Invalid
from collector.options import suites_of

MOST_NOTES = 100  # levels of one avis: what avis.v1.json takes

_ONCE: Texte = {"fr": "un code qui ne sert qu’une fois", "en": "a code that is used once"}
_MOST: Texte = {"fr": f"au plus {MOST_NOTES} réponses", "en": f"at most {MOST_NOTES} answers"}
_OTHERS: Texte = {
    "fr": "des suites pour une option au moins, et des options qui en ont",
    "en": "suites for one option at least, and options that have them",
}
_SI: Texte = {
    "fr": "une suite posée avant, et l’un de ses niveaux",
    "en": "an earlier suite, and one of its levels",
}


def check_coherent(questionnaire: Questionnaire) -> None:
    """Return when every answer has a name of its own and every suite may be asked. Raises Invalid.

    Counters are kept under these names: two questions of one name would be added up for good.
    """
    if fautes := list(_fautes(questionnaire)):
        raise Invalid(*fautes)


def _fautes(questionnaire: Questionnaire) -> Iterator[Faute]:
    choices = questionnaire.choix
    codes = [each.code for each in questionnaire.dimensions]
    codes += [code for each in choices for code in (each.code, *(s.code for s in each.suites))]
    yield from _repeated("questionnaire", codes)
    levels = len(questionnaire.dimensions) + sum(len(list(suites_of(each))) for each in choices)
    if levels > MOST_NOTES:
        yield Faute("questionnaire", str(levels), _MOST)
    for choix in choices:
        yield from _of_choice(choix)


def _of_choice(choix: ChoixMultiple) -> Iterator[Faute]:
    champ = f"choix.{choix.code}"
    yield from _repeated(champ, [each.code for each in choix.options])
    followed = [each.code for each in choix.options if each.suites]
    if bool(followed) != bool(choix.suites):
        yield Faute(champ, ", ".join(followed), _OTHERS)
    for rank, suite in enumerate(choix.suites):
        levels = {each.code: len(each.niveaux) for each in choix.suites[:rank]}
        yield from _of_si(champ, suite, levels)


def _of_si(champ: str, suite: Suite, levels: dict[str, int]) -> Iterator[Faute]:
    for code, level in suite.si.items():
        if not 1 <= level <= levels.get(code, 0):
            yield Faute(f"{champ}.{suite.code}.si", f"{code} = {level}", _SI)


def _repeated(champ: str, codes: list[str]) -> Iterator[Faute]:
    for code, n in Counter(codes).items():
        if n > 1:
            yield Faute(champ, code, _ONCE)
