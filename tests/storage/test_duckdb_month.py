"""A row of a month is what it was, whatever it was, and what repeats from row to row takes no room."""

from __future__ import annotations

from contextlib import closing
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.model import Batch
from storage.duck import settling
from storage.duck.file import columns
from storage.duck.month import Month
from storage.engines.duckdb import DuckDB, open_engine
from tests.storage.test_duckdb_tending import HOUR, START, STREAMS, held, tend

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDB]:
    with closing(open_engine(f"duckdb://{tmp_path}/city.duckdb")) as opened:
        yield opened


def test_a_month_is_as_long_as_it_is():
    assert [Month.of(number).span // 86_400_000 for number in (672, 673, 675, -1)] == [31, 28, 30, 31]


@pytest.mark.parametrize("part", [1, 2_000_000])
def test_message_counters_go_on_over_the_border_between_datastreams(
    store: DuckDB, part: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(settling, "_ROWS_AT_ONCE", part)
    day = np.arange(6) // 3
    times = START + (24 * (3 + day) + np.arange(6) % 3) * HOUR
    counters = np.array(
        [np.arange(65_000, 65_006), np.arange(6) * 2 - 3, np.zeros(6), [7, 2**31 - 1, -(2**31), 0, 1, 5]],
        dtype=np.int32,
    )
    rows = Batch.of(STREAMS, np.repeat(np.arange(4), 6), np.tile(times, 4), np.arange(24.0), revision=counters.ravel())
    for number in (0, 1):
        store.write(rows.take(np.flatnonzero(np.tile(day == number, 4))))
        tend(store, START + 24 * (5 + number) * HOUR)
    before = held(store)
    tend(store)
    assert held(store) == before
    climb, lift = columns(store._connection, "SELECT climb, lift FROM settled_674")
    assert (climb - lift).reshape(4, 6).tolist() == counters.tolist()
    if part > 1:
        assert np.diff(climb[:18]).tolist() == [1] * 6 + [2] * 6 + [0] * 5


REVISION = st.one_of(st.integers(0, 9), st.integers(-(2**31), 2**31 - 1))


@settings(deadline=None, max_examples=8)
@given(rows=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 24 * 40), REVISION), min_size=1, max_size=30))
def test_any_revision_comes_back(rows: list[tuple[int, int, int]]):
    codes, hours, revisions = zip(*rows, strict=True)
    everything = Batch.of(STREAMS, codes, START + np.array(hours) * HOUR, np.arange(len(rows)), revision=revisions)
    with TemporaryDirectory() as folder, closing(open_engine(f"duckdb://{folder}/city.duckdb")) as store:
        store.write(everything)
        before = held(store)
        tend(store)
        assert held(store) == before
        store._connection.execute("UPDATE settled_month SET ordered = false")
        tend(store)
        assert held(store) == before
