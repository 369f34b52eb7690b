"""The clockwork around the processing worker: soon, again after a failure, and to an end."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from processing.worker import Worker
from sensors.model import Batch, Datastream, Thing
from smilecity.clockwork import Clockwork
from storage.catalogue import Catalogue
from storage.store import Store, StoreBusyError, open_store
from tests.servers import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

LOT = Thing(id="lot", name="Lot", kind="parking_lot", longitude=12.1, latitude=54.1, properties={"capacity": 100})


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store("memory://")
    yield opened
    opened.close()


@contextmanager
def running(store: Store) -> Iterator[Clockwork]:
    catalogue = Catalogue("sqlite://")
    catalogue.put([LOT])
    clockwork = Clockwork(Worker(store, catalogue), interval=0.02)
    clockwork.start()
    yield clockwork
    clockwork.stop()
    catalogue.close()


def an_hour_ago() -> Batch:
    time = np.datetime64((datetime.now(UTC) - timedelta(hours=1)).replace(tzinfo=None), "ms")
    return Batch.of([Datastream("lot", "available_spot_number")], [0], [time], [60.0])


def test_results_follow_what_is_written(store: Store):
    with running(store) as clockwork:
        store.write(an_hour_ago())
        wait_until(lambda: clockwork.results > 0, what="an indicator")
    held = store.latest([Datastream("lot", "occupancy_15min", derived=True)])
    assert held.result.tolist() == [0.4]


def test_a_failure_is_told_and_made_up_for(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    changes, asked = store.changes, []

    def busy_at_first(after: int) -> object:
        asked.append(after)
        if len(asked) == 1:
            raise StoreBusyError("told to be")
        return changes(after)

    monkeypatch.setattr(store, "changes", busy_at_first)
    store.write(an_hour_ago())
    with running(store) as clockwork:
        wait_until(lambda: clockwork.results > 0, what="an indicator")
    assert "processing failed" in caplog.text


def test_it_can_be_stopped_before_it_was_started(store: Store):
    Clockwork(Worker(store, Catalogue("sqlite://"))).stop()
