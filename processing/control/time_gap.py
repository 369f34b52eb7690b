"""Observations before which nothing was known for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.check import MS_PER_HOUR, Check, Reach, graded
from sensors.model import SeriesKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from processing.check import Examined, Limits
    from sensors.model import ObservedProperty


def declared(prop: ObservedProperty) -> Mapping[str, float]:
    """Nothing is known once an observation may no longer be held for true."""
    return {"gap_hours": prop.max_hold.total_seconds() / 3600}


def time_gap(examined: Examined) -> NDArray[np.uint8]:
    """Mark observations before which nothing was known for longer than a limit, or ever. [flag], shape (n,)."""
    limit = examined.limit("gap_hours", declared(examined.limits.prop)["gap_hours"])
    return graded(~np.isnan(np.broadcast_to(limit, len(examined.rows))), examined.since > limit * MS_PER_HOUR)


def _reach(limits: Limits) -> Reach:
    longest = limits.greatest("gap_hours", declared(limits.prop)["gap_hours"])
    return Reach(before=int(longest * MS_PER_HOUR))


CHECK = Check(
    name="time_gap",
    bit=4,
    title="Time gap",
    title_de="Zeitlücke",
    reason="comes after a time of which nothing is known",
    reason_de="folgt auf eine Zeit, von der nichts bekannt ist",
    description=(
        "Whether nothing was known for a while before an observation. It tells of the time before, whose windows have "
        "a low coverage, and not of the observation, whose flag stays as it is."
    ),
    source="QARTOD timing and gap test; ioos/ioos_qc qartod.py time_gap_test, which refuses the observation: not here",
    thresholds={"gap_hours": "hours without an observation that are a gap"},
    defaults=declared,
    decisive=("gap_hours",),
    series=frozenset({SeriesKind.GAUGE, SeriesKind.STATE, SeriesKind.COUNTER, SeriesKind.DELTA}),
    judges=False,
    reach=_reach,
    flags=time_gap,
)
