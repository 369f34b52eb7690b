"""Observations whose time lies after the instant at which the platform knew them."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from processing.check import MS_PER_HOUR, Check, Reach, graded
from sensors.clock import AHEAD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from processing.check import Examined, Limits, Number
    from sensors.model import ObservedProperty

MS_PER_MINUTE = 60_000.0


def declared(_prop: ObservedProperty) -> Mapping[str, float]:
    """Take a clock that is some minutes ahead for wrong, and late observations for late."""
    return {"ahead_minutes": AHEAD / MS_PER_MINUTE}


def clock_skew(examined: Examined) -> NDArray[np.uint8]:
    """Doubt observations from the future, and where it is declared those that came too late. [flag], shape (n,)."""
    rows = examined.rows
    if rows.received is None:
        return graded(np.zeros(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool))
    late = rows.received - rows.time
    wrong = late < _whole(-MS_PER_MINUTE * examined.limit("ahead_minutes", AHEAD / MS_PER_MINUTE))
    longest = examined.limit("late_hours")
    if not np.isnan(longest).all():
        wrong |= late > MS_PER_HOUR * longest
    return graded(np.ones(len(rows), dtype=bool), wrong)


def _whole(limit: Number) -> Number | int:
    """Make one limit below which whole numbers are compared a whole number: so none of them is made a float."""
    return limit if isinstance(limit, np.ndarray) or not np.isfinite(limit) else ceil(limit)


def _reach(_limits: Limits) -> Reach:
    return Reach()


CHECK = Check(
    name="clock_skew",
    bit=5,
    title="Clock",
    title_de="Uhr",
    reason="has a time that does not fit the time at which it came in",
    reason_de="trägt eine Zeit, die nicht zur Zeit des Eintreffens passt",
    description=(
        "Result time less phenomenon time: below minus five minutes the sensor's clock is ahead. Lateness is doubted "
        "only where a limit is declared: a gateway may hold observations back for days, and history is imported later."
    ),
    source="Indicator rules, Clocks: our definition; five minutes as when messages are received",
    thresholds={
        "ahead_minutes": "minutes that an observation may lie after the time at which it came in",
        "late_hours": "hours after which an observation that comes in is doubted",
    },
    defaults=declared,
    alone=True,
    reach=_reach,
    flags=clock_skew,
)
