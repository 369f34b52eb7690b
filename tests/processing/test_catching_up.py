"""A broker, a gateway or a logger hands over what it kept: late rows tell what was, and silence waits for their end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processing.alerting.watch import Watch
from sensors.model import Batch, Datastream, Thing
from storage.catalogue import Catalogue
from storage.store import Store, open_store

if TYPE_CHECKING:
    from storage.alert import Change

BIN = Thing(id="bin", name="Bin", kind="waste_container", longitude=12.1, latitude=54.1)
METER = Thing(id="meter", name="Meter", kind="energy_meter", longitude=12.1, latitude=54.1)
LEVEL, POWER = Datastream("bin", "filling_level"), Datastream("meter", "active_power")
NOW = datetime(2026, 6, 5, 12, tzinfo=UTC)
BEGUN = NOW - timedelta(days=4)
Reading = tuple[float, float]
"""Hours since ``BEGUN``, result."""


class Kept:
    """A city of a container and a meter whose readings were kept somewhere for four days, and are handed over now."""

    def __init__(self) -> None:
        self.store: Store = open_store("memory://")
        self.catalogue = Catalogue("sqlite://")
        self.catalogue.put([BIN, METER])
        self.watch = Watch(self.store, self.catalogue)
        self.watch.step(BEGUN)
        self.seconds = 0.0

    def hands_over(self, stream: Datastream, *readings: Reading, after_s: float = 1.0) -> None:
        """Let some readings come, so long after the ones before, and look at them."""
        begun = np.datetime64(BEGUN.replace(tzinfo=None), "ms")
        times = [begun + np.timedelta64(round(hours * 3_600_000), "ms") for hours, _ in readings]
        results = [result for _, result in readings]
        self.store.write(Batch.of([stream], np.zeros(len(times)), times, results))
        self.waits(after_s)

    def waits(self, seconds: float) -> None:
        self.seconds += seconds
        self.watch.step(NOW + timedelta(seconds=self.seconds))

    def told(self) -> list[tuple[str, str, float]]:
        """Give what was told: change, rule, hours since ``BEGUN``."""
        changes = self.catalogue.alerts.changes()
        return [(one.change.value, one.alert.rule, hours_of(one)) for one in changes]


def hours_of(change: Change) -> float:
    return round((change.at / 1000 - BEGUN.timestamp()) / 3600, 6)


def test_a_container_that_was_full_is_told_once_and_not_with_every_reading_that_comes_late():
    city = Kept()
    for half in range(100):
        city.hands_over(LEVEL, (half / 2, 97.0))
    begun = [("fired", "container_overflow", 0.5), ("escalated", "container_overflow", 24.5)]
    assert city.told() == begun
    city.hands_over(LEVEL, (50.0, 10.0))
    assert city.told() == [*begun, ("resolved", "container_overflow", 50.0)]


def test_what_is_silent_after_the_last_that_was_kept_is_so_two_minutes_later():
    city = Kept()
    for half in range(10):
        city.hands_over(LEVEL, (half / 2, 97.0))
        city.hands_over(POWER, (half / 2, 5.0))
    assert city.told() == [("fired", "container_overflow", 0.5)]
    city.waits(125)
    city.waits(600)
    assert sorted(city.told()[1:]) == [
        ("escalated", "container_overflow", 24.5),
        ("fired", "meter_silent", 10.5),
        ("resolved", "container_overflow", 28.5),
    ]


def test_a_silence_between_what_was_kept_is_told():
    city = Kept()
    city.hands_over(POWER, (0.0, 5.0))
    city.hands_over(POWER, (20.0, 5.0))
    assert [change for change, _, _ in city.told()] == ["fired", "resolved"]


def test_what_was_over_before_its_time_is_no_alert_though_it_comes_in_two_parts():
    city = Kept()
    city.hands_over(LEVEL, (0.0, 97.0))
    city.hands_over(LEVEL, (0.25, 50.0))
    city.waits(600)
    assert city.told() == []


@pytest.mark.parametrize("registered", [False, True])
def test_what_comes_late_is_told_though_a_thing_is_registered_in_the_same_look(*, registered: bool):
    city = Kept()
    city.hands_over(LEVEL, (0.0, 10.0))
    if registered:
        city.catalogue.put([replace(BIN, id="another")])
    city.hands_over(LEVEL, (10.0, 97.0), (20.0, 10.0), (40.0, 97.0))
    assert city.told() == [("fired", "container_overflow", 10.5), ("resolved", "container_overflow", 20.0)]


LEVELS = st.lists(
    st.tuples(st.integers(0, 90 * 2), st.sampled_from([10.0, 90.0, 97.0])),
    min_size=1,
    max_size=30,
    unique_by=lambda one: one[0],
).map(sorted)


@settings(max_examples=30, deadline=None)
@given(
    levels=LEVELS,
    cuts=st.sets(st.integers(1, 29)),
    stream=st.sampled_from([LEVEL, POWER]),
    registered=st.sets(st.integers(1, 29)),
)
@example(levels=[(half, 97.0) for half in range(60)], cuts={*range(1, 60)}, stream=LEVEL, registered={30})
def test_however_it_is_handed_over_the_same_is_told(
    levels: list[tuple[int, float]], cuts: set[int], stream: Datastream, registered: set[int]
):
    readings = [(half / 2, level) for half, level in levels]
    parted, whole = Kept(), Kept()
    for begin, end in pairwise([0, *sorted(cut for cut in cuts if cut < len(readings)), len(readings)]):
        if begin in registered:
            parted.catalogue.put([replace(BIN, id=f"bin-{begin}")])
        parted.hands_over(stream, *readings[begin:end], after_s=100.0)
    whole.hands_over(stream, *readings)
    for city in (parted, whole):
        city.waits(3600)
        city.waits(3600)
    assert parted.told() == whole.told()
