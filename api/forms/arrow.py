"""Arrow's IPC stream, its buffers compressed with Zstandard; a last batch without rows carries the mark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from api.form import Form
from api.sink import Sink

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.table import Table


def write(table: Table) -> Iterator[bytes]:
    """Write the schema, the rows, and an empty batch whose metadata is the mark: the format's own end has no room."""
    sink, schema = Sink(), table.shown()
    with pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as stream:
        yield sink.taken()
        for shown, _ in table.blocks():
            if shown.num_rows:
                stream.write_batch(shown)
            yield sink.taken()
        nothing = pa.RecordBatch.from_arrays([_none_of(field.type) for field in schema], schema=schema)
        stream.write_batch(nothing, custom_metadata=table.mark_in_words())
    yield sink.taken()


def _none_of(kind: pa.DataType) -> pa.Array:
    return pa.array([], kind)


FORM = Form(
    name="arrow",
    media_type="application/vnd.apache.arrow.stream",
    ending="arrows",
    write=write,
    packed=True,
    schema={"type": "string", "format": "binary"},
)
