"""What any engine can do that can read: sums by window and long answers in parts, in bounded memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from storage.aggregate import Groups, aggregate, joined, of_groups, of_members, of_rows
from storage.store import Query

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sensors.model import Batch, Datastream
    from storage.aggregate import Aggregates
    from storage.store import Store
    from storage.windows import Function, Windows

ROWS_AT_ONCE = 5_000_000
"""About so many rows are held at a time: some hundred megabytes."""


def aggregate_by_reading(
    store: Store,
    datastreams: Sequence[Datastream],
    windows: Windows,
    functions: Sequence[Function],
    groups: Sequence[int] | None = None,
) -> Aggregates:
    """Read the rows of some datastreams after the other, and sum them up."""
    query = Query(datastreams=datastreams, start=windows.reach, end=windows.end)
    portions = _portions(store, query, ROWS_AT_ONCE)
    if groups is None:
        parts = [aggregate(store.read(some), some.datastreams, windows, functions) for some in portions]
        return joined(parts, tuple(datastreams), functions)
    members, first, sums = Groups.of(groups, functions), 0, []
    for some in portions:
        mine = members.of_places(first, first + len(some.datastreams))
        sums.append(of_members(of_rows(store.read(some), some.datastreams), mine, windows, functions))
        first += len(some.datastreams)
    return of_groups(sums, windows, functions)


def stream_by_reading(store: Store, query: Query, rows: int) -> Iterator[Batch]:
    """Give the rows of a query in its order, in batches of at most ``rows``."""
    left = query.limit
    for some in _portions(store, query, max(rows, ROWS_AT_ONCE)):
        batch = store.read(replace(some, limit=left))
        left = None if left is None else left - len(batch)
        for first in range(0, len(batch), rows):
            yield batch.take(np.arange(first, min(first + rows, len(batch))))
        if left == 0:
            return


def _portions(store: Store, query: Query, rows: int) -> Iterator[Query]:
    """Part a query by datastreams so that each part has about so many rows in all of time, or is one datastream."""
    spans = store.spans(query.datastreams)
    held = dict(zip(spans.datastreams, spans.count.tolist(), strict=True))
    some: list[Datastream] = []
    size = 0
    for stream in query.datastreams:
        if some and size + held.get(stream, 0) > rows:
            yield replace(query, datastreams=some)
            some, size = [], 0
        some.append(stream)
        size += held.get(stream, 0)
    if some:
        yield replace(query, datastreams=some)
