"""A look near what has changed: it spares reading days, and what comes of it is what comes of reading all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing import nearby
from processing.indicators import derived_properties
from processing.worker import Worker
from sensors.model import Batch, Datastream, Thing
from storage.catalogue import Catalogue
from storage.engines.memory import Memory
from storage.store import Query

if TYPE_CHECKING:
    from collections.abc import Sequence

MIDNIGHT = datetime(2026, 3, 9, 23, tzinfo=UTC)
THINGS = (
    Thing(id="lot", name="", kind="parking_lot", longitude=12.1, latitude=54.1, properties={"capacity": 100}),
    Thing(id="meter", name="", kind="energy_meter", longitude=12.1, latitude=54.1),
)
FREE, ARRIVED = Datastream("lot", "available_spot_number"), Datastream("lot", "vehicles_in")
COUNTER = Datastream("meter", "total_active_energy_import")
STREAMS = (FREE, ARRIVED, COUNTER)
DERIVED = [Datastream(thing.id, name, derived=True) for thing in THINGS for name in derived_properties()]
Reading = tuple[int, int, float, bool]
"""Datastream, minutes since midnight, result, whether it failed its tests."""


class Asked(Memory):
    """A store that remembers for how long it was asked of what sensors said. [h]"""

    def __init__(self) -> None:
        super().__init__()
        self.hours: list[float] = []

    def read(self, query: Query) -> Batch:
        if query.start is not None and query.end is not None and not query.datastreams[0].derived:
            self.hours.append(float((query.end - query.start) / np.timedelta64(1, "h")))
        return super().read(query)


def told(*readings: Reading) -> Batch:
    code, minute, result, failed = zip(*readings, strict=True)
    start = np.datetime64(MIDNIGHT.replace(tzinfo=None), "ms")
    times = start + np.array(minute) * np.timedelta64(1, "m")
    return Batch.of(STREAMS, code, times, result, quality=np.where(failed, 4, 1), result_time=times)


def followed(parts: Sequence[Sequence[Reading]], worth: float = nearby.WORTH) -> Asked:
    """Step a worker after each part, a quarter hour after the newest of its readings."""
    store, catalogue = Asked(), Catalogue("sqlite://")
    catalogue.put(THINGS)
    worker, minute = Worker(store, catalogue), 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearby, "WORTH", worth)
        for part in parts:
            store.write(told(*part))
            minute = max(minute, *(at for _, at, _, _ in part))
            worker.step(MIDNIGHT + timedelta(minutes=minute + 15))
    catalogue.close()
    return store


def results(store: Memory) -> list[tuple[object, ...]]:
    held = store.read(Query(datastreams=DERIVED))
    columns = (held.phenomenon_time, held.result_time, held.result, held.quality, held.revision, held.coverage)
    names = [held.datastreams[code].name for code in held.datastream.tolist()]
    return list(zip(names, *(np.nan_to_num(column, nan=-1.0).tolist() if column.dtype.kind == "f" else column.tolist()
                             for column in columns), strict=True))  # fmt: skip


def a_day(*streams: int, until: int = 34 * 60) -> list[Reading]:
    """Tell a result every ten minutes of one day and ten hours of the next."""
    return [(code, minute, minute / 10 % 90, False) for code in streams for minute in range(0, until, 10)]


def test_a_day_that_is_over_is_not_read_for_a_reading_that_cannot_matter_to_it():
    parts = [a_day(0, 2), [(0, 34 * 60, 50.0, False), (2, 34 * 60, 50.0, False)]]
    store, whole = followed(parts), followed(parts, worth=np.inf)
    asked, all_of_it = (each.hours[-4:] for each in (store, whole))
    assert max(asked) < 48 < max(all_of_it)
    assert results(store) == results(whole)


def test_what_is_told_seldom_may_matter_however_far_away_it_is():
    """A count of the barriers early on, and none since: it lies beside every later change of the spaces."""
    parts = [[*a_day(0), (1, 5, 3.0, False)], [(0, 34 * 60, 50.0, False)]]
    store = followed(parts)
    assert max(store.hours[-2:]) > 48
    assert results(store) == results(followed(parts, worth=np.inf))


READINGS = st.lists(
    st.tuples(st.sampled_from([0, 1, 2]), st.integers(0, 40 * 60), st.floats(0, 99).map(round), st.booleans()),
    min_size=1, max_size=8,
)  # fmt: skip


@settings(max_examples=10, deadline=None)
@given(st.sets(st.sampled_from([0, 1, 2])), st.lists(READINGS, min_size=1, max_size=3))
def test_the_same_comes_of_it_whatever_arrives(regular: set[int], parts: list[list[Reading]]):
    """Late readings, failed ones, corrections, things that speak often or hardly ever."""
    every = [*([a_day(*sorted(regular))] if regular else []), *parts]
    assert results(followed(every)) == results(followed(every, worth=np.inf))
