"""Reads the moments that people type: an instant, a local date, or a span before now."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""What stores hold lies from the first to before the second (``storage.refusal``)."""
_SLACK = timedelta(days=1)
"""The city's first day of 1970 and last of 2199 begin and end up to a day apart from those of UTC."""
_FROM_NOW = re.compile(r"([+-]\d{1,6}(?:\.\d{1,6})?)(min|h|d|w)")
_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class MomentError(ValueError):
    """What was typed is no moment, or no span; the message is a sentence that says what to type."""


def moment(text: str, zone: str, now: datetime) -> datetime:
    """Read ``2026-03-29T01:00:00Z``, ``2026-03-29`` (local in ``zone``), ``-24h``, ``-7d``, ``+2h`` or ``now``.

    Raises MomentError with the forms that are understood, with the bounds where it lies beyond them, or with both ways
    to write a local time that is none or two, because the clocks are set at it.
    """
    said = text.strip()
    try:
        read = _back(said, now) or _calendar(said, ZoneInfo(zone))
    except OverflowError:
        raise _beyond(text) from None
    if not EARLIEST - _SLACK <= read <= LATEST + _SLACK:
        raise _beyond(text)
    return read


def span(first: str, last: str, zone: str, now: datetime) -> tuple[datetime, datetime]:
    """Read the half-open span between two moments. Raises MomentError where there is nothing between them, too."""
    start, end = moment(first, zone, now), moment(last, zone, now)
    if start < end:
        return start, end
    why = f": did you mean {last} {first}?" if end < start else ", which itself is not included."
    raise MomentError(f"there is nothing from {first} to {last}{why}")


def span_before(last: str, end: datetime, zone: str) -> tuple[datetime, datetime]:
    """Read how much lies before an end: ``24h``, ``7d``. Raises MomentError where that is nothing, too."""
    start = moment(f"-{last.strip().removeprefix('-')}", zone, end)
    if start < end:
        return start, end
    raise MomentError(f"'{last}' is no time at all: write 24h, 7d or 8w")


def _back(said: str, now: datetime) -> datetime | None:
    """Read an instant that is told from now; None for another form."""
    if said == "now":
        return now
    from_now = _FROM_NOW.fullmatch(said)
    return from_now and now + float(from_now[1]) * _UNITS[from_now[2]]


def _calendar(said: str, zone: ZoneInfo) -> datetime:
    """Read a local day, which has one beginning, or an instant."""
    with suppress(ValueError):
        day = date.fromisoformat(said)
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    try:
        read = datetime.fromisoformat(said)
    except ValueError:
        raise MomentError(
            f"'{said}' is no moment. "
            "Write 2026-03-29T01:00:00Z, 2026-03-29 (local), -90min, -24h, -7d, -4w, +2h, or now."
        ) from None
    return (read if read.tzinfo else _local(said, read, zone)).astimezone(UTC)


def _local(said: str, read: datetime, zone: ZoneInfo) -> datetime:
    """Take a time as the clocks of a zone show it. Raises MomentError where they never do, or do so twice."""
    one, other = (read.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if one.utcoffset() == other.utcoffset():
        return one
    there = one.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == read
    why = "is there twice, because the clocks are set back" if there else "is left out when the clocks are set on"
    # What was meant by a time that is left out is told as it is shown on the clocks, before and after.
    ways = [f"{(each if there else each.astimezone(UTC).astimezone(zone)).isoformat()}" for each in (one, other)]
    raise MomentError(f"'{said}' {why} in {zone.key}. Write {ways[0]} or {ways[1]}.")


def _beyond(text: str) -> MomentError:
    return MomentError(f"'{text}' lies outside {EARLIEST:%Y} to {LATEST.year - 1}, of which alone anything is stored.")
