from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sensors.model import TIME, Batch, Datastream
from storage.pieces import LONGEST, narrowed, pieces
from storage.store import Spans, open_store

DAY = 86_400_000
NOTHING = Spans((), np.empty(0, TIME), np.empty(0, TIME), np.empty(0, np.int64))


def spans(*held: tuple[int, int, int]) -> Spans:
    """Datastreams by first day, last day and rows."""
    first, last, count = (np.array(column, dtype=np.int64) for column in zip(*held, strict=True))
    streams = tuple(Datastream(f"t{place}", "level") for place in range(len(held)))
    return Spans(streams, (first * DAY).view(TIME), (last * DAY + DAY - 1).view(TIME), count)


def extents(found: Spans, rows: int) -> list[tuple[list[str], int, int]]:
    return [
        ([stream.thing for stream in piece.datastreams], int(piece.start.astype(int)), int(piece.end.astype(int)))
        for piece in pieces(found, rows)
    ]


def test_days_are_taken_together_while_they_fit():
    assert extents(spans((0, 3, 40)), 20) == [(["t0"], 0, 2), (["t0"], 2, 4)]


def test_a_day_with_too_many_rows_is_cut_by_datastreams():
    assert extents(spans((0, 0, 10), (0, 0, 10), (0, 0, 10)), 20) == [(["t0"], 0, 1), (["t1", "t2"], 0, 1)]


def test_a_day_of_one_datastream_is_never_cut():
    assert extents(spans((0, 1, 200)), 20) == [(["t0"], 0, 1), (["t0"], 1, 2)]


def test_no_piece_is_longer_than_a_month_and_years_without_rows_are_none():
    found = extents(spans((0, 0, 1), (10_000, 10_039, 40)), 100)
    assert found == [(["t0"], 0, 1), (["t1"], 10_000, 10_001 + 8), (["t1"], 10_009, 10_040)] or all(
        end - begin <= LONGEST for _, begin, end in found
    )
    assert len(found) < 5


def test_nothing_has_no_pieces():
    assert list(pieces(NOTHING)) == []


def test_spans_are_narrowed_to_what_is_wanted():
    found = narrowed(spans((0, 0, 1), (1, 1, 2)), lambda stream: stream.thing == "t1")
    assert found.count.tolist() == [2]
    assert found.datastreams == (Datastream("t1", "level"),)


@given(
    st.sets(st.tuples(st.integers(0, 4), st.integers(0, 200)), min_size=1, max_size=60),
    st.integers(1, 30),
)
def test_every_row_is_in_exactly_one_piece(keys: set[tuple[int, int]], rows: int):
    store = open_store("memory://")
    streams = [Datastream(f"t{place}", "level") for place in range(5)]
    ordered = sorted(keys)
    times = [hours * 3_600_000 for _, hours in ordered]
    store.write(Batch.of(streams, [code for code, _ in ordered], times, np.zeros(len(ordered))))
    read = [
        (batch.datastreams[code].thing, time)
        for piece in pieces(store.spans(), rows)
        for batch in [store.read(piece.query())]
        for code, time in zip(batch.datastream, batch.phenomenon_time.view(np.int64).tolist(), strict=True)
    ]
    assert sorted(read) == [(f"t{code}", time) for (code, _), time in zip(ordered, times, strict=True)]
