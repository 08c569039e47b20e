"""CSV for programs is exact; CSV for Excel is French, and runs nothing."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.formats import Row
from collector.formats.csv_machine import _record
from collector.formats.formula import is_risky, neutral
from collector.formats.table import Value
from tests.formats import A_ROW, EVERY_TYPE, NASTY, NOTHING, TEXTS, encoded, written

texts = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(NASTY)
values = st.none() | texts.filter(bool)
rows_of_texts = st.lists(st.tuples(values, values), max_size=20)


def read(data: bytes, separator: str = ",") -> list[list[str]]:
    text = data.decode("utf-8-sig" if separator == ";" else "utf-8")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))


def test_a_csv_for_programs_byte_for_byte() -> None:
    assert written("csv", EVERY_TYPE, [A_ROW, NOTHING]).decode() == (
        '"texte","entier","nombre","jour","instant","vrai"\r\n'
        '"Très bien",-3,7.5,"2026-03-29","2026-03-29T00:59:59.250Z",true\r\n'
        ",,,,,\r\n"
    )


def test_a_table_without_rows_is_its_headings() -> None:
    assert written("csv", TEXTS) == b'"a","b"\r\n'
    assert written("csv", TEXTS, []) == b'"a","b"\r\n'


@given(rows_of_texts)
def test_any_text_comes_back_from_a_csv_as_it_was(rows: list[Row]) -> None:
    _, *back = read(encoded("csv", TEXTS, rows))
    assert back == [[str(each or "") for each in row] for row in rows]


@given(rows_of_texts)
def test_records_are_the_same_at_once_and_one_by_one(rows: list[Row]) -> None:
    one_by_one = b"".join(_record(row) for row in (("a", "b"), *rows))
    assert encoded("csv", TEXTS, rows) == one_by_one


@pytest.mark.parametrize("first", [None, 1, True, "", "x"])
@pytest.mark.parametrize("text", [",null", "null", '],["', '[["', None])
def test_what_is_absent_is_told_from_what_a_text_says(first: Value, text: Value) -> None:
    for rows in ([(first, text)], [(first, text), (text, first)], [("x", text), (first, text)]):
        expected = b"".join(_record(row) for row in rows)
        assert encoded("csv", TEXTS, rows) == b'"a","b"\r\n' + expected


def test_programs_are_given_formulas_as_they_were_written() -> None:
    assert read(written("csv", TEXTS, [("=1+1", "-1")]))[1] == ["=1+1", "-1"]


# For Excel


def test_a_csv_for_excel_byte_for_byte() -> None:
    assert written("excel", EVERY_TYPE, [A_ROW, NOTHING]).decode() == (
        "\ufeffTexte;Entier;Nombre;Jour;Instant;Vrai\r\n"
        "Très bien;-3;7,5;2026-03-29;2026-03-29 01:59;VRAI\r\n"
        ";;;;;\r\n"
    )


@pytest.mark.parametrize(
    ("utc", "paris"),
    [
        ("2026-03-29T00:59:59.999Z", "2026-03-29 01:59"),
        ("2026-03-29T01:00:00.000Z", "2026-03-29 03:00"),
        ("2026-10-25T00:59:59.999Z", "2026-10-25 02:59"),
        ("2026-10-25T01:00:00.000Z", "2026-10-25 02:00"),
        ("2026-12-31T23:00:00.000Z", "2027-01-01 00:00"),
    ],
)
def test_excel_is_given_the_minute_in_paris(utc: str, paris: str) -> None:
    row = (None, None, None, None, utc, None)
    assert read(written("excel", EVERY_TYPE, [row]), ";")[1][4] == paris


@pytest.mark.parametrize("text", NASTY[:18])
def test_what_excel_would_run_is_behind_an_apostrophe(text: str) -> None:
    assert read(written("excel", TEXTS, [(text, text)]), ";")[1] == ["'" + text] * 2


@pytest.mark.parametrize("text", ["Très bien", "a=b", "1-2", "50 €", "« - »", "a@b.fr", "(=1)"])
def test_what_excel_would_not_run_is_left_alone(text: str) -> None:
    assert read(written("excel", TEXTS, [(text, text)]), ";")[1] == [text] * 2


def test_a_heading_that_excel_would_run_is_behind_an_apostrophe_too() -> None:
    fields = (replace(TEXTS.fields[0], titre="=1"), TEXTS.fields[1])
    assert read(written("excel", replace(TEXTS, fields=fields)), ";") == [["'=1", "B"]]


@given(texts)
def test_no_character_is_lost_behind_an_apostrophe(text: str) -> None:
    made = neutral(text)
    back = made[1:] if made.startswith("'") and is_risky(made[1:]) else made
    assert back == text


@given(texts.map("=".__add__))
def test_no_cell_begins_as_a_formula(text: str) -> None:
    assert read(encoded("excel", TEXTS, [(text, None)]), ";")[1][0].startswith("'")
