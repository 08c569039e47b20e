"""The cells of a sheet, as XML: each has a type, and none that a spreadsheet could take for more.

Absent values have no cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from collector.formats.formula import is_risky
from collector.formats.paris import serial_in_paris, serial_of_day
from collector.formats.table import Type

CELL_TEXT = 32_767  # UTF-16 units, Excel's limit
_SHORT = 100

_ODD = re.compile("[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

Cells = Callable[[int, tuple[Any, ...]], list[str]]
"""The cells of one column, from a row on."""


def letters(column: int) -> str:
    """The name of a column: 0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, last = divmod(column - 1, 26)
        name = chr(ord("A") + last) + name
    return name


def column_of(type: Type, name: str, plain: str, risky: str) -> Cells:
    """What writes a column of that type under that name, in the styles of ordinary values and of
    risky texts."""
    if type == "string":
        return _texts(name, plain, risky)
    if type == "boolean":
        return _values(name, f's="{plain}" t="b"', lambda value: str(int(value)))
    return _values(name, f's="{plain}"', _SPELLINGS.get(type, str))


_SPELLINGS: dict[Type, Callable[..., str]] = {
    "date": lambda jour: str(serial_of_day(jour)),
    "datetime": lambda instant: f"{serial_in_paris(instant):.9f}",
    "number": repr,
}


def _values(name: str, attributes: str, spell: Callable[..., str]) -> Cells:
    def cells(first: int, values: tuple[Any, ...]) -> list[str]:
        return [
            "" if each is None else f'<c r="{name}{row}" {attributes}><v>{spell(each)}</v></c>'
            for row, each in enumerate(values, first)
        ]

    return cells


def _texts(name: str, plain: str, risky: str) -> Cells:
    start = '" t="inlineStr"><is><t xml:space="preserve">'

    def rest(text: str) -> str:
        return f'" s="{risky if is_risky(text) else plain}{start}{escaped(text)}</t></is></c>'

    # A title or a code is the same in thousands of rows; a comment is not, and may be long.
    known = lru_cache(500)(rest)

    def cells(first: int, values: tuple[Any, ...]) -> list[str]:
        return [
            ""
            if each is None
            else f'<c r="{name}{row}{known(each) if len(each) <= _SHORT else rest(each)}'
            for row, each in enumerate(values, first)
        ]

    return cells


def escaped(text: str) -> str:
    """A text as a cell holds it: cut where Excel would refuse it, control characters spelled."""
    if len(text) > CELL_TEXT // 2 and len(text.encode("utf-16-le")) > 2 * CELL_TEXT:
        cut = text.encode("utf-16-le")[: 2 * (CELL_TEXT - 1)]
        text = cut.decode("utf-16-le", "ignore") + "…"
    return _ODD.sub(_spell, text)


def _spell(found: re.Match[str]) -> str:
    return _ENTITIES.get(found[0]) or f"_x{ord(found[0]):04X}_"
