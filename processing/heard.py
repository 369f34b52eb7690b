"""What was heard of things, over all that they observe: one row for each message, and what they should send."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.rows import Rows
from processing.windows import milliseconds
from sensors.kinds import kinds, properties
from sensors.model import SeriesKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given

KINDS = tuple(kinds())
"""Every kind of thing."""
EVERYTHING = tuple(properties())
"""Every property that a sensor observes."""
ON_CHANGE = ("occupied", "available_spot_number", "occupied_spot_number", "charging_status")
"""States that are told when they change: to be expected of such a thing is its heartbeat alone. Our definition."""
MS_PER_MINUTE = 60_000.0
DECLARED = "expected_interval_min"
"""Site property: minutes between two messages, where it need not be learned."""


def heard(given: Given) -> Rows:
    """Give one row for each instant at which a thing said anything, failed or not: its first arrival, its counter."""
    told = [rows for name, rows in given.rows.items() if name in properties() and len(rows)]
    count = len(given.sites)
    if not told:
        return Rows.every(count, [], [], [])
    series, time = (np.concatenate([getattr(rows, name) for rows in told]) for name in ("series", "time"))
    received = np.concatenate([rows.time if rows.received is None else rows.received for rows in told])
    frame = np.concatenate([np.zeros(len(rows), np.int64) if rows.revision is None else rows.revision for rows in told])
    order = np.lexsort((received, time, series))
    series, time, received, frame = series[order], time[order], received[order], frame[order]
    first = np.ones(len(series), dtype=bool)
    first[1:] = (series[1:] != series[:-1]) | (time[1:] != time[:-1])
    good = np.ones(int(first.sum()), dtype=np.uint8)
    return Rows(count, series[first], time[first], np.zeros(len(good)), good, received[first], frame[first])


def since_before(rows: Rows, longest: np.timedelta64) -> NDArray[np.float64]:
    """Give the time since the row before of the same series, NaN for none or one longer ago. [ms], shape (n,)."""
    since = np.full(len(rows), np.nan)
    since[1:] = rows.time[1:] - rows.time[:-1]
    return np.where(rows.continues() & (since <= milliseconds(longest)), since, np.nan)


def heartbeat(given: Given) -> NDArray[np.float64]:
    """Give the longest silence of things that speak when something changes, NaN for all others. [min], shape (s,).

    It is as long as the state may be held for true, for such a sensor repeats itself at least that often.
    """
    longest = np.full(len(given.sites), np.nan)
    for name in (name for name in ON_CHANGE if name in given.rows and properties()[name].series is SeriesKind.STATE):
        speaks = np.bincount(given.rows[name].series, minlength=len(longest)) > 0
        hold = milliseconds(given.max_hold(name)) / MS_PER_MINUTE
        longest = np.where(speaks, np.fmin(longest, hold), longest)
    return longest
