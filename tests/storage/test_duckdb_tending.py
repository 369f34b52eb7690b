"""Days that are over move to their month and months are put into order, and nobody can tell by what is read."""

from __future__ import annotations

import threading
from contextlib import closing, contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.model import TIME, Batch, Datastream
from storage.duck import settling, several
from storage.engines import duckdb as engine
from storage.engines.duckdb import DuckDB, open_engine
from storage.engines.memory import Memory
from storage.store import Outcome, Query

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from storage.store import Store

STREAMS = tuple(Datastream(f"thing-{number}", "level") for number in range(4))
START = np.datetime64("2026-02-26", "ms")
HOUR = np.timedelta64(3_600_000, "ms")
LATER = np.datetime64("2026-06-01", "ms")
NAMES = ("phenomenon_time", "result_time", "result", "quality", "revision", "coverage", "samples")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDB]:
    with closing(open_engine(f"duckdb://{tmp_path}/city.duckdb")) as opened:
        yield opened


def batch(*readings: tuple[int, float, float], quality: int = 1) -> Batch:
    """Make rows of (stream, hours since the start, result), that came in half a second later."""
    codes, hours, results = zip(*readings, strict=True)
    times = START + (np.array(hours) * 3_600_000).astype("timedelta64[ms]")
    return Batch.of(STREAMS, codes, times, results, result_time=times + 500, quality=quality, revision=7, samples=3)


def held(store: Store, query: Query | None = None) -> list[tuple[object, ...]]:
    return told(store.read(query or Query(datastreams=STREAMS)))


def told(found: Batch) -> list[tuple[object, ...]]:
    names = [found.datastreams[code].name for code in found.datastream]
    columns = [np.char.mod("%s", getattr(found, name)).tolist() for name in NAMES]
    return list(zip(names, *columns, strict=True))


def tend(store: DuckDB, now: np.datetime64 = LATER) -> int:
    return sum(one.rows for one in store.tend(now) if one.doing == "settling days")


def newest(connection: duckdb.DuckDBPyConnection) -> int:
    ((count,),) = connection.execute("SELECT count(*) FROM observation").fetchall()
    return int(count)


def test_days_that_are_over_move_and_are_read_as_before(store: DuckDB):
    store.write(batch((0, 0, 1), (1, 5, 2), (0, 30, 3), (0, 24 * 4, 4)))
    store.write(batch((2, 24 * 10, float("nan")), quality=9))
    store.write(batch((0, 0.5, 1), (3, 24 * 40, 4)))
    before = held(store)
    assert tend(store, START + 24 * 9 * HOUR) == 5
    assert held(store) == before
    assert newest(store._connection) == 2
    assert tend(store) == 2
    assert held(store) == before
    assert tend(store) == 0


@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_in_portions_of_any_size_the_same_moves(store: DuckDB, rows: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settling, "_ROWS_AT_A_TIME", rows)
    monkeypatch.setattr(engine, "PORTIONS", 2)
    store.write(batch(*((code, 24 * day + hour, day) for code in range(4) for day in range(3) for hour in range(5))))
    before, spans = held(store), store.spans()
    assert tend(store) == 60
    assert held(store) == before
    assert store.spans().count.tolist() == spans.count.tolist() == [15] * 4
    assert store.spans().first.tolist() == spans.first.tolist()
    assert store.spans().last.tolist() == spans.last.tolist()
    assert newest(store._connection) == 0


def test_what_is_corrected_while_it_moves_stays_and_moves_next_time(store: DuckDB, monkeypatch: pytest.MonkeyPatch):
    store.write(batch((0, 0, 1), (1, 0, 2)))

    @contextmanager
    def meanwhile() -> Iterator[None]:
        store.write(Batch.of(STREAMS, [1], [START], [9.0], revision=9))
        yield

    with monkeypatch.context() as changed:
        changed.setattr(store, "_alone", meanwhile)
        assert tend(store) == 0
    assert [row[3] for row in held(store)] == ["1.0", "9.0"]
    assert settling.months(store._connection) == ()
    assert tend(store) == 2
    assert [row[3] for row in held(store)] == ["1.0", "9.0"]


def test_what_is_written_while_a_day_moves_is_seen_once(store: DuckDB, monkeypatch: pytest.MonkeyPatch):
    store.write(batch((0, 0, 1), (1, 0, 2)))
    alone = store._alone

    @contextmanager
    def meanwhile() -> Iterator[None]:
        store.write(batch((0, 1, 3), (3, 0, 4)))
        with alone():
            yield

    with monkeypatch.context() as changed:
        changed.setattr(store, "_alone", meanwhile)
        assert tend(store) == 2
    expected = ["1.0", "3.0", "2.0", "4.0"]
    assert [row[3] for row in held(store)] == expected
    assert store.write(batch((0, 0, 1), (0, 1, 3))).outcome.tolist() == [Outcome.DUPLICATE] * 2
    assert tend(store) == 2
    assert [row[3] for row in held(store)] == expected


def test_a_day_rests_before_it_moves(store: DuckDB):
    store.write(batch((0, 0, 1), (0, 24, 2)))
    assert tend(store, START + 24 * HOUR) == 0
    assert tend(store, START + 47 * HOUR) == 0
    assert tend(store, START + 48 * HOUR) == 1


def test_what_moved_is_known_again(store: DuckDB):
    rows = batch((0, 0, 1), (1, 5, 2), (0, 30, 3))
    version = store.write(rows).version
    tend(store)
    assert store.write(rows).outcome.tolist() == [Outcome.DUPLICATE] * 3
    assert store.write(batch((0, 0, 9))).outcome.tolist() == [Outcome.SUPERSEDED]
    assert store.write(batch((0, 1, 9))).outcome.tolist() == [Outcome.STORED]
    better = Batch.of(STREAMS, [1], [START + 5 * HOUR], [8.0], revision=9)
    assert store.write(better).version == version + 2
    assert [float(str(row[3])) for row in held(store)] == [1.0, 9.0, 3.0, 8.0]
    spans = store.spans()
    assert spans.count.tolist() == [3, 1]
    tend(store)
    assert [float(str(row[3])) for row in held(store)] == [1.0, 9.0, 3.0, 8.0]
    assert store.spans().count.tolist() == [3, 1]


def test_opened_again_it_knows_the_newest_the_version_and_the_spans(tmp_path: Path):
    url = f"duckdb://{tmp_path}/city.duckdb"
    with closing(open_engine(url)) as store:
        version = store.write(batch((0, 0, 1), (1, 5, 2), (0, 30, 3), (1, 24 * 10, 4))).version
        store.write(batch((2, 1, 5)))
        tend(store, START + 24 * 5 * HOUR)
        latest, spans = store.latest(), store.spans()
    with closing(open_engine(url)) as again:
        assert again.latest().result.tolist() == latest.result.tolist() == [3.0, 4.0, 5.0]
        assert again.spans().count.tolist() == spans.count.tolist() == [2, 2, 1]
        assert again.spans().first.tolist() == spans.first.tolist()
        assert again.changes(0).version == version + 1
        assert again.write(batch((0, 31, 1))).version == version + 2


def test_who_stands_before_a_day_that_moved_hears_of_all_of_it_and_who_stands_behind_of_nothing(store: DuckDB):
    first = store.write(batch((0, 0, 1), (1, 5, 2))).version
    second = store.write(batch((0, 1, 3))).version
    tend(store)
    late = store.changes(first)
    assert late.version == second
    assert {stream.thing for stream in late.datastreams} >= {"thing-0"}
    assert late.first.min() <= START + HOUR
    assert store.changes(second).datastreams == ()


@pytest.mark.parametrize("part", [1, 2_000_000])
def test_a_finished_month_is_put_into_one_order(store: DuckDB, part: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settling, "_ROWS_AT_ONCE", part)
    for day in range(3, 8):
        store.write(batch((2, 24 * day, day), (0, 24 * day, day), (1, 24 * day + 1, day)))
        tend(store, START + 24 * (day + 2) * HOUR)
    before = held(store)
    months = settling.months(store._connection)
    assert [month.table for month in months] == ["settled_674"]
    assert settling.disordered(store._connection, int(LATER.astype(np.int64))) == list(months)
    tend(store)
    assert settling.disordered(store._connection, int(LATER.astype(np.int64))) == []
    ticks = store._connection.execute("SELECT tick FROM settled_674").fetchnumpy()["tick"]
    assert len(ticks) == 15
    assert (np.diff(ticks) > 0).all()
    assert held(store) == before


def test_a_month_that_is_corrected_while_it_is_sorted_keeps_the_correction(store: DuckDB):
    for day in (3, 4):
        store.write(batch((0, 24 * day, day), (1, 24 * day, day)))
        tend(store, START + 24 * (day + 2) * HOUR)
    steps = store.tend(LATER)
    assert next(steps).doing == "sorting months"
    store.write(Batch.of(STREAMS, [0], [START + 24 * 3 * HOUR], [99.0], revision=9))
    list(steps)
    expected = [99.0, 4.0, 3.0, 4.0]
    assert [float(str(row[3])) for row in held(store)] == expected
    tend(store)
    assert [float(str(row[3])) for row in held(store)] == expected


def test_what_a_killed_tending_left_is_dropped(tmp_path: Path):
    path = tmp_path / "city.duckdb"
    with closing(open_engine(f"duckdb://{path}")) as store:
        store.write(batch((0, 0, 1)))
        store._connection.execute("CREATE TABLE settled_674_new (datastream INTEGER)")
    with closing(open_engine(f"duckdb://{path}")) as store:
        assert len(held(store)) == 1
    with closing(duckdb.connect(str(path))) as file:
        assert not file.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'settled_674_new'").fetchall()


READING = st.tuples(st.integers(0, 3), st.integers(0, 24 * 70), st.integers(0, 3).map(float))
STEP = st.one_of(
    st.lists(READING, min_size=1, max_size=12).map(lambda found: ("write", found)),
    st.integers(0, 24 * 80).map(lambda hours: ("tend", hours)),
    st.just(("open", 0)),
)


@settings(deadline=None, max_examples=40)
@given(
    steps=st.lists(STEP, max_size=12),
    start=st.integers(0, 24 * 70),
    hours=st.integers(1, 24 * 40),
    newest_first=st.booleans(),
)
def test_whatever_is_moved_whenever_it_holds_what_a_store_in_memory_does(
    *, steps: list[tuple[str, object]], start: int, hours: int, newest_first: bool
):
    with TemporaryDirectory() as folder:
        url, twin = f"duckdb://{folder}/city.duckdb", Memory()
        store = open_engine(url)
        for what, of in steps:
            if what == "write":
                rows = batch(*of)  # type: ignore[misc]
                assert store.write(rows).outcome.tolist() == twin.write(rows).outcome.tolist()
            elif what == "tend":
                tend(store, START + of * HOUR)  # type: ignore[operator]
            else:
                store.close()
                store = open_engine(url)
        first, end = START + start * HOUR, START + (start + hours) * HOUR
        for query in (
            Query(datastreams=STREAMS),
            Query(datastreams=STREAMS[:1], start=first, end=end, newest_first=newest_first),
            Query(datastreams=STREAMS[::-1], start=first, end=end, limit=5, newest_first=newest_first),
        ):
            assert held(store, query) == held(twin, query)
        mine, other = store.spans(STREAMS), twin.spans(STREAMS)
        assert (mine.datastreams, mine.count.tolist()) == (other.datastreams, other.count.tolist())
        assert mine.first.tolist() == other.first.tolist()
        assert mine.last.tolist() == other.last.tolist()
        assert store.latest(STREAMS).result.tolist() == twin.latest(STREAMS).result.tolist()
        store.close()


def test_several_questions_are_asked_again_where_days_have_moved_meanwhile(
    store: DuckDB, monkeypatch: pytest.MonkeyPatch
):
    store.write(batch((0, 1, 1.0), (1, 1, 2.0), (1, 2, 3.0)))
    ask, times = several.found, []

    def found(asked: Any, connection: Any, months: Any) -> Any:
        times.append(months)
        if not months:
            tend(store)
        return ask(asked, connection, months)

    monkeypatch.setattr(several, "found", found)
    each = store.read_each([Query(datastreams=STREAMS[1:2]), Query(datastreams=STREAMS[:2])])
    assert [rows.result.tolist() for rows in each] == [[2.0, 3.0], [1.0, 2.0, 3.0]]
    assert [len(months) for months in times] == [0, 1]


def test_readers_see_every_row_once_while_days_move_and_writers_write(store: DuckDB):
    """One thread writes, one moves days, two read: what a reader sees only grows, and never has a row twice."""
    days, over, errors = 40, threading.Event(), []

    def write() -> None:
        for day in range(days):
            store.write(batch(*((stream, 24 * day + hour, 1.0) for stream in range(4) for hour in range(24))))
        over.set()

    def move() -> None:
        while not over.is_set():
            tend(store)

    def read(streams: tuple[Datastream, ...]) -> None:
        seen = 0
        while not over.is_set():
            found = store.read(Query(datastreams=streams))
            keys = found.datastream.astype(np.int64) << 43 | found.phenomenon_time.astype(TIME).view(np.int64)
            if len(np.unique(keys)) != len(found) or len(found) < seen or len(found) % (24 * len(streams)):
                errors.append((seen, len(found), len(np.unique(keys))))
            seen = len(found)

    threads = [threading.Thread(target=each) for each in (write, move)]
    threads += [threading.Thread(target=read, args=(streams,)) for streams in (STREAMS, STREAMS[:1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    tend(store)
    assert len(held(store)) == days * 96
