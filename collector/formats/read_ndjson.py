"""Reads back NDJSON (ndjson.py), in any order of its members."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import orjson

from collector.formats.checking import json_check, wanted
from collector.formats.reading import Lines, Record, check_names
from collector.formats.table import Table, Value

_ONE_OBJECT = "un objet JSON par ligne"


def read_ndjson(path: Path, table: Table, optional: Collection[str] = ()) -> Iterator[Record]:
    """The records of a file, with the columns of `table`; those named `optional` may be missing.

    Raises FileRefused at the first thing that is wrong.
    """
    lines = Lines(path)
    texts = iter(lines)
    checked: list[str] = []
    columns = {each.name: (each, json_check(each)) for each in table.fields}
    while True:
        ligne = lines.begin_record()
        if (text := next(texts, None)) is None:
            return
        members = _members(text, lines)
        if (names := [name for name, _ in members]) != checked:
            check_names(names, table, optional, lines)
            checked = names
        valeurs: dict[str, Value] = {}
        for name, value in members:
            field, check = columns[name]
            try:
                valeurs[name] = check(value)
            except ValueError:
                raise lines.refuse(_in_words(value), wanted(field), name) from None
        yield Record(ligne, valeurs)


def _members(text: str, lines: Lines) -> list[tuple[str, Any]]:
    """The members of an object in their order, those of the same name too."""
    line = text.strip()
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise lines.refuse(f"« {line} », qui n’est pas du JSON", _ONE_OBJECT) from None
    if not isinstance(value, dict):
        raise lines.refuse(f"« {line} »", _ONE_OBJECT)
    # Written as we write it, it has each name once; else they are looked at one by one. What is
    # nested is refused in any case, and might be too deep to be read again.
    nested = any(isinstance(each, dict | list) for each in value.values())
    if nested or orjson.dumps(value) == line.encode():
        return list(value.items())
    members: list[tuple[str, Any]] = json.loads(line, object_pairs_hook=list)
    return members


def _in_words(value: object) -> str:
    if isinstance(value, dict | list):
        return "une liste ou un objet"
    return json.dumps(value, ensure_ascii=False)  # which knows integers of any size
