"""Rows of finished days and months are forgotten, and the file and what is known of it stay one."""

from __future__ import annotations

from contextlib import closing
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.duck import forgetting, settling
from storage.engines.duckdb import DuckDB, open_engine
from storage.engines.memory import Memory
from tests.storage.test_duckdb_tending import HOUR, LATER, START, STREAMS, batch, held, tend

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDB]:
    with closing(open_engine(f"duckdb://{tmp_path}/city.duckdb")) as opened:
        yield opened


def test_a_month_of_which_nothing_is_left_goes_with_its_table(store: DuckDB):
    store.write(batch((0, 0, 1), (1, 24, 2), (0, 24 * 10, 3)))
    tend(store)
    assert len(settling.months(store._connection)) == 2
    assert store.forget(STREAMS, START + 5 * 24 * HOUR) == 2
    assert len(settling.months(store._connection)) == 1
    assert [row[0] for row in held(store)] == ["thing-0/level"]
    assert store.spans().count.tolist() == [1]


@pytest.mark.parametrize("at_once", [1, 500_000])
def test_of_a_month_some_datastreams_go_and_the_rest_is_written_anew(
    store: DuckDB, at_once: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(forgetting, "_ROWS_AT_ONCE", at_once)
    for day in range(3, 9):
        store.write(batch(*((code, 24 * day, day) for code in range(4))))
    tend(store)
    assert store.forget([STREAMS[0], STREAMS[2]], START + 5 * 24 * HOUR) == 4
    assert store.spans().count.tolist() == [4, 6, 4, 6]
    assert settling.disordered(store._connection, int(LATER.astype(np.int64))) == []
    assert store.forget([STREAMS[0], STREAMS[2]], LATER) == 8
    assert store.spans().count.tolist() == [6, 6]
    assert len(settling.disordered(store._connection, int(LATER.astype(np.int64)))) == 1
    before = held(store)
    list(store.tend(LATER))
    assert settling.disordered(store._connection, int(LATER.astype(np.int64))) == []
    assert held(store) == before
    assert [row[0] for row in before] == ["thing-1/level"] * 6 + ["thing-3/level"] * 6


def test_the_version_does_not_fall_back_when_everything_is_forgotten(tmp_path: Path):
    url = f"duckdb://{tmp_path}/city.duckdb"
    with closing(open_engine(url)) as store:
        store.write(batch((0, 0, 1)))
        version = store.write(batch((1, 0, 1))).version
        assert store.forget(STREAMS, LATER) == 2
    with closing(open_engine(url)) as again:
        assert again.changes(0).version == version
        assert len(again.latest()) == 0
        assert again.write(batch((0, 0, 1))).version == version + 1
        assert len(held(again)) == 1


READING = st.tuples(st.integers(0, 3), st.integers(0, 24 * 70), st.integers(0, 3).map(float))
STEP = st.one_of(
    st.lists(READING, min_size=1, max_size=12).map(lambda found: ("write", found)),
    st.integers(0, 24 * 80).map(lambda hours: ("tend", hours)),
    st.tuples(st.sets(st.integers(0, 3)), st.integers(0, 24 * 75)).map(lambda found: ("forget", found)),
    st.just(("open", 0)),
)


@settings(deadline=None, max_examples=40)
@given(steps=st.lists(STEP, max_size=12))
def test_whatever_is_forgotten_whenever_it_holds_what_a_store_in_memory_does(steps: list[tuple[str, Any]]):
    with TemporaryDirectory() as folder:
        url, twin = f"duckdb://{folder}/city.duckdb", Memory()
        store = open_engine(url)
        for what, of in steps:
            if what == "write":
                rows = batch(*of)
                assert store.write(rows).outcome.tolist() == twin.write(rows).outcome.tolist()
            elif what == "tend":
                tend(store, START + of * HOUR)
            elif what == "forget":
                codes, hours = of
                some, before = [STREAMS[code] for code in codes], START + hours * HOUR
                assert store.forget(some, before) == twin.forget(some, before)
            else:
                store.close()
                store = open_engine(url)
        assert held(store) == held(twin)
        mine, other = store.spans(STREAMS), twin.spans(STREAMS)
        assert (mine.datastreams, mine.count.tolist()) == (other.datastreams, other.count.tolist())
        assert mine.first.tolist() == other.first.tolist()
        assert mine.last.tolist() == other.last.tolist()
        assert store.latest(STREAMS).result.tolist() == twin.latest(STREAMS).result.tolist()
        for hours in range(-1, 24 * 70, 300):
            then = [one.latest(STREAMS, START + hours * HOUR) for one in (store, twin)]
            assert then[0].phenomenon_time.tolist() == then[1].phenomenon_time.tolist()
            assert then[0].result.tolist() == then[1].result.tolist()
        store.close()
