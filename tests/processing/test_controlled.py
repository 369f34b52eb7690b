"""Indicators are made of observations that have passed the quality control, and follow what it says of late ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from processing.group import groups
from processing.worker import Worker
from sensors.model import Batch, Datastream, Thing
from sensors.quality import Quality
from storage.catalogue import Catalogue
from storage.engines.memory import Memory
from storage.store import Query

if TYPE_CHECKING:
    from collections.abc import Iterator

STRICT = {"checks": {"filling_level": {"spike": 38.0, "spike_fail": 60.0}}}
BIN = Thing(id="bin", name="Bin", kind="waste_container", longitude=12.1, latitude=54.1, properties=STRICT)
LEVEL = Datastream("bin", "filling_level")
SMOOTHED = Datastream("bin", "filling_level_smoothed_hour", derived=True)
START = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def catalogue() -> Iterator[Catalogue]:
    opened = Catalogue("sqlite://")
    opened.put([BIN])
    yield opened
    opened.close()


def levels(*readings: tuple[float, float]) -> Batch:
    """Make readings of (hours since the start, level)."""
    times = [np.datetime64((START + timedelta(hours=hours)).replace(tzinfo=None), "ms") for hours, _ in readings]
    return Batch.of((LEVEL,), np.zeros(len(times)), times, [level for _, level in readings])


def told(store: Memory) -> list[tuple[float | None, int, int]]:
    """Give result, flag and samples of each hour."""
    batch = store.read(Query(datastreams=[SMOOTHED]))
    results = [None if np.isnan(result) else result for result in batch.result.tolist()]
    return list(zip(results, batch.quality.tolist(), batch.samples.tolist(), strict=True))


def test_a_spike_is_doubted_or_left_out_by_the_thresholds_of_the_site(catalogue: Catalogue):
    doubted, refused = Memory(), Memory()
    doubted.write(levels((0.1, 20), (0.5, 65), (0.9, 21), (1.5, 22)))
    refused.write(levels((0.1, 20), (0.5, 95), (0.9, 21), (1.5, 22)))
    for number, store in enumerate((doubted, refused)):
        Worker(store, catalogue, name=str(number)).step(START + timedelta(hours=2))
    assert told(doubted)[0] == (21.0, Quality.SUSPECT, 3)
    assert told(refused)[0] == (20.5, Quality.GOOD, 2)


def test_a_late_neighbour_unmasks_a_spike_and_the_hour_before_is_restated(catalogue: Catalogue):
    worker = Worker(store := Memory(), catalogue)
    store.write(levels((0.1, 20), (0.5, 21), (0.98, 95)))
    worker.step(START + timedelta(hours=1))
    assert told(store)[0] == (21.0, Quality.GOOD, 3)
    store.write(levels((1.02, 22)))
    worker.step(START + timedelta(hours=1, minutes=5))
    assert told(store)[0] == (20.5, Quality.GOOD, 2)


def test_bit_by_bit_or_at_once_it_ends_alike(catalogue: Catalogue):
    random = np.random.default_rng(11)
    readings = [
        (float(hours), float(level))
        for hours, level in zip(np.sort(random.uniform(0, 30, 90)), random.uniform(0, 60, 90), strict=True)
    ]
    at_once, stepped = Memory(), Memory()
    at_once.write(levels(*readings))
    Worker(at_once, catalogue, name="once").step(START + timedelta(hours=31))
    following = Worker(stepped, catalogue, name="stepped")
    for part in np.array_split(random.permutation(len(readings)), 12):
        stepped.write(levels(*sorted(readings[number] for number in part)))
        following.step(START + timedelta(hours=31))
    assert told(stepped) == told(at_once)
    assert {flag for _, flag, _ in told(at_once)} >= {Quality.GOOD, Quality.SUSPECT}


def test_how_far_flags_reach_is_known_to_the_group():
    single = (group for group in groups((BIN,), {}) if not group.groups)
    (mine,) = (group for group in single if [one.name for one in group.inputs] == ["filling_level"])
    assert mine.reach.after > 0
    read = mine.rows(levels((0.1, 20), (0.5, 95), (0.9, 21)), 0)["filling_level"]
    assert read.quality.tolist() == [Quality.GOOD, Quality.FAIL, Quality.GOOD]
    assert read.reasons is not None
    assert read.reasons.astype(bool).tolist() == [False, True, False]
    assert len(read.usable()) == 2
