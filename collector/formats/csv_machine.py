"""CSV for programs (RFC 4180): commas, UTF-8 without a mark, CRLF after every record, ISO 8601.

Every text is quoted, and exact, line breaks within it too; an absent value is an empty field; true
and false are so written. Formulas are not neutralised: this is the file that is imported again.
"""

from __future__ import annotations

import re

import orjson

from collector.formats.table import Page, Row, Table, Value

_ESCAPE = re.compile(rb"\\(?:u[0-9a-f]{4}|.)")
# Between two rows, of which the second begins with a text: in a text, a quote has its backslash.
_BETWEEN = b'],["'
_ABSENT = b",null"


class CsvEncoder:
    def __init__(self, table: Table) -> None:
        self._names = table.names

    def begin(self) -> bytes:
        return _record(self._names)

    def rows(self, rows: Page) -> bytes:
        return _records(rows)

    def end(self) -> bytes:
        return b""


def _records(rows: Page) -> bytes:
    """Some records, nearly three times as fast as by the csv module: rows in JSON are nearly CSV.

    When every row begins with a text, what is absent is always behind a comma. There must be as
    many such places as there are values absent: else a text says the same, and they are mixed up.
    """
    json = orjson.dumps(rows)
    apart = json.replace(_BETWEEN, b'\r\n"')
    if not json.startswith(b'[["') or len(json) - len(apart) != len(rows) - 1:
        return b"".join(map(_record, rows))
    text = apart.replace(_ABSENT, b",")
    absent = sum([row.count(None) for row in rows])
    if len(apart) - len(text) != absent * len("null"):
        return b"".join(map(_record, rows))
    return _ESCAPE.sub(_unescape, text[2:-2]) + b"\r\n"


def _unescape(found: re.Match[bytes]) -> bytes:
    if found[0] == b'\\"':
        return b'""'
    text: str = orjson.loads(b'"%b"' % found[0])
    return text.encode()


def _record(row: Row) -> bytes:
    return ",".join(map(_field, row)).encode() + b"\r\n"


def _field(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    return orjson.dumps(value).decode()
