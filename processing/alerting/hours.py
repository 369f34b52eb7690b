"""When a rule holds for which thing: by clock, calendar, sun, or what a site says."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from processing.local import Local, local
from processing.opening import is_open
from processing.sun import MS_PER_DAY, daylight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from processing.alert import Hours
    from processing.region import Region
    from sensors.model import Thing

STEP = 900_000
"""A quarter hour: how often it is looked whether a rule holds. [ms]"""

BACK = 8 * MS_PER_DAY
"""So far back turns of hours are looked for after what came late: in a week each has come once. [ms]"""


def turns(
    hours: Hours,
    things: Sequence[Thing],
    thing: NDArray[np.int64],
    span: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]],
    region: Region,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Find in which quarter hours a rule begins or ceases to hold for things, by index.

    ``span`` says of each thing after which quarter hour, up to which one [ms], and whether its first counts as a turn,
    too; each of shape (k,). Gives thing, quarter hour [ms] and whether the rule holds from then on, by thing and time.
    """
    start, until, first_counts = span
    count = np.maximum((until - start) // STEP + 1, 0)
    begin = np.cumsum(count) - count
    mine = np.repeat(np.arange(len(thing)), count)
    quarter = start[mine] + (np.arange(len(mine)) - begin[mine]) * STEP
    found = holds(hours, things, thing[mine], quarter, region)
    turned = np.diff(found, prepend=False)
    first = begin[count > 0]
    turned[first] = first_counts[count > 0]
    return thing[mine[turned]], quarter[turned], found[turned]


def holds(
    hours: Hours, things: Sequence[Thing], thing: NDArray[np.int64], time: NDArray[np.int64], region: Region
) -> NDArray[np.bool_]:
    """Tell whether a rule holds for things, by index, in the quarter hours of instants [ms]. [bool], shape (k,)."""
    quarter = time // STEP * STEP
    found = _by_clock(hours, quarter, region)
    if hours.site:
        _by_sites(hours.site, things, (thing, quarter), found, region)
    if hours.daylight is not None:
        found &= _by_sun(hours, things, thing, quarter)
    return found


def _by_clock(hours: Hours, quarter: NDArray[np.int64], region: Region) -> NDArray[np.bool_]:
    times, place = np.unique(quarter, return_inverse=True)
    there, over = local(times, region.zone), hours.end <= hours.begin
    # A night belongs to the day on which it begins.
    day = Local(there.time - (there.hour < hours.end) * MS_PER_DAY) if over else there
    found = np.isin(day.weekday + 1, hours.weekdays)
    late, early = there.hour >= hours.begin, there.hour < hours.end
    found &= late | early if over else late & early
    if not hours.holidays:
        found &= ~day.is_holiday(region.land)
    return found[place]


def _by_sites(
    name: str,
    things: Sequence[Thing],
    where: tuple[NDArray[np.int64], NDArray[np.int64]],
    found: NDArray[np.bool_],
    region: Region,
) -> None:
    """Let what sites say count in place of what was found; what cannot be read was not said."""
    thing, quarter = where
    some, place = np.unique(thing, return_inverse=True)
    said = [things[one].properties.get(name) if things[one].properties else None for one in some.tolist()]
    for words in {each for each in said if isinstance(each, str)}:
        mine = np.array([each == words for each in said])[place]
        with suppress(ValueError):
            found[mine] = is_open(words, quarter[mine], region)


def _by_sun(
    hours: Hours, things: Sequence[Thing], thing: NDArray[np.int64], quarter: NDArray[np.int64]
) -> NDArray[np.bool_]:
    if not len(thing) or hours.daylight is None:
        return np.ones(len(thing), dtype=bool)
    some, place = np.unique(thing, return_inverse=True)
    first = int(quarter.min() // MS_PER_DAY) - 1
    days = int(quarter.max() // MS_PER_DAY) - first + 2
    where = np.array([(things[one].longitude, things[one].latitude) for one in some.tolist()])
    margin = int(hours.daylight.total_seconds() * 1000)
    sun = daylight(where, first, days).lasting(margin)
    day = quarter // MS_PER_DAY - first
    near = [(sun.rise[place, day + by] <= quarter) & (quarter < sun.set[place, day + by]) for by in (-1, 0, 1)]
    found: NDArray[np.bool_] = np.any(near, axis=0)
    return found
