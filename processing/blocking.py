"""When a vehicle blocks a place that must be free: for how long, and how soon it is cleared."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Events, Part
from processing.limits import Limited
from processing.opening import MS_PER_MINUTE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given, Results
    from processing.limits import Watched

LONGEST = timedelta(hours=24)
"""A blockage that lasts longer is told as this long: so it can be told within a day."""
PARTS = (
    Part(name="blockages", title="Blockages", title_de="Blockierungen", unit="{blockage}"),
    Part(name="cleared", title="Blockages that ended", title_de="Beendete Blockierungen", unit="{blockage}"),
    Part(name="clearing", title="Minutes until they ended", title_de="Minuten bis zu deren Ende", unit="min"),
)


def blocked(given: Given, otherwise: float) -> Results:
    """Add up how long each place is blocked in each window; now, for how long it has been. [min], shape (s, m).

    ``otherwise`` is the limit [min] of a site that says none.
    """
    limited = Limited.of(given, otherwise)
    over = limited.watched.beyond()
    done = over.take(over.ended)
    return limited.results(
        limited.minutes(over),
        blockages=limited.count(over, over.passed),
        cleared=limited.count(done, done.end),
        clearing=limited.pieces(done, done.end).total(_lengths(done)),
    )


def blockages(given: Given, otherwise: float) -> Events:
    """Tell of each blockage when it began and how long it lasted, or has lasted when last heard of. [min]."""
    limited = Limited.of(given, otherwise)
    over = limited.watched.beyond()
    over = over.take(over.heard >= over.passed)
    length = np.minimum(_lengths(over), LONGEST.total_seconds() / 60)
    return Events(over.space, over.passed, length, over.quality, np.ones(len(length), dtype=np.int64))


def _lengths(over: Watched) -> NDArray[np.float64]:
    length: NDArray[np.float64] = (over.heard - over.passed) / MS_PER_MINUTE
    return length
