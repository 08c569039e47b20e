"""Parquet as pyarrow reads it: types, groups of bounded size, the schema in the metadata."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, date, datetime
from typing import Any

import pyarrow.parquet as pq
import pytest

from collector.formats import FORMATS, MissingLibrary
from collector.formats.parquet import GROUP_BYTES, GROUP_ROWS
from collector.formats.schema import table_schema
from tests.formats import A_ROW, EVERY_TYPE, NASTY, NOTHING, TEXTS, in_pages, written


def file_of(data: bytes) -> Any:
    return pq.ParquetFile(io.BytesIO(data))


def test_columns_have_types() -> None:
    read = file_of(written("parquet", EVERY_TYPE, [A_ROW, NOTHING])).read()
    instant = datetime(2026, 3, 29, 0, 59, 59, 250_000, tzinfo=UTC)
    assert [tuple(row.values()) for row in read.to_pylist()] == [
        ("Très bien", -3, 7.5, date(2026, 3, 29), instant, True),
        NOTHING,
    ]
    assert [str(each) for each in read.schema.types] == [
        "string", "int64", "double", "date32[day]", "timestamp[ms, tz=UTC]", "bool",
    ]  # fmt: skip


def test_texts_are_exact() -> None:
    read = file_of(written("parquet", TEXTS, [(text, None) for text in NASTY])).read()
    assert read.column("a").to_pylist() == NASTY


def test_the_schema_is_in_the_metadata() -> None:
    schema = file_of(written("parquet", EVERY_TYPE)).schema_arrow
    assert json.loads(schema.metadata[b"table_schema"]) == table_schema(EVERY_TYPE)
    assert schema.field("entier").metadata[b"title"] == b"Entier"


def test_groups_of_rows_have_an_end() -> None:
    data = written("parquet", TEXTS, *[[("a", "b")] * 1000] * (2 * GROUP_ROWS // 1000 + 1))
    metadata = file_of(data).metadata
    groups = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
    assert groups == [GROUP_ROWS, GROUP_ROWS, 1000]


def test_long_texts_make_smaller_groups() -> None:
    rows = 1000
    data = written("parquet", TEXTS, *[[("é" * 5000, None)] * rows])
    metadata = file_of(data).metadata
    assert rows * 10_000 > 2 * GROUP_BYTES
    assert metadata.num_row_groups == 2


def test_without_pyarrow_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingLibrary, match=r"pip install 'je-donne-mon-avis\[parquet\]'"):
        FORMATS["parquet"].write(TEXTS, in_pages([]))
