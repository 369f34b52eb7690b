"""How far every datastream reaches, beside a loop over all rows that were ever noted."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sensors.model import Batch, Datastream
from storage.extents import Extents

STREAMS = tuple(Datastream("thing", f"p{number}") for number in range(4))
ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(-50, 50)), max_size=6)


def coded(rows: list[tuple[int, int]]) -> Batch:
    return Batch.of(STREAMS, [code for code, _ in rows], [time for _, time in rows], [0.0] * len(rows))


def told(extents: Extents, *codes: int) -> list[tuple[int, ...]]:
    return list(zip(*(column.tolist() for column in extents.of(np.array(codes, dtype=np.int32))), strict=True))


@given(st.lists(ROWS, max_size=6))
def test_what_is_told_is_what_all_rows_say(batches: list[list[tuple[int, int]]]):
    extents, times = Extents(), dict[int, list[int]]()
    for rows in batches:
        extents.add(coded(rows))
        for code, time in rows:
            times.setdefault(code, []).append(time)
    assert told(extents, 3, 1, -1, 0, 2, 9) == [
        (code, min(times[code]), max(times[code]), len(times[code])) for code in (3, 1, 0, 2) if code in times
    ]


def test_what_is_put_takes_the_place_of_what_was_known():
    extents = Extents()
    extents.add(coded([(0, 5), (1, 7), (1, 9)]))
    extents.clear(np.array([0, 1], dtype=np.int32))
    assert told(extents, 0, 1) == []
    extents.put(np.array([1], dtype=np.int32), np.array([9]), np.array([9]), np.array([1]))
    extents.add(coded([(1, 8)]))
    assert told(extents, 0, 1) == [(1, 8, 9, 2)]
