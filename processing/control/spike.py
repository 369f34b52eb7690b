"""Single results that leave the course of their neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.check import MS_PER_HOUR, Check, Reach, graded
from sensors.model import SeriesKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.check import Examined, Limits

SPAN = 1.0
"""Hours within which both neighbours lie, where nothing else is declared. Every new observation has windows that lie as
far back computed again, so it is short. Our definition."""


def spike(examined: Examined) -> NDArray[np.uint8]:
    """Flag results that lie far from the middle between both neighbours: abs(x[i] - (x[i-1] + x[i+1]) / 2) > limit.

    UNKNOWN where one of the neighbours is missing or too far away. [flag], shape (n,)
    """
    value, suspect = examined.rows.value, examined.limit("spike")
    fail = examined.limit("spike_fail")
    near = examined.near & (examined.since <= examined.limit("spike_hours", SPAN) * MS_PER_HOUR)
    off, known = np.zeros(len(value)), np.zeros(len(value), dtype=bool)
    off[1:-1] = np.abs(value[1:-1] - (value[:-2] + value[2:]) / 2)
    known[1:-1] = near[1:-1] & near[2:]
    return graded(known & ~(np.isnan(suspect) & np.isnan(fail)), off > suspect, off > fail)


def _reach(limits: Limits) -> Reach:
    far = min(limits.hold, int(limits.greatest("spike_hours", SPAN) * MS_PER_HOUR))
    return Reach(far, far)


CHECK = Check(
    name="spike",
    bit=1,
    title="Spike",
    title_de="Ausreißer",
    reason="leaves the course of the values before and after it",
    reason_de="weicht vom Verlauf der Werte davor und danach ab",
    description=(
        "Distance of a result from the middle between the one before and the one after. Both must be there, and lie "
        "within an hour, or what is declared; so the newest one is judged when the next has come."
    ),
    source="QARTOD spike test; ioos/ioos_qc qartod.py spike_test, method average",
    thresholds={
        "spike": "distance from which on a result is doubted, in the property's unit",
        "spike_fail": "distance from which on a result is refused, in the property's unit",
        "spike_hours": "hours within which each neighbour must lie, at most those for which one may be held for true",
    },
    decisive=("spike", "spike_fail"),
    series=frozenset({SeriesKind.GAUGE, SeriesKind.STATE, SeriesKind.COUNTER}),
    reach=_reach,
    flags=spike,
)
