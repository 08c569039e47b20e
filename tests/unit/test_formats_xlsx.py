"""XLSX as a spreadsheet reads it: types, headings, « Lisez-moi », and nothing that runs."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from collector.formats import FORMATS, Row
from collector.formats.xlsx import XlsxEncoder
from collector.formats.xlsx_cells import CELL_TEXT, escaped, letters
from tests.formats import A_ROW, EVERY_TYPE, NASTY, NOTHING, TEXTS, written

SMALL_SHEETS = replace(FORMATS["xlsx"], encoder=partial(XlsxEncoder, sheet_rows=3), at_once=1)


def book(data: bytes) -> Any:
    return load_workbook(io.BytesIO(data))


def cells(sheet: Any) -> list[tuple[Any, ...]]:
    return [tuple(cell.value for cell in row) for row in sheet.iter_rows(min_row=2)]


def test_cells_have_types() -> None:
    sheet = book(written("xlsx", EVERY_TYPE, [A_ROW, NOTHING]))["Essai"]
    jour, instant = datetime(2026, 3, 29), datetime(2026, 3, 29, 1, 59, 59, 250_000)
    assert cells(sheet) == [("Très bien", -3, 7.5, jour, instant, True)]
    assert [cell.data_type for cell in sheet[2]] == ["s", "n", "n", "d", "d", "b"]
    assert [cell.number_format for cell in sheet[2]][3:5] == ["yyyy-mm-dd", "yyyy-mm-dd hh:mm"]


def test_headings_are_styled_and_stay_in_view() -> None:
    sheet = book(written("xlsx", EVERY_TYPE, [A_ROW] * 7))["Essai"]
    assert [cell.value for cell in sheet[1]] == [each.titre for each in EVERY_TYPE.fields]
    assert all(cell.font.bold for cell in sheet[1])
    assert not sheet["A2"].font.bold
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:F8")
    assert sheet.column_dimensions["A"].width > sheet.column_dimensions["D"].width


def test_lisez_moi_says_what_the_file_is() -> None:
    workbook = book(written("xlsx", EVERY_TYPE, [A_ROW] * 1200))
    assert workbook.sheetnames == ["Essai", "Lisez-moi"]
    assert workbook.active.title == "Essai"
    lines = list(workbook["Lisez-moi"].iter_rows(values_only=True))
    assert ("Filtre", "", "démarche carte-grise") in lines
    assert ("Lignes", "", "1\u202f200") in lines
    assert ("Texte", "texte", "Ce qu’on veut.") in lines


def test_a_long_table_is_several_sheets_with_headings() -> None:
    rows: list[Row] = [(str(i), None) for i in range(8)]
    workbook = book(written(SMALL_SHEETS, TEXTS, rows[:5], rows[5:]))
    assert workbook.sheetnames == ["Textes", "Textes (2)", "Textes (3)", "Lisez-moi"]
    sheets = [workbook[name] for name in workbook.sheetnames[:3]]
    assert [cell for sheet in sheets for cell, *_ in cells(sheet)] == [a for a, _ in rows]
    assert [sheet["A1"].value for sheet in sheets] == ["A"] * 3
    assert [sheet.auto_filter.ref for sheet in sheets] == ["A1:B4", "A1:B4", "A1:B3"]
    assert [sheet.sheet_view.tabSelected for sheet in sheets] == [True, None, None]


def test_a_table_that_fills_a_sheet_has_no_empty_one_after_it() -> None:
    workbook = book(written(SMALL_SHEETS, TEXTS, [("a", "b")] * 3))
    assert workbook.sheetnames == ["Textes", "Lisez-moi"]


def test_a_sheet_of_long_texts_ends_before_its_part_is_too_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("collector.formats.xlsx.SHEET_BYTES", 20_000)
    rows: list[Row] = [("é" * 10_000, str(i)) for i in range(3)]
    small = replace(FORMATS["xlsx"], at_once=1)
    workbook = book(written(small, TEXTS, rows))
    assert workbook.sheetnames[:-1] == ["Textes", "Textes (2)", "Textes (3)"]
    assert cells(workbook["Textes (3)"]) == rows[2:]


def test_a_table_without_rows_opens() -> None:
    assert cells(book(written("xlsx", TEXTS))["Textes"]) == []


@pytest.mark.parametrize("text", NASTY)
def test_a_text_stays_a_text_and_exact(text: str) -> None:
    cell = book(written("xlsx", TEXTS, [(text, None)]))["Textes"]["A2"]
    assert (cell.data_type, cell.hyperlink) == ("s", None)
    assert unescape(cell.value) == text


@pytest.mark.parametrize("text", NASTY[:18])
def test_what_would_run_once_edited_is_marked_as_quoted(text: str) -> None:
    sheet = book(written("xlsx", TEXTS, [(text, "a=b")]))["Textes"]
    assert sheet["A2"].quotePrefix
    assert not sheet["B2"].quotePrefix


@pytest.mark.parametrize(("filler", "kept"), [("é", CELL_TEXT - 1), ("😀", (CELL_TEXT - 1) // 2)])
def test_a_text_too_long_for_a_cell_is_visibly_cut(filler: str, kept: int) -> None:
    assert escaped(filler * CELL_TEXT + "x") == filler * kept + "…"


def test_a_text_that_just_fits_is_whole() -> None:
    assert escaped("é" * CELL_TEXT) == "é" * CELL_TEXT


def test_every_part_is_well_formed() -> None:
    data = written(SMALL_SHEETS, TEXTS, [(text, text) for text in NASTY])
    with ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            ElementTree.fromstring(archive.read(name))


def test_rows_leave_before_the_last_one_is_there() -> None:
    encoder = XlsxEncoder(TEXTS)
    sent = len(encoder.begin()) + sum(
        len(encoder.rows([(f"{i * 7919:x}" * 20, None)] * 100)) for i in range(100)
    )
    assert sent > len(encoder.end())


def test_columns_have_letters() -> None:
    named = [letters(column) for column in (0, 25, 26, 51, 52, 701, 702, 16_383)]
    assert named == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA", "XFD"]
