"""Whether a value that comes back is of the type of its column and within its constraints."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from math import isfinite
from typing import Any

from collector.formats.table import Field, Type, Value

# Only what we write ourselves: any other spelling would not come back as it was.
_SPELLED: dict[Type, str] = {
    "integer": r"0|-?[1-9][0-9]{0,17}",
    "number": r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?",
    "boolean": r"true|false",
    "date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "datetime": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z",
}
_WORDS: dict[Type, str] = {
    "string": "un texte",
    "integer": "un nombre entier",
    "number": "un nombre",
    "boolean": "true ou false",
    "date": "un jour AAAA-MM-JJ",
    "datetime": "un instant AAAA-MM-JJThh:mm:ss.mmmZ",
}
_PYTHON: dict[Type, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}
_NOTHING = "rien"

Check = Callable[[Any], Value]
"""What came as the value it is; ValueError when it is not wanted."""


def wanted(field: Field) -> str:
    """What a column takes, in words."""
    limits = field.contraintes
    words = _WORDS[field.type]
    if "enum" in limits:
        words = "l’un de " + ", ".join(map(str, limits["enum"]))
    if "minimum" in limits and "maximum" in limits:
        words += f" de {limits['minimum']} à {limits['maximum']}"
    elif "minimum" in limits:
        words += f" d’au moins {limits['minimum']}"
    if "maxLength" in limits:
        words += f" d’au plus {limits['maxLength']} caractères"
    if "pattern" in limits:
        words += f" de la forme {limits['pattern']}"
    return words if limits.get("required") else f"{words}, ou {_NOTHING}"


def text_check(field: Field) -> Check:
    """For the fields of a CSV; an empty one is absent."""
    spelled, within = _spelled(field.type), _within(field)

    def check(text: str) -> Value:
        return within(spelled(text) if text else None)

    return check


def json_check(field: Field) -> Check:
    """For the members of a JSON object; null is absent, and a text is never empty."""
    spelled, within = _spelled(field.type), _within(field)
    types = _PYTHON.get(field.type, (str,))

    def check(value: object) -> Value:
        if value is None:
            return within(None)
        # In Python true is a number too.
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise ValueError
        if value == "" and str in types:
            raise ValueError
        return within(spelled(value) if isinstance(value, str) else value)

    return check


def _spelled(type: Type) -> Callable[[str], Value]:
    if type == "string":
        return str
    form = re.compile(_SPELLED[type]).fullmatch
    read = _READ[type]

    def spelled(text: str) -> Value:
        if not form(text):
            raise ValueError
        return read(text)

    return spelled


def _instant(text: str) -> str:
    datetime.fromisoformat(text)
    return text


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError
    return number


_READ: dict[Type, Callable[[str], Value]] = {
    "integer": int,
    "number": _finite,
    "boolean": "true".__eq__,
    "date": _instant,
    "datetime": _instant,
}


def _within(field: Field) -> Callable[[Any], Value]:
    """Lets a value through when it keeps the constraints."""
    limits = field.contraintes
    required = limits.get("required", False)
    tests = [make(limits[name]) for name, make in _TESTS.items() if name in limits]

    def within(value: Any) -> Value:
        if value is None:
            if required:
                raise ValueError
            return None
        if not all(test(value) for test in tests):
            raise ValueError
        checked: Value = value
        return checked

    return within


def _pattern(limit: str) -> Callable[[Any], bool]:
    form = re.compile(limit).fullmatch
    return lambda value: form(value) is not None


_TESTS: dict[str, Callable[[Any], Callable[[Any], bool]]] = {
    "minimum": lambda limit: lambda value: value >= limit,
    "maximum": lambda limit: lambda value: value <= limit,
    "maxLength": lambda limit: lambda value: len(value) <= limit,
    "enum": lambda limit: frozenset(limit).__contains__,
    "pattern": _pattern,
}
