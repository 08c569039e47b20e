"""Rows of a file from elsewhere: CSV as people save it, or the sheets of a workbook.

More is accepted than of our own files (a mark at the begin, no end of the last line), but nothing
is guessed that changes what is read: UTF-8 only.
"""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from collector.formats.reading import RECORD_BYTES, FileRefused
from collector.store.contract import StoreError

DELIMITERS = ",;\t"
# Of a workbook, as it says itself; zipfile reads no further. An honest million of rows has 1 GB.
MOST_BYTES = 3 * 1024**3
MOST_RATIO = 200  # of what it says to what it weighs: words and numbers pack ten to thirty times
FEW_BYTES = 10 * 1024**2  # whatever the ratio
MOST_STRINGS = 512 * 1024**2  # kept in memory
MOST_ENTRIES = 1_000
MOST_COLUMNS = 200
MOST_ROWS = 1_048_576  # of a sheet, by the format

Cellule = str | datetime


class Ligne(NamedTuple):
    """A row: where it begins, and what its columns hold; empty cells are left out."""

    feuille: str
    numero: int
    cellules: Mapping[str, Cellule]


Lines = Iterator[tuple[int, list[Cellule]]]


def read_rows(path: Path, known: Callable[[str], bool]) -> Iterator[Ligne]:
    """The rows of a file, sheet by sheet; `known` says whether a heading means something.

    Raises FileRefused, StoreError.
    """
    if path.suffix.lower() == ".csv":
        yield from _named(path, "", _csv(path, known))
        return
    if path.suffix.lower() != ".xlsx":
        raise StoreError(f"{path} : il faut un fichier .csv ou .xlsx.")
    yield from _xlsx(path)


def _named(path: Path, feuille: str, lines: Lines) -> Iterator[Ligne]:
    """Rows by the names of their columns, which stand in the first one."""
    where = f"{path.name} ({feuille})" if feuille else path.name
    first, headings = next(lines, (1, []))
    names = [str(each).strip() for each in headings]
    if not any(names):
        if feuille:
            return  # an empty sheet
        raise FileRefused(where, 1, None, "un fichier vide", "les noms des colonnes d’abord")
    for i, name in enumerate(names):
        if name and name in names[:i]:
            raise FileRefused(where, first, name, "deux colonnes de ce nom", "l’avoir une fois")
    names = [name or f"colonne {i} sans titre" for i, name in enumerate(names, 1)]
    for numero, row in lines:
        if any(row[len(names) :]):
            wanted = f"en avoir {len(names)} au plus"
            raise FileRefused(where, numero, None, f"{len(row)} valeurs", wanted)
        found = {name: each for name, each in zip(names, row, strict=False) if each}
        if found:
            yield Ligne(feuille, numero, found)


# CSV


def _csv(path: Path, known: Callable[[str], bool]) -> Lines:
    with path.open("rb") as file:
        lines = _decoded(path, iter(lambda: file.readline(RECORD_BYTES + 1), b""))
        first = next(lines, "")
        rows = csv.reader(chain([first], lines), delimiter=_delimiter(first, known), strict=True)
        begin = 1
        try:
            for row in rows:
                yield begin, [each.strip() for each in row]
                begin = rows.line_num + 1
        except csv.Error as error:
            wanted = "un CSV entier, dont les guillemets vont par deux"
            raise FileRefused(path.name, begin, None, str(error), wanted) from None


def _decoded(path: Path, lines: Iterator[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if len(line) > RECORD_BYTES:
            raise FileRefused(path.name, number, None, "une ligne sans fin", "des lignes courtes")
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            wanted = (
                "un fichier en UTF-8 : celui-ci est peut-être en Windows-1252, et un tableur "
                "sait l’enregistrer en « CSV UTF-8 »"
            )
            raise FileRefused(path.name, number, None, "un texte illisible", wanted) from None


def _delimiter(first: str, known: Callable[[str], bool]) -> str:
    """The one by which the most headings mean something."""
    headings = {each: next(csv.reader([first], delimiter=each), []) for each in DELIMITERS}
    return max(DELIMITERS, key=lambda each: sum(map(known, headings[each])))


# XLSX


def _xlsx(path: Path) -> Iterator[Ligne]:
    try:
        from openpyxl import load_workbook  # 18 MB and 0.4 s, for one import
    except ImportError:
        raise StoreError(
            "Pour lire un .xlsx, installez l’extra « xlsx » (pip install '.[xlsx]') ; "
            "ou exportez en CSV."
        ) from None
    _check_size(path)
    refused = FileRefused(path.name, 1, None, "un classeur illisible", "un .xlsx entier")
    try:
        with closing(load_workbook(path, read_only=True, data_only=True)) as book:
            for sheet in book.worksheets:
                rows = sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS, values_only=True)
                cells = ((i, [_text(each) for each in row]) for i, row in enumerate(rows, 1))
                yield from _named(path, sheet.title, cells)
    except (FileRefused, StoreError, GeneratorExit):
        raise
    except Exception as error:  # whatever a library says of a file that somebody made up
        raise refused from error


def _check_size(path: Path) -> None:
    """Raise FileRefused for what would not end, or not fit in memory, once it is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError):
        raise FileRefused(path.name, 1, None, "ce n’est pas un .xlsx", "un classeur") from None
    strings = sum(e.file_size for e in entries if e.filename.lower().endswith("sharedstrings.xml"))
    whole = sum(each.file_size for each in entries)
    most = min(MOST_BYTES, max(FEW_BYTES, MOST_RATIO * path.stat().st_size))
    if len(entries) > MOST_ENTRIES or whole > most or strings > MOST_STRINGS:
        wanted = "un classeur plus petit, ou un CSV"
        raise FileRefused(path.name, 1, None, f"{whole} octets une fois ouvert", wanted)


def _text(cell: object) -> Cellule:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell if isinstance(cell, datetime) else str(cell).strip()
