"""One JSON document: a list of rows, and the mark as further members."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from api.form import JSON, Form
from api.rows import joined, json_objects
from api.table import LINES_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.table import Table


def write(table: Table) -> Iterator[bytes]:
    """Write ``{"aggregates":[...],"complete":true,...}``."""
    before = b'{"%b":[' % table.name.encode()
    for shown, _ in table.blocks(LINES_AT_ONCE):
        if shown.num_rows:
            yield before + joined(json_objects(shown))
            before = b","
    opened = b"" if before == b"," else before
    yield opened + b"]," + msgspec.json.encode(table.mark())[1:]


FORM = Form(name=JSON, media_type="application/json", ending="json", write=write, schema={"type": "object"})
