"""Parquet, its pages compressed with Zstandard; the mark stands in the footer, without which no file can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet

from api.form import Form
from api.sink import Sink

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.table import Table


def write(table: Table) -> Iterator[bytes]:
    """Write a row group per block, and the mark as key-value metadata of the footer."""
    sink, schema = Sink(), table.shown()
    writer = pyarrow.parquet.ParquetWriter(sink, schema, compression="zstd", **_encodings(schema))
    try:
        for shown, _ in table.blocks():
            if shown.num_rows:
                writer.write_batch(shown, row_group_size=shown.num_rows)
            yield sink.taken()
        writer.add_key_value_metadata(table.mark_in_words())
    finally:
        writer.close()
    yield sink.taken()


def _encodings(schema: pa.Schema) -> dict[str, Any]:
    """Say how columns are packed: whole numbers and times by their steps, which is small and fast; all else by value.

    Source: Apache Parquet, DELTA_BINARY_PACKED (github.com/apache/parquet-format, Encodings.md).
    """
    by_steps = [field.name for field in schema if _rises(field.type)]
    return {
        "use_dictionary": [field.name for field in schema if field.name not in by_steps],
        "column_encoding": dict.fromkeys(by_steps, "DELTA_BINARY_PACKED"),
    }


def _rises(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind) or pa.types.is_int32(kind) or pa.types.is_int64(kind))


FORM = Form(
    name="parquet",
    media_type="application/vnd.apache.parquet",
    ending="parquet",
    write=write,
    packed=True,
    schema={"type": "string", "format": "binary"},
)
