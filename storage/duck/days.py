"""Finished days, summed up for each datastream, kept true by whatever moves or forgets rows.

A day is summed up in the transaction that moves its rows to their month. What comes late or corrected after that stands
among the newest rows until it moves, too: as long as one is there, the day is made of its rows. Writing costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from sensors.model import TIME
from sensors.quality import Quality
from storage.duck.file import columns, transaction
from storage.duck.month import hot_within, milliseconds, months_of, within
from storage.duck.month import told as rows_of
from storage.partials import Partials

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from storage.duck.file import Connection
    from storage.duck.month import Month
    from storage.windows import Windows

DAY = 86_400_000
_MINUTE = 60_000
_SUMS = "datastream, day, first, last, count, holds, total, low, high, opening, closing, held, unknown"


class Summed(NamedTuple):
    """Days of datastreams, in the order of both; ``partials`` has the codes for places."""

    partials: Partials
    gap: NDArray[np.int64]
    """The longest that a result held within the day, in minutes that have begun."""
    rising: NDArray[np.bool_]
    """Whether no result that counts is below the one before."""


def summed(code: NDArray[Any], time: NDArray[np.int64], result: NDArray[np.float64], quality: NDArray[Any]) -> Summed:
    """Sum up rows in the order of datastreams and times, of each the UTC day."""
    counts, many = (quality != Quality.FAIL) & (quality != Quality.MISSING), len(time)
    begin = np.flatnonzero((np.diff(code, prepend=-1) != 0) | (np.diff(time // DAY, prepend=-1) != 0))
    end = np.append(begin, many)[1:]
    lasts = np.diff(time, append=0)
    lasts[end - 1] = 0
    value, index = np.where(counts, result, 0.0), np.arange(many)
    opening = np.minimum.reduceat(np.where(counts, index, many), begin) if many else begin
    closing = np.maximum.reduceat(np.where(counts, index, -1), begin) if many else begin

    def of_days(column: NDArray[Any], how: np.ufunc = np.add) -> NDArray[Any]:
        found: NDArray[Any] = how.reduceat(column, begin) if many else column
        return found

    ends = np.append(result, np.nan)
    partials = Partials(
        code[begin],
        time[begin],
        time[end - 1],
        of_days(counts.astype(np.int64)),
        counts[end - 1],
        of_days(value),
        of_days(np.where(counts, result, np.nan), np.fmin),
        of_days(np.where(counts, result, np.nan), np.fmax),
        ends[opening],
        ends[closing],
        ends[closing] - ends[opening],
        of_days(value * lasts),
        of_days(lasts * counts).astype(np.float64),
    )
    gap = -(-of_days(lasts * counts, np.maximum) // _MINUTE)
    return Summed(partials, gap, _rising(np.repeat(np.arange(len(begin)), end - begin)[counts], result[counts], begin))


def _rising(day: NDArray[np.intp], value: NDArray[np.float64], days: NDArray[np.intp]) -> NDArray[np.bool_]:
    falls = (value[1:] < value[:-1]) & (day[1:] == day[:-1])
    found: NDArray[np.bool_] = np.bincount(day[1:][falls], minlength=len(days)) == 0
    return found


def sum_up(connection: Connection, sql: str) -> None:
    """Note what days come to whose rows (datastream, time, result, quality) a question tells, within a transaction."""
    found = summed(*columns(connection, f"SELECT datastream, time, result, quality FROM ({sql}) ORDER BY ALL"))  # noqa: S608 - own names
    if len(found.partials):
        connection.register("summed", _table(found))
        connection.execute(f"INSERT INTO summed_day ({_SUMS}, gap, rising) SELECT * FROM summed")  # noqa: S608 - own names


def _table(found: Summed) -> pa.Table:
    """Lay days out as the table has them: what is mostly 0 or small takes next to no room."""
    days = found.partials
    day = days.first // DAY
    known = np.zeros(len(day)) if days.known is None else days.known
    results = {
        name: pa.array(getattr(days, name), from_pandas=True)
        for name in ("total", "low", "high", "opening", "closing", "held")
    }
    return pa.table(
        {
            "datastream": days.place.astype(np.int32),
            "day": day.astype(np.int32),
            "first": (days.first - day * DAY).astype(np.int32),
            "last": (days.last - day * DAY).astype(np.int32),
            "count": days.count.astype(np.int32),
            "holds": days.holds,
            **results,
            "unknown": (days.last - days.first - known).astype(np.int32),
            "gap": found.gap.astype(np.int16),
            "rising": found.rising,
        }
    )


def sum_up_again(connection: Connection, month: Month, day: int, some: str) -> None:
    """Sum up a day [ms] of datastreams, named by a table of their codes, anew from the rows of its month."""
    where = f"datastream IN (SELECT datastream FROM {some})"  # noqa: S608 - own names
    connection.execute(f"DELETE FROM summed_day WHERE day = {day // DAY} AND {where}")  # noqa: S608 - own names
    sum_up(connection, f"SELECT * FROM ({rows_of(month, within(month, day, day + DAY))}) WHERE {where}")  # noqa: S608 - own names


def note(connection: Connection, month: Month, day: int, hot: str) -> None:
    """Sum up rows that move just now and, where the day had some before, all of it; within their transaction."""
    if not _is_summed(connection, month):
        return
    connection.execute("DROP TABLE IF EXISTS late_stream")
    connection.execute(
        f"CREATE TEMP TABLE late_stream AS SELECT datastream FROM summed_day WHERE day = {day // DAY} "  # noqa: S608 - own names
        f"AND datastream IN (SELECT datastream FROM observation WHERE {hot})"
    )
    ((late,),) = connection.execute("SELECT count(*) FROM late_stream").fetchall()
    sum_up(
        connection,
        f"SELECT datastream, {milliseconds('phenomenon_time')} AS time, result, quality FROM observation WHERE {hot} "  # noqa: S608 - own names
        f"AND datastream NOT IN (SELECT datastream FROM late_stream)",
    )
    if late:
        sum_up_again(connection, month, day, "late_stream")


def forgotten(connection: Connection, month: Month, before: int, some: str) -> None:
    """Follow what was forgotten of a month before an instant [ms]; within its transaction."""
    if _is_summed(connection, month):
        first, last = max(month.start, 0) // DAY, min(before, month.end) // DAY
        connection.execute(
            f"DELETE FROM summed_day WHERE day >= {first} AND day < {last} "  # noqa: S608 - own names
            f"AND datastream IN (SELECT datastream FROM {some})"
        )
        if before < month.end and before % DAY:
            sum_up_again(connection, month, before // DAY * DAY, some)


def sum_up_month(connection: Connection, month: Month, parts: Iterable[tuple[int, int]]) -> None:
    """Sum up all days of a month, in one transaction."""
    with transaction(connection):
        for first, end in parts:
            some = f"datastream >= {first} AND datastream < {end}"
            sum_up(connection, f"SELECT * FROM ({rows_of(month)}) WHERE {some}")  # noqa: S608 - own names
        connection.execute("UPDATE settled_month SET summed = true WHERE month = ?", [month.number])


def _is_summed(connection: Connection, month: Month) -> bool:
    found = connection.execute("SELECT summed FROM settled_month WHERE month = ?", [month.number]).fetchall()
    return found == [(True,)]


def usable(connection: Connection, windows: Windows) -> NDArray[np.int64]:
    """Give the UTC days, since 1970, that windows can be made of: whole within one, or before the first, and moved."""
    (summed_months,) = columns(connection, "SELECT month FROM settled_month WHERE summed")
    ((newest,),) = connection.execute("SELECT coalesce(max(day), -1) FROM summed_day").fetchall()
    edges, reach = windows.edges.astype(TIME).view(np.int64), int(windows.reach.astype(np.int64))
    day = np.arange(-(-reach // DAY), min(int(edges[-1]) // DAY, newest + 1))
    begins, ends = (np.searchsorted(edges, instant, side="right") for instant in (day * DAY, (day + 1) * DAY - 1))
    found: NDArray[np.int64] = day[(begins == ends) & np.isin(months_of(day * DAY), summed_months)]
    return found


def disturbed(connection: Connection, mine: str, hold: int, *, increase: bool) -> tuple[int, int] | None:
    """Make a table of the days in ``usable`` that must be made of rows, ``disturbed``; gives the span [ms] they lie in.

    These are the days that have rows among the newest; where results hold no longer than ``hold`` [ms], those with a
    longer gap; and for an increase those in which a result falls.
    """
    others = [f"gap::BIGINT * {_MINUTE} > {hold}", *(["NOT rising"] if increase else [])]
    first, last = connection.execute("SELECT min(day), max(day) FROM usable").fetchall()[0]
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE disturbed AS SELECT DISTINCT datastream, day FROM ("  # noqa: S608 - own names
        f"SELECT datastream, ({milliseconds('phenomenon_time')} // {DAY})::INTEGER AS day FROM observation "
        f"WHERE {hot_within(first * DAY, (last + 1) * DAY)} AND {mine} "
        f"UNION ALL SELECT datastream, day FROM summed_day WHERE ({' OR '.join(others)}) AND {mine}"
        ") SEMI JOIN usable USING (day)"
    )
    ((found, begin, end),) = connection.execute("SELECT count(*), min(day), max(day) FROM disturbed").fetchall()
    return (begin * DAY, (end + 1) * DAY) if found else None


def read(connection: Connection, mine: str) -> Partials:
    """Read the days in ``usable`` but for those ``disturbed``; the codes are their places."""
    code, day, first, last, count, holds, total, low, high, opening, closing, held, unknown = columns(
        connection,
        f"SELECT {_SUMS} FROM summed_day ANTI JOIN disturbed USING (datastream, day) "  # noqa: S608 - own names
        f"SEMI JOIN usable USING (day) WHERE {mine}",
    )
    start = day.astype(np.int64) * DAY
    known = last.astype(np.float64) - first - unknown
    holds, rise = holds.astype(np.bool_), closing - opening
    return Partials(
        code, start + first, start + last, count, holds, total, low, high, opening, closing, rise, held, known
    )
