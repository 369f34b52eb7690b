"""A car park, a space, a container and a meter, what they say, and what the worker says of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from processing.indicators import derived_properties
from sensors.model import Batch, Datastream, Thing
from sensors.quality import Quality
from storage.catalogue import Catalogue
from storage.store import Query, Store

if TYPE_CHECKING:
    from collections.abc import Sequence

MIDNIGHT = datetime(2026, 3, 28, 23, tzinfo=UTC)
"""The day of 23 hours begins."""
LOT = Thing(id="lot", name="Lot", kind="parking_lot", longitude=12.1, latitude=54.1, properties={"capacity": 100})
SPACE = Thing(id="space", name="Space", kind="parking_spot", longitude=12.1, latitude=54.1)
BIN = Thing(id="bin", name="Bin", kind="waste_container", longitude=12.1, latitude=54.1)
METER = Thing(id="meter", name="Meter", kind="energy_meter", longitude=12.1, latitude=54.1)
THINGS = (LOT, SPACE, BIN, METER)
FREE = Datastream("lot", "available_spot_number")
OCCUPIED = Datastream("space", "occupied")
LEVEL = Datastream("bin", "filling_level")
COUNTER = Datastream("meter", "total_active_energy_import")
ARRIVED = Datastream("lot", "vehicles_in")
LEFT = Datastream("lot", "vehicles_out")
STREAMS = (FREE, OCCUPIED, LEVEL, COUNTER, ARRIVED, LEFT)
SPACES_IN_SERVICE = "spaces_in_service"
EVERY_QUARTER = ("occupancy", "parked_hours", SPACES_IN_SERVICE)
"""What is told of a car park for each quarter hour."""
DERIVED = [Datastream(thing.id, name, derived=True) for thing in THINGS for name in derived_properties()]
TAKEN_BACK = (None, Quality.MISSING, 0.0, 0)
"""What is stated where something was, and nothing is known any more: result, quality, coverage, samples."""


def city() -> Catalogue:
    catalogue = Catalogue("sqlite://")
    catalogue.put(THINGS)
    return catalogue


def at(**since: float) -> datetime:
    return MIDNIGHT + timedelta(**since)


def time(moment: datetime) -> np.datetime64:
    return np.datetime64(moment.replace(tzinfo=None), "ms")


def rows(stream: Datastream, *readings: tuple[float, float], quality: int = 1) -> Batch:
    """Make observations of (hours since midnight, result)."""
    times = [time(at(hours=hours)) for hours, _ in readings]
    return Batch.of((stream,), np.zeros(len(times)), times, [result for _, result in readings], quality=quality)


def held(
    store: Store, streams: Sequence[Datastream] = DERIVED
) -> dict[tuple[str, Any], tuple[float | None, int, float, int, int]]:
    """Give every result by datastream and time: result (None where there is none), quality, coverage, samples, ..."""
    batch = store.read(Query(datastreams=streams))
    names = [batch.datastreams[code].name for code in batch.datastream]
    columns = zip(
        [None if np.isnan(result) else result for result in batch.result.tolist()],
        batch.quality.tolist(),
        batch.coverage.tolist(),
        batch.samples.tolist(),
        batch.revision.tolist(),
        strict=True,
    )
    return dict(zip(zip(names, batch.phenomenon_time.tolist(), strict=True), columns, strict=True))


def of(store: Store, name: str) -> dict[float, tuple[float, int]]:
    """Give the results of one derived datastream: (result, revision) by hours since midnight."""
    thing, prop = name.split("/")
    batch = store.read(Query(datastreams=[Datastream(thing, prop, derived=True)]))
    hours = (batch.phenomenon_time - time(MIDNIGHT)) / np.timedelta64(1, "h")
    return dict(
        zip(hours.tolist(), zip(batch.result.round(9).tolist(), batch.revision.tolist(), strict=True), strict=True)
    )


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def comparable(store: Store) -> dict[Any, Any]:
    """Give the results of things and groups without their revision, rounded to what the store keeps of a coverage.

    What was true of the rows that had come and was taken back is left out: who looks later never says it.
    """
    streams = [stream for stream in store.spans().datastreams if stream.derived]
    found = held(store, streams)
    assert all(row[-1] > 0 for row in found.values() if row[:-1] == TAKEN_BACK), "nothing known is nothing said"
    return {
        key: (value if value is None else round(value, 6), quality, round(coverage, 6), samples)
        for key, (value, quality, coverage, samples, _) in found.items()
        if (value, quality, coverage, samples) != TAKEN_BACK
    }
