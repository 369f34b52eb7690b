"""Finished days, in one table per UTC month: sorted by datastream and time, so that most of a row is not worth storing.

A row's time and datastream are one number, ``tick``: datastream * span + milliseconds since the month began. Sorted, it
rises by about the same from row to row, over the border between two datastreams too, and DuckDB packs it into a few
bits; and the rows of one datastream and span are one range of it. ``delay`` is from phenomenon to result time.
``climb`` is the revision, which often counts messages, lifted so that it goes on where the datastream before ended.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sensors.model import TIME

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BEYOND = 1 << 62


class Month(NamedTuple):
    """A UTC month that has a table."""

    number: int
    """Months since January 1970."""
    span: int
    """How far apart the ticks of two datastreams are. [ms]"""

    @classmethod
    def of(cls, number: int) -> Month:
        """Let a month have the span that it lasts: the step over the border is then like any other."""
        return cls(number, _start(number + 1) - _start(number))

    @property
    def table(self) -> str:
        """Name its table: ``settled_675`` is that of April 2026. Months before 1970 have an underscore for a minus."""
        return f"settled_{self.number}".replace("-", "_")

    @property
    def start(self) -> int:
        """Its first instant. [ms since 1970 UTC]."""
        return _start(self.number)

    @property
    def end(self) -> int:
        """The first instant of the next. [ms since 1970 UTC]."""
        return _start(self.number + 1)

    @property
    def since(self) -> str:
        """Say what tells how long after its start a row is. [ms]."""
        return f"tick - datastream::BIGINT * {self.span}"

    def touches(self, start: int, end: int) -> bool:
        """Tell whether a half-open span [ms] touches it."""
        return self.start < end and start < self.end

    def of_streams(self, first: int, end: int) -> str:
        """Say which of its rows are of datastreams with codes in [first, end)."""
        return f"tick >= {first * self.span} AND tick < {end * self.span}"


@cache
def _start(number: int) -> int:
    return int(np.datetime64(number, "M").astype(TIME).astype(np.int64))


def months_of(times: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the numbers of the months that instants [ms] lie in; same shape."""
    return times.view(TIME).astype("datetime64[M]").astype(np.int64)


def ticks(datastream: NDArray[np.int32], times: NDArray[np.int64], month: Month) -> NDArray[np.int64]:
    """Give the ticks of rows of a month."""
    return datastream.astype(np.int64) * month.span + (times - month.start)


def make(month: Month, suffix: str = "") -> str:
    """Say how the table of a month is made."""
    return (
        f"CREATE TABLE {month.table}{suffix} (datastream INTEGER NOT NULL, tick BIGINT NOT NULL, "
        "delay BIGINT NOT NULL, result DOUBLE, quality UTINYINT NOT NULL, climb BIGINT NOT NULL, "
        "lift BIGINT NOT NULL, coverage FLOAT, samples INTEGER NOT NULL)"
    )


def put_in(month: Month, rows: str, suffix: str = "") -> str:
    """Say how rows of ``storage.duck.reading.COLUMNS``, all of the month, are put into its table, in their order.

    ``lift`` is one for each datastream, so it takes no room: the first revision of one is as far from the last of the
    one before as its revisions are from each other.
    """
    return f"""
    INSERT INTO {month.table}{suffix} (datastream, tick, delay, result, quality, climb, lift, coverage, samples)
    WITH taken AS MATERIALIZED ({rows}), ends AS (
        SELECT datastream, arg_min(revision, time)::BIGINT AS first, arg_max(revision, time)::BIGINT AS last,
        count(*) AS count FROM taken GROUP BY datastream
    ), lifted AS (
        SELECT datastream, (coalesce(sum(last - first + (last - first) // greatest(count - 1, 1)) OVER (
            ORDER BY datastream ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) - first)::BIGINT AS lift FROM ends
    )
    SELECT datastream, datastream::BIGINT * {month.span} + time - ({month.start}) AS tick, result_time - time AS delay,
    result, quality, revision + lift AS climb, lift, coverage, samples FROM taken JOIN lifted USING (datastream)
    ORDER BY tick
    """  # noqa: S608 - own names


def told(month: Month, where: str = "true") -> str:
    """Say how rows of a month are rows of ``storage.duck.reading.COLUMNS`` again."""
    time = f"{month.since} + ({month.start})"
    return (
        f"SELECT datastream, {time} AS time, {time} + delay AS result_time, result, quality, "  # noqa: S608 - own names
        f"(climb - lift)::INTEGER AS revision, coverage, samples FROM {month.table} WHERE {where}"
    )


def within(month: Month, start: int, end: int, datastream: int | None = None) -> str:
    """Say which rows of a month lie in a half-open span [ms], of one datastream or of all."""
    first, last = max(start, month.start) - month.start, min(end, month.end) - month.start
    if datastream is not None:
        begin = datastream * month.span
        return f"tick >= {begin + first} AND tick < {begin + last}"
    if start <= month.start and end >= month.end:
        return "true"
    return f"{month.since} >= {first} AND {month.since} < {last}"


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
