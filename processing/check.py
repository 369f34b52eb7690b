"""What a check of observations is: a declaration with its thresholds, its source and how far it looks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from processing.lazily import lazily
from processing.rows import NEVER
from processing.windows import milliseconds
from sensors.model import SeriesKind, nothing
from sensors.numeric import CHECKS, number, threshold
from sensors.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from processing.peers import Peers
    from processing.rows import Rows
    from sensors.model import ObservedProperty

MS_PER_HOUR = 3_600_000.0
Number = float | np.ndarray[Any, np.dtype[np.float64]]
"""One number for all, or one for each."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far before and after an observation others can matter to it, in milliseconds."""

    before: int = 0
    after: int = 0

    def __or__(self, other: Reach) -> Reach:
        return Reach(max(self.before, other.before), max(self.after, other.after))


@dataclass(frozen=True, slots=True)
class Limits:
    """The thresholds of one observed property at s things: its own, and those that a site gives instead."""

    prop: ObservedProperty
    sites: Sequence[Mapping[str, Any]]
    _own: tuple[tuple[int, Mapping[str, Any]], ...]
    """Of the things that have thresholds of their own the index, and these."""
    _told: dict[tuple[str, float], Number] = field(default_factory=dict)
    """What has been gathered once: it is asked for again for each part of the rows."""

    @classmethod
    def of(cls, prop: ObservedProperty, sites: Sequence[Mapping[str, Any]]) -> Limits:
        """Gather thresholds; what a site says that is no mapping of numbers counts for nothing."""
        told = [(place, site.get(CHECKS)) for place, site in enumerate(sites) if CHECKS in site]
        mine = [(place, checks.get(prop.name)) for place, checks in told if isinstance(checks, dict)]
        return cls(prop, sites, tuple((place, own) for place, own in mine if isinstance(own, dict)))

    @property
    def hold(self) -> int:
        """Tell how far apart neighbours may lie: no further than an observation may be held for true. [ms]."""
        return milliseconds(np.timedelta64(self.prop.max_hold))

    def each(self, name: str, otherwise: float = np.nan) -> Number:
        """Give a threshold, NaN where there is none: one number, or where things differ one for each, shape (s,)."""
        key = name, float(self.prop.checks.get(name, otherwise))
        if key not in self._told:
            self._told[key] = self._gathered(*key)
        return self._told[key]

    def _gathered(self, name: str, declared: float) -> Number:
        own = [(place, told) for place, given in self._own if not np.isnan(told := threshold(name, given.get(name)))]
        if not own:
            return declared
        limits = np.full(len(self.sites), declared)
        limits[[place for place, _ in own]] = [told for _, told in own]
        return limits

    def greatest(self, name: str, otherwise: float = np.nan) -> float:
        """Give the greatest threshold of any thing, 0 where nobody has one."""
        return float(
            np.nan_to_num(np.fmax.reduce(np.atleast_1d(self.each(name, otherwise)), initial=-np.inf), neginf=0)
        )

    def of_site(self, name: str) -> NDArray[np.float64]:
        """Give a number that the sites are known by, NaN where one does not say it. Shape (s,)."""
        key = f"site {name}", np.inf
        if key not in self._told:
            self._told[key] = np.array([number(site.get(name)) for site in self.sites], dtype=np.float64)
        return np.asarray(self._told[key])


@dataclass(frozen=True)
class Examined:
    """The observations of one property that a check looks at, sorted by series and time; every column is (n,)."""

    rows: Rows
    limits: Limits
    peers: Peers | None = None

    @lazily
    def missing(self) -> NDArray[np.bool_]:
        """Whether there is no result. Shape (n,)."""
        return np.isnan(self.rows.value)

    @lazily
    def since(self) -> NDArray[np.int64]:
        """Time since the row before of the same series, ``NEVER`` where there is none. [ms]."""
        time, series = self.rows.time, self.rows.series
        since = np.full(len(time), NEVER)
        np.subtract(time[1:], time[:-1], out=since[1:])
        since[np.flatnonzero(series[1:] != series[:-1]) + 1] = NEVER
        return since

    @lazily
    def near(self) -> NDArray[np.bool_]:
        """Whether the row before is a neighbour: of the same series, and not longer ago than one may be held for true.

        Shape (n,).
        """
        near: NDArray[np.bool_] = self.since <= self.limits.hold
        return near

    def limit(self, name: str, otherwise: float = np.nan) -> Number:
        """Give a threshold for the rows: one number, or where things differ one for each row, shape (n,)."""
        limits = self.limits.each(name, otherwise)
        return limits[self.rows.series] if isinstance(limits, np.ndarray) else limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check of observations. One file declares it; discovery finds it."""

    name: str
    bit: int
    """Its place in the mask of reasons, 0 .. 14; never changed, never used again."""
    title: str
    title_de: str
    reason: str
    """What is said of an observation that does not pass."""
    reason_de: str
    description: str
    source: str
    thresholds: Mapping[str, str]
    """What is declared in ``ObservedProperty.checks`` or at a site: name to a sentence with the unit."""
    defaults: Callable[[ObservedProperty], Mapping[str, float]] = field(default=lambda _prop: nothing())
    """Thresholds that hold where a property declares none."""
    decisive: tuple[str, ...] = ()
    """Thresholds of which one must be known, else the check is not made; empty where it always is."""
    series: frozenset[SeriesKind] = frozenset(SeriesKind)
    """The kinds of series that it is made for."""
    alone: bool = False
    """Whether it looks at one observation only; what fails such a check is nobody's neighbour."""
    judges: bool = True
    """Whether it changes flags, or only leaves its reason."""
    crosses: bool = False
    """Whether it looks at other things too."""
    reach: Callable[[Limits], Reach]
    flags: Callable[[Examined], NDArray[np.uint8]]
    """Gives GOOD, UNKNOWN, SUSPECT or FAIL for each row, shape (n,)."""

    @property
    def mask(self) -> np.uint16:
        """Its bit in the mask of reasons."""
        return np.uint16(1 << self.bit)

    def made(self, limits: Limits) -> bool:
        """Tell whether it is made of a property at all."""
        if limits.prop.series not in self.series:
            return False
        defaults = self.defaults(limits.prop)
        known = (limits.each(name, defaults.get(name, np.nan)) for name in self.decisive)
        return not self.decisive or any(not np.isnan(limit).all() for limit in known)


def graded(
    known: NDArray[np.bool_], suspect: NDArray[np.bool_] | None, fail: NDArray[np.bool_] | None = None
) -> NDArray[np.uint8]:
    """Give GOOD where something is known, SUSPECT and FAIL where told, UNKNOWN where nothing is. [flag], shape (n,)."""
    flags = np.full(len(known), Quality.UNKNOWN, dtype=np.uint8)
    flags -= known
    for flag, wrong in ((Quality.SUSPECT, suspect), (Quality.FAIL, fail)):
        if wrong is not None and wrong.any():
            flags[known & wrong] = flag
    return flags
