"""Newline-delimited JSON: an object per row, and a last line that says that it is whole."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from api.form import Form
from api.rows import joined, json_objects
from api.table import LINES_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.table import Table


def write(table: Table) -> Iterator[bytes]:
    """Write the rows, then ``{"complete":true,...}`` with the SHA-256 of all bytes before that line."""
    digest = sha256()
    for shown, _ in table.blocks(LINES_AT_ONCE):
        lines = joined(json_objects(shown), "\n") + b"\n" if shown.num_rows else b""
        digest.update(lines)
        yield lines
    yield msgspec.json.encode({**table.mark(), "sha256": digest.hexdigest()}) + b"\n"


FORM = Form(
    name="ndjson",
    media_type="application/x-ndjson",
    also=("application/ndjson", "application/jsonl"),
    ending="ndjson",
    write=write,
    schema={"type": "string", "description": 'A JSON object per line; the last one is {"complete":true,...}'},
)
