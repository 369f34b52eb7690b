"""What DuckDB sums up where rows lie, and from days summed up before, is what is made of all rows that are read."""

from __future__ import annotations

from contextlib import closing
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.model import Batch
from storage.aggregate import aggregate
from storage.duck import summing
from storage.engines.duckdb import DuckDB, open_engine
from storage.store import Query
from storage.windows import Function, Windows
from tests.storage.test_aggregate import OF_GROUPS
from tests.storage.test_duckdb_tending import HOUR, START, STREAMS, tend

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

READING = st.tuples(
    st.integers(0, 3),
    st.integers(0, 24 * 40),
    st.integers(-3, 9),
    st.sampled_from([1, 1, 2, 3, 4, 9]),
    st.integers(0, 2),
)
STEP = st.one_of(
    st.lists(READING, min_size=1, max_size=40).map(lambda found: ("write", found)),
    st.integers(0, 24 * 80).map(lambda hours: ("tend", hours)),
    st.tuples(st.sets(st.integers(0, 3)), st.integers(0, 24 * 40)).map(lambda found: ("forget", found)),
)
EVERY_DAY = np.arange(0, 24 * 40, 24)
IN_BERLIN = np.array([-1, 24 * 7 - 1, 24 * 14 - 1, 24 * 31 - 2, 24 * 35 - 2])
EDGES = st.one_of(
    st.sampled_from([EVERY_DAY, EVERY_DAY[::7], EVERY_DAY[[0, 30]], IN_BERLIN]),
    st.lists(st.integers(0, 24 * 40), min_size=2, max_size=6, unique=True).map(sorted).map(np.array),
)


def batch(readings: Sequence[tuple[int, float, int, int, int]]) -> Batch:
    code, hours, results, quality, revision = zip(*readings, strict=True)
    result = np.where(np.array(quality) == 9, np.nan, np.array(results, dtype=float))
    return Batch.of(
        STREAMS,
        code,
        START + (np.array(hours) * 3_600_000).astype("timedelta64[ms]"),
        result,
        quality=quality,
        revision=revision,
    )


def compare(store: DuckDB, windows: Windows, groups: list[int]) -> None:
    held = store.read(Query(datastreams=STREAMS[::-1], start=windows.reach, end=windows.end))
    for functions, some in ((tuple(Function), None), *(((one,), None) for one in Function), (OF_GROUPS, groups),
                            ((Function.MEAN, Function.MAXIMUM), groups)):  # fmt: skip
        found = store.aggregate(STREAMS[::-1], windows, functions, some)
        expected = aggregate(held, STREAMS[::-1], windows, functions, some)
        np.testing.assert_array_equal(found.datastream, expected.datastream)
        np.testing.assert_array_equal(found.start, expected.start)
        for one in functions:
            np.testing.assert_allclose(found.columns[one], expected.columns[one], rtol=1e-9, err_msg=one)


@settings(deadline=None, max_examples=30)
@given(
    steps=st.lists(STEP, max_size=8),
    edges=EDGES,
    hold=st.sampled_from([1, 5, 24, 24 * 9]),
    groups=st.lists(st.integers(0, 2), min_size=4, max_size=4),
    at_once=st.sampled_from([1, 2_000_000]),
)
def test_whatever_was_written_moved_and_forgotten(
    steps: list[tuple[str, Any]], edges: np.ndarray, hold: int, groups: list[int], at_once: int
):
    windows = Windows(START + edges * HOUR, np.timedelta64(hold, "h"))
    with (
        TemporaryDirectory() as folder,
        closing(open_engine(f"duckdb://{folder}/city.duckdb")) as store,
        pytest.MonkeyPatch.context() as patched,
    ):
        patched.setattr(summing, "_ROWS_AT_ONCE", at_once)
        for what, of in steps:
            if what == "write":
                store.write(batch(of))
            elif what == "tend":
                tend(store, START + of * HOUR)
            else:
                store.forget([STREAMS[code] for code in of[0]], START + of[1] * HOUR)
        compare(store, windows, groups)


DAYS = Windows.every(np.timedelta64(1, "D"), START, START + 240 * HOUR, np.timedelta64(1, "D"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDB]:
    """Open a store that has ten days of two datastreams, all moved."""
    with closing(open_engine(f"duckdb://{tmp_path}/city.duckdb")) as opened:
        opened.write(batch([(code, hour, hour % 7, 1, 0) for code in (0, 1) for hour in range(240)]))
        tend(opened)
        yield opened


def counted(store: DuckDB, windows: Windows = DAYS) -> list[float]:
    counts = store.aggregate(STREAMS[:2], windows, [Function.COUNT], [0, 0]).columns[Function.COUNT]
    return [float(count) for count in counts]


def told_wrongly(store: DuckDB) -> None:
    """Make what was summed up wrong, to see where it is taken."""
    store._connection.execute("UPDATE summed_day SET count = 1000")


def test_whole_days_that_moved_are_taken_as_they_were_summed_up_and_others_from_rows(store: DuckDB):
    assert counted(store) == [48] * 10
    told_wrongly(store)
    assert counted(store) == [2000] * 10
    half = np.timedelta64(12, "h")
    assert counted(store, Windows.every(half, START, START + 240 * HOUR)) == [24] * 20
    assert counted(store, Windows(DAYS.edges[[0, 5]] + half)) == [4 * 2000 + 24 + 24]


@pytest.mark.parametrize("late", [(1, 30, 5, 1, 9), (1, 30.5, 5, 1, 0)])
def test_a_day_with_a_late_or_corrected_row_is_made_of_rows_until_it_moves_and_then_anew(
    store: DuckDB, late: tuple[int, float, int, int, int]
):
    told_wrongly(store)
    store.write(batch([late]))
    rows = 24 + (late[1] == 30.5)
    assert counted(store) == [2000, 1000 + rows] + [2000] * 8
    tend(store)
    told = store._connection.execute("SELECT datastream, count FROM summed_day WHERE count < 1000").fetchall()
    assert told == [(1, rows)]
    assert counted(store) == [2000, 1000 + rows] + [2000] * 8


def test_what_is_forgotten_leaves_the_sums(store: DuckDB):
    store.forget(STREAMS[:1], START + 36 * HOUR)
    assert counted(store) == [24, 24 + 12] + [48] * 8
    assert store.forget(STREAMS, START + 240 * HOUR) > 0
    assert store._connection.execute("SELECT count(*) FROM summed_day").fetchall() == [(0,)]


def test_days_with_a_gap_longer_than_a_result_may_hold_are_made_of_rows(store: DuckDB):
    store._connection.execute("UPDATE summed_day SET held = 0")
    week = DAYS.edges[[0, 7]]
    compare(store, Windows(week, np.timedelta64(30, "m")), [0, 0, 1, 1])
    mean = store.aggregate(STREAMS[:1], Windows(week), [Function.TIME_WEIGHTED_MEAN])
    assert mean.columns[Function.TIME_WEIGHTED_MEAN][0] < 1


def test_days_in_which_a_counter_falls_are_made_of_rows(store: DuckDB):
    store._connection.execute("UPDATE summed_day SET closing = 1000")
    found = store.aggregate(STREAMS[:1], Windows(DAYS.edges[[0, 7]]), [Function.INCREASE, Function.LAST])
    assert found.columns[Function.INCREASE].tolist() == [7 * 24 - 1 - 0 - (7 * 24 - 1) // 7]
    last = store.aggregate(STREAMS[:1], Windows(DAYS.edges[[0, 7]]), [Function.LAST])
    assert last.columns[Function.LAST].tolist() == [1000]
