"""The words of the city: Thing, ObservedProperty, Datastream, Observation columns, a message that could not be read.

The names are those of OGC SensorThings 1.1 (docs.ogc.org/is/18-088/18-088.html); a ``Batch`` is many Observations as
columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from itertools import repeat
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

TIME = np.dtype("datetime64[ms]")
"""Every instant of the platform: UTC, milliseconds."""

NOTHING: Mapping[str, Any] = MappingProxyType({})


def nothing() -> Mapping[str, Any]:
    """Give the empty mapping that cannot be changed: the default where a declaration has nothing to say."""
    return NOTHING


class SeriesKind(StrEnum):
    """How a series behaves between two observations. Declared, never guessed."""

    GAUGE = "gauge"
    """A periodic sample of something continuous: a level, a temperature."""
    STATE = "state"
    """A value that holds until the next one says otherwise: a parking space, a lid."""
    COUNTER = "counter"
    """A cumulative reading: kilowatt hours, vehicles in."""
    DELTA = "delta"
    """An amount that belongs to one interval."""
    EVENT = "event"
    """Something that happened at an instant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedProperty:
    """What can be observed: name and unit are typed here once, and nowhere else.

    ``fail`` is the range outside which a result cannot be true, ``suspect`` the range outside which it is doubted (both
    inclusive, in ``unit``). ``max_hold`` is how long an observation of a state or gauge may be taken for still true.
    """

    name: str
    title: str
    title_de: str
    unit: str
    """UCUM code, for example ``%``, ``kWh``, ``Cel``, ``{space}``, ``1``."""
    series: SeriesKind
    description: str
    source: str
    """Where the definition comes from."""
    fail: tuple[float, float] | None = None
    suspect: tuple[float, float] | None = None
    max_hold: timedelta = timedelta(hours=1)
    categories: tuple[str, ...] = ()
    """The names of the codes 0, 1, 2 ... where the result is a category."""
    suspect_above_site: str = ""
    """Name of the site property, in the same unit, above which a result is doubted: a capacity, a greatest power."""
    checks: Mapping[str, float] = field(default_factory=nothing, hash=False)
    """Thresholds of the checks beside other observations, by their names: ``spike``, ``stuck_hours``. A site may give
    others under ``checks``, by property: ``{"filling_level": {"spike": 15}}``."""

    def __post_init__(self) -> None:
        """Keep the thresholds from being changed."""
        object.__setattr__(self, "checks", MappingProxyType(dict(self.checks)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What is true of a site from an instant on: a container hung lower, a car park with fewer spaces."""

    since: int
    """Milliseconds since 1970 UTC."""
    properties: Mapping[str, Any]
    """Only those that change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """An asset of the city that is observed: a car park, a container, a meter. Data, never code."""

    id: str
    name: str
    kind: str
    """Name of its ``SensorKind``."""
    longitude: float
    latitude: float
    operator: str = ""
    district: str = ""
    public: bool = False
    """Whether the operator has marked its observations as open data."""
    properties: Mapping[str, Any] = field(default_factory=nothing)
    """What the kind needs to know of the site: capacity, depth of a container, floor area."""
    calibrations: tuple[Calibration, ...] = ()
    """What has changed of the site since, in the order of time."""

    def site(self, at: int | None = None) -> Mapping[str, Any]:
        """Give what was true of the site at an instant, milliseconds since 1970 UTC; without one, what is true last."""
        if not self.calibrations:
            return self.properties
        site = dict(self.properties)
        for calibration in self.calibrations:
            if at is None or calibration.since <= at:
                site |= calibration.properties
        return site


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A piece of hardware and the Thing that it observes, or observed for a while.

    ``id`` is a lower-case EUI or the network's own name. A device that was moved is several Devices of one id, whose
    spans [valid_from, valid_to) do not overlap; so is none, for the time in between.
    """

    id: str
    model: str
    """Name of its ``DeviceModel``."""
    thing: Thing
    valid_from: int | None = None
    """Milliseconds since 1970 UTC; None is ever."""
    valid_to: int | None = None
    """Milliseconds since 1970 UTC, the first instant no longer; None is to come."""

    @property
    def always(self) -> bool:
        """Whether it has never observed anything else."""
        return self.valid_from is None and self.valid_to is None

    def observed_at(self, at: int) -> bool:
        """Tell whether it observed its thing at an instant, milliseconds since 1970 UTC."""
        return (self.valid_from is None or self.valid_from <= at) and (self.valid_to is None or at < self.valid_to)


Devices = Mapping[str, "tuple[Device, ...]"]
"""By device id what each observed, in the order of time."""


class Datastream(NamedTuple):
    """One ObservedProperty of one Thing. ``derived`` streams hold indicators, the others what a sensor said.

    A tuple, since it is the key of most dictionaries and tuples are hashed and compared fastest.
    """

    thing: str
    observed_property: str
    derived: bool = False

    @classmethod
    def of_each(cls, things: Iterable[str], observed_property: str, *, derived: bool = False) -> tuple[Datastream, ...]:
        """Name what each of some things observes, in their order: six times as fast as one after the other."""
        return tuple(map(tuple.__new__, repeat(cls), zip(things, repeat(observed_property), repeat(derived))))

    @property
    def name(self) -> str:
        """``thing/observed_property``: unique, and what the API and the command line use."""
        return f"{self.thing}/{self.observed_property}"


class Message(msgspec.Struct, frozen=True, gc=False):
    """One MQTT message as it came in: ``received`` in milliseconds since 1970 UTC, ``source`` the broker connection.

    A struct, since one is made for every message that comes: a frozen dataclass takes seven times as long.
    """

    source: str
    topic: str
    payload: bytes
    received: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message that could not become observations: kept whole, with the reason as a code and as a sentence."""

    message: Message
    reason: str
    """A short code that counts and filters: ``unknown_device``, ``not_json``, ..."""
    detail: str
    """The sentence for a person: the facts and what to do."""
    device: str = ""
    """The device id, where the message could be read that far."""
    partly: bool = False
    """Whether something else of the message has been stored."""
    decoder: str = ""
    """What could not read it, as ``sensors.decoder`` writes it; empty where it is not known."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Observations as columns; every column has shape (n,). Row i is observation i.

    ``result`` is NaN exactly where ``quality`` is MISSING. ``revision`` is the uplink's frame counter for a raw
    observation and the revision of an indicator: of two results for the same datastream and time the higher one wins a
    tie. ``coverage`` (0..1, NaN where it has no meaning) and ``samples`` describe indicators.
    """

    datastreams: tuple[Datastream, ...]
    datastream: NDArray[np.int32]
    phenomenon_time: NDArray[np.datetime64]
    result_time: NDArray[np.datetime64]
    result: NDArray[np.float64]
    quality: NDArray[np.uint8]
    revision: NDArray[np.int32]
    coverage: NDArray[np.float32]
    samples: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.datastream)

    @classmethod
    def of(
        cls,
        datastreams: Sequence[Datastream],
        datastream: Iterable[int] | NDArray[Any],
        phenomenon_time: Iterable[Any] | NDArray[Any],
        result: Iterable[float] | NDArray[Any],
        *,
        result_time: Iterable[Any] | NDArray[Any] | None = None,
        quality: Iterable[int] | NDArray[Any] | int = 1,
        revision: Iterable[int] | NDArray[Any] | int = 0,
        coverage: Iterable[float] | NDArray[Any] | float = np.nan,
        samples: Iterable[int] | NDArray[Any] | int = 0,
    ) -> Batch:
        """Build a batch from anything array-like; scalars fill their column, ``result_time`` is the phenomenon time."""
        time = np.asarray(phenomenon_time, dtype=TIME)
        n = len(time)

        def column(values: Any, dtype: Any) -> NDArray[Any]:
            array = np.asarray(values, dtype=dtype)
            return np.full(n, array, dtype=dtype) if array.ndim == 0 else array

        return cls(
            tuple(datastreams),
            column(datastream, np.int32),
            time,
            time if result_time is None else column(result_time, TIME),
            column(result, np.float64),
            column(quality, np.uint8),
            column(revision, np.int32),
            column(coverage, np.float32),
            column(samples, np.int32),
        )

    @classmethod
    def empty(cls) -> Batch:
        """Give the batch without rows, which is legal everywhere."""
        return cls.of((), [], [], [])

    def take(self, rows: NDArray[Any] | slice) -> Batch:
        """Select rows by index, mask or slice, keeping the dictionary of datastreams; shape (k,)."""
        return replace(
            self,
            datastream=self.datastream[rows],
            phenomenon_time=self.phenomenon_time[rows],
            result_time=self.result_time[rows],
            result=self.result[rows],
            quality=self.quality[rows],
            revision=self.revision[rows],
            coverage=self.coverage[rows],
            samples=self.samples[rows],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KindExample:
    """A reading at a site and what must follow from it; every example is a test."""

    site: Mapping[str, Any]
    reading: Mapping[str, float]
    derived: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorKind:
    """How one kind of asset is observed: its properties, what its site must say, and what follows from a reading.

    ``derive`` gets the results of one reading by property name and the Thing's properties, and returns further results
    (a filling level from a distance and the container's depth). It must not change its arguments.
    """

    name: str
    domain: str
    title: str
    title_de: str
    properties: tuple[ObservedProperty, ...]
    site: Mapping[str, str] = field(default_factory=nothing)
    """Site properties the kind understands: name to a sentence with the unit."""
    required: tuple[str, ...] = ()
    """Site properties, numbers all, without which a Thing of this kind cannot be observed."""
    objection: Callable[[Mapping[str, Any]], str] | None = None
    """Gives a sentence when the numbers of a site that has all it must have contradict each other, else ``""``."""
    derive: Callable[[Mapping[str, float], Mapping[str, Any]], dict[str, float]] | None = None
    examples: tuple[KindExample, ...] = ()
