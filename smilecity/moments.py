"""Reads the moments that people type: an instant, a local date, or a span before now."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_FROM_NOW = re.compile(r"([+-]\d{1,6}(?:\.\d{1,6})?)(min|h|d|w)")
_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def moment(text: str, zone: str, now: datetime) -> datetime:
    """Read ``2026-03-29T01:00:00Z``, ``2026-03-29`` (local in ``zone``), ``-24h``, ``-7d``, ``+2h`` or ``now``.

    Raises ValueError with the forms that are understood.
    """
    if text.strip() == "now":
        return now
    if span := _FROM_NOW.fullmatch(text.strip()):
        return now + float(span[1]) * _UNITS[span[2]]
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(
            f"'{text}' is no moment. "
            "Write 2026-03-29T01:00:00Z, 2026-03-29 (local), -90min, -24h, -7d, -4w, +2h, or now."
        ) from None
    return read.replace(tzinfo=read.tzinfo or ZoneInfo(zone)).astimezone(UTC)
