"""A month of a city for the benchmark of stores: made here, by chance of a fixed seed, day by day, as columns.

Parking spaces speak when a car comes or goes, containers every half hour, meters every quarter hour, car parks every
five minutes; all with jitter, a delay, a frame counter, lost messages, and now and then a doubtful or missing reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sensors.model import TIME, Batch, Datastream
from sensors.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

START = np.datetime64("2026-06-01", "ms")
DAY = np.timedelta64(86_400_000, "ms")
DAYS = 30
THINGS, ROWS = 20_000, 50_000_000
DISTRICTS = 21
LOST, DOUBTFUL, MISSING = 0.01, 0.005, 0.001
"""Shares of messages that never came, and of readings."""


class Moment(NamedTuple):
    """What readings are made of: of things in rows and messages in columns."""

    chance: np.random.Generator
    days: NDArray[np.float64]
    """Since the month began."""
    character: NDArray[np.float64]
    """Of each thing, 0 to 1; shape (things, 1)."""

    @property
    def busy(self) -> NDArray[np.float64]:
        """How busy the city is at that time of the day. 0 to 1."""
        busy: NDArray[np.float64] = 0.5 - 0.45 * np.cos(2 * np.pi * (self.days - 0.1))
        return busy


def occupied(at: Moment) -> NDArray[np.float64]:
    return (at.chance.random(at.days.shape) < at.busy * (0.5 + at.character / 2)).astype(np.float64)


def filling_level(at: Moment) -> NDArray[np.float64]:
    return np.round((at.character * 7 + at.days * (0.08 + 0.2 * at.character)) % 1 * 100, 1)


def temperature(at: Moment) -> NDArray[np.float64]:
    return np.round(12 + 10 * at.busy + at.chance.normal(0, 0.2, at.days.shape), 1)


def energy(at: Moment) -> NDArray[np.float64]:
    used = at.days - 0.45 / (2 * np.pi) * 2 * np.sin(2 * np.pi * (at.days - 0.1))
    return np.round(20_000 * at.character + 12 * at.character * (used + 1), 2)


def power(at: Moment) -> NDArray[np.float64]:
    return np.round(1000 * at.character * (0.2 + at.busy) * at.chance.uniform(0.8, 1.2, at.days.shape), 0)


def free_spaces(at: Moment) -> NDArray[np.float64]:
    return np.round((100 + 400 * at.character) * (1 - at.busy * at.chance.uniform(0.9, 1, at.days.shape)))


@dataclass(frozen=True)
class Kind:
    """Things of one kind: how many of the city they are, how often they speak, and what of."""

    name: str
    share: float
    every_s: int
    regular: bool
    properties: dict[str, Callable[[Moment], NDArray[np.float64]]]


KINDS = (
    Kind("parking_spot", 0.56, 1800, regular=False, properties={"occupied": occupied}),
    Kind("waste_container", 0.19, 1800, regular=True,
         properties={"filling_level": filling_level, "temperature": temperature}),
    Kind("energy_meter", 0.24, 900, regular=True,
         properties={"total_active_energy_import": energy, "active_power": power}),
    Kind("parking_lot", 0.01, 300, regular=True, properties={"available_spot_number": free_spaces}),
)  # fmt: skip


@dataclass(frozen=True)
class City:
    """Things enough for so many rows in a month."""

    rows: int = ROWS

    @cached_property
    def things(self) -> list[tuple[Kind, list[str]]]:
        size = THINGS * self.rows / ROWS
        return [(kind, [f"{kind.name}-{number:05d}" for number in range(max(1, round(size * kind.share)))])
                for kind in KINDS]  # fmt: skip

    @cached_property
    def datastreams(self) -> tuple[Datastream, ...]:
        """All, in the order of things, as they would be met: what is asked for together does not lie together."""
        return tuple(Datastream(thing, name) for kind, things in self.things for thing in things
                     for name in kind.properties)  # fmt: skip

    def of(self, *properties: str) -> list[Datastream]:
        """Name the datastreams of some properties."""
        return [stream for stream in self.datastreams if stream.observed_property in properties]

    def district(self, stream: Datastream) -> int:
        """Tell in which district a thing is."""
        return int(stream.thing.rsplit("-", 1)[1]) * 7 % DISTRICTS

    def day(self, number: int) -> Batch:
        """Make the readings of a day in the order in which they come in."""
        parts: list[tuple[NDArray[Any], ...]] = []
        first = 0
        for place, (kind, things) in enumerate(self.things):
            chance = np.random.default_rng((number, place))
            parts += _day(kind, len(things), number, chance, first)
            first += len(things) * len(kind.properties)
        code, time, received, result, quality, revision = (
            np.concatenate(column) for column in zip(*parts, strict=True)
        )
        order = np.argsort(received, kind="stable")
        return Batch.of(
            self.datastreams,
            code[order],
            time[order].view(TIME),
            result[order],
            result_time=received[order].view(TIME),
            quality=quality[order],
            revision=revision[order],
        )


def _day(kind: Kind, things: int, number: int, chance: np.random.Generator, first: int) -> list[tuple[Any, ...]]:
    """Make columns of each property of a kind; ``first`` is the code of the first thing's first property."""
    slots, every = 86_400 // kind.every_s, kind.every_s * 1000
    character = np.random.default_rng(things).random((things, 1))
    phase = (character * every * 0.9).astype(np.int64)
    jitter = chance.integers(0, every if not kind.regular else every // 20, (things, slots))
    begin = int(START.astype(np.int64)) + number * 86_400_000
    time = begin + np.arange(slots) * every + (phase if kind.regular else 0) + jitter
    received = time + 300 + chance.exponential(700, time.shape).astype(np.int64)
    came = chance.random(time.shape) >= LOST
    counter = np.broadcast_to(number * slots + np.arange(slots), time.shape)
    at = Moment(chance, (time - int(START.astype(np.int64))) / 86_400_000, character)
    told = []
    for place, make in enumerate(kind.properties.values()):
        result, luck = make(at), chance.random(time.shape)
        quality = np.where(luck < MISSING, Quality.MISSING, np.where(luck < DOUBTFUL, Quality.SUSPECT, Quality.GOOD))
        code = np.broadcast_to(first + np.arange(things)[:, None] * len(kind.properties) + place, time.shape)
        columns = (code, time, received, np.where(quality == Quality.MISSING, np.nan, result), quality, counter)
        told.append(tuple(column[came] for column in columns))
    return told
