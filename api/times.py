"""Times at the rim: what a query may say, and how an answer writes it (ISO 8601, UTC, milliseconds, ``Z``)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from api.problem import ProblemError
from sensors.model import TIME

if TYPE_CHECKING:
    from numpy.typing import NDArray

ACCEPTED = (
    "an instant with its offset (2026-03-29T01:00:00Z, 2026-03-29T03:00:00+02:00; write the + as %2B), "
    "a day (2026-03-29: its first instant in the city's zone), "
    "a span back from the newest observation (-90s, -15m, -24h, -7d, -4w), "
    "or the clock (now, now-24h)"
)
EARLIEST = np.datetime64("1970-01-01", "ms")
DAY = np.timedelta64(1, "D")
LATEST = np.datetime64("2100-01-01", "ms")
MILLISECOND = np.timedelta64(1, "ms")
DEFAULT_SPAN = "-24h"

_BACK = re.compile(r"(?P<now>now)?(?:-(?P<count>\d{1,9})(?P<unit>[smhdw]))?")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LOST_PLUS = re.compile(r" (?=\d{2}:?\d{2}$)")


def iso(times: NDArray[np.datetime64]) -> NDArray[np.str_]:
    """Write times as ``2026-03-29T01:00:00.000Z``; same shape."""
    written: NDArray[np.str_] = np.datetime_as_string(times, unit="ms", timezone="UTC")
    return written


def iso_of(time: np.datetime64 | datetime) -> str:
    """Write one time; a ``datetime`` must know its offset."""
    instant = _from_datetime(time) if isinstance(time, datetime) else time
    return str(np.datetime_as_string(instant, unit="ms", timezone="UTC"))


def iso_of_ms(milliseconds: int) -> str:
    """Write an instant that is told in milliseconds since 1970 UTC."""
    return iso_of(np.datetime64(milliseconds, "ms"))


def milliseconds(times: NDArray[Any]) -> NDArray[np.int64]:
    """Give times as integers, milliseconds since 1970 UTC; same shape."""
    return times.astype(TIME).view(np.int64)


def now() -> np.datetime64:
    """Read the clock, to the millisecond."""
    return _from_datetime(datetime.now(UTC))


def read_time(parameter: str, text: str, *, newest: np.datetime64, zone: str) -> np.datetime64:
    """Read the time that a query parameter gives. Raises ProblemError ``bad-time`` with the accepted forms."""
    back = _BACK.fullmatch(text) if text else None
    try:
        time = _count_back(back, newest) if back else _read_calendar(text, zone)
    except (ValueError, OverflowError):
        raise _bad_time(parameter, text, "cannot be read") from None
    if not EARLIEST - DAY < time <= LATEST:
        raise _bad_time(parameter, text, "lies outside 1970 to 2100")
    return max(time, EARLIEST)  # east of Greenwich the first day of 1970 began in 1969


def read_span(
    start: str | None, end: str | None, *, newest: np.datetime64 | None, zone: str
) -> tuple[np.datetime64, np.datetime64]:
    """Read the half-open span [from, to) of a query.

    ``to`` defaults to just after the newest observation, ``from`` to 24 h before it, or before ``to`` where given.
    Raises ProblemError ``bad-time`` or ``bad-span``.
    """
    anchor = now() if newest is None else newest
    last = anchor + MILLISECOND if end is None else read_time("to", end, newest=anchor, zone=zone)
    before = last if start is None and end is not None else anchor
    first = read_time("from", DEFAULT_SPAN if start is None else start, newest=before, zone=zone)
    if first >= last:
        detail = f"'from' ({iso_of(first)}) must lie before 'to' ({iso_of(last)}), which itself is not included."
        raise ProblemError("bad-span", detail)
    return first, last


def _count_back(back: re.Match[str], newest: np.datetime64) -> np.datetime64:
    anchor = now() if back["now"] else newest
    seconds = int(back["count"]) * _SECONDS[back["unit"]] if back["unit"] else 0
    return anchor - np.timedelta64(seconds * 1000, "ms")


def _read_calendar(text: str, zone: str) -> np.datetime64:
    """Read a day or an instant; raises ValueError."""
    if _DAY.fullmatch(text):
        day = date.fromisoformat(text)
        return _from_datetime(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)))
    instant = datetime.fromisoformat(_LOST_PLUS.sub("+", text))
    if instant.tzinfo is None:
        raise ValueError(text)
    return _from_datetime(instant)


def _from_datetime(instant: datetime) -> np.datetime64:
    since = instant - datetime(1970, 1, 1, tzinfo=UTC)
    return np.datetime64(since // timedelta(milliseconds=1), "ms").astype(TIME)


def _bad_time(parameter: str, text: str, why: str) -> ProblemError:
    detail = f"{parameter!r} = {text[:60]!r} {why}. Accepted is {ACCEPTED}."
    return ProblemError("bad-time", detail, parameter=parameter)
