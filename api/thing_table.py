"""Things as a table: a row per thing, what its kind knows of the site as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa

from api.places import point
from api.rows import JSON_TEXT
from api.table import Part, Table, checksum
from api.vocabulary import domain_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sensors.model import Thing

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string()),
        pa.field("name", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("domain", pa.string()),
        pa.field("operator", pa.string()),
        pa.field("district", pa.string()),
        pa.field("public", pa.bool_()),
        pa.field("longitude", pa.float64(), metadata={"unit": "deg"}),
        pa.field("latitude", pa.float64(), metadata={"unit": "deg"}),
        pa.field("properties", pa.string(), metadata=JSON_TEXT),
    ]
)


def thing_table(things: Sequence[Thing], version: int) -> Table:
    """Give things as a table."""
    told = ("id", "name", "kind", "operator", "district", "public", "longitude", "latitude")
    columns = {name: [getattr(thing, name) for thing in things] for name in told}
    columns["domain"] = [domain_of(thing.kind) for thing in things]
    columns["properties"] = [msgspec.json.encode(thing.site()).decode() for thing in things]
    rows = pa.RecordBatch.from_pydict(columns, schema=SCHEMA)
    places = pa.array([point(thing) for thing in things], pa.string())
    return Table(
        name="things",
        schema=SCHEMA.with_metadata({"version": f"{version}"}),
        parts=iter([Part(rows, checksum(rows))]),
        geometry=lambda _: places,
    )
