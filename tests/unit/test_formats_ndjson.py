"""NDJSON: an object a line, exact."""

from __future__ import annotations

import json

from hypothesis import given

from collector.formats import Row
from tests.formats import A_ROW, EVERY_TYPE, NOTHING, TEXTS, encoded, written
from tests.unit.test_formats_csv import rows_of_texts


def test_an_ndjson_byte_for_byte() -> None:
    assert written("ndjson", EVERY_TYPE, [A_ROW, NOTHING]).decode() == (
        '{"texte":"Très bien","entier":-3,"nombre":7.5,"jour":"2026-03-29",'
        '"instant":"2026-03-29T00:59:59.250Z","vrai":true}\n'
        '{"texte":null,"entier":null,"nombre":null,"jour":null,"instant":null,"vrai":null}\n'
    )


def test_a_table_without_rows_is_nothing() -> None:
    assert written("ndjson", TEXTS, []) == b""


@given(rows_of_texts)
def test_any_text_comes_back_from_ndjson_as_it_was(rows: list[Row]) -> None:
    lines = encoded("ndjson", TEXTS, rows).decode().split("\n")
    assert lines.pop() == ""
    assert [tuple(json.loads(line).values()) for line in lines] == rows
