"""Files that come back: their lines, one record at a time, and what is said of a wrong one.

Nothing is guessed: UTF-8 only, every line ended, no record of more than a megabyte, and never more
of the file in memory than that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from collector.errors import shown
from collector.formats.table import Table, Value

RECORD_BYTES = 1_000_000
_BOM = "\ufeff"


class FileRefused(Exception):
    """A file cannot be imported: where, what was found, what was wanted; all of it in a sentence.

    `ligne` counts from 1, and is the first one of the record; `colonne` is None when the whole
    record is meant.
    """

    def __init__(
        self, fichier: str, ligne: int, colonne: str | None, trouve: str, attendu: str
    ) -> None:
        self.fichier, self.ligne, self.colonne = fichier, ligne, colonne
        self.trouve, self.attendu = shown(trouve), attendu
        where = f"{fichier}, ligne {ligne}"
        if colonne is not None:
            where += f", colonne « {shown(colonne)} »"
        super().__init__(f"{where} : {self.trouve} ; il faut {attendu}.")


class Record(NamedTuple):
    """One row of a file: the line it begins on, and a value for each column that the file has."""

    ligne: int
    valeurs: dict[str, Value]


class Lines:
    """The lines of a file, their ends included. Who reads says where each record begins."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._number = 0
        self._start = 1
        self._size = 0

    def begin_record(self) -> int:
        """The number of the line that comes next."""
        self._start, self._size = self._number + 1, 0
        return self._start

    def refuse(self, trouve: str, attendu: str, colonne: str | None = None) -> FileRefused:
        return FileRefused(self._path.name, self._start, colonne, trouve, attendu)

    def __iter__(self) -> Iterator[str]:
        with self._path.open("rb") as file:
            while line := file.readline(RECORD_BYTES + 1):
                yield self._checked(line)

    def _checked(self, line: bytes) -> str:
        self._number += 1
        self._size += len(line)
        if self._size > RECORD_BYTES:
            raise self.refuse(
                "un enregistrement de plus d’un million d’octets",
                "des enregistrements plus courts, séparés par des fins de ligne",
            )
        if not line.endswith(b"\n"):
            raise self.refuse(
                "le fichier s’arrête au milieu d’un enregistrement",
                "un fichier entier, qui finit par une fin de ligne",
            )
        text = self._decoded(line)
        return text.removeprefix(_BOM) if self._number == 1 else text

    def _decoded(self, line: bytes) -> str:
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            self._start = self._number
            raise self.refuse(
                f"l’octet 0x{line[error.start]:02X}, qui n’est pas de l’UTF-8",
                "un fichier en UTF-8 : celui-ci est peut-être en Latin-1 (Windows-1252)",
            ) from None


def check_names(
    names: Sequence[str], table: Table, optional: Collection[str], lines: Lines
) -> None:
    """Raise FileRefused unless each name is a column of the table, once, and none is missing that
    is not optional."""
    for i, name in enumerate(names):
        if name not in table.names:
            known = ", ".join(table.names)
            raise lines.refuse("cette colonne n’existe pas", f"l’une de celles-ci : {known}", name)
        if name in names[:i]:
            raise lines.refuse(
                "cette colonne est deux fois dans le fichier", "l’avoir une fois", name
            )
    for name in table.names:
        if name not in names and name not in optional:
            raise lines.refuse("cette colonne manque", "qu’elle y soit", name)
