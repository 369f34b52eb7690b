"""What a counter has counted in each window, and how much of it is known: electricity, heat, gas, water, vehicles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.counter import counted, flags, without_glitches
from processing.due import Neighbours
from processing.indicator import Results
from processing.quality import doubted
from processing.windows import MS_PER_HOUR, cut, overlap, worst_flag

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.counter import Counted
    from processing.indicator import Given
    from processing.rows import Rows

INPUT = "total_active_energy_import"
SHORTEST_RISE = 0.25
"""Hours: a coarse counter may rise by one step at once, so a rise is judged as if it took a quarter hour at least."""
DENSE = np.timedelta64(2, "h")
"""Readings of a window shorter than a day must lie this near to each other for it to be known. Our definition."""

NEIGHBOURS = Neighbours(readings=4)
"""Readings before and after a changed one that it can matter to: whether one is stray depends on the one before and the
one after it, and of two that look so the first is left out. So kept or left out are other ones than before as far as
two readings on, and a rise ends at the next that is kept, of which one more may be stray."""


@dataclass(frozen=True, slots=True)
class Register:
    """A cumulative register of a kind of meter."""

    input: str
    longest_gap: timedelta
    """Time between two readings over which is still spread evenly what was counted, though not as known."""
    hold: timedelta
    """Time between two readings up to which the time between them is known: that of its observed property."""
    modulus: str = ""
    """Number of the site at which it starts again at zero; none where empty."""
    most: str = ""
    """Number of the site that its amount per hour cannot exceed; none where empty."""
    anew: str = ""
    """Number of the site that is 1 where it starts at zero every night by design; none where empty."""

    @property
    def reach(self) -> timedelta:
        """How far from a window readings matter: beyond a gap, and those that may unmask these as stray."""
        return self.longest_gap + 3 * self.hold


_OFTEN = timedelta(hours=12), timedelta(hours=2)
_DAILY = timedelta(hours=52), timedelta(hours=26)
IMPORT = Register(INPUT, *_OFTEN, modulus="counter_modulus_kwh", most="max_power_kw")
EXPORT = Register("total_active_energy_export", *_OFTEN, modulus="counter_modulus_kwh", most="max_power_kw")
HEAT = Register("total_heat_energy", *_DAILY, most="max_power_kw")
VOLUME = Register("total_volume", *_DAILY)
ARRIVED, LEFT = (
    Register(name, *_OFTEN, modulus="counter_modulus_vehicles", anew="counts_start_anew")
    for name in ("vehicles_in", "vehicles_out")
)

REGISTERS = {register.input: register for register in (IMPORT, EXPORT, HEAT, VOLUME, ARRIVED, LEFT)}


@dataclass(frozen=True, slots=True)
class Rises:
    """What was counted from each reading that is kept to the next; every column has shape (n,)."""

    rows: Rows
    """Readings without those off the run of their counter."""
    steps: Counted
    hours: NDArray[np.float64]
    """Time to the next reading. [h]"""
    possible: NDArray[np.bool_]
    """Whether the connection can carry so much."""
    spread: NDArray[np.int64]
    """Until when what was counted is spread; the reading's own time where it is not. [ms]"""
    known: NDArray[np.int64]
    """Until when it is known, likewise. [ms]"""


@dataclass(frozen=True, slots=True)
class Metered:
    """What s meters counted in m windows; every matrix has shape (s, m)."""

    amount: NDArray[np.float64]
    """In the register's unit, NaN where nothing is known of it."""
    hours: NDArray[np.float64]
    """The time over which the amount is spread. [h]"""
    coverage: NDArray[np.float64]
    samples: NDArray[np.int64]
    quality: NDArray[np.uint8]


def metered(given: Given, edges: NDArray[np.datetime64], register: Register = IMPORT) -> Metered:
    """Spread what was counted between readings evenly over the time between them, and gather it in windows.

    Readings further apart than the register's hold, or than 2 h for windows shorter than a day, leave the time between
    them unknown; up to its longest gap the amount is still spread. Between two meters of one place (``exchanges``)
    nothing is known. A rise beyond what the connection can carry counts nothing and is not known.
    """
    key = "metered", register, given.window, edges.tobytes()
    return given.once(key, lambda: _metered(given, edges, register))


def _metered(given: Given, edges: NDArray[np.datetime64], register: Register) -> Metered:
    found, gap = rises(given, register), np.timedelta64(register.longest_gap)
    rows, steps, spread, hours = found.rows, found.steps, found.spread, found.hours
    pieces = cut(rows.with_quality(flags(rows, steps, gap, given.site(register.anew) > 0)), edges)
    rate = np.divide(steps.amount, hours, out=np.zeros(len(rows)), where=hours > 0)
    reached = overlap(pieces, spread)
    covered = reached if np.array_equal(found.known, spread) else overlap(pieces, found.known)
    amount = overlap(pieces, spread, rate) / MS_PER_HOUR
    amount[reached <= 0] = np.nan
    return Metered(
        amount=amount,
        hours=reached / MS_PER_HOUR,
        coverage=covered / np.diff(pieces.edges),
        samples=pieces.samples,
        quality=worst_flag(pieces, spread),
    )


def rises(given: Given, register: Register) -> Rises:
    """Tell what each meter counted from reading to reading, and which of that can be."""
    hold = np.timedelta64(register.hold)
    rows = without_glitches(given.rows[register.input], hold, given.exchanges)
    steps = counted(rows, given.site(register.modulus), given.exchanges)
    hours = (steps.until - rows.time) / MS_PER_HOUR
    possible = _possible(steps.amount, hours, given.site(register.most)[rows.series])
    near = hold if given.window == "day" else min(hold, DENSE)
    spread = _until(rows, steps, possible, np.timedelta64(register.longest_gap))
    return Rises(rows, steps, hours, possible, spread, _until(rows, steps, possible, near))


def _possible(amount: NDArray[np.float64], hours: NDArray[np.float64], most: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which rises the connection can carry, where it is told how much that is. [bool], shape (n,)."""
    return ~(amount > most * np.maximum(hours, SHORTEST_RISE))


def _until(rows: Rows, steps: Counted, possible: NDArray[np.bool_], longest: np.timedelta64) -> NDArray[np.int64]:
    """Tell until when each reading's rise is spread: to the next one, if that is possible and near. [ms], (n,)."""
    lasting = steps.lasting(rows, longest)
    return lasting if possible.all() else np.where(possible, lasting, rows.time)


def amounts(given: Given, register: Register) -> Results:
    """Gather what each meter counted in each window; not wholly known is doubted. [the register's unit], (s, m)."""
    found = metered(given, given.edges, register)
    estimated = ~np.isnan(found.amount) & (found.coverage < 1.0)
    return Results(found.amount, found.coverage, found.samples, doubted(found.quality, estimated))
