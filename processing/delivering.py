"""Which part of the registered things has delivered: the numerator is ours, the denominator that of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.calendar import ROLLED
from processing.indicator import Results
from processing.windows import cut
from sensors.quality import Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given

INPUT = "valid_observations_day"
WINDOWS = ("day", *ROLLED)
SOURCE = "ISO 37120 and U4SSC count assets alike; numerator from valid observations, denominator from the catalogue"


def reporting(given: Given, weight: NDArray[np.float64]) -> Results:
    """Divide the weight of the members that delivered by that of all. [1], 0 .. 1, shape (groups, m).

    ``weight``, shape (s,), tells how many spaces, light points or meters a thing stands for. A member that never spoke
    counts in the denominator. Of a group from which nobody has ever delivered in the time nothing is said.
    """
    pieces = cut(given.rows[INPUT], given.edges)
    delivered = (pieces.samples > 0).astype(np.float64)
    registered = given.members.total(np.broadcast_to(weight[:, np.newaxis], pieces.shape))
    part = given.members.total(delivered * weight[:, np.newaxis])
    count = given.members.total(delivered)
    known = (count > 0) & (registered > 0)
    value = np.divide(part, registered, out=np.full(part.shape, np.nan), where=known)
    flags = np.where(known, Quality.GOOD, Quality.MISSING).astype(np.uint8)
    return Results(value, known.astype(np.float64), count.astype(np.int64), flags)
