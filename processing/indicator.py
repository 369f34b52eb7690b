"""What an indicator is: a declaration with a title, a unit and a source, and one pure formula over arrays."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from processing.calendar import ROLLED, WINDOWS
from sensors.households import LEAST
from sensors.kinds import properties
from sensors.model import ObservedProperty, SeriesKind, nothing
from sensors.numeric import number
from sensors.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from processing.due import Neighbours
    from processing.rows import Rows


T = TypeVar("T")
EVENT = "event"
"""In the place of a window's name: what happened at instants of its own."""


@dataclass(frozen=True, slots=True)
class Members:
    """Which of s things belong to which of ``count`` groups: pairs of indexes, each of shape (p,), ordered by group."""

    thing: NDArray[np.int64]
    group: NDArray[np.int64]
    count: int

    @classmethod
    def none(cls) -> Members:
        """Give no group at all."""
        return cls(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), 0)

    def total(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add up over the members of each group, 0 where it has none; shape (s, m) becomes (count, m)."""
        return self._reduced(np.add, matrix, 0.0)

    def greatest(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take the greatest of the members of each group, -inf where it has none; (s, m) becomes (count, m)."""
        return self._reduced(np.maximum, matrix, -np.inf)

    def _reduced(self, how: np.ufunc, matrix: NDArray[np.float64], none: float) -> NDArray[np.float64]:
        found = np.full((self.count, *matrix.shape[1:]), none)
        some, first = np.unique(self.group, return_index=True)
        if len(some):
            found[some] = how.reduceat(matrix[self.thing], first, axis=0)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a formula may know: the rows of some things of one kind, their sites, and the windows asked for."""

    window: str
    edges: NDArray[np.datetime64]
    """UTC, shape (m + 1,)."""
    rows: Mapping[str, Rows]
    """By observed property; series i is that of thing i."""
    sites: Sequence[Mapping[str, Any]]
    """The properties of each thing, length s."""
    exchanges: Sequence[Sequence[int]] = ()
    """Of each thing the instants at which another device began to observe it, in milliseconds since 1970 UTC."""
    places: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    """Longitude and latitude of each thing, shape (s, 2)."""
    zone: str = "Europe/Berlin"
    """The zone of local days and hours."""
    land: str = "MV"
    """The Land whose public holidays count, as the library ``holidays`` names it."""
    members: Members = field(default_factory=Members.none)
    """For an indicator of groups: which of the things that ``rows`` and ``sites`` tell of belong to which group."""
    cells: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """Of these things the cells of households, -1: none; see ``processing.households``."""
    households: int = LEAST
    """How many of a cell count together."""
    found: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """What ``once`` has found; shared by all that is made of the same rows."""

    def once(self, key: Any, find: Callable[[], T]) -> T:
        """Find something that several formulas need of these rows once; the key tells it, and the windows."""
        if key not in self.found:
            self.found[key] = find()
        known: T = self.found[key]
        return known

    def site(self, name: str) -> NDArray[np.float64]:
        """Give a number that the sites are known by, NaN where one does not say it. [its unit], shape (s,)."""
        return np.array([number(site.get(name)) for site in self.sites], dtype=np.float64)

    def max_hold(self, name: str) -> np.timedelta64:
        """Tell how long an observation of a property may be taken for still true."""
        return np.timedelta64(properties()[name].max_hold)


@dataclass(frozen=True, slots=True)
class Results:
    """The outcome of a formula; every matrix has shape (s, m): one row per thing, one column per window."""

    value: NDArray[np.float64]
    """In the indicator's unit, NaN where there is none."""
    coverage: NDArray[np.float64]
    """Part of the window that is known, 0..1."""
    samples: NDArray[np.int64]
    """Number of observations that the value rests on."""
    quality: NDArray[np.uint8]
    """The worst flag among them."""
    parts: Mapping[str, NDArray[np.float64]] = field(default_factory=nothing)
    """By the name of a declared part what else is known of each window, NaN where nothing is."""

    def judged(self, min_coverage: float) -> Results:
        """Take away what rests on too little, and what is not finite: NaN and MISSING."""
        missing = ~np.isfinite(self.value)
        missing |= self.coverage < min_coverage
        parts = {name: _finite(part) for name, part in self.parts.items()}
        if not missing.any():
            return replace(self, parts=parts) if parts else self
        at = np.nonzero(missing)
        parts = {name: _without(part, at, np.nan) for name, part in parts.items()}
        value, flags = _without(self.value, at, np.nan), _without(self.quality, at, Quality.MISSING)
        return replace(self, value=value, parts=parts, quality=flags)

    def part(self, name: str) -> Results:
        """Give a part as results of its own, MISSING where it has no value."""
        value = self.parts[name]
        flags = np.where(np.isnan(value), Quality.MISSING, self.quality).astype(np.uint8)
        return Results(value, self.coverage, self.samples, flags)


def _finite(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take away what is infinite: no store keeps it, and nobody can go on from there."""
    infinite = np.isinf(matrix)
    return _without(matrix, np.nonzero(infinite), np.nan) if infinite.any() else matrix


def _without(matrix: NDArray[Any], at: tuple[NDArray[np.intp], ...], nothing: float) -> NDArray[Any]:
    """Put nothing in some places of a copy."""
    left: NDArray[Any] = matrix.copy()
    left[at] = nothing
    return left


@dataclass(frozen=True, slots=True)
class Events:
    """What a formula says happened within its windows' span: one entry per event; every column has shape (k,)."""

    thing: NDArray[np.int64]
    """Index of the thing."""
    time: NDArray[np.int64]
    """Milliseconds since 1970 UTC; no thing has two events at one time."""
    value: NDArray[np.float64]
    quality: NDArray[np.uint8]
    samples: NDArray[np.int64]

    def finite(self) -> Events:
        """Leave out those whose value is infinite: no store keeps it."""
        some = ~np.isinf(self.value)
        return self if some.all() else Events(*(getattr(self, name)[some] for name in Events.__slots__))


class Reduction(StrEnum):
    """How several values become one: those of days that of a week, those of members that of a group."""

    SUM = "sum"
    """Of what is known; what is not known is missing from the sum and from the coverage."""
    MEAN = "mean"
    """Weighted by known time, and over members by a number of their site too: never a mean of ratios."""
    MAXIMUM = "max"
    MINIMUM = "min"
    LAST = "last"
    """The newest; over days only."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """How the value of a group, a site, a district, an operator, the city, is made of those of its members."""

    reduction: Reduction
    weight: str = ""
    """Number of a member's site that it counts for in a mean: a capacity, an area; empty where all count alike."""
    otherwise: float = np.nan
    """The weight of a member whose site does not say it; NaN leaves the member out."""
    by: str = ""
    """Another indicator whose value of the same window is the weight where it has one, of members and of days: an
    amount (its days add up) as it is, anything else over days for as long as it is known. Now it is a part."""
    counts: Callable[[Given], NDArray[np.float64]] | None = field(default=None, repr=False)
    """In place of a number of the site: which members count, 1, and which are left out, 0; shape (s,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A further number that a formula finds for the same windows: the local time of a peak, a percentile."""

    name: str
    title: str
    title_de: str
    unit: str
    """UCUM code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorExample:
    """Observations at one site and what follows for one window; every example is a test."""

    kind: str
    window: str
    start: str
    """Start of the window, ISO 8601 UTC."""
    rows: Mapping[str, Sequence[Any]]
    """By observed property: times, ISO 8601 UTC, and results; of groups such a sequence for each member."""
    value: float
    site: Mapping[str, Any] = field(default_factory=dict)
    coverage: float = 1.0
    quality: Quality = Quality.GOOD
    parts: Mapping[str, float] = field(default_factory=nothing)
    """Expected of the declared parts; those not named are not looked at."""
    place: tuple[float, float] = (12.1, 54.09)
    """Longitude and latitude."""
    late_s: Sequence[float] = ()
    """How many seconds after its time each row of each input came in; empty where all did at once."""
    frames: Sequence[int] = ()
    """The frame counter of the uplink that told each row of each input; empty where there is none."""
    members: int = 1
    """For an indicator of groups: how many members the one group has. ``rows`` then holds a tuple of rows for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """How one indicator is made of observations. One file declares it; discovery finds it."""

    name: str
    title: str
    title_de: str
    description: str
    unit: str
    """UCUM code."""
    source: str
    """Where the definition comes from."""
    version: int
    """Raised when the formula changes its results."""
    domain: str
    kinds: tuple[str, ...]
    inputs: tuple[str, ...]
    """Observed properties; of each kind those that it has. May be results of other indicators: ``energy_15min``."""
    every_row: bool = False
    """Whether the formula wants rows that failed or are missing, too: to tell how many those are."""
    references: Mapping[str, str] = field(default_factory=nothing)
    """Inputs that another thing observes, and the name of the site property that holds its id."""
    windows: tuple[str, ...]
    """Out of ``processing.calendar.WINDOWS``; ``now`` is computed when it is asked for and never stored."""
    lookback: timedelta
    """How long before a window's start an observation can still matter to it."""
    lookahead: timedelta = timedelta(0)
    """How long after a window's end an observation can still matter to it."""
    lookahead_of: tuple[str, ...] = ()
    """The inputs whose observations after a window's end can matter to it; all of them where none is named."""
    neighbours: Neighbours | None = None
    """How few readings lie between those that change and a window that comes out differently by that. None where only
    time bounds it."""
    patience: timedelta = timedelta(0)
    """How long after its end a window waits for an observation that closes it."""
    min_coverage: float = 0.75
    series: SeriesKind = SeriesKind.GAUGE
    parts: tuple[Part, ...] = ()
    """What the formula finds beside its value: each is a datastream of its own, ``peak_occupancy_time_day``."""
    roll_up: Reduction | None = None
    """How its days make weeks, months, quarters and years; None where they do not."""
    grouping: Grouping | None = None
    """How its values make those of groups of things; None where they do not."""
    weighed_by: str = ""
    """An input that only tells what values count for in a mean; kinds of things for which nobody makes it have none."""
    of_groups: bool = False
    """Whether the formula speaks of groups: ``rows`` are those of all members, results have shape (groups, m)."""
    formula: Callable[[Given], Results]
    happenings: Callable[[Given], Events] | None = None
    """What happened in the span of the windows, stored at its own times as ``<name>_event``."""
    examples: tuple[IndicatorExample, ...]

    def property_name(self, window: str, part: str = "") -> str:
        """Name what its results for one kind of window observe: ``occupancy_15min``."""
        return "_".join(filter(None, (self.name, part, window)))

    def names(self) -> tuple[str, ...]:
        """Name all that its stored results observe, parts and events among it."""
        parts = ("", *(part.name for part in self.parts))
        found = tuple(self.property_name(window, part) for window in self.every_window() for part in parts)
        return (*found, self.property_name(EVENT)) if self.happenings else found

    def every_window(self) -> tuple[str, ...]:
        """Name the windows that results are stored of: its own, and those that are made of its days."""
        own = tuple(window for window in self.windows if window != "now")
        return own if self.roll_up is None else (*own, *ROLLED)

    def observed_properties(self) -> tuple[ObservedProperty, ...]:
        """Describe all its stored results as observed properties."""
        own = Part(name="", title=self.title, title_de=self.title_de, unit=self.unit)
        found = [self._observed(window, part) for window in self.every_window() for part in (own, *self.parts)]
        return (*found, self._event()) if self.happenings else tuple(found)

    def _event(self) -> ObservedProperty:
        """Describe what happened as an observed property."""
        return replace(
            self._observed("now", Part(name="", title=self.title, title_de=self.title_de, unit=self.unit)),
            name=self.property_name(EVENT),
            title=f"{self.title}, event",
            title_de=f"{self.title_de}, Ereignis",
            series=SeriesKind.EVENT,
        )

    def _observed(self, window: str, part: Part) -> ObservedProperty:
        """Describe its results for one kind of window, or one part of them, as an observed property."""
        kind = WINDOWS[window]
        return ObservedProperty(
            name=self.property_name(window, part.name),
            title=f"{part.title}, {kind.title}",
            title_de=f"{part.title_de}, {kind.title_de}",
            unit=part.unit,
            series=SeriesKind.GAUGE if part.name else self.series,
            description=self.description,
            source=self.source,
            max_hold=kind.hold,
        )

    def compute(self, given: Given) -> Results:
        """Apply the formula and keep what is known well enough."""
        return self.formula(given).judged(self.min_coverage)
