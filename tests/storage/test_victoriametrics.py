"""What only an engine with a server must show: it keeps through kills, others see it, it says what it cannot keep."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import uuid
from typing import TYPE_CHECKING

import httpx
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sensors.model import Batch, Datastream
from storage import journal
from storage.clock import now_ms
from storage.engines.victoriametrics import VictoriaMetrics as Engine
from storage.store import Outcome, Query, Store, StoreBusyError, StoreRefusedError, open_store
from storage.victoria.exact import LARGEST
from storage.victoria.lines import row_lines
from storage.victoria.samples import Rows
from tests.servers import VICTORIAMETRICS, VictoriaMetrics, free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

A, B, C = (Datastream("a", "level"), Datastream("b", "level"), Datastream("a", "level_hour", derived=True))
NAN = float("nan")
NOON = int(np.datetime64("2026-06-01T12:00", "ms").astype(np.int64))

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
def start_server(tmp_path: Path) -> Iterator[Callable[..., VictoriaMetrics]]:
    """Give a function that starts a server of one's own, with further flags."""
    if VICTORIAMETRICS is None:
        pytest.skip("VictoriaMetrics is not installed: apt-get install victoria-metrics")
    servers: list[VictoriaMetrics] = []

    def start(*flags: str) -> VictoriaMetrics:
        servers.append(VictoriaMetrics(tmp_path / "server", flags=flags))
        return servers[-1].start()

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def own_server(start_server: Callable[..., VictoriaMetrics]) -> VictoriaMetrics:
    """Start a server that a test may kill."""
    return start_server()


@pytest.fixture
def url(victoriametrics: VictoriaMetrics) -> str:
    return victoriametrics.url(f"test_{uuid.uuid4().hex}")


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


def rows(stream: Datastream, times: list[int], results: list[float], **columns: object) -> Batch:
    return Batch.of([stream], [0] * len(times), np.array(times), results, **columns)  # type: ignore[arg-type]


def held(store: Store, *streams: Datastream) -> list[tuple[int, float]]:
    batch = store.read(Query(datastreams=streams))
    return list(zip(batch.phenomenon_time.view(np.int64).tolist(), batch.result.tolist(), strict=True))


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


def test_killed_at_any_instant_the_server_finds_every_acknowledged_row(own_server: VictoriaMetrics):
    """Ten kills of the server while rows are written, new datastreams among them."""
    chance, told = np.random.default_rng(11), 0
    streams = [Datastream(f"thing-{place}", "level") for place in range(400)]
    for _ in range(10):
        store = open_store(own_server.url())
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
        _every_row_is_there(own_server.url(), told, streams)


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
        np.testing.assert_array_equal(times[: (reported + 1) * 100], np.arange((reported + 1) * 100))
        np.testing.assert_array_equal(found.result, times / 7)
        assert set(found.revision.tolist()) == {3}
        store.close()


def test_half_a_row_counts_as_none_and_is_written_again(opened: Callable[[], Engine]):
    """What a kill may leave: some fields of a row, others not."""
    store = opened()
    store.write(rows(A, [5], [1]))
    store._server.send(b"level,thing=a fields=3,quality=1,result_time=10 10000000\n")
    store._server.send(b"level,thing=b result=7 10000000\n")
    store._server.make_searchable()
    again = opened()
    assert held(again, A, B) == [(5, 1)]
    assert again.latest().result.tolist() == [1]
    answer = again.write(Batch.of([A, B], [0, 1], [10, 10], [8, 9]))
    assert answer.outcome.tolist() == [Outcome.STORED] * 2
    assert held(again, A, B) == [(5, 1), (10, 8), (10, 9)]
    assert again.latest().result.tolist() == [8, 9]


@pytest.mark.parametrize("since", [0, NOON])
def test_of_the_past_only_whole_rows_are_told_that_may_be_seen(opened: Callable[[], Engine], since: int):
    store = opened()
    store.write(rows(A, [since + 10, since + 20, since + 40], [1, 2, 4]))
    assert at(store, since + 25, A) == [2]
    late = store._followed.coded(rows(A, [since + 20], [2]))
    with store._reader.flight.writing(Rows(late, np.zeros(1, dtype=np.int32))):
        assert at(store, since + 25, A) == [1]
    store._server.send(f"level,thing=a fields=3,quality=1,result_time=10 {since + 22}000000\n".encode())
    store._server.make_searchable()
    assert at(store, since + 25, A) == [2]
    store._server.send(f"level,thing=b fields=3,quality=1,result_time=10 {since + 22}000000\n".encode())
    store.write(rows(B, [since + 40], [8]))
    assert at(store, since + 25, A, B) == [2]


def at(store: Store, instant: int, *streams: Datastream) -> list[float]:
    results: list[float] = store.latest(streams, np.datetime64(instant, "ms")).result.tolist()
    return results


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


def test_who_takes_over_from_one_that_had_not_heard_of_a_commit_hears_of_it(
    opened: Callable[[], Engine], monkeypatch: pytest.MonkeyPatch
):
    """A commit shows up late with one of three; what this one notes after one of its own does not hold the other."""
    writer, slow, swift = opened(), opened(), opened()
    with monkeypatch.context() as late:
        late.setattr(slow._followed.journal._trail, "commits", lambda *_: journal.Commits([], {}))
        writer.write(rows(A, [10], [1]))
        noted = slow.write(rows(B, [7], [7])).version
        assert slow.changes(noted).datastreams == ()
    wait_until(lambda: {*swift.changes(1).datastreams} == {A, B}, what="both commits")
    assert A not in swift.changes(noted).datastreams
    assert A in swift.changes(swift.resumed(noted)).datastreams
    assert A in slow.changes(noted).datastreams


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


def test_a_commit_of_which_only_a_part_showed_up_at_first_is_told_in_full(opened: Callable[[], Engine]):
    """Lines of one request may become searchable one after the other; when the commit is done all of them are."""
    writer, reader = opened(), opened()
    position = writer.write(rows(A, [1], [1])).version
    wait_until(lambda: reader.changes(1).version == position, what="the first commit")
    server, followed = writer._server, writer._followed
    batch = Batch.of([A, B], [0, 1], [10, 10], [1, 2])
    begun, lines = followed.begin(followed.coded(batch))
    commit, touched, *rest = lines.splitlines(keepends=True)
    server.send(commit + touched)
    server.make_searchable()
    assert reader.changes(position).datastreams == ()
    for some in (b"".join(rest), *row_lines(Rows(followed.coded(batch), np.zeros(2, dtype=np.int32)))):
        server.send(some)
    server.make_durable()
    followed.journal.end(begun)
    wait_until(lambda: reader.changes(position).datastreams, what="the second commit")
    assert set(reader.changes(position).datastreams) == {A, B}
    assert reader.latest([A, B]).result.tolist() == [1, 2]
    assert reader.write(batch).outcome.tolist() == [Outcome.DUPLICATE] * 2


def test_changes_reach_further_back_than_memory(opened: Callable[[], Engine], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(journal, "LARGEST", 1)
    store = opened()
    position = store.write(rows(A, [10, 30], [1, 3])).version
    store.write(rows(B, [20], [2]))
    store.write(rows(B, [40], [2]))
    changes = store.changes(position)
    assert B in changes.datastreams
    assert changes.last[changes.datastreams.index(B)].view(np.int64) == 40


def test_replaced_rows_have_a_label_of_their_own(opened: Callable[[], Engine], victoriametrics: VictoriaMetrics):
    store = opened()
    store.write(rows(A, [10, 20], [1, 2], quality=3))
    store.write(rows(A, [10], [5], quality=1))
    form = {"match[]": f'{{__name__="level_result",db="{store._server.database}",generation="1"}}', "start": "0"}
    answer = httpx.post(f"http://127.0.0.1:{victoriametrics.port}/api/v1/export", data=form).json()
    assert (answer["values"], answer["timestamps"]) == ([5], [10])
    assert store.spans().count.tolist() == [2]


# -- it is exact, and says where it cannot be -----------------------------------------------------------------------

RESULT = st.one_of(
    st.floats(1e-3, 1e6), st.floats(-1e6, -1e-3), st.integers(-(10**7), 10**7).map(float), st.just(0.0), st.just(NAN)
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(results=st.lists(RESULT, min_size=1, max_size=60), coverage=st.floats(0, 1, width=32), data=st.data())
@example(results=[0.1 + 0.2, 1e6 - 1e-10, 123456.654321, 1e-3, -0.3, 7.0], coverage=1 / 3, data=None)
def test_what_is_read_is_what_the_memory_engine_gives(
    victoriametrics: VictoriaMetrics, results: list[float], coverage: float, data: st.DataObject | None
):
    stores = [open_store("memory://"), open_store(victoriametrics.url(f"test_{uuid.uuid4().hex}"))]
    size = len(results)
    times = data.draw(st.lists(st.integers(0, 2 * 10**11), min_size=size, max_size=size)) if data else list(range(size))
    batch = Batch.of(
        [A, B, C],
        np.arange(size) % 3,
        np.array(times),
        results,
        quality=np.where(np.isnan(results), 9, 1),
        coverage=coverage,
        samples=np.arange(size),
        result_time=np.arange(size) + 1_700_000_000_123,
    )
    outcomes = [store.write(batch).outcome.tolist() for store in stores]
    assert outcomes[0] == outcomes[1]
    for query in (Query(datastreams=[C, A, B]), Query(datastreams=[B, A], limit=3, newest_first=True)):
        model, found = (store.read(query) for store in stores)
        for column in ("phenomenon_time", "result_time", "result", "quality", "revision", "coverage", "samples"):
            np.testing.assert_array_equal(getattr(found, column), getattr(model, column))
    assert stores[1].write(batch).outcome.tolist() == stores[0].write(batch).outcome.tolist()
    for store in stores:
        store.close()


def test_every_millisecond_is_found_again(opened: Callable[[], Engine]):
    """The server takes times as seconds, and loses a millisecond of some."""
    times = np.random.default_rng(3).integers(10**12, now_ms(), 40)
    store = opened()
    store.write(rows(A, times.tolist(), [1.0] * len(times)))
    for moment in times.tolist():
        span = Query(datastreams=[A], start=np.datetime64(moment, "ms"), end=np.datetime64(moment + 1, "ms"))
        assert store.read(span).phenomenon_time.view(np.int64).tolist() == [moment]
        assert store.write(rows(A, [moment], [1.0])).outcome.tolist() == [Outcome.DUPLICATE]


def test_what_the_server_would_drop_or_round_is_refused(opened: Callable[[], Engine]):
    store = opened()
    streams = [A, Datastream("a\nb", "level"), Datastream("", "level"), Datastream("a", "smilecity_touched")]
    ahead = now_ms() + 3 * 86_400_000
    batch = Batch.of(streams, [0, 0, 0, 1, 2, 3], [1, 2, ahead, 4, 5, 6], [1, 10 * LARGEST, 1, 1, 1, 1])
    with pytest.raises(StoreRefusedError) as refused:
        store.write(batch)
    assert sorted(refused.value.reasons) == [1, 2, 3, 4, 5]
    assert "two days ahead" in refused.value.reasons[2]
    assert held(store, A) == [(1, 1)]


def test_what_is_older_than_the_retention_is_refused(start_server: Callable[..., VictoriaMetrics]):
    server = start_server("-retentionPeriod=30d")
    store = open_store(server.url())
    young = now_ms() - 29 * 86_400_000
    with pytest.raises(StoreRefusedError, match="longer -retentionPeriod"):
        store.write(rows(A, [young, young - 2 * 86_400_000], [1, 2]))
    assert held(store, A) == [(young, 1)]
    store.close()


# -- it waits -------------------------------------------------------------------------------------------------------


def test_a_server_that_is_absent_is_told_in_a_sentence():
    with pytest.raises(StoreBusyError, match=r"does not answer .* start it, or give the store's right address"):
        open_store(f"victoriametrics://user:secret@127.0.0.1:{free_port()}")


def test_a_secret_is_never_shown():
    with pytest.raises(StoreBusyError) as absent:
        open_store(f"victoriametrics://user:secret@127.0.0.1:{free_port()}")
    assert "secret" not in str(absent.value)


def test_a_disk_that_is_full_makes_a_busy_store(start_server: Callable[..., VictoriaMetrics]):
    server = start_server("-storage.minFreeDiskSpaceBytes=900000GB")
    store = open_store(server.url())
    with pytest.raises(StoreBusyError, match="minFreeDiskSpaceBytes"):
        store.write(rows(A, [1], [1]))
    assert held(store, A) == []
    store.close()


def test_after_a_server_was_away_writing_goes_on(own_server: VictoriaMetrics):
    store = open_store(own_server.url())
    store.write(rows(A, [10], [1]))
    own_server.stop()
    with pytest.raises(StoreBusyError):
        store.write(rows(A, [20], [2]))
    own_server.start()
    assert store.write(rows(A, [20], [2])).outcome.tolist() == [Outcome.STORED]
    assert held(store, A) == [(10, 1), (20, 2)]
    store.close()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("victoriametrics://", "has the address"),
        ("victoriametrics://host?colour=red", "no option 'colour'"),
        ("victoriametrics://host?database=a b", "letters, digits"),
        ("victoriametrics://host?insert=vminsert:8480", "written http"),
    ],
)
def test_an_address_that_cannot_be_meant_is_told_in_a_sentence(url: str, sentence: str):
    with pytest.raises(ValueError, match=sentence):
        open_store(url)


def test_parts_of_a_cluster_have_addresses_of_their_own(url: str, victoriametrics: VictoriaMetrics):
    """A single node answers to the prefixes that stand behind a cluster's tenants."""
    here = f"http://127.0.0.1:{victoriametrics.port}"
    select = url.replace("?", "/prometheus?")
    store = open_store(f"{select}&insert={here}/influx&storage={here},{here}/&retention=90y")
    assert store.write(rows(A, [10**12], [1])).outcome.tolist() == [Outcome.STORED]
    assert held(store, A) == [(10**12, 1)]
    store.close()
