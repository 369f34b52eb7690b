"""Single results that leave the course of their neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.check import Check, Reach, graded
from sensors.model import SeriesKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.check import Examined, Limits


def spike(examined: Examined) -> NDArray[np.uint8]:
    """Flag results that lie far from the middle between both neighbours: abs(x[i] - (x[i-1] + x[i+1]) / 2) > limit.

    UNKNOWN where one of the neighbours is missing or further away than an observation may be held. [flag], shape (n,)
    """
    value, suspect = examined.rows.value, examined.limit("spike")
    fail = examined.limit("spike_fail")
    off, known = np.zeros(len(value)), np.zeros(len(value), dtype=bool)
    off[1:-1] = np.abs(value[1:-1] - (value[:-2] + value[2:]) / 2)
    known[1:-1] = examined.near[1:-1] & examined.near[2:]
    return graded(known & ~(np.isnan(suspect) & np.isnan(fail)), off > suspect, off > fail)


def _reach(limits: Limits) -> Reach:
    return Reach(limits.hold, limits.hold)


CHECK = Check(
    name="spike",
    bit=1,
    title="Spike",
    title_de="Ausreißer",
    reason="leaves the course of the values before and after it",
    reason_de="weicht vom Verlauf der Werte davor und danach ab",
    description=(
        "Distance of a result from the middle between the one before and the one after. Both must be there, and be no "
        "further away than an observation may be held for true; so the newest one is judged when the next has come."
    ),
    source="QARTOD spike test; ioos/ioos_qc qartod.py spike_test, method average",
    thresholds={
        "spike": "distance from which on a result is doubted, in the property's unit",
        "spike_fail": "distance from which on a result is refused, in the property's unit",
    },
    decisive=("spike", "spike_fail"),
    series=frozenset({SeriesKind.GAUGE, SeriesKind.STATE, SeriesKind.COUNTER}),
    reach=_reach,
    flags=spike,
)
