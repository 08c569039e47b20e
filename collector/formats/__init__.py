"""Downloadable files: a described table and pages of rows in, bytes out. No store, no HTTP."""

from __future__ import annotations

from collections.abc import Mapping

from collector.formats.csv_excel import ExcelCsvEncoder
from collector.formats.csv_machine import CsvEncoder
from collector.formats.encoding import Format, MissingLibrary
from collector.formats.ndjson import NdjsonEncoder
from collector.formats.parquet import make_parquet
from collector.formats.table import Field, Page, Row, Table, Value
from collector.formats.xlsx import XlsxEncoder

__all__ = ["FORMATS", "Field", "Format", "MissingLibrary", "Page", "Row", "Table", "Value"]

FORMATS: Mapping[str, Format] = {
    each.nom: each
    for each in (
        Format("csv", "CSV", "csv", "text/csv; charset=utf-8; header=present", CsvEncoder, 500),
        Format(
            "excel",
            "CSV pour Excel",
            "excel.csv",
            "text/csv; charset=utf-8; header=present",
            ExcelCsvEncoder,
            200,
        ),
        Format(
            "xlsx",
            "Excel (XLSX)",
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            XlsxEncoder,
            100,
        ),
        Format("ndjson", "NDJSON", "ndjson", "application/x-ndjson", NdjsonEncoder, 500),
        Format(
            "parquet", "Parquet", "parquet", "application/vnd.apache.parquet", make_parquet, 500
        ),
    )
}
