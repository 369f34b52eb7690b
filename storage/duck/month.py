"""Finished days, in one table per UTC month: sorted by datastream and time, so that most of a row is not worth storing.

A row's time and datastream are one number, ``tick``: datastream * SPAN + milliseconds since the month began. Sorted, it
rises by about the same from row to row, over the border between two datastreams too, and DuckDB packs it into a few
bits; and the rows of one datastream and span are one range of it. ``delay`` is from phenomenon to result time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sensors.model import TIME

if TYPE_CHECKING:
    from numpy.typing import NDArray

SPAN = 31 * 86_400_000
"""Milliseconds that a month has at most."""
_BEYOND = 1 << 62


class Month(NamedTuple):
    """A UTC month, by the months since January 1970."""

    number: int

    @property
    def table(self) -> str:
        """Name its table: ``settled_675`` is that of April 2026. Months before 1970 have an underscore for a minus."""
        return f"settled_{self.number}".replace("-", "_")

    @property
    def start(self) -> int:
        """Its first instant. [ms since 1970 UTC]."""
        return int(np.datetime64(self.number, "M").astype(TIME).astype(np.int64))

    @property
    def end(self) -> int:
        """The first instant of the next. [ms since 1970 UTC]."""
        return Month(self.number + 1).start

    def touches(self, start: int, end: int) -> bool:
        """Tell whether a half-open span [ms] touches it."""
        return self.start < end and start < self.end


def months_of(times: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the numbers of the months that instants [ms] lie in; same shape."""
    return times.view(TIME).astype("datetime64[M]").astype(np.int64)


def ticks(datastream: NDArray[np.int32], times: NDArray[np.int64], month: Month) -> NDArray[np.int64]:
    """Give the ticks of rows of a month."""
    return datastream.astype(np.int64) * SPAN + (times - month.start)


def make(month: Month, suffix: str = "") -> str:
    """Say how the table of a month is made."""
    return (
        f"CREATE TABLE {month.table}{suffix} (datastream INTEGER NOT NULL, tick BIGINT NOT NULL, "
        "delay BIGINT NOT NULL, result DOUBLE, quality UTINYINT NOT NULL, revision INTEGER NOT NULL, "
        "coverage FLOAT, samples INTEGER NOT NULL)"
    )


def taken_in(month: Month, where: str) -> str:
    """Say how rows of ``observation`` within the month become rows of it, in their order."""
    time, known = milliseconds("phenomenon_time"), milliseconds("result_time")
    return (
        f"SELECT datastream, datastream::BIGINT * {SPAN} + {time} - {month.start} AS tick, "  # noqa: S608 - own numbers
        f"{known} - {time}, result, quality, revision, coverage, samples "
        f"FROM observation WHERE {where} ORDER BY tick"
    )


def told(month: Month, where: str = "true") -> str:
    """Say how rows of a month are rows of ``storage.duck.reading.COLUMNS`` again."""
    time = f"tick - datastream::BIGINT * {SPAN} + ({month.start})"
    return (
        f"SELECT datastream, {time} AS time, {time} + delay AS result_time, result, quality, revision, coverage, "  # noqa: S608 - own names
        f"samples FROM {month.table} WHERE {where}"
    )


def within(month: Month, start: int, end: int, datastream: int | None = None) -> str:
    """Say which rows of a month lie in a half-open span [ms], of one datastream or of all."""
    first, last = max(start, month.start) - month.start, min(end, month.end) - month.start
    if datastream is not None:
        begin = datastream * SPAN
        return f"tick >= {begin + first} AND tick < {begin + last}"
    if start <= month.start and end >= month.end:
        return "true"
    since = f"tick - datastream::BIGINT * {SPAN}"
    return f"{since} >= {first} AND {since} < {last}"


def milliseconds(time: str) -> str:
    """Say how an instant of ``observation`` is asked for in milliseconds since 1970 UTC.

    DuckDB 2.0 cannot do ``epoch_ms`` of its own TIMESTAMP_MS: "Unimplemented type for cast (INT64 -> INT64)".
    """
    return f"epoch_us({time}) // 1000"


HOT = (
    f"datastream, {milliseconds('phenomenon_time')} AS time, {milliseconds('result_time')} AS result_time, result, "
    "quality, revision, coverage, samples"
)
"""What ``observation`` holds, as ``storage.duck.reading.COLUMNS``."""


def hot_within(start: int, end: int) -> str:
    """Say which rows of ``observation`` lie in a half-open span [ms]."""
    limits = (f"phenomenon_time >= {_instant(start)}" if start > -_BEYOND else "",
              f"phenomenon_time < {_instant(end)}" if end < _BEYOND else "")  # fmt: skip
    return " AND ".join(filter(None, limits)) or "true"


def _instant(milliseconds: int) -> str:
    return f"TIMESTAMP_MS '{np.datetime64(milliseconds, 'ms')}'"
