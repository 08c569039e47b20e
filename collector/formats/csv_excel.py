"""CSV that Excel opens right in French: semicolons, a byte order mark, French headings and numbers.

Instants are minutes in Paris. A text that Excel would run is behind an apostrophe (formula.py).
What Excel takes for a number it shows as one: « 01004 » loses its zero, and XLSX keeps it.
"""

from __future__ import annotations

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Iterable
from typing import Any

from collector.formats.formula import is_risky, neutral
from collector.formats.paris import minute_in_paris
from collector.formats.table import Page, Row, Spell, Table, Type, spelled


class ExcelCsvEncoder:
    def __init__(self, table: Table) -> None:
        self._titres = tuple(neutral(each.titre) for each in table.fields)
        self._columns = {
            i: _SPELLINGS[each.type]
            for i, each in enumerate(table.fields)
            if each.type in _SPELLINGS
        }

    def begin(self) -> bytes:
        return BOM_UTF8 + _records([self._titres]).encode()

    def rows(self, rows: Page) -> bytes:
        return _records(spelled(rows, self._columns)).encode()

    def end(self) -> bytes:
        return b""


def _records(rows: Iterable[Row]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def _texts(column: Iterable[Any]) -> Iterable[Any]:
    return ["'" + each if each and is_risky(each) else each for each in column]


def _numbers(column: Iterable[Any]) -> Iterable[Any]:
    return [None if each is None else str(each).replace(".", ",") for each in column]


def _instants(column: Iterable[Any]) -> Iterable[Any]:
    return [each and minute_in_paris(each) for each in column]


def _booleans(column: Iterable[Any]) -> Iterable[Any]:
    return [None if each is None else "VRAI" if each else "FAUX" for each in column]


_SPELLINGS: dict[Type, Spell] = {
    "string": _texts,
    "number": _numbers,
    "datetime": _instants,
    "boolean": _booleans,
}
