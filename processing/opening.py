"""When what a site says of its hours is in force: OSM opening_hours, ``Mo-Fr 08:00-18:00; Sa 09:00-13:00; PH off``.

The library knows the public holidays of all of Germany; those of one Land alone take the hours that the words give for
the third of October of their year, at the same time of day. What holds on holidays alone (``PH off``) holds for the
calendar day: of a night over midnight it counts until midnight, and from there on again what the weekday says on which
the night began. Nobody tells where a site lies or when schools are closed, so hours by the sun and by school holidays
are none.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
from opening_hours import OpeningHours, State, validate

from processing.local import MS_PER_DAY, local

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.region import Region

MS_PER_MINUTE = 60_000
LONGEST = 500
"""Characters of an expression: no site has more to say."""
UNKNOWN = re.compile(r"\b(?:sunrise|sunset|dawn|dusk|SH)\b")
"""What the library reads, and takes for fixed hours and for nothing."""
QUOTED = re.compile(r'"[^"]*"')
"""Comments."""


@lru_cache(maxsize=1024)
def parsed(words: str, zone: str) -> OpeningHours:
    """Read an expression. Raises ValueError, a sentence, for one that is none."""
    if len(words) > LONGEST:
        raise ValueError(f"opening hours of {len(words)} characters are none: at most {LONGEST} are read")
    if not validate(words):
        raise ValueError(
            f"'{words[:60]}' cannot be read as opening hours. "
            "Write them as OSM does: Mo-Fr 08:00-18:00; Sa 09:00-13:00; PH off"
        )
    hours = OpeningHours(words, timezone=ZoneInfo(zone), country="DE")
    if beyond := UNKNOWN.search(QUOTED.sub("", str(hours))):
        raise ValueError(
            f"'{words[:60]}' goes by {'school holidays' if beyond[0] == 'SH' else 'the sun'} ({beyond[0]}), of which "
            "opening hours know nothing here. Write them by the clock, weekdays and dates: Apr-Sep 06:00-21:00; PH off"
        )
    return hours


def can_be_read(words: str, zone: str) -> bool:
    """Tell whether words are an expression."""
    try:
        parsed(words, zone)
    except ValueError:
        return False
    return True


def is_open(words: str, times: NDArray[np.int64], region: Region) -> NDArray[np.bool_]:
    """Tell at which instants [ms since 1970 UTC] an expression is in force. [bool], same shape.

    Raises ValueError for an expression that cannot be read.
    """
    hours = parsed(words, region.zone)
    flat = np.ravel(times)
    found = _open(hours, flat, region.zone)
    if "PH" in words and len(flat):
        there = local(flat, region.zone)
        free = there.is_holiday(region.land)
        found[free] = _open(hours, _third_of_october(flat, region.zone)[free], region.zone)
    return found.reshape(np.shape(times))


@lru_cache(maxsize=1024)
def periods(words: str, first: int, last: int, region: Region) -> NDArray[np.int64]:
    """Give the periods within [first, last) [ms since 1970 UTC] in which an expression is in force. [ms], shape (k, 2).

    Half-open, ascending and apart, to the minute: no expression is finer. Raises ValueError for one that is none.
    """
    minutes = np.arange(first // MS_PER_MINUTE, -(-last // MS_PER_MINUTE) + 1) * MS_PER_MINUTE
    steps = np.diff(is_open(words, minutes[:-1], region).astype(np.int64), prepend=0, append=0)
    found = np.stack([minutes[steps == 1], minutes[steps == -1]], axis=1)
    inside: NDArray[np.int64] = np.clip(found, first, last)
    return inside


def _open(hours: OpeningHours, times: NDArray[np.int64], zone: str) -> NDArray[np.bool_]:
    """Ask once for all changes in the time that instants span, then look them up."""
    if not len(times):
        return np.zeros(0, dtype=bool)
    first, last = (
        datetime.fromtimestamp(int(time) / 1000, UTC).astimezone(ZoneInfo(zone))
        for time in (times.min() - MS_PER_DAY, times.max() + MS_PER_DAY)
    )
    spans = [(begin, state) for begin, _, state, _ in hours.intervals(first, last)]
    begins = np.array([round(begin.timestamp() * 1000) for begin, _ in spans], dtype=np.int64)
    states = np.array([state == State.OPEN for _, state in spans], dtype=bool)
    found: NDArray[np.bool_] = states[np.searchsorted(begins, times, side="right") - 1]
    return found


def _third_of_october(times: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    """Give for each instant the one of that day of its year at which clocks say the same, but for their setting."""
    there = local(times, zone)
    third = (there.year - 1970).astype("datetime64[Y]").astype("datetime64[M]") + 9
    days = third.astype("datetime64[D]").astype(np.int64) + 2
    moved = days * MS_PER_DAY + there.time % MS_PER_DAY
    offset = local(moved, zone).time - moved
    return moved - offset
