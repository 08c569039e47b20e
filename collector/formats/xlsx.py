"""XLSX, streamed: typed cells, instants in Paris, sheets of a million rows at most.

A text is written as a text whatever it looks like; one that would run if a person edited its cell
is marked as quoted (« quotePrefix »), which no reader shows: not a character changes.
"""

from __future__ import annotations

from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from collector.formats.encoding import Sink
from collector.formats.table import Page, Table
from collector.formats.xlsx_cells import Cells, column_of, letters
from collector.formats.xlsx_shell import make_shell

SHEET_ROWS = 1_000_000
# Beyond 2 GiB a part of an archive is written in a way that Excel does not read in a stream.
SHEET_BYTES = 1_500_000_000
_LEVEL = 3  # of deflate: two fifths of the time of 6, for an eighth more octets


class XlsxEncoder:
    def __init__(self, table: Table, sheet_rows: int = SHEET_ROWS) -> None:
        self._table = table
        self._sheet_rows = sheet_rows
        self._sink = Sink()
        self._archive = ZipFile(self._sink, "w", ZIP_DEFLATED, compresslevel=_LEVEL)
        self._counts: list[int] = []
        self._size = 0
        self._sheet: IO[bytes]
        self._columns: list[Cells]

    def begin(self) -> bytes:
        self._begin_sheet()
        return self._sink.take()

    def rows(self, rows: Page) -> bytes:
        if self._counts[-1] + len(rows) > self._sheet_rows or self._size > SHEET_BYTES:
            self._end_sheet()
            self._begin_sheet()
        self._write(self._rows(rows))
        self._counts[-1] += len(rows)
        return self._sink.take()

    def end(self) -> bytes:
        self._end_sheet()
        for name, part in make_shell(self._table, self._counts).others.items():
            self._archive.writestr(name, part)
        self._archive.close()
        return self._sink.take()

    def _begin_sheet(self) -> None:
        self._counts.append(0)
        self._size = 0
        name, sheet = list(make_shell(self._table, self._counts).sheets.items())[-1]
        self._sheet = self._archive.open(name, "w")
        self._columns = [
            column_of(field.type, letters(column), plain, risky)
            for column, (field, plain, risky) in enumerate(
                zip(self._table.fields, sheet.plain, sheet.risky, strict=True)
            )
        ]
        self._write(sheet.before)

    def _end_sheet(self) -> None:
        # The filter over the headings reaches down to the last row, known only now.
        sheets = make_shell(self._table, self._counts).sheets
        self._write(list(sheets.values())[-1].after)
        self._sheet.close()

    def _rows(self, rows: Page) -> str:
        first = self._counts[-1] + 2  # row 1 has the headings
        columns = zip(*rows, strict=True)
        written = [
            cells(first, values) for cells, values in zip(self._columns, columns, strict=True)
        ]
        return "".join(
            [
                f'<row r="{number}">{"".join(cells)}</row>'
                for number, cells in enumerate(zip(*written, strict=True), first)
            ]
        )

    def _write(self, xml: str) -> None:
        data = xml.encode()
        self._size += len(data)
        self._sheet.write(data)
