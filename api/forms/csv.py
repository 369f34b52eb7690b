"""CSV with one header line. It has no place for a mark: its query says whether it is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.form import Form
from api.rows import csv_header, csv_lines
from api.table import LINES_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.table import Table


def write(table: Table) -> Iterator[bytes]:
    """Write a header and a line per row; a missing number is an empty field."""
    yield csv_header(table.shown())
    for shown, _ in table.blocks(LINES_AT_ONCE):
        yield csv_lines(shown)


FORM = Form(name="csv", media_type="text/csv; charset=utf-8", ending="csv", write=write, schema={"type": "string"})
