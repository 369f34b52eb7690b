"""Results that have not moved for longer than what is observed can stand still."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.check import MS_PER_HOUR, Check, Reach, graded
from sensors.model import SeriesKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from processing.check import Examined, Limits, Number
    from sensors.model import ObservedProperty

_SERIES_APART = 1 << 43
"""More milliseconds since 1970 than any observation has: the year 2248."""


def declared(_prop: ObservedProperty) -> Mapping[str, float]:
    """Stand still means not to move at all, where nothing else is declared."""
    return {"stuck_within": 0.0}


def stuck(examined: Examined) -> NDArray[np.uint8]:
    """Flag results whose value has stayed within a tolerance for a span of time that ends with them.

    What held in the span counts: the observations in it and the one before it. UNKNOWN while the series has not been
    known for that long without an interruption. [flag], shape (n,)
    """
    rows, span = examined.rows, examined.limit("stuck_hours") * MS_PER_HOUR
    tolerance = examined.limit("stuck_within", 0.0)
    moved = np.zeros(len(rows), dtype=bool)
    moved[1:] = np.abs(rows.value[1:] - rows.value[:-1]) > tolerance
    known = _length(examined, ~examined.near) >= span
    still = _length(examined, ~examined.near | moved) >= span
    if np.any(tolerance > 0) and still.any():
        still[still] = _within(examined, np.flatnonzero(still), span, tolerance)
    return graded(known, still)


def _length(examined: Examined, breaks: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Tell how long ago the last break was. [ms], shape (n,)."""
    time, broken = examined.rows.time, np.flatnonzero(breaks)
    # The first row of a series has none before it, which is a break.
    return time - np.repeat(time[broken], np.diff(broken, append=len(time)))


def _within(examined: Examined, last: NDArray[np.int64], span: Number, tolerance: Number) -> NDArray[np.bool_]:
    """Tell for some rows whether all values of the span up to them stay within the tolerance; shape of ``last``.

    Small steps may add up to a long way, so the least and the greatest value of each span are needed.
    """
    rows = examined.rows
    keys = rows.series * _SERIES_APART + rows.time
    widest = np.broadcast_to(span, len(rows))[last]
    first = np.searchsorted(keys, keys[last] - widest.astype(np.int64), side="right") - 1
    most = greatest_between(rows.value, first, last)
    least = -greatest_between(-rows.value, first, last)
    return most - least <= np.broadcast_to(tolerance, len(rows))[last]


def greatest_between(
    value: NDArray[np.float64], first: NDArray[np.int64], last: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Give the greatest value with an index in [first, last] for k spans, shape (k,), first <= last.

    Two spans of the greatest power of two that fits cover each; these are made by doubling.
    """
    found = np.empty(len(first))
    size = last - first + 1
    length, rolling = 1, value
    while length <= size.max(initial=0):
        mine = (size >= length) & (size < 2 * length)
        found[mine] = np.maximum(rolling[first[mine]], rolling[last[mine] - length + 1])
        rolling = np.maximum(rolling, np.append(rolling[length:], np.full(min(length, len(rolling)), -np.inf)))
        length *= 2
    return found


def _reach(limits: Limits) -> Reach:
    return Reach(before=int(limits.greatest("stuck_hours") * MS_PER_HOUR) + limits.hold)


CHECK = Check(
    name="stuck",
    bit=3,
    title="Stuck",
    title_de="Stillstand",
    reason="has not moved for longer than it can stand still",
    reason_de="hat sich länger nicht bewegt, als die Größe stillstehen kann",
    description=(
        "Whether the value has stayed within a tolerance during a span of time. Time counts, not the number of "
        "observations, so that it means the same for sensors that send at their own pace. A state, such as that of a "
        "parking space, may stand for days: its sensor is known to live by its heartbeat instead."
    ),
    source="QARTOD flat line test; ioos/ioos_qc qartod.py flat_line_test, there by count; by time: our definition",
    thresholds={
        "stuck_hours": "hours after which a value that stands still is doubted",
        "stuck_within": "how far a value may move and still be taken for standing, in the property's unit",
    },
    defaults=declared,
    decisive=("stuck_hours",),
    series=frozenset({SeriesKind.GAUGE, SeriesKind.COUNTER}),
    reach=_reach,
    flags=stuck,
)
