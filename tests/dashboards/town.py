"""A small town to draw: what simulated things sent in a day and a half, and all that follows from it."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from processing.worker import Worker
from sensors.geojson import things_from_geojson
from sensors.model import Batch, Datastream, Thing
from storage.catalogue import Catalogue
from storage.engines.memory import Memory
from storage.store import Query
from tests.simulators.cities import decoded, few_things, small_city

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

END = datetime(2026, 6, 17, 22, tzinfo=UTC)
"""A local midnight."""
START = END - timedelta(hours=36)
LATER = END + timedelta(hours=2)
"""Until when things have spoken: what they said last closes the windows that end at midnight."""
NEEDS_WEEKS = {
    "free_spaces_in_30min_15min": ("hro-tg-city", timedelta(minutes=30)),
    "base_load_day": ("hro-meter-001", timedelta(hours=24)),
    "energy_intensity_day": ("hro-meter-001", timedelta(hours=24)),
}
"""What is known once there are weeks of history: of one thing a row is made up, so long before the end."""
_MEDIA = {
    "heat_meter": ("total_heat_energy", 2.0),
    "gas_meter": ("total_volume", 0.5),
    "water_meter": ("total_volume", 0.1),
    "pv_plant": ("total_active_energy_export", 1.5),
}
"""Meters that the simulated city has none of, of an operator and in a district of their own: what is counted, and how
much in five minutes."""


@dataclass(frozen=True)
class Town:
    """Its things, and every row that a store holds of them."""

    things: tuple[Thing, ...]
    rows: Batch

    def told(self, observed_property: str, field: str) -> Mapping[str, frozenset[float]]:
        """Give by thing all that is held of a property; results and coverages that are there."""
        column = self.rows.result if field == "result" else self.rows.coverage
        found: dict[str, frozenset[float]] = {}
        for code, stream in enumerate(self.rows.datastreams):
            if stream.observed_property == observed_property:
                mine = column[self.rows.datastream == code]
                values = np.round(mine[~np.isnan(mine)].astype(np.float64), 5)
                found[stream.thing] = frozenset(values.tolist())
        return found


@cache
def town() -> Town:
    """Simulate, decode, compute; once for all tests."""
    read = things_from_geojson(json.loads(few_things().read_text(encoding="utf-8")))
    things = (*read.things, *_meters())
    city, store = small_city(), Memory()
    with closing(Catalogue("sqlite://")) as catalogue:
        catalogue.put(things, read.devices)
        store.write(decoded(city, city.events(START, LATER)).batch)
        for counted in _counted():
            store.write(counted)
        Worker(store, catalogue).recompute(START, LATER, LATER)
    store.write(_foretold())
    return Town(things, store.read(Query(datastreams=store.spans().datastreams)))


def _meters() -> Iterator[Thing]:
    for kind in _MEDIA:
        yield Thing(
            id=kind.replace("_", "-"),
            name=kind,
            kind=kind,
            longitude=12.1,
            latitude=54.1,
            district="Evershagen",
            operator="Wärme",
        )


def _counted() -> Iterator[Batch]:
    times = np.arange(_ms(START), _ms(LATER), 300_000).view("datetime64[ms]")
    for kind, (counter, amount) in _MEDIA.items():
        stream = Datastream(kind.replace("_", "-"), counter)
        yield Batch.of([stream], np.zeros(len(times), int), times, np.arange(len(times)) * amount, result_time=times)


def _foretold() -> Batch:
    streams = [Datastream(thing, name, derived=True) for name, (thing, _) in NEEDS_WEEKS.items()]
    times = [np.datetime64(_ms(END - before), "ms") for _, before in NEEDS_WEEKS.values()]
    ones = [1.0] * len(times)
    return Batch.of(
        streams, range(len(streams)), times, ones, result_time=times, revision=[1] * len(times), coverage=ones
    )


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
