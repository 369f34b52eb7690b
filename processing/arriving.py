"""Vehicles that came while it was known how full their car park was, and those that came while it was busy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from processing.counter import counted, flags, without_glitches
from processing.indicator import Results
from processing.lots import BUSY, INPUTS, taken
from processing.metering import ARRIVED
from processing.rows import NEVER, Rows, instants, last_at
from processing.windows import MS_PER_HOUR, cut, overlap, worst_flag

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given

ARRIVING = (ARRIVED.input, *INPUTS)
"""What both are made of."""


@dataclass(frozen=True, slots=True)
class Arriving:
    """Steps between which neither the rate of arrivals nor what is taken changes; every column has shape (n,)."""

    rows: Rows
    """The value is the rate at which vehicles came. [{vehicle}/h]"""
    until: NDArray[np.int64]
    """Until when rate and occupancy are both known; a step's own time where they are not. [ms]"""
    busy: NDArray[np.bool_]
    counts: Rows
    """The counter's readings."""

    def gathered(self, given: Given, which: NDArray[np.bool_]) -> Results:
        """Add up the arrivals of some steps, shape (n,), in each window. [{vehicle}], shape (s, m)."""
        pieces, readings = cut(self.rows, given.edges), cut(self.counts, given.edges)
        known = overlap(pieces, self.until)
        amount = overlap(pieces, self.until, self.rows.value * which) / MS_PER_HOUR
        return Results(
            value=np.where(known > 0, amount, np.nan),
            coverage=known / np.diff(pieces.edges),
            samples=readings.samples,
            quality=worst_flag(pieces, self.until),
        )


def arriving(given: Given) -> Arriving:
    """Lay arrivals beside occupancy, see ``_arriving``; found once for all that ask."""
    return given.once("arriving", lambda: _arriving(given))


def _arriving(given: Given) -> Arriving:
    """Lay arrivals beside occupancy: what was counted between two readings came evenly in the time between them."""
    hold = np.timedelta64(ARRIVED.hold)
    counts = without_glitches(given.rows[ARRIVED.input], hold, given.exchanges)
    steps = counted(counts, given.site(ARRIVED.modulus), given.exchanges)
    marked, lasting = flags(counts, steps, hold, given.site(ARRIVED.anew) > 0), steps.lasting(counts, hold)
    hours = (steps.until - counts.time) / MS_PER_HOUR
    rate = np.divide(steps.amount, hours, out=np.zeros(len(counts)), where=hours > 0)
    found = taken(given)
    both = instants(counts.with_quality(marked), found.rows)
    arrival = last_at(counts, both.series, both.time)
    standing = last_at(found.rows, both.series, both.time)
    open_until = np.where(found.spaces > 0, found.until, found.rows.time)
    known_until = np.minimum(np.append(lasting, -NEVER)[arrival], np.append(open_until, -NEVER)[standing])
    until = np.maximum(np.minimum(known_until, both.next_time()), both.time)
    busy = np.append(np.nan_to_num(found.share), 0.0)[standing] >= BUSY
    return Arriving(both.with_value(np.append(rate, 0.0)[arrival]), until, busy, counts)
