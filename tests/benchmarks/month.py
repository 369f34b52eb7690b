"""A city as columns: what 20 000 things of parking, waste and energy say in a month, in the order of a store."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sensors.model import TIME, Batch, Datastream, Thing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.random import Generator
    from numpy.typing import NDArray

START = np.datetime64("2026-02-28T23:00", "ms").astype(TIME)
END = np.datetime64("2026-03-31T22:00", "ms").astype(TIME)
"""March in Rostock, with the day of 23 hours in it."""
MINUTE = 60_000
HOUR = 60 * MINUTE
CAPACITY = 300


class Span(NamedTuple):
    """What a city is made for. [ms]"""

    start: int
    length: int


class Columns(NamedTuple):
    """What some things of one kind say; every matrix has shape (s, k)."""

    time: NDArray[np.int64]
    """[ms since 1970 UTC]"""
    results: dict[str, NDArray[np.float64]]
    """By property."""


@dataclass(frozen=True)
class Fleet:
    """Things of one kind that speak alike."""

    kind: str
    things: int
    site: dict[str, Any]
    columns: Callable[[Generator, int, Span], Columns]
    """Gives what some things say in a span."""


@dataclass(frozen=True)
class Series:
    """What all things of a kind say of one property: rows sorted by thing and time."""

    kind: str
    prop: str
    things: tuple[Thing, ...]
    batch: Batch


def _regular(chance: Generator, things: int, span: Span, every: int) -> NDArray[np.int64]:
    """Speak every so often [ms], each thing in its own phase, and never quite on time."""
    beat = np.arange(span.length // every, dtype=np.int64) * every
    late = chance.integers(0, every // 20, (things, len(beat)))
    return span.start + beat + chance.integers(0, every - every // 20, (things, 1)) + late


def spots(chance: Generator, things: int, span: Span) -> Columns:
    """Cars come and go; beside 24 changes a day the sensor repeats its state when it has been silent for a while."""
    each = 40 * span.length // (24 * HOUR)
    gap = np.minimum(chance.exponential(1.0, (things, each)), 6.0).cumsum(axis=1)
    time = span.start + (gap * (span.length / (gap[:, -1:] + 0.01))).astype(np.int64)
    changes = chance.random((things, each)) < 0.6
    return Columns(time, {"occupied": (changes.cumsum(axis=1) % 2).astype(np.float64)})


def lots(chance: Generator, things: int, span: Span) -> Columns:
    """Tell the free spaces of a car park every minute: a slow walk."""
    time = _regular(chance, things, span, MINUTE)
    walk = chance.normal(0, 1, time.shape).cumsum(axis=1)
    return Columns(time, {"available_spot_number": np.clip(np.rint(CAPACITY / 2 + walk), 0, CAPACITY)})


def containers(chance: Generator, things: int, span: Span) -> Columns:
    """Fill up in some days and be emptied, with a wrong echo now and then; told every hour with all that is beside."""
    time = _regular(chance, things, span, HOUR)
    hours = np.arange(time.shape[1])
    level = (hours * chance.uniform(0.3, 2.0, (things, 1)) + chance.uniform(0, 90, (things, 1))) % 90
    level = np.where(chance.random(time.shape) < 0.004, 97.0, np.round(level, 1))
    warmth = 8 + 5 * np.sin(hours / 24 * 2 * np.pi) + np.round(chance.normal(0, 0.5, time.shape), 1)
    battery = np.broadcast_to(np.round(95 - hours / 500, 1), time.shape)
    told = {"distance": 1500 - 12 * level, "filling_level": level, "temperature": warmth, "battery": battery}
    return Columns(time, told)


def meters(chance: Generator, things: int, span: Span) -> Columns:
    """Tell register and power about every quarter hour."""
    time = _regular(chance, things, span, 15 * MINUTE)
    power = np.round(chance.gamma(2.0, 3.0, time.shape), 2)
    counter = np.round(chance.uniform(0, 50_000, (things, 1)) + power.cumsum(axis=1) / 4, 2)
    return Columns(time, {"total_active_energy_import": counter, "active_power": power})


FLEETS = (
    Fleet("parking_spot", 12_400, {}, spots),
    Fleet("parking_lot", 100, {"capacity": CAPACITY}, lots),
    Fleet("waste_container", 4_000, {"distance_empty_mm": 1500, "distance_full_mm": 300}, containers),
    Fleet("energy_meter", 3_500, {"max_power_kw": 100}, meters),
)
THINGS = sum(fleet.things for fleet in FLEETS)
AT_ONCE = 500


def month(share: float = 1.0, seed: int = 1, start: np.datetime64 = START, end: np.datetime64 = END) -> list[Series]:
    """Make the month, or another span, of a share of the city, property by property."""
    span = Span(int(start.astype(np.int64)), int((end - start).astype(np.int64)))
    return [series for fleet in FLEETS for series in _of_fleet(fleet, round(fleet.things * share), span, seed)]


def _of_fleet(fleet: Fleet, things: int, span: Span, seed: int) -> Iterator[Series]:
    named = tuple(
        Thing(id=f"{fleet.kind}-{n}", name="", kind=fleet.kind, longitude=12.1, latitude=54.1, properties=fleet.site)
        for n in range(things)
    )
    limits = [*range(0, things, AT_ONCE), things]
    parts = [fleet.columns(np.random.default_rng([seed, first]), end - first, span) for first, end in pairwise(limits)]
    time = np.concatenate([part.time for part in parts]).ravel().view(TIME)
    each = len(time) // things
    code = np.repeat(np.arange(things, dtype=np.int32), each)
    known = time + np.random.default_rng(seed).integers(500, 5000, len(time)).astype("timedelta64[ms]")
    for prop in parts[0].results:
        value = np.concatenate([part.results[prop] for part in parts]).ravel()
        streams = tuple(Datastream(thing.id, prop) for thing in named)
        yield Series(fleet.kind, prop, named, Batch.of(streams, code, time, value, result_time=known))
