"""Reads every shape of time that devices and networks send into milliseconds since 1970 UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sensors.hint import shown

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNSYNCHRONISED = 946_684_800_000
"""2000-01-01T00:00:00Z in milliseconds: a clock that shows less has never been set."""
AHEAD = 5 * 60_000
"""Milliseconds that a phenomenon may lie after its receipt before its clock is doubted (indicator rules, Clocks)."""

_LAST = 253_402_300_800_000
"""The year 10000 in milliseconds: nothing beyond it is a time."""
_MILLISECONDS_FROM = 100_000_000_000
"""Numbers from here on are milliseconds since 1970, smaller ones seconds: 1e11 s is the year 5138, 1e11 ms is 1973."""


_CITY = [ZoneInfo("Europe/Berlin")]
"""The zone in which devices are set whose times name none; one entry."""


class TimeError(ValueError):
    """A time that cannot be read; its text is a sentence with the way out."""


def milliseconds(value: Any) -> int:
    """Read an ISO 8601 string with zone, or seconds or milliseconds since 1970. Gives milliseconds since 1970 UTC.

    Digits beyond the millisecond are cut off. Raises TimeError, among others for a time without a zone.
    """
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_number(value)
    raise TimeError(f"{shown(value)} is not a time. Send ISO 8601 in UTC such as '2026-03-29T01:00:00Z'")


def keep_zone(name: str) -> None:
    """Say which zone the city's devices are set to (Europe/Berlin until then). Raises ValueError for an unknown one."""
    try:
        _CITY[0] = ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError):
        raise ValueError(f"'{name}' is no time zone. Give a name such as Europe/Berlin or UTC") from None


def city_milliseconds(value: Any) -> int | None:
    """Read a time as ``milliseconds`` does, and one without zone as the city's local time.

    None where the clock has never been set, and where the local time names two instants or none: in the hours in which
    the city's clocks are changed, a time without zone does not tell when it was. Raises TimeError.
    """
    told = _local(value) if isinstance(value, str) else None
    if told is None:
        return once_set(milliseconds(value))
    first, second = told.utcoffset(), told.replace(fold=1).utcoffset()
    if first is None or first != second:
        return None
    return once_set((told.replace(tzinfo=UTC) - EPOCH - first) // timedelta(milliseconds=1))


def once_set(time: int) -> int | None:
    """Give a time as it is, None where it shows that its clock has never been set."""
    return time if time >= UNSYNCHRONISED else None


def _local(text: str) -> datetime | None:
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        return None
    return told.replace(tzinfo=_CITY[0], fold=0) if told.tzinfo is None else None


def _from_text(text: str) -> int:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return _from_digits(text)
    if instant.tzinfo is None:
        raise TimeError(f"the time {shown(text)} has no zone. Send Z for UTC or an offset such as +02:00")
    since = instant - EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000


def _from_digits(text: str) -> int:
    try:
        number = float(text)
    except ValueError:
        raise TimeError(f"{shown(text)} is not a time. Send ISO 8601 in UTC such as '2026-03-29T01:00:00Z'") from None
    return _from_number(number)


def _from_number(number: float) -> int:
    if not -_LAST < number < _LAST:
        raise TimeError(f"{shown(number)} is not a time: it lies beyond the year 9999. Send seconds since 1970 UTC")
    return int(number) if abs(number) >= _MILLISECONDS_FROM else round(number * 1000)


def instant(told: int | None, received: int) -> int:
    """Give when a reading is taken to have been, in milliseconds since 1970 UTC.

    That is its own time, or that of its receipt where it tells none or one that cannot be true.
    """
    return told if told is not None and UNSYNCHRONISED <= told <= received + AHEAD else received
