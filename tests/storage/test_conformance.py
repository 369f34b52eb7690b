"""What every store promises, over every engine that is found."""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensors.discovery import module_names
from sensors.model import Batch, Datastream
from storage import engines
from storage.aggregate import aggregate
from storage.store import CannotForgetError, Outcome, Query, Store, StoreRefusedError, open_store
from storage.windows import Function, Windows
from tests.servers import swift_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

A, B, C = (Datastream("a", "level"), Datastream("d", "level"), Datastream("a", "level_hour", derived=True))
"""The first two are on different nodes, where there are two."""
NAN = float("nan")
SERVERS = ("victoriametrics", "victoriametrics_nodes", "influxdb")
"""Engines whose server, or servers, a fixture of the same name starts."""


@pytest.fixture(params=[*module_names(engines), "victoriametrics_nodes"])
def new_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Give a function that names an empty store of an engine: a new file, or a new database of its server."""
    if request.param in SERVERS:
        server = request.getfixturevalue(request.param)
        yield lambda: str(server.url(f"test_{uuid.uuid4().hex}"))
        return
    with swift_folder(tmp_path_factory.mktemp("stores")) as folder:
        yield lambda: f"{request.param}://{folder}/{uuid.uuid4().hex}.store"


@pytest.fixture
def url(new_url: Callable[[], str]) -> str:
    return new_url()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = open_store(url)
    yield opened
    opened.close()


def rows(stream: Datastream, times: list[int], results: list[float], **columns: object) -> Batch:
    return Batch.of([stream], [0] * len(times), np.array(times), results, **columns)  # type: ignore[arg-type]


def held(store: Store, *streams: Datastream) -> list[tuple[int, float]]:
    batch = store.read(Query(datastreams=streams))
    return list(zip(batch.phenomenon_time.view(np.int64).tolist(), batch.result.tolist(), strict=True))


def outcomes(store: Store, batch: Batch) -> list[Outcome]:
    return [Outcome(value) for value in store.write(batch).outcome]


def test_it_is_a_store(store: Store):
    assert isinstance(store, Store)


def test_an_empty_store_answers_emptily(store: Store):
    assert store.write(Batch.empty()).outcome.shape == (0,)
    assert held(store, A, B) == []
    assert len(store.latest()) == 0
    assert store.spans().datastreams == ()
    assert store.changes(0).datastreams == ()
    assert store.changes(0).version == 0


def test_what_is_written_is_read_with_every_column(store: Store):
    batch = Batch.of(
        [A, C],
        [0, 1, 0],
        np.array([10, 0, 20]),
        [1.5, NAN, -2.0],
        result_time=np.array([11, 12, 13]),
        quality=[1, 9, 3],
        revision=[7, 2, 8],
        coverage=[NAN, 0.25, NAN],
        samples=[0, 4, 0],
    )
    assert outcomes(store, batch) == [Outcome.STORED] * 3
    found = store.read(Query(datastreams=[C, A]))
    assert [found.datastreams[code] for code in found.datastream] == [C, A, A]
    assert found.phenomenon_time.view(np.int64).tolist() == [0, 10, 20]
    assert found.result_time.view(np.int64).tolist() == [12, 11, 13]
    np.testing.assert_array_equal(found.result, [NAN, 1.5, -2.0])
    assert found.quality.tolist() == [9, 1, 3]
    assert found.revision.tolist() == [2, 7, 8]
    np.testing.assert_array_equal(found.coverage, np.array([0.25, NAN, NAN], dtype=np.float32))
    assert found.samples.tolist() == [4, 0, 0]


def test_writing_twice_changes_nothing(store: Store):
    batch = rows(A, [10, 20], [1, 2])
    first = store.write(batch)
    again = store.write(batch)
    assert again.outcome.tolist() == [Outcome.DUPLICATE] * 2
    assert again.version == first.version
    assert held(store, A) == [(10, 1), (20, 2)]


def test_a_batch_may_repeat_and_contradict_itself(store: Store):
    batch = rows(A, [10, 10, 10], [1, 1, 2])
    assert outcomes(store, batch) == [Outcome.STORED, Outcome.DUPLICATE, Outcome.SUPERSEDED]
    assert held(store, A) == [(10, 1)]


@pytest.mark.parametrize(
    ("first", "second", "stays"),
    [
        ({}, {}, 1),
        ({"quality": 3}, {"quality": 1}, 2),
        ({"quality": 1}, {"quality": 3}, 1),
        ({"revision": 1}, {"revision": 2}, 2),
        ({"revision": 2}, {"revision": 1}, 1),
        ({"quality": 1, "revision": 1}, {"quality": 3, "revision": 2}, 1),
    ],
)
def test_of_two_raw_results_the_better_flag_stays_then_the_higher_counter_then_the_first(
    store: Store, first: dict[str, int], second: dict[str, int], stays: float
):
    store.write(rows(A, [10], [1], **first))
    assert outcomes(store, rows(A, [10], [2], **second)) == [Outcome.SUPERSEDED]
    assert held(store, A) == [(10, stays)]


def test_of_two_indicator_results_the_higher_revision_stays_whatever_its_flag(store: Store):
    store.write(rows(C, [10], [1], quality=1, revision=0))
    assert outcomes(store, rows(C, [10], [NAN], quality=9, revision=1)) == [Outcome.SUPERSEDED]
    np.testing.assert_array_equal(store.read(Query(datastreams=[C])).result, [NAN])
    assert outcomes(store, rows(C, [10], [5], quality=1, revision=0)) == [Outcome.SUPERSEDED]
    np.testing.assert_array_equal(store.read(Query(datastreams=[C])).result, [NAN])


def test_late_rows_find_their_place(store: Store):
    store.write(rows(A, [100, 300], [1, 3]))
    assert outcomes(store, rows(A, [200, 50, 300], [2, 0, 3])) == [Outcome.STORED, Outcome.STORED, Outcome.DUPLICATE]
    assert held(store, A) == [(50, 0), (100, 1), (200, 2), (300, 3)]


def test_a_span_is_half_open_and_a_limit_is_kept(store: Store):
    store.write(rows(A, [10, 20, 30, 40], [1, 2, 3, 4]))
    store.write(rows(B, [20, 30], [8, 9]))
    start, end = np.datetime64(20, "ms"), np.datetime64(40, "ms")

    def results(**options: object) -> list[float]:
        return list(store.read(Query(datastreams=[B, A], **options)).result)  # type: ignore[arg-type]

    assert results(start=start, end=end) == [8, 9, 2, 3]
    assert results(start=start) == [8, 9, 2, 3, 4]
    assert results(end=end, limit=3) == [8, 9, 1]
    assert results(newest_first=True) == [9, 8, 4, 3, 2, 1]
    assert results(newest_first=True, limit=1) == [9]


def test_datastreams_that_the_store_never_saw_give_no_rows(store: Store):
    store.write(rows(A, [10], [1]))
    assert held(store, B) == []
    assert held(store, B, A) == [(10, 1)]
    assert len(store.latest([B])) == 0
    assert store.spans([B, A]).datastreams == (A,)


def test_latest_follows_time_not_arrival(store: Store):
    store.write(rows(A, [30], [3]))
    store.write(rows(B, [5], [8]))
    store.write(rows(A, [10], [1]))
    newest = store.latest()
    found = {newest.datastreams[code]: result for code, result in zip(newest.datastream, newest.result, strict=True)}
    assert found == {A: 3, B: 8}
    assert store.latest([B, A]).result.tolist() == [8, 3]


def test_latest_gives_every_column(store: Store):
    store.write(Batch.of([A], [0], [30], [3], result_time=[55], quality=[3], revision=[2], coverage=[0.5], samples=[4]))
    newest = store.latest()
    assert newest.phenomenon_time.view(np.int64).tolist() == [30]
    assert newest.result_time.view(np.int64).tolist() == [55]
    assert newest.result.tolist() == [3]
    assert newest.quality.tolist() == [3]
    assert newest.revision.tolist() == [2]
    assert newest.coverage.tolist() == [0.5]
    assert newest.samples.tolist() == [4]


def test_latest_follows_a_superseding_row(store: Store):
    store.write(rows(A, [30], [3], quality=3))
    store.write(rows(A, [30], [4], quality=1))
    assert store.latest().result.tolist() == [4]


def test_spans_tell_first_last_and_count(store: Store):
    store.write(rows(A, [30, 10, 20], [3, 1, 2]))
    store.write(rows(B, [5], [8]))
    spans = store.spans()
    assert dict(zip(spans.datastreams, spans.count.tolist(), strict=True)) == {A: 3, B: 1}
    spans = store.spans([A])
    assert spans.first.view(np.int64).tolist() == [10]
    assert spans.last.view(np.int64).tolist() == [30]


def test_changes_tell_what_was_touched_since_a_version(store: Store):
    seen = store.write(rows(A, [10, 20], [1, 2])).version
    store.write(rows(B, [7], [1]))
    store.write(rows(A, [20, 5], [9, 0], revision=1))
    changes = store.changes(seen)
    spans = dict(zip(changes.datastreams, changes.first.view(np.int64), strict=True))
    assert spans == {B: 7, A: 5}
    assert dict(zip(changes.datastreams, changes.last.view(np.int64), strict=True)) == {B: 7, A: 20}
    assert store.changes(changes.version).datastreams == ()
    resumed = store.changes(store.resumed(seen))
    assert {*changes.datastreams} <= {*resumed.datastreams}
    assert store.resumed(0) == 0
    store.write(rows(A, [20], [9], revision=1))
    assert store.changes(changes.version).version == changes.version


def test_changes_far_apart_are_told_apart(store: Store):
    day = 86_400_000
    store.write(rows(A, [99 * day], [1]))
    seen = store.write(rows(B, [day], [1])).version
    store.write(rows(A, [100 * day, 101 * day], [1, 2]))
    store.write(rows(A, [5 * day], [3]))
    store.write(rows(B, [2 * day], [1]))
    changes = store.changes(seen, np.timedelta64(7, "D"))
    newest, older = changes.layers(np.timedelta64(7, "D"))
    assert newest.datastreams == (A,)
    assert (newest.first.view(np.int64).tolist(), newest.last.view(np.int64).tolist()) == ([100 * day], [101 * day])
    assert dict(zip(older.datastreams, older.first.view(np.int64), strict=True)) == {A: 5 * day, B: 2 * day}
    whole = store.changes(seen)
    assert dict(zip(whole.datastreams, whole.first.view(np.int64), strict=True)) == {A: 5 * day, B: 2 * day}
    assert dict(zip(whole.datastreams, whole.last.view(np.int64), strict=True)) == {A: 101 * day, B: 2 * day}


def test_rows_that_can_never_be_stored_are_named_and_the_rest_is_stored(store: Store):
    times = np.array([10, 20, 30, 40, -1, np.datetime64("NaT"), 50, 60], dtype="datetime64[ms]")
    result_times = np.array([0, 0, 0, 0, 0, 0, -1, 1 << 62])
    batch = Batch.of(
        [A],
        [0] * 8,
        times,
        [1, np.inf, NAN, NAN, 5, 6, 7, 8],
        quality=[1, 1, 1, 9, 1, 1, 1, 1],
        result_time=result_times,
    )
    with pytest.raises(StoreRefusedError) as refused:
        store.write(batch)
    assert sorted(refused.value.reasons) == [1, 2, 4, 5, 6, 7]
    assert refused.value.written.outcome.tolist() == [0, 3, 3, 0, 3, 3, 3, 3]
    np.testing.assert_array_equal(store.read(Query(datastreams=[A])).result, [1, NAN])


def test_reading_goes_on_while_writing(store: Store):
    """A reader sees whole commits: of every batch either all rows or none."""
    done = threading.Event()
    seen: list[int] = []

    def read() -> None:
        while not done.is_set():
            seen.append(len(held(store, A)))

    reader = threading.Thread(target=read)
    reader.start()
    for batch in range(50):
        store.write(rows(A, list(range(batch * 100, batch * 100 + 100)), [0.0] * 100))
    done.set()
    reader.join()
    assert all(count % 100 == 0 for count in seen)
    assert len(held(store, A)) == 5000


def test_a_store_may_be_closed_twice(store: Store):
    store.close()
    store.close()


ROW = st.tuples(
    st.sampled_from([A, B, C]),
    st.integers(0, 5),
    st.sampled_from([0.0, 1.0, 2.0, NAN]),
    st.integers(1, 4),
    st.integers(0, 2),
)


BATCHES = st.lists(st.lists(ROW, max_size=8), max_size=6)
OWN_FIXTURE = [HealthCheck.function_scoped_fixture]


@pytest.mark.parametrize("new_url", sorted({*module_names(engines)} - {*SERVERS}), indirect=True)
@settings(max_examples=60, suppress_health_check=OWN_FIXTURE)
@given(batches=BATCHES)
def test_any_split_into_batches_comes_to_what_row_by_row_would(
    new_url: Callable[[], str], batches: list[list[tuple[Datastream, int, float, int, int]]]
):
    split_into_batches(open_store(new_url()), batches)


@pytest.mark.parametrize("new_url", SERVERS, indirect=True)
@settings(max_examples=15, suppress_health_check=OWN_FIXTURE)
@given(batches=BATCHES)
def test_any_split_into_batches_comes_to_the_same_in_a_server(
    new_url: Callable[[], str], batches: list[list[tuple[Datastream, int, float, int, int]]]
):
    split_into_batches(open_store(new_url()), batches)


def split_into_batches(store: Store, batches: list[list[tuple[Datastream, int, float, int, int]]]) -> None:
    expected: dict[tuple[Datastream, int], tuple[float, int, int]] = {}
    stored = 0
    for batch in batches:
        told = []
        for stream, time, result, flag, revision in batch:
            quality = 9 if np.isnan(result) else flag
            merit = (0 if stream.derived else -quality, revision)
            met = expected.get((stream, time))
            if met is None:
                told.append(Outcome.STORED)
            else:
                same = met[0] == result or (np.isnan(met[0]) and np.isnan(result))
                told.append(Outcome.DUPLICATE if same else Outcome.SUPERSEDED)
            if met is None or merit > (0 if stream.derived else -met[1], met[2]):
                expected[stream, time] = (result, quality, revision)
        streams = [A, B, C]
        answer = store.write(
            Batch.of(
                streams,
                [streams.index(row[0]) for row in batch],
                np.array([row[1] for row in batch], dtype=np.int64),
                [row[2] for row in batch],
                quality=[9 if np.isnan(row[2]) else row[3] for row in batch],
                revision=[row[4] for row in batch],
            )
        )
        assert answer.outcome.tolist() == told
        stored += told.count(Outcome.STORED)
    found = store.read(Query(datastreams=[A, B, C]))
    assert len(found) == len(expected) == stored
    for row in range(len(found)):
        key = (found.datastreams[found.datastream[row]], int(found.phenomenon_time[row].astype(np.int64)))
        np.testing.assert_equal((found.result[row], found.quality[row], found.revision[row]), expected[key])
    assert int(store.spans().count.sum()) == stored
    store.close()


def day(store: Store) -> Batch:
    """Fill a store with a day of two datastreams at irregular times, some of it doubtful, failed or missing."""
    chance = np.random.default_rng(3)
    times = np.sort(chance.choice(86_400_000, (2, 500), replace=False), axis=1) + 1_780_000_000_000
    quality = chance.choice([1, 1, 1, 3, 4, 9], (2, 500))
    result = np.where(quality == 9, NAN, np.round(chance.normal(20, 5, (2, 500)), 3))
    batch = Batch.of([A, B], np.repeat([0, 1], 500), times.ravel(), result.ravel(), quality=quality.ravel())
    store.write(batch.take(chance.permutation(1000)))
    return batch


def test_sums_by_window_are_those_of_the_rows(store: Store):
    batch = day(store)
    start = np.datetime64(1_780_000_000_000, "ms")
    windows = Windows.every(np.timedelta64(15, "m"), start, start + np.timedelta64(1, "D"), np.timedelta64(10, "m"))
    functions = tuple(Function)
    found, expected = store.aggregate([A, C, B], windows, functions), aggregate(batch, [A, C, B], windows, functions)
    np.testing.assert_array_equal(found.datastream, expected.datastream)
    np.testing.assert_array_equal(found.start, expected.start)
    for function in functions:
        np.testing.assert_allclose(found.columns[function], expected.columns[function], rtol=1e-9, err_msg=function)


BERLIN = np.array(["2026-05-28T22:00", "2026-05-28T23:00", "2026-05-29T04:00", "2026-05-30T22:00"], "datetime64[ms]")
PLAIN = (Function.COUNT, Function.MEAN, Function.MINIMUM, Function.MAXIMUM)


@pytest.mark.parametrize("functions", [PLAIN, (Function.COUNT, Function.TIME_WEIGHTED_MEAN, Function.INCREASE)])
@pytest.mark.parametrize("edges", [BERLIN, BERLIN[:1] + np.arange(50) * np.timedelta64(3_600_000, "ms")])
def test_sums_of_groups_are_those_of_all_members(store: Store, edges: np.ndarray, functions: tuple[Function, ...]):
    batch, windows = day(store), Windows(edges, np.timedelta64(10, "m"))
    for groups in ([1, 1, 1], [0, 1, 2], [3, 0, 3]):
        found, expected = (
            store.aggregate([A, C, B], windows, functions, groups),
            aggregate(batch, [A, C, B], windows, functions, groups),
        )
        assert len(found) > 0
        np.testing.assert_array_equal(found.datastream, expected.datastream)
        np.testing.assert_array_equal(found.start, expected.start)
        for function in functions:
            np.testing.assert_allclose(found.columns[function], expected.columns[function], rtol=1e-9, err_msg=function)
    assert len(store.aggregate([C], windows, functions, [0])) == 0
    with pytest.raises(ValueError, match="ask for each of them"):
        store.aggregate([A], windows, [Function.FIRST], [0])


def test_a_window_sees_what_held_before_it(store: Store):
    store.write(rows(A, [1000, 61_000], [3, 5]))
    at = np.array([60_000, 62_000], dtype="datetime64[ms]")
    found = store.aggregate([A], Windows(at), [Function.TIME_WEIGHTED_MEAN, Function.INCREASE, Function.COUNT])
    assert [column.tolist() for column in found.columns.values()] == [[4.0], [2.0], [1.0]]


def test_nothing_sums_up_to_nothing(store: Store):
    windows = Windows(np.array([0, 10], dtype="datetime64[ms]"))
    assert len(store.aggregate([A, B], windows, tuple(Function))) == 0
    assert len(store.aggregate([], windows, tuple(Function))) == 0


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize("options", [{}, {"limit": 10}, {"newest_first": True}, {"limit": 503, "newest_first": True}])
def test_a_long_answer_comes_in_parts(store: Store, size: int, options: dict[str, object]):
    day(store)
    query = Query(datastreams=[B, C, A], **options)  # type: ignore[arg-type]
    parts, whole = list(store.stream(query, size)), store.read(query)
    assert all(0 < len(part) <= size for part in parts)
    told = [(part.datastreams[code], time) for part in parts for code, time in columns(part)]
    assert told == [(whole.datastreams[code], time) for code, time in columns(whole)]


def columns(batch: Batch) -> list[tuple[int, int]]:
    return list(zip(batch.datastream.tolist(), batch.phenomenon_time.view(np.int64).tolist(), strict=True))


def test_what_is_older_is_forgotten_or_it_is_said_who_can(store: Store, url: str):
    first = store.write(rows(A, [10, 20, 30], [1, 2, 3])).version
    store.write(rows(B, [10, 15], [1, 2]))
    version = store.write(rows(C, [10], [7])).version
    before = np.datetime64(25, "ms")
    if url.startswith(SERVERS):
        with pytest.raises(CannotForgetError, match="retention"):
            store.forget([A, B], before)
        return
    assert store.forget([A, B], before) == 4
    assert store.forget([A, B], before) == 0
    assert held(store, A, B, C) == [(30, 3), (10, 7)]
    assert store.latest([A, B, C]).result.tolist() == [3, 7]
    assert store.spans([A, B, C]).count.tolist() == [1, 1]
    assert store.changes(first).version == version
    assert outcomes(store, rows(B, [15, 5, 15], [4, 5, 4])) == [Outcome.STORED, Outcome.STORED, Outcome.DUPLICATE]
    assert held(store, B) == [(5, 5), (15, 4)]
    assert store.forget([], before) == 0
    assert store.forget([Datastream("never seen", "level")], before) == 0
