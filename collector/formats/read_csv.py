"""Reads back the CSV for programs (csv_machine.py), in any order of its columns."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from pathlib import Path

from collector.formats.checking import text_check, wanted
from collector.formats.reading import Lines, Record, check_names
from collector.formats.table import Table

_FOR_EXCEL = "le CSV séparé par des virgules : celui pour Excel ne peut pas être relu sans perte"


def read_csv(path: Path, table: Table, optional: Collection[str] = ()) -> Iterator[Record]:
    """The records of a file, with the columns of `table`; those named `optional` may be missing.

    Raises FileRefused at the first thing that is wrong.
    """
    lines = Lines(path)
    rows = _rows(lines)
    _, names = next(rows, (1, None))
    if names is None:
        raise lines.refuse("un fichier vide", "les noms des colonnes en première ligne")
    if any(";" in name for name in names):
        raise lines.refuse("des points-virgules", _FOR_EXCEL)
    check_names(names, table, optional, lines)
    columns = {each.name: (each, text_check(each)) for each in table.fields}
    read = [columns[name] for name in names]
    for ligne, row in rows:
        if len(row) != len(names):
            raise lines.refuse(f"{len(row)} valeurs", f"en avoir {len(names)}, une par colonne")
        valeurs = {}
        for text, (field, check) in zip(row, read, strict=True):
            try:
                valeurs[field.name] = check(text)
            except ValueError:
                raise lines.refuse(f"« {text} »", wanted(field), field.name) from None
        yield Record(ligne, valeurs)


def _rows(lines: Lines) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line it begins on."""
    rows = csv.reader(lines, strict=True)
    while True:
        ligne = lines.begin_record()
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise lines.refuse(*_in_words(str(error))) from None
        yield ligne, row


def _in_words(error: str) -> tuple[str, str]:
    if "unexpected end" in error:
        return "un guillemet ouvert n’est jamais fermé", "un fichier entier"
    if "field limit" in error:
        return "un texte de plus de cent mille caractères", "des textes plus courts"
    return "un guillemet ou une fin de ligne mal placés", (
        "un texte entre guillemets, et chaque guillemet qu’il contient doublé"
    )
