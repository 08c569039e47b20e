"""Parquet, one group of rows after the other; needs pyarrow, the extra « parquet ».

Instants are UTC to the millisecond. The Table Schema is in the metadata, under « table_schema ».
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import orjson

from collector.formats.encoding import MissingLibrary, Sink
from collector.formats.schema import table_schema
from collector.formats.table import Field, Page, Table

if TYPE_CHECKING:
    import pyarrow

# A group is closed at either: long texts must not make it large.
GROUP_ROWS = 10_000
GROUP_BYTES = 4 << 20

MISSING = (
    "Le format Parquet a besoin de la bibliothèque pyarrow : "
    "pip install 'je-donne-mon-avis[parquet]'."
)


def make_parquet(table: Table) -> ParquetEncoder:
    """Raises MissingLibrary without pyarrow."""
    if find_spec("pyarrow") is None:
        raise MissingLibrary(MISSING)
    return ParquetEncoder(table)


class ParquetEncoder:
    def __init__(self, table: Table) -> None:
        self._table = table
        self._sink = Sink()
        self._batches: list[Any] = []
        self._n = self._bytes = 0

    def begin(self) -> bytes:
        # A fifth of a second and 40 MB, only for who wants this format.
        import pyarrow as pa
        from pyarrow.parquet import ParquetWriter

        self._pa = pa
        # The system's own allocator gives back what a group needed.
        pool = pa.system_memory_pool()
        self._schema = _schema(self._table, pa)
        self._columns = [_column(each, pa, pool) for each in self._table.fields]
        self._writer = ParquetWriter(self._sink, self._schema, compression="zstd", memory_pool=pool)
        return self._sink.take()

    def rows(self, rows: Page) -> bytes:
        columns = zip(self._columns, zip(*rows, strict=True), strict=True)
        arrays = [column(values) for column, values in columns]
        batch = self._pa.RecordBatch.from_arrays(arrays, schema=self._schema)
        self._batches.append(batch)
        self._n += batch.num_rows
        self._bytes += batch.nbytes
        if self._n >= GROUP_ROWS or self._bytes >= GROUP_BYTES:
            self._write_group()
        return self._sink.take()

    def end(self) -> bytes:
        if self._batches:
            self._write_group()
        self._writer.close()
        return self._sink.take()

    def _write_group(self) -> None:
        group = self._pa.Table.from_batches(self._batches)
        self._writer.write_table(group, row_group_size=self._n)
        self._batches.clear()
        self._n = self._bytes = 0


def _schema(table: Table, pa: Any) -> pyarrow.Schema:
    types = _types(pa)
    fields = [
        pa.field(each.name, types[each.type], metadata={"title": each.titre})
        for each in table.fields
    ]
    return pa.schema(fields, metadata={"table_schema": orjson.dumps(table_schema(table))})


def _types(pa: Any) -> dict[str, Any]:
    return {
        "string": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "datetime": pa.timestamp("ms", "UTC"),
    }


def _column(field: Field, pa: Any, pool: Any) -> Callable[[Any], Any]:
    """What makes an array of the values of a column; days and instants come as texts."""
    type = _types(pa)[field.type]
    if field.type in ("date", "datetime"):
        return lambda values: pa.array(values, pa.string(), memory_pool=pool).cast(type)
    return lambda values: pa.array(values, type, memory_pool=pool)
