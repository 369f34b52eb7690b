"""How long a battery will last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Indicator, IndicatorExample, Part, Results
from processing.level import at, last_values, median, spread, theil_sen
from processing.rows import NEVER, Rows
from processing.windows import MS_PER_HOUR, cut, milliseconds, positions, worst_between
from sensors.kinds import kinds
from sensors.quality import Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given

LOOKBACK = timedelta(days=28)
POINTS = 24
"""Readings that a line is laid through, evenly chosen: their pairs grow with the square."""
RESERVE = 20.0
"""Per cent at which a battery is to be changed."""
CHANGED = 20.0
"""Percentage points by which a level rises when a battery is changed. Our definition."""
LEAST, LEAST_DAYS = 3, 3.0
"""Readings, and the days that they span, that a line needs."""
HORIZON = 3650.0
"""Days beyond which nothing is told."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What readings of a level tell of s things over m windows; every matrix has shape (s, m)."""

    level: NDArray[np.float64]
    """[%]"""
    slope: NDArray[np.float64]
    """[%/d]"""
    known: NDArray[np.bool_]
    """Whether they are enough."""
    samples: NDArray[np.int64]
    quality: NDArray[np.uint8]
    newest: NDArray[np.int64]
    """When the last one was taken, ``-NEVER`` where there is none. [ms]"""

    @classmethod
    def of(cls, rows: Rows, edges: NDArray[np.datetime64]) -> Seen:
        """Look back from the end of each window: to four weeks before it, or to when the battery was changed."""
        end = cut(rows, edges).begin[:, 2:-1]
        first = positions(rows, edges.view(np.int64) - milliseconds(np.timedelta64(LOOKBACK)))[:, :-1]
        first = np.maximum(first, _since_change(rows, end))
        slope, days = _slope(rows, first, end)
        newest = np.where(end > first, np.append(rows.time, -NEVER)[end - 1], -NEVER)
        known = (end - first >= LEAST) & (days >= LEAST_DAYS)
        flags, level = worst_between(rows, first, end), median(last_values(rows, first, end, 5))
        return cls(level, slope, known, np.where(known, end - first, 0), flags, newest)

    def where(self, chosen: NDArray[np.bool_], other: Seen) -> Seen:
        """Take this where it is chosen, shape (s, m), and the other elsewhere."""
        return Seen(*(np.where(chosen, getattr(self, name), getattr(other, name)) for name in Seen.__slots__))


def battery_days_left(given: Given) -> Results:
    """Give the days until the level comes to 20 %, by its slope of four weeks. [d], 0 .. 3650, shape (s, m)."""
    seen = _seen(given)
    known, level = seen.known, seen.level
    falling = known & (seen.slope < -(100.0 - RESERVE) / HORIZON)
    left = np.divide(level - RESERVE, -seen.slope, out=np.full(level.shape, HORIZON), where=falling)
    left = np.where(level <= RESERVE, 0.0, np.minimum(left, HORIZON))
    value = np.where(known, left, np.nan)
    flags = np.where(known, seen.quality, Quality.MISSING).astype(np.uint8)
    parts = {"level": np.where(known, level, np.nan), "slope": np.where(known, seen.slope, np.nan)}
    return Results(value, known.astype(np.float64), seen.samples, flags, parts)


def _seen(given: Given) -> Seen:
    """Look at the levels that things tell, and at what their voltages mean where these say more.

    That is where the levels are not enough, or have been silent for three days while a voltage was told.
    """
    none = Rows.of(len(given.sites), [], [], [])
    told, volts = Seen.of(given.rows.get("battery", none), given.edges), charge(given)
    if not len(volts):
        return told
    meant = Seen.of(volts, given.edges)
    late = told.newest < given.edges[1:].view(np.int64) - LEAST_DAYS * 24 * MS_PER_HOUR
    return meant.where(meant.known & (~told.known | (late & (meant.newest > told.newest))), told)


def charge(given: Given) -> Rows:
    """Give the battery level that the voltages of things mean, of those whose site tells both voltages. [%].

    100 * (V - empty) / (full - empty), kept within 0..100.
    """
    volts = given.rows.get("battery_voltage", Rows.of(len(given.sites), [], [], []))
    empty, full = given.site("battery_empty_v"), given.site("battery_full_v")
    volts = volts.take((full > empty)[volts.series])
    return volts.with_value(np.clip(100 * (volts.value - empty[volts.series]) / (full - empty)[volts.series], 0, 100))


def _since_change(rows: Rows, end: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the index of the last reading before ``end`` at which another battery was in; 0 where it never was."""
    rise = np.concatenate([np.zeros(min(len(rows), 1)), np.diff(rows.value)])
    changed = rows.continues() & (rise >= CHANGED)
    latest = np.maximum.accumulate(np.where(changed, np.arange(len(rows)), 0))
    return np.where(end > 0, np.append(latest, 0)[end - 1], 0)


def _slope(
    rows: Rows, first: NDArray[np.int64], end: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lay a line through the readings with an index in [first, end): its slope [% per day] and length [d]."""
    chosen = spread(first, end, POINTS)
    days = at(rows.time / (24 * MS_PER_HOUR), chosen)
    days -= days[..., :1]
    slope = np.full(first.shape, np.nan)
    enough = end - first >= LEAST
    slope[enough] = theil_sen(days[enough], at(rows.value, chosen)[enough])
    return slope, np.fmax.reduce(days, axis=-1, initial=0.0)


_FALLING = tuple((f"2026-05-{day:02}T12:00", 80.0 - day) for day in range(10, 31))
_DAY = "2026-05-30T22:00"

INDICATOR = Indicator(
    name="battery_days_left",
    title="Battery, days left",
    title_de="Batterie, verbleibende Tage",
    description=(
        "Days until the battery comes to 20 %: its level now, the median of the last five readings so that a cold "
        "night does not count, less 20, by the median slope of all pairs of readings of four weeks (Theil and Sen), or "
        "since the battery was changed. A level that hardly falls gives 3650 days. Needs three readings over three "
        "days. A device that tells only a voltage needs the voltages of a full and an empty battery at its site "
        "(battery_full_v, battery_empty_v). Of one that tells both, the voltage counts where its levels are not enough "
        "or have been silent for three days. A level of -1 means unknown and is no reading."
    ),
    unit="d",
    source="Theil 1950, Sen 1968; smart-data-models Device.batteryLevel (-1: unknown); 20 %: indicator rules, Battery",
    version=2,
    domain="health",
    kinds=tuple(
        name for name, kind in kinds().items() if {"battery", "battery_voltage"} & {one.name for one in kind.properties}
    ),
    inputs=("battery", "battery_voltage"),
    windows=("day",),
    lookback=LOOKBACK,
    min_coverage=0.0,
    parts=(
        Part(name="level", title="Battery level", title_de="Batteriestand", unit="%"),
        Part(name="slope", title="Change of the battery level by day", title_de="Batterieverlauf je Tag", unit="%/d"),
    ),
    formula=battery_days_left,
    examples=(
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-29T22:00",
            rows={"battery": _FALLING},
            value=32.0,
            parts={"level": 52.0, "slope": -1.0},
        ),
        IndicatorExample(
            kind="waste_container",
            window="day",
            start=_DAY,
            rows={"battery": tuple((time, 90.0) for time, _ in _FALLING)},
            value=HORIZON,
            parts={"level": 90.0, "slope": 0.0},
        ),
        IndicatorExample(
            kind="parking_spot",
            window="day",
            start="2026-05-29T22:00",
            rows={"battery_voltage": tuple((time, 3.0 + level / 200) for time, level in _FALLING)},
            site={"battery_full_v": 3.5, "battery_empty_v": 3.0},
            value=32.0,
            parts={"level": 52.0, "slope": -1.0},
        ),
        IndicatorExample(
            kind="waste_container",
            window="day",
            start=_DAY,
            rows={"battery": (*_FALLING[:-2], ("2026-05-29T12:00", 100.0), ("2026-05-30T12:00", 99.0))},
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
    ),
)
