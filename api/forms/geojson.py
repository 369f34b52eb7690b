"""GeoJSON (RFC 7946): a feature per row at the place of its thing, and the mark as members of the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pyarrow.compute as pc

from api.form import Form
from api.rows import joined, json_objects
from api.table import LINES_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from api.table import Table


def write(table: Table) -> Iterator[bytes]:
    """Write a FeatureCollection; a row whose place is not known has a null geometry."""
    before = b'{"type":"FeatureCollection","features":['
    for shown, whole in table.blocks(LINES_AT_ONCE):
        if shown.num_rows:
            yield before + joined(_features(table, shown, whole))
            before = b","
    opened = b"" if before == b"," else before
    yield opened + b"]," + msgspec.json.encode(table.mark())[1:]


def _features(table: Table, shown: pa.RecordBatch, whole: pa.RecordBatch) -> pa.StringArray:
    places = "null" if table.geometry is None else pc.fill_null(table.geometry(whole), "null")
    return pc.binary_join_element_wise(
        '{"type":"Feature","geometry":', places, ',"properties":', json_objects(shown), "}", ""
    )


FORM = Form(
    name="geojson",
    media_type="application/geo+json",
    also=("application/vnd.geo+json",),
    ending="geojson",
    write=write,
    schema={"type": "object", "required": ["type", "features", "complete", "rows", "checksum"]},
)
