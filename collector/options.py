"""What was ticked and what was asked next: from a body to flat notes, and back. Pure.

Stored notes are one flat map, so that counters, files and copies need no other shape. Of a choice
question « aide », `aide` is how many options were ticked and `aide.telephone` is 1 for each of
them; of what is asked next about an option, `joint.telephone` is a level.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeVar

from collector.domain import ChoixMultiple, Questionnaire, Suite, Texte
from collector.errors import Faute, Invalid
from collector.parse import AvisBody, check_notes, no_level, note_fautes

Ticked = Mapping[str, Sequence[str]]
"""The options ticked, by choice question; none, or an empty list: not answered."""

Level = TypeVar("Level")


def noms(questionnaire: Questionnaire) -> list[str]:
    """The names of all notes that an avis may have, in the order of files."""
    found = [dimension.code for dimension in questionnaire.dimensions]
    for choix in questionnaire.choix:
        found.append(choix.code)
        found += [f"{choix.code}.{option.code}" for option in choix.options]
        found += [name for name, _ in suites_of(choix)]
    return found


def suites_of(choix: ChoixMultiple) -> Iterator[tuple[str, Suite]]:
    """What may be asked next, by the name of its note: option by option."""
    for option in choix.options:
        if option.suites:
            yield from ((f"{suite.code}.{option.code}", suite) for suite in choix.suites)


def asked_next(
    choix: ChoixMultiple, ticked: Collection[str], notes: Mapping[str, object]
) -> dict[str, Suite]:
    """What is asked of somebody who ticked these options and has answered so."""
    asked = {}
    for name, suite in suites_of(choix):
        option = name.partition(".")[2]
        needs = choix.needs(suite).items()
        if option in ticked and all(notes.get(f"{code}.{option}") == n for code, n in needs):
            asked[name] = suite
    return asked


def shown(
    questionnaire: Questionnaire, ticked: Ticked, notes: Mapping[str, Level]
) -> dict[str, Level]:
    """The notes without answers to what is no longer asked: a browser goes on sending those of a
    question that was hidden since."""
    next_ = {name for choix in questionnaire.choix for name, _ in suites_of(choix)}
    asked = _asked(questionnaire, ticked, notes)
    return {name: note for name, note in notes.items() if name in asked or name not in next_}


def check_answers(body: AvisBody, questionnaire: Questionnaire) -> dict[str, int]:
    """The flat notes of a body, when it answers what it was asked. Raises Invalid."""
    notes, ticked = body["notes"], body.get("choix")
    if not (questionnaire.choix or ticked):
        return check_notes(notes, questionnaire)
    ticked = ticked or {}
    levels = {name: note for name, note in notes.items() if "." not in name}
    fautes = [
        *note_fautes(levels, questionnaire),
        *_choice_fautes(ticked, questionnaire),
        *_suite_fautes(notes, ticked, questionnaire),
    ]
    if fautes:
        raise Invalid(*fautes)
    found = {name: int(note) for name, note in notes.items()}
    for code, options in ticked.items():
        if options:
            found[code] = len(options)
            found.update((f"{code}.{option}", 1) for option in options)
    return found


def parted(
    notes: Mapping[str, Level], questionnaire: Questionnaire
) -> tuple[dict[str, Level], dict[str, list[str]]]:
    """Flat notes as a body has them: levels, and what was ticked."""
    levels = dict(notes)
    ticked: dict[str, list[str]] = {}
    for choix in questionnaire.choix:
        levels.pop(choix.code, None)
        codes = (option.code for option in choix.options)
        found = [code for code in codes if levels.pop(f"{choix.code}.{code}", None) is not None]
        if found:
            ticked[choix.code] = found
    return levels, ticked


def _asked(
    questionnaire: Questionnaire, ticked: Ticked, notes: Mapping[str, object]
) -> dict[str, Suite]:
    asked: dict[str, Suite] = {}
    for choix in questionnaire.choix:
        asked |= asked_next(choix, ticked.get(choix.code, ()), notes)
    return asked


# What is wrong


def _choice_fautes(ticked: Ticked, questionnaire: Questionnaire) -> Iterator[Faute]:
    known = {choix.code: choix for choix in questionnaire.choix}
    for code, options in ticked.items():
        if code in known:
            yield from _option_fautes(known[code], options)
        else:
            yield Faute(f"choix.{code}", code, _one_of(known))


def _option_fautes(choix: ChoixMultiple, ticked: Sequence[str]) -> Iterator[Faute]:
    champ, known = f"choix.{choix.code}", [option.code for option in choix.options]
    for code in ticked:
        if code not in known:
            yield Faute(champ, code, _one_of(known))
    if alone := seule(choix, ticked):
        yield Faute(champ, ", ".join(ticked), _alone(alone))


def seule(choix: ChoixMultiple, ticked: Collection[str]) -> str | None:
    """The option that excludes all the others, where it is ticked beside one."""
    if len(ticked) < 2:
        return None
    return next((o.code for o in choix.options if o.seule and o.code in ticked), None)


def _suite_fautes(
    notes: Mapping[str, int], ticked: Ticked, questionnaire: Questionnaire
) -> Iterator[Faute]:
    asked = _asked(questionnaire, ticked, notes)
    for name, note in notes.items():
        if name in asked:
            if note > len(asked[name].niveaux):
                yield no_level(name, note, len(asked[name].niveaux))
        elif "." in name:
            yield Faute(f"notes.{name}", str(note), _why_not(name, ticked, questionnaire))


def _why_not(name: str, ticked: Ticked, questionnaire: Questionnaire) -> Texte:
    """Why there was no such question."""
    possible = [(each, *may) for each in questionnaire.choix for may in suites_of(each)]
    found = next(((choix, suite) for choix, each, suite in possible if each == name), None)
    if found is None:
        return _one_of([each for _, each, _ in possible])
    (choix, suite), option = found, name.partition(".")[2]
    if option not in ticked.get(choix.code, ()):
        return {
            "fr": f"rien : « {option} » n’est pas dans choix.{choix.code}",
            "en": f"nothing: “{option}” is not in choix.{choix.code}",
        }
    when = ", ".join(f"{code}.{option} = {level}" for code, level in suite.si.items())
    return {"fr": f"rien, sauf avec {when}", "en": f"nothing, unless {when}"}


def _alone(option: str) -> Texte:
    return {
        "fr": f"« {option} » seule, ou les autres sans elle",
        "en": f"“{option}” alone, or the others without it",
    }


def _one_of(known: Collection[str]) -> Texte:
    words = " | ".join(known)
    if words:
        return {"fr": words, "en": words}
    return {
        "fr": "rien : ce questionnaire n’en a pas",
        "en": "nothing: this questionnaire has none",
    }


# Boxes of a posted form


def ticked_in(fields: Mapping[str, str]) -> dict[str, list[str]]:
    """What was ticked: a box is a field « choix.question.option »."""
    ticked: defaultdict[str, list[str]] = defaultdict(list)
    for name in fields:
        if name.startswith("choix."):
            code, _, option = name.removeprefix("choix.").partition(".")
            ticked[code].append(option)
    return dict(ticked)


def together(fields: Mapping[str, str], questionnaire: Questionnaire) -> dict[str, Texte]:
    """Choice questions whose answers do not go together, with the one that goes with no other."""
    ticked = ticked_in(fields)
    found = {}
    for choix in questionnaire.choix:
        alone = seule(choix, ticked.get(choix.code, ()))
        found.update({f"choix.{choix.code}": o.libelle for o in choix.options if o.code == alone})
    return found
