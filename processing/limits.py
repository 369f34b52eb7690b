"""How long vehicles stand beyond what a site allows, while its limit is in force.

A limit begins to count when the vehicle comes, or when the limit comes into force and the vehicle is there already, and
ends with the period in which it is in force: who stands over night begins anew in the morning.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing import sessions
from processing.opening import MS_PER_MINUTE, can_be_read, periods
from processing.region import Region
from processing.sessions import Parked, Sessions, spans
from processing.windows import cut, milliseconds, overlap

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from processing.indicator import Given, Results
    from processing.windows import Cut

LIMIT, HOURS = "max_stay_min", "hours"
"""What a site says: minutes, and when these are in force, as OSM opening_hours; always where it does not say."""
LONGEST = timedelta(hours=72)
"""A site with a longer limit tells nothing: it would take as many days of states to know."""
LOOKBACK = sessions.LOOKBACK + LONGEST


@dataclass(frozen=True, slots=True)
class Watched:
    """One entry per stay and period in which a limit is in force, ascending by space and time; columns: (k,)."""

    space: NDArray[np.int64]
    begin: NDArray[np.int64]
    """When the limit began to count. [ms]"""
    end: NDArray[np.int64]
    """When the vehicle left, the period was over or knowledge ended. [ms]"""
    limit: NDArray[np.int64]
    """[ms]"""
    heard: NDArray[np.int64]
    """Until when it is sure that the vehicle stood there: its end, or the last word of one that is there still. [ms]"""
    ended: NDArray[np.bool_]
    """Whether the end was seen."""
    quality: NDArray[np.uint8]
    """Flag of the state that tells of the stay."""

    def take(self, chosen: NDArray[Any]) -> Watched:
        """Select entries by ascending index or by mask."""
        return Watched(*(getattr(self, name)[chosen] for name in Watched.__slots__))

    def beyond(self, grace: timedelta = timedelta(0)) -> Watched:
        """Keep what lasts longer than its limit and a time of grace."""
        return self.take(self.end - self.begin > self.limit + milliseconds(np.timedelta64(grace)))

    @property
    def passed(self) -> NDArray[np.int64]:
        """When the limit was reached. [ms]."""
        return self.begin + self.limit


@dataclass(frozen=True, slots=True)
class Limited:
    """What stands on s spaces with limits, and the windows that are asked for."""

    parked: Parked
    watched: Watched
    limit: NDArray[np.float64]
    """Minutes, NaN where there is none, or none that can be told; shape (s,)."""
    now: bool
    """Whether it is asked for this instant."""

    @classmethod
    def of(cls, given: Given, otherwise: float = np.nan) -> Limited:
        """Watch the stays at spaces; a site without a limit has the other one. [min]."""
        parked, limit = Parked.of(given), allowed(given, otherwise)
        return cls(parked, _watched(given, parked.stays, limit), limit, given.window == "now")

    def pieces(self, found: Watched, time: NDArray[np.int64]) -> Cut:
        """Cut entries into the windows by some instant of each. [ms], shape (k,)."""
        edges = self.parked.pieces.edges.view("datetime64[ms]")
        return cut(spans(len(self.limit), found.space, time), edges)

    def count(self, found: Watched, time: NDArray[np.int64]) -> NDArray[np.float64]:
        """Count entries by some instant of each. [ms], shape (k,), becomes (s, m)."""
        return self.pieces(found, time).samples.astype(np.float64)

    def minutes(self, over: Watched) -> NDArray[np.float64]:
        """Add up the time beyond the limits in each window; now, for how long it has lasted. [min], shape (s, m)."""
        return self._lasting(over) if self.now else overlap(self.pieces(over, over.passed), over.end) / MS_PER_MINUTE

    def _lasting(self, over: Watched) -> NDArray[np.float64]:
        """Tell for how long at each window's end a vehicle stands beyond its limit, 0 for none. [min], (s, m)."""
        pieces = self.pieces(over, over.passed)
        newest = pieces.before_end()
        there = np.append(over.end, 0)[newest] >= pieces.end
        since = np.append(over.passed, 0)[newest]
        return np.where((newest >= 0) & there, pieces.end - since, 0) / MS_PER_MINUTE

    def results(self, value: NDArray[np.float64], **parts: NDArray[np.float64]) -> Results:
        """Say how well values, shape (s, m), are known; nothing is where no limit is."""
        found = self.parked.results(value, **parts)
        none = np.broadcast_to(np.isnan(self.limit)[:, np.newaxis], value.shape)
        return replace(
            found,
            value=np.where(none, np.nan, value),
            coverage=np.where(none, 0.0, found.coverage),
            samples=np.where(none, 0, found.samples),
        )


def allowed(given: Given, otherwise: float = np.nan) -> NDArray[np.float64]:
    """Give for how long one may stand at each space, NaN where there is no limit or none that can be told. [min], (s,).

    0 allows no stay at all. A limit below 0 or of more than 72 h is none, nor is one whose hours cannot be read.
    """
    limit = np.where(np.isnan(given.site(LIMIT)), otherwise, given.site(LIMIT))
    limit = np.where((limit >= 0) & (limit * MS_PER_MINUTE <= milliseconds(np.timedelta64(LONGEST))), limit, np.nan)
    said = _hours(given)
    readable = {words: not words or can_be_read(words, given.zone) for words in dict.fromkeys(said)}
    return np.where(np.array([readable[words] for words in said], dtype=bool), limit, np.nan)


def limited(given: Given) -> NDArray[np.float64]:
    """Tell which spaces have a limit that can be told, 1, and which have none, 0; shape (s,)."""
    return (~np.isnan(allowed(given))).astype(np.float64)


def _hours(given: Given) -> list[str]:
    return [str(site.get(HOURS) or "") for site in given.sites]


def _watched(given: Given, stays: Sessions, limit: NDArray[np.float64]) -> Watched:
    """Lay stays beside the periods of their sites."""
    first = int(given.edges[:1].view(np.int64)[0]) - milliseconds(np.timedelta64(LOOKBACK))
    last = int(given.edges[-1:].view(np.int64)[0]) + milliseconds(np.timedelta64(timedelta(days=1)))
    said, found = _hours(given), []
    for words in dict.fromkeys(one for one, minutes in zip(said, limit, strict=True) if not np.isnan(minutes)):
        mine = np.array([one == words for one in said], dtype=bool)
        force = periods(words, first, last, Region(given.zone, given.land)) if words else np.array([[first, last]])
        found.append(_within(stays.take((mine & ~np.isnan(limit))[stays.space]), force, limit))
    nobody = stays.take(np.empty(0, dtype=np.int64))
    return _ordered(found or [_within(nobody, np.empty((0, 2), dtype=np.int64), limit)])


def _within(stays: Sessions, force: NDArray[np.int64], limit: NDArray[np.float64]) -> Watched:
    """Lay each stay beside the periods, shape (p, 2), that it touches."""
    low = np.searchsorted(force[:, 1], stays.begin, side="right")
    count = np.maximum(np.searchsorted(force[:, 0], stays.end, side="left") - low, 0)
    stay = np.repeat(np.arange(len(stays)), count)
    period = np.arange(len(stay)) + np.repeat(low - (np.cumsum(count) - count), count)
    begin, over = np.maximum(stays.begin[stay], force[period, 0]), force[period, 1]
    end = np.minimum(stays.end[stay], over)
    ended = (over <= stays.end[stay]) | stays.departed[stay]
    heard = np.where(ended, end, np.minimum(stays.heard[stay], end))
    space = stays.space[stay]
    allowed = np.rint(limit[space] * MS_PER_MINUTE).astype(np.int64)
    return Watched(space, begin, end, allowed, heard, ended, stays.quality[stay])


def _ordered(found: list[Watched]) -> Watched:
    names = Watched.__slots__
    every = Watched(*(np.concatenate([getattr(one, name) for one in found]) for name in names))
    return every.take(np.lexsort((every.begin, every.space)))
