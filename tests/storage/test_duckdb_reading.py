"""One datastream is read without a transaction, and no row is missed whatever moves or goes meanwhile."""

from __future__ import annotations

from contextlib import closing
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.model import Datastream
from storage.engines import duckdb
from storage.engines.duckdb import DuckDB, open_engine
from storage.engines.memory import Memory
from storage.store import AtOnce, Query, read_each
from tests.storage.test_duckdb_tending import HOUR, START, STREAMS, batch, held, tend, told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDB]:
    with closing(open_engine(f"duckdb://{tmp_path}/city.duckdb")) as opened:
        yield opened


def test_a_day_that_moves_after_the_months_were_looked_at_is_seen_in_its_month(
    store: DuckDB, monkeypatch: pytest.MonkeyPatch
):
    store.write(batch((0, 0, 1), (0, 1, 2), (0, 24 * 50, 3)))
    parsed = store._parsed

    def after_a_move(sql: str) -> object:
        monkeypatch.setattr(store, "_parsed", parsed)
        assert tend(store, START + 24 * 9 * HOUR) == 2
        return parsed(sql)

    monkeypatch.setattr(store, "_parsed", after_a_move)
    assert [row[3] for row in held(store, Query(datastreams=STREAMS[:1]))] == ["1.0", "2.0", "3.0"]


def test_a_month_that_went_after_the_months_were_looked_at_is_not_missed(store: DuckDB):
    store.write(batch((0, 0, 1), (1, 0, 1), (0, 24 * 50, 3)))
    tend(store, START + 24 * 9 * HOUR)
    stale = store._months
    assert store.forget(STREAMS[:2], START + 24 * 40 * HOUR) == 2
    store._months = stale
    assert [row[3] for row in held(store, Query(datastreams=STREAMS[:1]))] == ["3.0"]


@pytest.mark.parametrize("many", [0, 3])
def test_many_rows_are_put_into_order_here_and_cut_where_the_store_would(
    store: DuckDB, monkeypatch: pytest.MonkeyPatch, many: int
):
    monkeypatch.setattr(duckdb, "MANY", many)
    twin, readings = Memory(), ((1, 0, 1), (0, 24 * 40, 2), (0, 0, 3), (1, 24 * 40, 4), (2, 2, 5), (0, 24 * 50, 6))
    for stream, hour, result in readings:
        for each in (store, twin):
            each.write(batch((stream, hour, result)))
    tend(store, START + 24 * 45 * HOUR)
    store.write(batch((1, 1, 7)))
    twin.write(batch((1, 1, 7)))
    for limit in (None, *range(1, 9)):
        for newest_first in (False, True):
            query = Query(datastreams=STREAMS[1::-1] + STREAMS[2:3], limit=limit, newest_first=newest_first)
            assert held(store, query) == held(twin, query)


ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 24 * 60), st.integers(0, 9)), min_size=1, max_size=12)
QUERIES = st.lists(
    st.builds(
        lambda streams, start, hours: Query(
            datastreams=streams,
            start=None if start is None else START + start * HOUR,
            end=None if hours is None else START + ((start or 0) + hours) * HOUR,
        ),
        st.permutations([*STREAMS, Datastream("nobody", "level")]).flatmap(
            lambda every: st.integers(0, 5).map(lambda many: every[:many])
        ),
        st.none() | st.integers(-24, 24 * 60),
        st.none() | st.integers(0, 24 * 60),
    ),
    max_size=5,
)


@settings(max_examples=25, deadline=None)
@given(settled=ROWS, late=ROWS, days=st.integers(0, 70), queries=QUERIES)
def test_several_questions_at_once_are_answered_as_each_alone(
    settled: list[tuple[int, int, int]], late: list[tuple[int, int, int]], days: int, queries: list[Query]
):
    """Among the newest rows, in months, in both: of every question the same rows in the same order."""
    with TemporaryDirectory() as folder, closing(open_engine(f"duckdb://{folder}/city.duckdb")) as store:
        twin = Memory()
        for readings in (settled, late):
            for each in (store, twin):
                each.write(batch(*readings))
            if readings is settled:
                tend(store, START + 24 * days * HOUR)
        alone = [told(twin.read(query)) for query in queries]
        assert [told(found) for found in store.read_each(queries)] == alone
        assert [told(found) for found in read_each(store, queries)] == alone
        assert [told(found) for found in read_each(twin, queries)] == alone


def test_what_can_read_several_at_once_is_told_by_its_looks(store: DuckDB):
    assert isinstance(store, AtOnce)
    assert not isinstance(Memory(), AtOnce)
