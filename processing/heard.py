"""What was heard of things, over all that they observe: one row for each message, and what they should send."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.rows import NEVER, Rows
from processing.windows import cut, milliseconds
from sensors.kinds import kinds, properties
from sensors.model import SeriesKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from processing.indicator import Given

KINDS = tuple(kinds())
"""Every kind of thing."""
EVERYTHING = tuple(properties())
"""Every property that a sensor observes."""
ON_CHANGE = ("occupied", "available_spot_number", "occupied_spot_number", "charging_status")
"""States that are told when they change: to be expected of such a thing is its heartbeat alone. Our definition."""
MS_PER_MINUTE = 60_000.0
_TIME_BITS = 43
"""Milliseconds until the year 2248 fit, so a series and a time make one sortable number."""
_TIME = (1 << _TIME_BITS) - 1
DECLARED = "expected_interval_min"
"""Site property: minutes between two messages, where it need not be learned."""


def heard(given: Given) -> Rows:
    """Give one row for each instant at which a thing said anything, failed or not: its first arrival, its counter."""
    told = [rows for name, rows in given.rows.items() if name in properties() and len(rows)]
    if not told:
        return Rows.every(len(given.sites), [], [], [])
    keys, received, frame = _joined(told)
    order = np.argsort(keys, kind="stable")
    first = np.flatnonzero(np.diff(keys[order], prepend=-1))
    key = keys[order][first]
    arrived, counter = (np.minimum.reduceat(column[order], first) for column in (received, frame))
    nothing, good = np.zeros(len(first)), np.ones(len(first), dtype=np.uint8)
    return Rows(len(given.sites), key >> _TIME_BITS, key & _TIME, nothing, good, arrived, counter)


def _joined(told: Sequence[Rows]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Put the rows of all properties one behind the other: series and time as one number, arrival, frame counter.

    What a message tells of several properties has the same times in each, so that most need not be looked at twice.
    """
    parts: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = []
    for rows in told:
        key = rows.series << _TIME_BITS | rows.time
        arrived = rows.time if rows.received is None else rows.received
        counter = np.zeros(len(rows), dtype=np.int64) if rows.revision is None else rows.revision
        if parts and np.array_equal(parts[-1][0], key):
            _, before, lower = parts.pop()
            arrived, counter = np.minimum(before, arrived), np.minimum(lower, counter)
        parts.append((key, arrived, counter))
    keys, received, frame = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return keys, received, frame


def since_before(rows: Rows, longest: np.timedelta64) -> NDArray[np.float64]:
    """Give the time since the row before of the same series, NaN for none or one longer ago. [ms], shape (n,)."""
    since = np.full(len(rows), np.nan)
    since[1:] = rows.time[1:] - rows.time[:-1]
    return np.where(rows.continues() & (since <= milliseconds(longest)), since, np.nan)


def heartbeat(given: Given, since: np.timedelta64) -> NDArray[np.float64]:
    """Give the longest silence of things that speak when something changes, NaN for all others. [min], shape (s, m).

    It is as long as the state may be held for true, for such a sensor repeats itself at least that often. A thing is
    one of those in a window if it told such a state in it, or since some time before it.
    """
    longest = np.full((len(given.sites), len(given.edges) - 1), np.nan)
    for name in (name for name in ON_CHANGE if name in given.rows and properties()[name].series is SeriesKind.STATE):
        pieces = cut(given.rows[name], given.edges)
        newest = np.append(pieces.rows.time, -NEVER)[pieces.before_end()]
        hold = milliseconds(given.max_hold(name)) / MS_PER_MINUTE
        longest = np.where(newest >= pieces.start - milliseconds(since), np.fmin(longest, hold), longest)
    return longest
