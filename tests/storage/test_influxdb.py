"""What only an engine with a server must show, on a real InfluxDB: it keeps through kills, others see it, it waits."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import uuid
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sensors.model import Batch, Datastream
from storage import journal
from storage.clock import now_ms
from storage.engines.influxdb import InfluxDB as Engine
from storage.influx.hidden import Commit
from storage.store import Outcome, Query, Store, StoreBusyError, StoreRefusedError, open_store
from tests.influx_api import Answer, Asked, InfluxApi, error
from tests.servers import INFLUXD, Influxd, wait_until
from tests.storage.rows import some_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

A, B, C = (Datastream("a", "level"), Datastream("b", "level"), Datastream("a", "level_hour", derived=True))

WRITER = """
import sys, numpy as np
from sensors.model import Batch, Datastream
from storage.store import open_store
store, start = open_store(sys.argv[1]), int(sys.argv[2])
for batch in range(start, start + 100_000):
    times = np.arange(batch * 100, batch * 100 + 100)
    store.write(Batch.of([Datastream("a", "level")], [0] * 100, times, times / 7, revision=3))
    print(batch, flush=True)
"""


@pytest.fixture
def own_server(tmp_path: Path, influxdb: InfluxApi) -> Iterator[Influxd]:
    """Start a server that a test may kill."""
    assert INFLUXD is not None
    server = Influxd(tmp_path).start()
    yield server
    server.stop()


@pytest.fixture
def own_api(own_server: Influxd) -> Iterator[InfluxApi]:
    with closing(InfluxApi(own_server.address)) as api:
        yield api


@pytest.fixture
def url(influxdb: InfluxApi) -> str:
    return influxdb.url(f"test_{uuid.uuid4().hex}")


@pytest.fixture
def opened(url: str) -> Iterator[Callable[[], Engine]]:
    """Give a function that opens the store once more, as another process would."""
    stores: list[Store] = []

    def one_more() -> Engine:
        stores.append(open_store(url))
        assert isinstance(stores[-1], Engine)
        return stores[-1]

    yield one_more
    for store in stores:
        store.close()


@pytest.fixture
def rules(influxdb: InfluxApi) -> Iterator[list[Callable[[Asked], Answer | None]]]:
    """Give what may answer before the server does."""
    yield influxdb.rules
    influxdb.rules.clear()


def rows(stream: Datastream, times: list[int], results: list[float], **columns: object) -> Batch:
    return Batch.of([stream], [0] * len(times), np.array(times), results, **columns)  # type: ignore[arg-type]


def held(store: Store, *streams: Datastream) -> list[tuple[int, float]]:
    batch = store.read(Query(datastreams=streams))
    return list(zip(batch.phenomenon_time.view(np.int64).tolist(), batch.result.tolist(), strict=True))


def sends_rows(asked: Asked) -> bool:
    return asked.path == "/api/v2/write" and not asked.lines[0].startswith(journal.RESERVED)


def test_of_the_past_only_rows_are_told_that_may_be_seen(opened: Callable[[], Engine]):
    store = opened()
    store.write(rows(A, [10, 20, 30, 50], [1, 2, 3, 5]))
    late, corrected, held_before = (
        store._followed.coded(rows(A, [time], [result])) for time, result in ((30, 3), (20, 2), (20, 7))
    )
    with store._reader.flight.writing(Commit(late, late.take(slice(0)))):
        assert at(store, 40, A) == [2]
        with store._reader.flight.writing(Commit(corrected, held_before)):
            assert at(store, 40, A) == [7]
    assert at(store, 40, A) == [3]


def at(store: Store, instant: int, *streams: Datastream) -> list[float]:
    results: list[float] = store.latest(streams, np.datetime64(instant, "ms")).result.tolist()
    return results


# -- it keeps -------------------------------------------------------------------------------------------------------


def test_what_was_written_is_there_after_opening_again(opened: Callable[[], Engine]):
    store = opened()
    young = now_ms() - 3_600_000
    store.write(rows(A, [10, 20, young], [1, 2, 3], revision=7, quality=3))
    store.write(rows(A, [20], [5], revision=8, quality=3))
    version = store.write(rows(B, [young - 40 * 86_400_000], [0.1 + 0.2])).version
    store.close()
    again = opened()
    newest = again.latest()
    assert {newest.datastreams[code]: value for code, value in zip(newest.datastream, newest.result, strict=True)} == {
        A: 3,
        B: 0.1 + 0.2,
    }
    assert again.changes(0).version == version
    assert again.changes(version).datastreams == ()
    assert again.write(rows(A, [20], [5], revision=8, quality=3)).version == version
    assert again.write(rows(A, [15], [4])).outcome.tolist() == [Outcome.STORED]
    assert held(again, A) == [(10, 1), (15, 4), (20, 5), (young, 3)]
    assert again.spans().count.tolist() == [4, 1]


def test_killed_at_any_instant_the_server_finds_every_acknowledged_row(own_server: Influxd, own_api: InfluxApi):
    """Kills of the server while rows are written, new datastreams among them."""
    chance, told = np.random.default_rng(11), 0
    streams = [Datastream(f"thing-{place}", "level") for place in range(400)]
    for _ in range(6):
        store = open_store(own_api.url())
        killer = threading.Timer(chance.uniform(0.02, 0.3), own_server.kill)
        killer.start()
        with pytest.raises(StoreBusyError):  # noqa: PT012 - it goes on until the server is gone
            while True:
                store.write(_of_commit(told, streams))
                told += 1
        killer.join()
        own_server.start()
        store.write(_of_commit(told, streams))
        told += 1
        store.close()
        _every_row_is_there(own_api.url(), told, streams)


def _of_commit(number: int, streams: list[Datastream]) -> Batch:
    stream = np.arange(number * 100, number * 100 + 100) % len(streams)
    time = np.full(100, number + 1)
    return Batch.of(streams, stream, time, stream / 3 + number, revision=number + 1, result_time=time)


def _every_row_is_there(url: str, commits: int, streams: list[Datastream]) -> None:
    store = open_store(url)
    found = store.read(Query(datastreams=streams))
    assert len(found) == commits * 100
    number = found.phenomenon_time.view(np.int64) - 1
    stream = np.array([int(each.thing.rpartition("-")[2]) for each in found.datastreams])[found.datastream]
    np.testing.assert_array_equal(found.result, stream / 3 + number)
    np.testing.assert_array_equal(found.revision, number + 1)
    assert int(store.spans().count.sum()) == commits * 100
    assert set(store.changes(1).datastreams) == set(store.spans().datastreams)
    store.close()


def test_killed_at_any_instant_a_writer_leaves_whole_rows_only(url: str):
    chance, reported = np.random.default_rng(7), -1
    for _ in range(4):
        command = [sys.executable, "-c", WRITER, url, str(reported + 1)]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        reported = int(writer.stdout.readline())
        time.sleep(chance.uniform(0, 0.2))
        writer.kill()
        told = writer.communicate()[0].split()
        reported = int(told[-1]) if told else reported
        store = open_store(url)
        found = store.read(Query(datastreams=[A]))
        times = found.phenomenon_time.view(np.int64)
        # Rows of the last batch may be there and not have been told of.
        assert (reported + 1) * 100 <= len(times) <= (reported + 2) * 100
        np.testing.assert_array_equal(times, np.arange(len(times)))
        np.testing.assert_array_equal(found.result, times / 7)
        assert set(found.revision.tolist()) == {3}
        store.close()


# -- others see it --------------------------------------------------------------------------------------------------


def test_another_process_hears_of_what_was_written(opened: Callable[[], Engine]):
    writer = opened()
    position = writer.write(rows(B, [7], [7])).version
    reader = opened()
    version = writer.write(rows(A, [10, 20], [1, 2])).version
    wait_until(lambda: reader.changes(position).datastreams, what="the other process to hear of a commit")
    changes = reader.changes(position)
    assert changes.version == version
    assert changes.datastreams == (A,)
    assert changes.first.view(np.int64).tolist() == [10]
    assert changes.last.view(np.int64).tolist() == [20]
    assert reader.changes(changes.version).datastreams == ()
    assert reader.latest([A]).result.tolist() == [2]
    assert held(reader, A) == [(10, 1), (20, 2)]


def test_a_writer_meets_what_another_has_written_before(opened: Callable[[], Engine]):
    first, second = opened(), opened()
    first.write(rows(A, [10], [1]))
    assert second.write(rows(A, [10, 10, 5], [1, 2, 0])).outcome.tolist() == [
        Outcome.DUPLICATE,
        Outcome.SUPERSEDED,
        Outcome.STORED,
    ]
    assert first.write(rows(A, [5], [0])).outcome.tolist() == [Outcome.DUPLICATE]


def test_a_commit_that_nobody_finished_is_told_when_its_time_is_over(
    opened: Callable[[], Engine], monkeypatch: pytest.MonkeyPatch
):
    writer, reader = opened(), opened()
    position = writer.write(rows(B, [1], [1])).version
    monkeypatch.setattr(writer._followed.journal, "end", lambda *_: None)
    writer.write(rows(A, [10], [1]))
    wait_until(lambda: reader.changes(1).datastreams, what="the first commit")
    assert A not in reader.changes(1).datastreams
    monkeypatch.setattr(journal, "PATIENCE", -1)
    changes = reader.changes(position)
    assert changes.datastreams == (A,)
    assert set(opened().changes(1).datastreams) == {A, B}


def test_changes_reach_further_back_than_memory(opened: Callable[[], Engine], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(journal, "LARGEST", 1)
    store = opened()
    position = store.write(rows(A, [10, 30], [1, 3])).version
    store.write(rows(B, [20], [2]))
    store.write(rows(B, [40], [2]))
    changes = store.changes(position)
    assert B in changes.datastreams
    assert changes.last[changes.datastreams.index(B)].view(np.int64) == 40


def test_a_commit_that_was_said_to_fail_and_did_not_is_told_of(
    opened: Callable[[], Engine], influxdb: InfluxApi, rules: list[Callable[[Asked], Answer | None]]
):
    store = opened()
    position = store.write(rows(B, [1], [1])).version

    def lost(asked: Asked) -> Answer | None:
        return error(503, "unavailable", "gone") if sends_rows(asked) and influxdb._post_write(asked) else None

    rules.append(lost)
    with pytest.raises(StoreBusyError):
        store.write(rows(A, [10], [1]))
    rules.clear()
    assert store.write(rows(A, [10], [1])).outcome.tolist() == [Outcome.DUPLICATE]
    assert store.changes(position).datastreams == (A,)


def test_a_reader_sees_a_row_that_is_being_replaced_as_it_was(
    opened: Callable[[], Engine], rules: list[Callable[[Asked], Answer | None]], influxdb: InfluxApi
):
    store, seen = opened(), []
    store.write(rows(A, [10, 20, 30, 40], [1, 2, 3, 4], quality=3))

    def look(asked: Asked) -> Answer | None:
        if not sends_rows(asked):
            return None
        answer = influxdb._post_write(asked)
        seen.append(held(store, A))
        newest = store.read(Query(datastreams=[A], limit=2, newest_first=True))
        seen.append(newest.result.tolist())
        seen.append(store.read(Query(datastreams=[A], limit=1, start=np.datetime64(15, "ms"))).result.tolist())
        return answer

    rules.append(look)
    assert store.write(rows(A, [20, 40, 50], [7, 8, 9], quality=1)).outcome.tolist() == [2, 2, 0]
    assert seen == [[(10, 1), (20, 2), (30, 3), (40, 4)], [4, 3], [2]]
    assert held(store, A) == [(10, 1), (20, 7), (30, 3), (40, 8), (50, 9)]


def test_points_of_others_are_left_alone(opened: Callable[[], Engine], influxdb: InfluxApi):
    store = opened()
    store.write(rows(A, [10], [1]))
    lines = b"level,thing=a,floor=2 result=7 10000000\nweather,station=7 temperature=3 5\nlevel,thing=x other=1 5"
    influxdb.upstream.post("/write", params={"db": store._server._address.bucket}, content=lines).raise_for_status()
    again = opened()
    assert again.latest().result.tolist() == [1]
    assert again.spans().datastreams == (A,)
    assert held(again, A, Datastream("x", "level")) == [(10, 1)]


# -- it is exact ----------------------------------------------------------------------------------------------------


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(some_rows(), min_size=1, max_size=3))
def test_what_is_read_is_what_the_memory_engine_gives(influxdb: InfluxApi, batches: list[Batch]):
    stores = [open_store("memory://"), open_store(influxdb.url(f"test_{uuid.uuid4().hex}"))]
    for batch in batches:
        outcomes = [store.write(batch).outcome.tolist() for store in stores]
        assert outcomes[0] == outcomes[1]
    streams = batches[0].datastreams
    for query in (Query(datastreams=streams), Query(datastreams=streams[::-1], limit=3, newest_first=True)):
        model, found = (store.read(query) for store in stores)
        for column in ("phenomenon_time", "result_time", "result", "quality", "revision", "coverage", "samples"):
            np.testing.assert_array_equal(getattr(found, column), getattr(model, column), err_msg=column)
    for store in stores:
        store.close()


LETTER = st.characters(codec="utf-8", exclude_categories=["C", "Z"], include_characters=" ,=\\\"'%/|")
NAME = st.text(LETTER, min_size=1, max_size=12).filter(lambda name: name.isprintable() and name[0] not in "#_")


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.tuples(NAME, NAME, st.booleans()), min_size=1, max_size=20, unique=True))
@example(names=[("NA", "null", False), ("nan", "NaN", True), ("a,derived=true", "b", False), ("%5C", "\\%25", False)])
def test_every_name_is_found_again(influxdb: InfluxApi, names: list[tuple[str, str, bool]]):
    url = influxdb.url(f"test_{uuid.uuid4().hex}")
    streams = [Datastream(*each) for each in names]
    batch = Batch.of(streams, range(len(streams)), range(len(streams)), np.arange(len(streams)) + 0.5)
    store = open_store(url)
    store.write(batch)
    again = open_store(url)
    assert set(again.spans().datastreams) == set(streams)
    for place, stream in enumerate(streams):
        assert held(again, stream) == [(place, place + 0.5)]
    store.close()
    again.close()


# -- it refuses -----------------------------------------------------------------------------------------------------


def test_rows_that_the_server_will_not_have_are_named_and_the_rest_is_there(
    opened: Callable[[], Engine], influxdb: InfluxApi
):
    """Somebody has written the field of one property as a text."""
    store = opened()
    store.write(rows(A, [1], [1]))
    point = {"params": {"db": store._server._address.bucket}, "content": b'weight,thing=a result="heavy" 1000000'}
    influxdb.upstream.post("/write", **point).raise_for_status()  # type: ignore[arg-type]
    streams = [A, Datastream("a", "weight"), B]
    batch = Batch.of(streams, [0, 1, 2, 1, 0, 1], [10, 10, 10, 20, 20, 10], [1, 2, 3, 4, 5, 2])
    with pytest.raises(StoreRefusedError, match="field type conflict") as refused:
        store.write(batch)
    assert sorted(refused.value.reasons) == [1, 3, 5]
    assert refused.value.written.outcome.tolist() == [0, 3, 0, 3, 0, 3]
    assert held(store, A, B) == [(1, 1), (10, 1), (20, 5), (10, 3)]
    assert store.latest(streams).result.tolist() == [5, 3]
    assert store.write(rows(A, [20], [5])).outcome.tolist() == [Outcome.DUPLICATE]


def test_names_that_cannot_be_written_are_refused(opened: Callable[[], Engine]):
    store = opened()
    streams = [A, Datastream("a\nb", "level"), Datastream("", "level"), Datastream("a", "smilecity_touched")]
    with pytest.raises(StoreRefusedError) as refused:
        store.write(Batch.of(streams, [0, 1, 2, 3], [1, 2, 3, 4], [1, 1, 1, 1]))
    assert sorted(refused.value.reasons) == [1, 2, 3]
    assert held(store, A) == [(1, 1)]


def test_what_is_older_than_the_retention_is_refused(url: str):
    store = open_store(f"{url}&retention=30d")
    young = now_ms() - 29 * 86_400_000
    with pytest.raises(StoreRefusedError, match="longer retention"):
        store.write(rows(A, [young, young - 2 * 86_400_000], [1, 2]))
    assert held(store, A) == [(young, 1)]
    store.close()


def test_after_a_server_was_away_writing_goes_on(own_server: Influxd, own_api: InfluxApi):
    store = open_store(own_api.url())
    store.write(rows(A, [10], [1]))
    own_server.kill()
    with pytest.raises(StoreBusyError):
        store.write(rows(A, [20], [2]))
    with pytest.raises(StoreBusyError):
        held(store, A)
    own_server.start()
    assert store.write(rows(A, [20], [2])).outcome.tolist() == [Outcome.STORED]
    assert held(store, A) == [(10, 1), (20, 2)]
    store.close()


def test_points_are_what_the_documentation_shows(opened: Callable[[], Engine], influxdb: InfluxApi):
    store = opened()
    store.write(Batch.of([A, C], [0, 1], [10, 20], [1.5, 2], coverage=[float("nan"), 0.5], samples=[0, 3]))
    sent = [line for asked in influxdb.asked[-8:] if sends_rows(asked) for line in asked.lines]
    assert sent == [
        "level,thing=a quality=1,result=1.5,result_time=10 10000000",
        "level_hour,derived=true,thing=a quality=1,result=2,result_time=20,coverage=0.5,samples=3 20000000",
    ]
    form = {"db": store._server._address.bucket, "q": "SELECT mean(result) FROM level WHERE thing = 'a'"}
    found = influxdb.upstream.post("/query", data=form).json()
    assert found["results"][0]["series"][0]["values"][0][1] == 1.5
