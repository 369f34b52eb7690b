"""What every store promises of the past: the newest row of each datastream as it was at an instant."""

from __future__ import annotations

import numpy as np

from sensors.model import Batch, Datastream
from storage.store import Query, Store
from tests.storage.test_conformance import A, B, C, new_url, rows, store, url

__all__ = ["new_url", "store", "url"]

NOW = np.datetime64("2026-11-01T00:00", "ms")
DAY = 86_400_000
STREAMS = tuple(Datastream(f"thing-{number}", name) for number in range(12) for name in ("level", "battery"))
Described = list[tuple[Datastream, int, float]]


def at(store: Store, instant: int, *streams: Datastream) -> list[float]:
    """Give the results of the newest rows at an instant [ms]."""
    results: list[float] = store.latest(streams, np.datetime64(instant, "ms")).result.tolist()
    return results


def described(batch: Batch) -> Described:
    named = [batch.datastreams[code] for code in batch.datastream.tolist()]
    return list(zip(named, batch.phenomenon_time.view(np.int64).tolist(), batch.result.tolist(), strict=True))


def test_what_was_the_newest_at_an_instant_is_given(store: Store):
    store.write(rows(A, [10, 20, 30], [1, 2, 3]))
    store.write(rows(B, [25], [8]))
    assert at(store, 20, B, A, C) == [2]
    assert at(store, 29, B, A, C) == [8, 2]
    assert at(store, 30, B, A, C) == [8, 3]
    assert at(store, 10**12, B, A, C) == [8, 3]
    assert at(store, 9, A, B) == at(store, -1, A, B) == []
    everything = store.latest(at=np.datetime64(24, "ms"))
    assert described(everything) == [(A, 20, 2.0)]


def test_an_empty_store_had_nothing(store: Store):
    assert at(store, 10, A) == []
    assert len(store.latest(at=NOW)) == 0


def test_what_was_the_newest_has_every_column(store: Store):
    store.write(Batch.of([A], [0], [30], [3], result_time=[55], quality=[3], revision=[2], coverage=[0.5], samples=[4]))
    store.write(rows(A, [40], [4]))
    newest = store.latest([A], np.datetime64(39, "ms"))
    columns = (newest.phenomenon_time.view(np.int64), newest.result_time.view(np.int64), newest.result)
    flags = (newest.quality, newest.revision, newest.coverage, newest.samples)
    assert [column.tolist() for column in (*columns, *flags)] == [[30], [55], [3], [3], [2], [0.5], [4]]


def test_late_and_corrected_rows_change_what_was(store: Store):
    store.write(rows(A, [10, 20, 40], [1, 2, 4], quality=3))
    store.write(rows(A, [30], [3], quality=3))
    assert at(store, 35, A) == [3]
    store.write(rows(A, [20, 30], [7, 8], quality=1))
    assert (at(store, 25, A), at(store, 35, A), at(store, 40, A)) == ([7], [8], [4])


def test_it_is_the_row_that_a_look_at_all_rows_finds(store: Store):
    """Some speak every hour, some every day, some fell silent weeks or years ago, and some began late."""
    chance, parts = np.random.default_rng(5), []
    for code in range(len(STREAMS)):
        every, until, many = chance.choice([1, 24, 300]), chance.choice([0, 0, 40, 700]), chance.integers(3, 60)
        hours = until * 24 + np.arange(many) * every
        parts.append((np.full(many, code), NOW - hours.astype("timedelta64[h]") - chance.integers(0, 1000)))
    codes, times = (np.concatenate(column) for column in zip(*parts, strict=True))
    batch = Batch.of(STREAMS, codes, times, np.arange(len(codes)) / 8)
    for some in np.array_split(chance.permutation(len(codes)), 3):
        store.write(batch.take(some))
    found = store.read(Query(datastreams=STREAMS))
    assert len(found) == len(batch)
    asked = [STREAMS[code] for code in chance.permutation(len(STREAMS))[:-2].tolist()]
    for days in (0, 0.5, 1, 3, 31, 45, 300, 650, 720, 1500):
        moment = NOW - np.timedelta64(int(days * DAY), "ms")
        expected = newest(batch, moment)
        in_order = [expected[stream] for stream in asked if stream in expected]
        assert described(store.latest(asked, moment)) == in_order
        assert sorted(described(store.latest(at=moment))) == sorted(expected.values())
    assert described(store.latest(asked, times.max())) == described(store.latest(asked))
    exact = times[codes == STREAMS.index(asked[0])].min()
    assert described(store.latest(asked[:1], exact))[0][1] == int(exact.astype("datetime64[ms]").astype(np.int64))
    assert described(store.latest(asked[:1], exact - np.timedelta64(1, "ms"))) == []


def newest(batch: Batch, moment: np.datetime64) -> dict[Datastream, tuple[Datastream, int, float]]:
    """Look at all rows."""
    then: dict[Datastream, tuple[Datastream, int, float]] = {}
    for stream, time, result in described(batch):
        if np.datetime64(time, "ms") <= moment and (stream not in then or then[stream][1] < time):
            then[stream] = (stream, time, result)
    return then


def test_who_asks_of_now_hears_what_the_newest_is(store: Store):
    """Also of who is ahead of the clock: its last word before is told."""
    store.write(rows(A, [10, 20], [1, 2]))
    store.write(rows(B, [12, 15], [3, 4]))
    assert at(store, 17, A, B) == [1, 4]
