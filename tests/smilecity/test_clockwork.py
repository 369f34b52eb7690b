"""The clockwork around the processing worker: soon, again after a failure, and to an end, its own or by another."""

from __future__ import annotations

import gc
import logging
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING

import numpy as np
import pytest

from processing.worker import Worker
from sensors.model import Batch, Datastream, Thing
from smilecity.clockwork import Clockwork
from storage.catalogue import Catalogue
from storage.presence import ReplacedError
from storage.store import Query, Store, StoreBusyError, Written, open_store
from tests.servers import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

LOT = Thing(id="lot", name="Lot", kind="parking_lot", longitude=12.1, latitude=54.1, properties={"capacity": 100})
OCCUPANCY = Datastream("lot", "occupancy_15min", derived=True)


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store("memory://")
    yield opened
    opened.close()


@pytest.fixture
def worker(store: Store) -> Iterator[Worker]:
    catalogue = Catalogue("sqlite://")
    catalogue.put([LOT])
    yield Worker(store, catalogue)
    catalogue.close()


@contextmanager
def running(worker: Worker, interval: float = 0.02) -> Iterator[Clockwork]:
    clockwork = Clockwork(worker, interval)
    clockwork.start()
    try:
        yield clockwork
    finally:
        clockwork.stop()
    assert not clockwork._thread.is_alive()


def free(number: float, hours_ago: float) -> Batch:
    """Make one reading of the car park."""
    time = np.datetime64((datetime.now(UTC) - timedelta(hours=hours_ago)).replace(tzinfo=None), "ms")
    return Batch.of([Datastream("lot", "available_spot_number")], [0], [time], [number])


def newest(store: Store) -> list[float]:
    results: list[float] = store.latest([OCCUPANCY]).result.tolist()
    return results


def derived(store: Store) -> Batch:
    """Read every result that is stored."""
    return store.read(Query(datastreams=[stream for stream in store.spans().datastreams if stream.derived]))


def test_results_follow_what_is_written(store: Store, worker: Worker):
    with running(worker) as clockwork:
        store.write(free(60, hours_ago=1))
        wait_until(lambda: newest(store) == [0.4], what="an indicator")
        store.write(free(20, hours_ago=0.75))
        wait_until(lambda: newest(store) == [0.8], what="the indicator of what came later")
    held = derived(store)
    assert clockwork.results == len(held) + int(held.revision.sum())


class BusyAtFirst:
    """Lets a store refuse some results before it takes them."""

    def __init__(self, store: Store, refusals: int) -> None:
        self.left = refusals
        self._write = store.write

    def write(self, batch: Batch) -> Written:
        if self.left:
            self.left -= 1
            raise StoreBusyError("the store is busy")
        return self._write(batch)


def test_a_failed_step_is_told_and_made_up_for(
    store: Store, worker: Worker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    store.write(free(60, hours_ago=1))
    monkeypatch.setattr(store, "write", BusyAtFirst(store, refusals=2).write)
    with running(worker) as clockwork:
        wait_until(lambda: newest(store) == [0.4], what="an indicator")
    assert clockwork.results == len(derived(store))
    told = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.getMessage() for record in told] == ["processing failed; trying again in 0 s"] * 2
    assert all("the store is busy" in str(record.exc_info) for record in told)


def test_it_stops_at_once_while_it_waits(store: Store, worker: Worker):
    store.write(free(60, hours_ago=1))
    with running(worker, interval=3600) as clockwork:
        wait_until(lambda: clockwork.results > 0, what="the first step to end")


def test_it_stops_at_once_after_a_failure(
    store: Store, worker: Worker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    store.write(free(60, hours_ago=1))
    monkeypatch.setattr(store, "write", BusyAtFirst(store, refusals=1).write)
    with running(worker, interval=3600) as clockwork:
        wait_until(lambda: "processing failed; trying again in 36000 s" in caplog.text, what="a sentence")
    assert clockwork.results == 0


def test_what_was_not_computed_is_computed_at_the_next_start(
    store: Store, worker: Worker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    store.write(free(60, hours_ago=1))
    with monkeypatch.context() as patch:
        patch.setattr(store, "write", BusyAtFirst(store, refusals=1).write)
        with running(worker, interval=3600):
            wait_until(lambda: "processing failed" in caplog.text, what="a sentence")
    assert newest(store) == []
    with running(worker):
        wait_until(lambda: newest(store) == [0.4], what="an indicator")


def test_what_is_there_after_the_first_step_is_no_work_for_the_garbage_collector(store: Store, worker: Worker):
    store.write(free(60, hours_ago=1))
    gc.unfreeze()
    with running(worker):
        wait_until(lambda: gc.get_freeze_count() > 0, what="the collector to be told")
    assert not any(one is worker for one in gc.get_objects())
    gc.unfreeze()
    assert any(one is worker for one in gc.get_objects())


def test_it_can_be_stopped_before_it_was_started(worker: Worker):
    clockwork = Clockwork(worker)
    clockwork.stop()
    assert not clockwork._thread.is_alive()
    assert clockwork.results == 0


def test_who_is_replaced_ends_with_a_sentence_and_tries_no_more(store: Store, worker: Worker):
    ended = Event()
    clockwork = Clockwork(worker, 0.02, at_end=ended.set)
    clockwork.start()
    wait_until(lambda: gc.get_freeze_count() > 0, what="the first step to end")
    assert not clockwork.replaced
    clockwork.complain()
    Worker(store, worker._catalogue).step(datetime.now(UTC))
    assert ended.wait(timeout=20)
    clockwork.stop()
    with pytest.raises(ReplacedError, match="'processing-1'"):
        clockwork.complain()
