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
    from collections.abc import Sequence

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


def batch(readings: Sequence[tuple[int, int, int, int, int]]) -> Batch:
    code, hours, results, quality, revision = zip(*readings, strict=True)
    result = np.where(np.array(quality) == 9, np.nan, np.array(results, dtype=float))
    return Batch.of(STREAMS, code, START + np.array(hours) * HOUR, result, quality=quality, revision=revision)


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
