"""Several workers share the things of a city: all is computed, nothing twice, whoever comes, goes or is killed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from processing import worker as module
from processing.worker import Worker
from sensors.model import Batch, Datastream, Thing
from storage.catalogue import Catalogue
from storage.engines.memory import Memory
from storage.presence import ReplacedError
from storage.shares import LEASE
from storage.store import Query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from storage.store import Changes

THINGS = tuple(
    Thing(id=f"space-{number}", name="Space", kind="parking_spot", longitude=12.1, latitude=54.1)
    for number in range(60)
)
START = datetime(2026, 6, 1, tzinfo=UTC)
HOURS = [Datastream(thing.id, "occupancy_hour", derived=True) for thing in THINGS]


@pytest.fixture
def catalogue() -> Iterator[Catalogue]:
    opened = Catalogue("sqlite://")
    opened.put(THINGS)
    yield opened
    opened.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Give a clock for the leases that a test can put forward."""
    now = [1_000_000]
    monkeypatch.setattr(module, "_clock", lambda: now[0])
    return now


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def observe(store: Memory, hours: float) -> None:
    """Let every space be taken at an instant."""
    streams = tuple(Datastream(thing.id, "occupied") for thing in THINGS)
    time = np.full(len(THINGS), np.datetime64(at(hours).replace(tzinfo=None), "ms"))
    store.write(Batch.of(streams, np.arange(len(THINGS)), time, np.arange(len(THINGS)) % 2))


def computed(store: Memory) -> tuple[int, int]:
    """Give the number of hours that are computed, and the highest revision."""
    batch = store.read(Query(datastreams=HOURS))
    return len(batch), int(batch.revision.max(initial=0))


def test_two_workers_do_all_of_it_and_none_of_it_twice(catalogue: Catalogue, clock: list[int]):
    store, other = Memory(), Memory()
    one, two = (Worker(store, catalogue, worker=name) for name in ("one", "two"))
    alone = Worker(other, catalogue, name="alone")
    for worker in (one, two, one, two, alone):
        worker.step(at(0))
    observe(store, 0.5)
    observe(other, 0.5)
    parts, whole = [worker.step(at(3)) for worker in (one, two)], alone.step(at(3))
    assert all(0 < part.written < whole.written for part in parts)
    assert sum(part.windows for part in parts) == whole.windows
    assert sum(part.written for part in parts) == whole.written
    assert computed(store) == computed(other) == (3 * len(THINGS), 0)


def test_a_killed_worker_s_part_is_taken_after_its_lease(catalogue: Catalogue, clock: list[int]):
    store = Memory()
    one, two = (Worker(store, catalogue, worker=name) for name in ("one", "two"))
    for worker in (one, two, one, two):
        worker.step(at(0))
    observe(store, 0.5)
    one.step(at(2))
    half, _ = computed(store)
    assert 0 < half < 2 * len(THINGS)
    clock[0] += LEASE + 1
    one.step(at(2))
    assert computed(store) == (2 * len(THINGS), 0)


class Clock(Memory):
    """A store that several processes share: it tells again what came shortly before a version that another noted."""

    def resumed(self, version: int) -> int:
        return max(version - 3, 0)


class Late(Memory):
    """A store of which another process has not heard a commit yet, but of what came after it."""

    def __init__(self, store: Memory) -> None:
        super().__init__()
        self._whole = store

    def changes(self, after: int, apart: np.timedelta64 | None = None) -> Changes:
        return replace(super().changes(0, apart), version=self._whole.changes(after).version)


def test_who_takes_over_from_one_that_had_not_heard_of_everything_does_it_all(catalogue: Catalogue, clock: list[int]):
    store = Clock()
    one, two = Worker(store, catalogue, worker="one"), Worker(Late(store), catalogue, worker="two")
    for worker in (one, two, one, two):
        worker.step(at(0))
    observe(store, 0.5)
    two.step(at(2))
    one.step(at(2))
    half, _ = computed(store)
    assert 0 < half < 2 * len(THINGS)
    clock[0] += LEASE + 1
    one.step(at(2))
    assert computed(store) == (2 * len(THINGS), 0)


def test_what_a_worker_leaves_is_taken_at_once(catalogue: Catalogue, clock: list[int]):
    store = Memory()
    one, two = (Worker(store, catalogue, worker=name) for name in ("one", "two"))
    for worker in (one, two, one, two):
        worker.step(at(0))
    observe(store, 0.5)
    two.leave()
    one.step(at(2))
    assert computed(store) == (2 * len(THINGS), 0)


def test_of_two_of_one_name_the_newer_does_it_all(catalogue: Catalogue, clock: list[int]):
    store = Memory()
    old, new = (Worker(store, catalogue, worker="one") for _ in range(2))
    old.step(at(0))
    observe(store, 0.5)
    old.step(at(2))
    new.step(at(3))
    observe(store, 2.5)
    for _ in range(2):
        with pytest.raises(ReplacedError):
            old.step(at(4))
    old.leave()
    assert new.step(at(4)).written > 0
    assert computed(store) == (4 * len(THINGS), 1)


def test_who_is_replaced_while_it_computes_writes_nothing_more(
    catalogue: Catalogue, clock: list[int], monkeypatch: pytest.MonkeyPatch
):
    store = Memory()
    old, new = (Worker(store, catalogue, worker="one") for _ in range(2))
    old.step(at(0))
    observe(store, 0.5)
    read = store.read

    def meanwhile(query: Query) -> Batch:
        found = read(query)
        monkeypatch.setattr(store, "read", read)
        new.step(at(2))
        return found

    monkeypatch.setattr(store, "read", meanwhile)
    before = store.changes(0).version
    with pytest.raises(ReplacedError):
        old.step(at(2))
    assert computed(store) == (2 * len(THINGS), 0)
    assert new.step(at(2)).windows == 0
    assert store.changes(0).version > before


def test_who_works_for_long_says_that_it_is_there(
    catalogue: Catalogue, clock: list[int], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "RENEW_S", 0.0)
    store = Memory()
    one, two = (Worker(store, catalogue, worker=name) for name in ("one", "two"))
    one.step(at(0))
    observe(store, 0.5)

    def late(query: Query, read: Callable[[Query], Batch] = store.read) -> Batch:
        clock[0] += LEASE // 3
        return read(query)

    with monkeypatch.context() as patch:
        patch.setattr(store, "read", late)
        one.step(at(2))
    assert computed(store) == (2 * len(THINGS), 0)
    assert two.step(at(2)).windows == 0
