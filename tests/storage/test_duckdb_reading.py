"""One datastream is read without a transaction, and no row is missed whatever moves or goes meanwhile."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from storage.engines import duckdb
from storage.engines.duckdb import DuckDB, open_engine
from storage.engines.memory import Memory
from storage.store import Query
from tests.storage.test_duckdb_tending import HOUR, START, STREAMS, batch, held, tend

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
