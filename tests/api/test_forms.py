"""Every format of tables: what was whole reads back whole, what was cut off does not pass for it."""

from __future__ import annotations

import csv
import json
from hashlib import sha256
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from api.form import all_forms
from api.table import Part, Table, checksum

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA = pa.schema(
    [pa.field("thing", pa.string()), pa.field("time", pa.timestamp("ms", "UTC")), pa.field("result", pa.float64())],
    metadata={"units": '{"filling_level":"%"}'},
)
ROWS = [{"thing": f"bin-{number}", "time": 1_000 * number, "result": number / 4 or None} for number in range(7)]


def table(rows: Sequence[dict[str, Any]] = ROWS, size: int = 3) -> Table:
    batches = [
        pa.RecordBatch.from_pylist(list(rows[at : at + size]), schema=SCHEMA) for at in range(0, len(rows), size)
    ]
    places = '{"type":"Point","coordinates":[12,54]}'
    return Table(
        name="observations",
        schema=SCHEMA,
        parts=iter([Part(batch, checksum(batch)) for batch in batches]),
        geometry=lambda batch: pa.array([places] * batch.num_rows, pa.string()),
    )


def written(form: str, some: Table) -> bytes:
    return b"".join(all_forms()[form].write(some))


def read(form: str, body: bytes) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Read a body as a client would: rows, and the mark."""
    if form == "arrow":
        return _read_arrow(body)
    if form == "parquet":
        file = pyarrow.parquet.ParquetFile(BytesIO(body))
        said = {name.decode(): value.decode() for name, value in file.metadata.metadata.items()}
        return file.read().to_pylist(), said
    if form == "geojson":
        document = json.loads(body)
        assert {feature["geometry"]["type"] for feature in document["features"]} <= {"Point"}
        return [feature["properties"] for feature in document["features"]], document
    if form == "json":
        document = json.loads(body)
        return document["observations"], document
    if form == "csv":
        return list(csv.DictReader(StringIO(body.decode()))), {}
    *lines, mark = body.splitlines(keepends=True)
    said = json.loads(mark)
    assert said["sha256"] == sha256(b"".join(lines)).hexdigest()
    return [json.loads(line) for line in lines], said


def _read_arrow(body: bytes) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    stream = pa.ipc.open_stream(body)
    rows: list[dict[str, Any]] = []
    mark: dict[str, Any] = {}
    while True:
        try:
            batch, said = stream.read_next_batch_with_custom_metadata()
        except StopIteration:
            return rows, mark
        rows += batch.to_pylist()
        mark = {name.decode(): value.decode() for name, value in (said or {}).items()}


@pytest.mark.parametrize("form", all_forms())
@pytest.mark.parametrize("count", [0, 1, 7])
def test_rows_and_mark_read_back(form, count):
    some = table(ROWS[:count])
    rows, said = read(form, written(form, some))
    assert [row["thing"] for row in rows] == [row["thing"] for row in ROWS[:count]]
    if form != "csv":
        assert (f"{said['complete']}".lower(), int(said["rows"])) == ("true", count)
        assert said["checksum"] == some.mark()["checksum"]


@pytest.mark.parametrize("form", [form for form in all_forms() if form != "csv"])
def test_what_was_cut_off_anywhere_has_no_mark(form):
    blocks = list(all_forms()[form].write(table()))
    assert len(blocks) > 3
    for count in range(len(blocks)):
        try:
            _, said = read(form, b"".join(blocks[:count]))
        except (ValueError, pa.ArrowException, AssertionError, KeyError):
            continue
        assert "complete" not in said


@pytest.mark.parametrize("form", all_forms())
def test_some_fields_and_the_checksum_of_all(form):
    rows, said = read(form, written(form, table().showing(["result", "thing"])))
    assert list(rows[0]) == ["result", "thing"]
    assert said.get("checksum") in {None, whole_checksum()}


def whole_checksum() -> str:
    some = table()
    list(some.blocks())
    return str(some.mark()["checksum"])


@pytest.mark.parametrize("form", ["arrow", "parquet"])
def test_units_stand_in_the_schema(form):
    body = written(form, table())
    schema = pa.ipc.open_stream(body).schema if form == "arrow" else pyarrow.parquet.read_schema(BytesIO(body))
    assert schema.metadata[b"units"] == b'{"filling_level":"%"}'


def test_a_checksum_depends_on_no_order_and_no_parts():
    rows = pa.RecordBatch.from_pylist(ROWS, schema=SCHEMA)
    turned = pa.RecordBatch.from_pylist(ROWS[::-1], schema=SCHEMA)
    assert checksum(rows) == checksum(turned)
    assert checksum(rows) == sum(checksum(rows.slice(at, 1)) for at in range(len(ROWS))) % 2**64
    doubled = pa.RecordBatch.from_pylist([*ROWS, ROWS[0]], schema=SCHEMA)
    changed = pa.RecordBatch.from_pylist([*ROWS[:-1], ROWS[-1] | {"result": 9.0}], schema=SCHEMA)
    assert len({checksum(rows), checksum(doubled), checksum(changed)}) == 3


def test_a_checksum_sees_words_by_their_letters():
    plain = pa.RecordBatch.from_pydict({"a": pa.array(["x", None, "y"])})
    coded = pa.RecordBatch.from_pydict({"a": pa.array(["x", None, "y"]).dictionary_encode()})
    assert checksum(plain) == checksum(coded)
