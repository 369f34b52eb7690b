"""Results that follow the one before faster than what is observed can change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.check import MS_PER_HOUR, Check, Reach, graded
from sensors.model import SeriesKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.check import Examined, Limits


def rate_of_change(examined: Examined) -> NDArray[np.uint8]:
    """Flag results that changed faster than a limit since the one before: abs(x[i] - x[i-1]) > limit * time between.

    UNKNOWN where that is missing, of the same instant, or further away than one may be held. [flag], shape (n,)
    """
    value, limit = examined.rows.value, examined.limit("rate")
    change = np.zeros(len(value))
    change[1:] = np.abs(value[1:] - value[:-1])
    known = examined.near & (examined.since > 0) & ~np.isnan(limit)
    return graded(known, change > limit * (examined.since / MS_PER_HOUR))


def _reach(limits: Limits) -> Reach:
    return Reach(before=limits.hold)


CHECK = Check(
    name="rate_of_change",
    bit=2,
    title="Rate of change",
    title_de="Änderungsgeschwindigkeit",
    reason="changed faster than what is observed can",
    reason_de="änderte sich schneller, als es die Größe kann",
    description="Change since the observation before, by the time between them. Two of one instant have no rate.",
    source="QARTOD rate of change test; ioos/ioos_qc qartod.py rate_of_change_test",
    thresholds={"rate": "greatest change, in the property's unit per hour"},
    decisive=("rate",),
    series=frozenset({SeriesKind.GAUGE, SeriesKind.STATE, SeriesKind.COUNTER}),
    reach=_reach,
    flags=rate_of_change,
)
