"""What every store promises where there is much of it: many datastreams, many years, every script, several writers."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

from sensors.model import Batch, Datastream
from storage.store import Outcome, Query, Store, open_store
from tests.servers import wait_until
from tests.storage.test_conformance import SERVERS, new_url, store, url

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["new_url", "store", "url"]

NOW = np.datetime64("2026-11-01T00:00", "ms")
YEARS = 10
WRITERS = 4
STRANGE = (
    "Straße am Hafen",
    "containër,1",
    "a b=c",
    'quote"d',
    "back\\slash",
    "it's",
    "regex.*[a-z]|(x)$",
    "東京",
    "🅿",
    "x" * 200,
    "a/b/c",
    "100%",
    "{curly}",
    "$dollar",
)


def streams(count: int) -> list[Datastream]:
    return [Datastream(f"thing-{number}", "level") for number in range(count)]


def times(batch: Batch) -> NDArray[np.int64]:
    return batch.phenomenon_time.view(np.int64)


def test_twenty_thousand_datastreams(store: Store):
    many = streams(20_000)
    first = Batch.of(many, np.arange(20_000), np.full(20_000, NOW), np.arange(20_000) / 8)
    second = Batch.of(many, np.arange(20_000), np.full(20_000, NOW + np.timedelta64(1, "m")), np.arange(20_000) / 4)
    assert (store.write(first).outcome == Outcome.STORED).all()
    assert (store.write(second).outcome == Outcome.STORED).all()
    assert (store.write(second).outcome == Outcome.DUPLICATE).all()
    latest = store.latest(many)
    assert [latest.datastreams[code].thing for code in latest.datastream[:3]] == ["thing-0", "thing-1", "thing-2"]
    np.testing.assert_array_equal(latest.result, np.arange(20_000) / 4)
    assert store.spans().count.tolist() == [2] * 20_000
    read = store.read(Query(datastreams=many[::-1], end=NOW + np.timedelta64(1, "ms")))
    np.testing.assert_array_equal(read.result, np.arange(20_000)[::-1] / 8)


def test_ten_years_of_one_datastream(store: Store):
    hours = NOW - np.arange(YEARS * 365 * 24, 0, -1).astype("timedelta64[h]")
    results = np.round(np.sin(np.arange(len(hours)) / 24) * 1000, 3)
    stream = Datastream("meter", "power")
    order = np.random.default_rng(1).permutation(len(hours))
    for some in np.array_split(order, 4):
        store.write(Batch.of([stream], np.zeros(len(some), dtype=np.int32), hours[some], results[some]))
    read = store.read(Query(datastreams=[stream]))
    np.testing.assert_array_equal(times(read), hours.astype("datetime64[ms]").view(np.int64))
    np.testing.assert_allclose(read.result, results, rtol=1e-9)
    spans = store.spans()
    assert (spans.first[0], spans.last[0], spans.count[0]) == (hours[0], hours[-1], len(hours))
    day = store.read(Query(datastreams=[stream], start=hours[24], end=hours[48]))
    np.testing.assert_allclose(day.result, results[24:48], rtol=1e-9)


@pytest.mark.parametrize("name", STRANGE)
def test_names_of_every_script(store: Store, name: str):
    stream, other = Datastream(name, "level"), Datastream("other", "level")
    batch = Batch.of([stream, other], [0, 1], [NOW, NOW], [1.5, 2.5])
    assert (store.write(batch).outcome == Outcome.STORED).all()
    assert (store.write(batch).outcome == Outcome.DUPLICATE).all()
    read = store.read(Query(datastreams=[stream]))
    assert [read.datastreams[code] for code in read.datastream] == [stream]
    assert read.result.tolist() == [1.5]
    assert set(store.spans().datastreams) == {stream, other}
    assert set(store.changes(0).datastreams) == {stream, other}


def test_several_writers_at_once(store: Store):
    """Each row is written by all of them in another order: it is stored once, and the others are told so."""
    many = streams(50)
    batch = Batch.of(
        many,
        np.repeat(np.arange(50), 20),
        np.tile(NOW + np.arange(20).astype("timedelta64[s]"), 50),
        np.arange(1000) / 16,
    )

    def write(writer: int) -> NDArray[np.uint8]:
        order = np.random.default_rng(writer).permutation(1000)
        return np.concatenate([store.write(batch.take(some)).outcome for some in np.array_split(order, 5)])

    with ThreadPoolExecutor(WRITERS) as pool:
        outcomes = np.concatenate(list(pool.map(write, range(WRITERS))))
    assert np.bincount(outcomes).tolist() == [1000, 1000 * (WRITERS - 1)]
    read = store.read(Query(datastreams=many))
    np.testing.assert_array_equal(read.result, batch.result)
    np.testing.assert_array_equal(times(read), times(batch))


@pytest.mark.parametrize("server", SERVERS)
def test_two_processes_may_write_different_datastreams_at_once(server: str, request: pytest.FixtureRequest):
    """Of one property; each hears of what the other has written, and meets it as duplicates."""
    url, many = request.getfixturevalue(server).url(f"test_{uuid.uuid4().hex}"), streams(40)
    batches = [
        Batch.of(many, np.repeat(np.arange(20), 50) * 2 + part, np.tile(NOW + np.arange(50), 20), np.arange(1000) / 8)
        for part in range(2)
    ]
    with closing(open_store(url)) as one, closing(open_store(url)) as other, ThreadPoolExecutor(2) as pool:
        first = Batch.of([Datastream("first", "level")], [0], [NOW], [1.0])
        since = one.write(first).version
        wait_until(lambda: len(other.latest()), what="a process to hear of the other's first commit")

        def write(store: Store, batch: Batch) -> None:
            for some in np.array_split(np.arange(1000), 8):
                assert (store.write(batch.take(some)).outcome == Outcome.STORED).all()

        list(pool.map(write, (one, other), batches))

        def has_heard(store: Store) -> bool:
            newest = store.latest(many).phenomenon_time.tolist()
            return set(many) <= set(store.changes(since).datastreams) and newest == [(NOW + 49).item()] * 40

        for store in (one, other):
            wait_until(partial(has_heard, store), what="a process to hear of the other's commits")
            assert store.spans(many).count.tolist() == [50] * 40
        assert (one.write(batches[1]).outcome == Outcome.DUPLICATE).all()
        assert (other.write(batches[0]).outcome == Outcome.DUPLICATE).all()
