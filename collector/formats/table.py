"""What a downloadable table is: named, typed columns, and pages of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Type = Literal["string", "integer", "number", "date", "datetime", "boolean"]

Value = str | int | float | bool | None
"""A date is « 2026-11-22 », a datetime « 2026-11-22T14:12:34.123Z », as the domain writes them.
What is absent is None, never an empty text: a CSV could not tell them apart."""

Row = tuple[Value, ...]
Page = Sequence[Row]
"""Some rows, in a list, each with one value a column."""

Spell = Callable[[Iterable[Any]], Iterable[Any]]
"""Writes the values of one column otherwise, None included."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column. `name` is what machines read, `titre` what people do; `contraintes` are those of
    a Table Schema (required, minimum, maximum, maxLength, pattern, enum)."""

    name: str
    type: Type
    titre: str
    description: str = ""
    contraintes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is downloaded. `lisez_moi` are labels and texts that say what this file is: the
    filter, the day. Columns are explained by themselves."""

    nom: str
    titre: str
    description: str
    fields: tuple[Field, ...]
    lisez_moi: Sequence[tuple[str, str]] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.fields)

    def without(self, *names: str) -> Table:
        """The same with fewer columns."""
        return replace(self, fields=tuple(f for f in self.fields if f.name not in names))


def spelled(rows: Page, columns: Mapping[int, Spell]) -> Iterable[Row]:
    """Rows with some columns written otherwise, a whole column at once."""
    if not columns:
        return rows
    written: list[Iterable[Value]] = list(zip(*rows, strict=True))
    for column, spell in columns.items():
        written[column] = spell(written[column])
    return zip(*written, strict=True)
