"""Bytes to an avis, or what is wrong with them. Pure: no I/O, no clock of its own.

The JSON Schema in `schemas/avis.v1.json` is the validator; the questionnaire adds which dimensions
and levels exist.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby, islice
from typing import Any, TypedDict, cast

import jsonschema_rs
import orjson

from collector.config import resource
from collector.domain import Dimension, Questionnaire, Texte
from collector.errors import Faute, Invalid, NotJson
from collector.privacy.contact import Contacted

MAX_BODY = 64 * 1024
MAX_VERBATIM = 10_000
# A form's cle is dated by our own clock, which may be put right before the avis comes: whoever
# answers is not to pay for a day too many. Other clients have the same slack.
MAX_AHEAD_MS = 48 * 3_600_000

# Controls that no keyboard types (new line and tab stay), and marks that reorder what one reads.
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_LINE_ENDS = re.compile("\r\n?|\u2028|\u2029")
# Marks that stand on one letter: real writing has 18 of them at most (Unicode annex 15, 13).
MAX_MARKS = 30
# Longer rows of what is neither letter nor space: marks perhaps, or emoji.
_SIGNS = re.compile(rf"[^\w\s!-~]{{{MAX_MARKS + 1},}}")

# How much is looked at of a value that is wrong: more members, and deeper, than any schema has.
_MEMBERS = 120
_DEPTH = 5


class AvisBody(TypedDict, total=False):
    """A body that the schema has accepted."""

    cle: str
    etape: int
    bouton: str
    questionnaire: str
    notes: dict[str, int]
    choix: dict[str, list[str]]
    verbatim: str
    contact: Contacted
    langue: str
    affichage: str
    widget: str
    jeton: str
    site_web: str


class Schema:
    """One of our JSON Schemas, and how to say in words what it wants."""

    def __init__(self, name: str) -> None:
        text = resource("schemas", name).read_text(encoding="utf-8")
        self._schema = json.loads(text)
        self._validator = jsonschema_rs.validator_for(self._schema)

    def check(self, value: object) -> None:
        """Return when `value` is valid; else raise Invalid with every wrong field (of an object of
        more members than any of ours, the first ones)."""
        if self._validator.is_valid(value):
            return
        # Of a whole body of 64 KiB, the validator would need 40 s to list 6,000 wrong notes; nested
        # deeper than 255 it lists nothing at all.
        raise Invalid(*map(self._faute, self._validator.iter_errors(_abridged(value))))

    def _faute(self, error: jsonschema_rs.ValidationError) -> Faute:
        if error.kind.name != "pattern":
            return _faute(error)
        field: Any = self._schema
        for step in error.schema_path[:-1]:
            field = field[step]
        # A regular expression is no sentence: the schema says beside it what it stands for.
        return replace(_faute(error), attendu=field["x-attendu"])


def _faute(error: jsonschema_rs.ValidationError) -> Faute:
    """Put an error of the validator into words: where, what came, what was wanted."""
    path = [str(part) for part in error.instance_path]
    rule: Any = error.kind.value
    shown: object = error.instance
    match error.kind.name:
        case "required":
            path.append(rule)
            shown = ""
        case "additionalProperties":
            path.append(rule[0])
            shown = cast(dict[str, object], error.instance)[rule[0]]
        case "propertyNames":
            shown = ", ".join(cast(dict[str, object], error.instance))
    return Faute(".".join(path) or "avis", _shown(shown), _wanted(error.kind.name, rule))


def _abridged(value: object, depth: int = _DEPTH) -> object:
    """Enough of a value to tell what is wrong with it, in bounded time."""
    if isinstance(value, dict):
        members = islice(value.items(), _MEMBERS if depth else 0)
        return {name: _abridged(each, depth - 1) for name, each in members}
    if isinstance(value, list):
        return [_abridged(each, depth - 1) for each in value[: _MEMBERS if depth else 0]]
    return value


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


_TYPES: dict[str, Texte] = {
    "integer": {"fr": "un nombre entier", "en": "a whole number"},
    "string": {"fr": "du texte", "en": "text"},
    "boolean": {"fr": "true ou false", "en": "true or false"},
    "object": {"fr": "un objet JSON", "en": "a JSON object"},
    "array": {"fr": "une liste JSON", "en": "a JSON array"},
}


def _wanted(keyword: str, rule: Any) -> Texte:
    """What a keyword of the schema asks for, in words."""
    match keyword:
        case "required":
            return {"fr": "ce champ est obligatoire", "en": "this field is required"}
        case "additionalProperties":
            return {"fr": "aucun champ de ce nom", "en": "no field of this name"}
        case "type":
            return _TYPES[rule[0]]
        case "minimum":
            return {"fr": f"au moins {rule}", "en": f"at least {rule}"}
        case "maximum":
            return {"fr": f"au plus {rule}", "en": f"at most {rule}"}
        case "maxLength":
            return {"fr": f"au plus {rule} caractères", "en": f"at most {rule} characters"}
        case "maxProperties":
            return {"fr": f"au plus {rule} réponses", "en": f"at most {rule} answers"}
        case "maxItems":
            return {"fr": f"au plus {rule} options", "en": f"at most {rule} options"}
        case "uniqueItems":
            return {"fr": "chaque option une seule fois", "en": "each option only once"}
        case "enum":
            return _same(" | ".join(rule))
        case "propertyNames":
            return {"fr": "le code d’une dimension", "en": "the code of a dimension"}
    return _same(str(rule))


def _same(text: str) -> Texte:
    return {"fr": text, "en": text}


def loads(body: bytes) -> object:
    """JSON to values; raises NotJson.

    Half an emoji (a lone surrogate) becomes U+FFFD rather than an error: a comment cut at its
    length limit must not cost the avis.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        if b"\\ud" not in body.lower():
            raise NotJson from None
    try:
        halves = json.dumps(json.loads(body), ensure_ascii=False)
        return orjson.loads(halves.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    except (ValueError, RecursionError):
        raise NotJson from None


def clean(text: str) -> str:
    """A comment as it is kept: line ends as \\n, no control or direction-forcing character,
    composed (NFC) but for a flood of marks, no blank ends. Nothing that was typed to be read is
    lost."""
    if not text.isprintable():
        text = _UNWANTED.sub("", _LINE_ENDS.sub("\n", text))
    # Last: what stood around a character that is gone may compose.
    if not text.isascii() and not _is_flood(text):
        text = unicodedata.normalize("NFC", text)
    return text.strip()


def _is_flood(text: str) -> bool:
    """Whether more than MAX_MARKS follow each other: n of them are put in order in n² steps."""
    return any(
        kind and len(list(marks)) > MAX_MARKS
        for signs in _SIGNS.findall(text)
        for kind, marks in groupby(signs, _is_mark)
    )


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


def parse_avis(body: bytes, schema: Schema, now_ms: int) -> AvisBody:
    """A body that fits the schema and is not dated in the future. Raises NotJson or Invalid.

    `now_ms` is the server's clock in milliseconds since 1970 UTC.
    """
    avis = cast(AvisBody, loads(body))
    check_body(avis, schema, now_ms)
    return avis


def check_body(avis: AvisBody, schema: Schema, now_ms: int) -> None:
    """What `parse_avis` asks of values that did not come as JSON."""
    schema.check(avis)
    if int(avis["cle"][:8] + avis["cle"][9:13], 16) > now_ms + MAX_AHEAD_MS:
        wanted: Texte = {"fr": "un UUIDv7 daté d’aujourd’hui", "en": "a UUIDv7 dated today"}
        raise Invalid(Faute("cle", avis["cle"], wanted))


def check_notes(notes: Mapping[str, int], questionnaire: Questionnaire) -> dict[str, int]:
    """The levels, when all dimensions and levels exist and none that is mandatory is missing.

    Raises Invalid. JSON Schema takes 3.0 for an integer; what is returned is one.
    """
    if fautes := note_fautes(notes, questionnaire):
        raise Invalid(*fautes)
    return {code: int(note) for code, note in notes.items()}


def note_fautes(notes: Mapping[str, int], questionnaire: Questionnaire) -> list[Faute]:
    """What is wrong with the answers to its dimensions."""
    found = 0
    fautes = []
    for dimension in questionnaire.dimensions:
        note = notes.get(dimension.code)
        if note is None:
            if dimension.obligatoire:
                fautes.append(_missing(dimension))
            continue
        found += 1
        if note > len(dimension.niveaux):
            fautes.append(no_level(dimension.code, note, len(dimension.niveaux)))
    if found < len(notes):
        known = {dimension.code for dimension in questionnaire.dimensions}
        fautes += [_no_dimension(code, known) for code in notes if code not in known]
    return fautes


def _missing(dimension: Dimension) -> Faute:
    wanted = {"fr": "cette réponse est obligatoire", "en": "this answer is required"}
    return Faute(f"notes.{dimension.code}", "", wanted)


def no_level(name: str, note: int, k: int) -> Faute:
    wanted = {"fr": f"un niveau de 1 à {k}", "en": f"a level from 1 to {k}"}
    return Faute(f"notes.{name}", str(note), wanted)


def _no_dimension(code: str, known: set[str]) -> Faute:
    return Faute(f"notes.{code}", code, _same(" | ".join(sorted(known))))
