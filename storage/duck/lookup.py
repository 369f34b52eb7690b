"""Single rows of the file, by datastream and time: found, taken out; the newest, the spans, what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from sensors.model import TIME
from storage.duck.file import columns
from storage.duck.month import HOT, Month, hot_within, milliseconds, months_of, ticks, told, within
from storage.duck.reading import EVER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from sensors.model import Batch
    from storage.duck.file import Connection

_WIDE = np.timedelta64(6, "h")
_STRETCHES = 15
_HOT = (
    f"SELECT {HOT} FROM observation "  # noqa: S608 - own names
    "SEMI JOIN {asked} USING (datastream, phenomenon_time) WHERE {where}"
)
_EXTENTS = f"""
SELECT datastream, min(first), max(last), sum(count)::BIGINT FROM (
    SELECT datastream, {milliseconds("min(phenomenon_time)")} AS first,
    {milliseconds("max(phenomenon_time)")} AS last,
    count(*) AS count FROM observation {{where}} GROUP BY datastream
    UNION ALL SELECT datastream, first, last, count FROM settled_stream {{where}}
) WHERE count > 0 GROUP BY datastream
"""  # noqa: S608 - own names


def version(connection: Connection) -> int:
    """Tell the version of the newest commit; 0 where there is none."""
    (found,) = connection.execute(
        "SELECT greatest((SELECT coalesce(max(version), 0) FROM observation), "
        "(SELECT coalesce(max(version), 0) FROM settled_day))"
    ).fetchall()
    return int(found[0])


def extents(connection: Connection, codes: NDArray[np.int32] | None = None) -> list[NDArray[Any]]:
    """Tell what is held of each datastream, or of some: code, first and last time [ms], number of rows."""
    where = ""
    if codes is not None:
        connection.register("wanted", pa.table({"datastream": codes}))
        where = "WHERE datastream IN (SELECT datastream FROM wanted)"
    return columns(connection, _EXTENTS.format(where=where))


def newest(
    connection: Connection, code: NDArray[np.int32], last: NDArray[np.int64], months: Iterable[Month]
) -> list[str]:
    """Say how the newest row of every datastream is asked for; nothing else of the months is looked at."""
    return _alike(connection, "newest", code, last, months)


def last(connection: Connection, codes: NDArray[np.int32], instant: int, months: Iterable[Month]) -> list[NDArray[Any]]:
    """Tell when each of some datastreams spoke last at an instant [ms] or before it: code and time [ms].

    Months that were over then have noted it; rows are looked at of the one that the instant lies in.
    """
    connection.register("wanted", pa.table({"datastream": codes}))
    spoken = f"SELECT datastream, {milliseconds('phenomenon_time')} AS time FROM observation"  # noqa: S608 - own names
    parts = [
        f"{spoken} WHERE {hot_within(-EVER, instant + 1)}",
        f"SELECT datastream, last AS time FROM settled_stream WHERE count > 0 AND last <= {instant}",  # noqa: S608 - own numbers
        *(f"SELECT datastream, time FROM ({told(month, within(month, month.start, instant + 1))})"  # noqa: S608 - own names
          for month in months if month.touches(instant, instant + 1)),
    ]  # fmt: skip
    every = " UNION ALL ".join(parts)
    return columns(
        connection,
        f"SELECT datastream, max(time) FROM ({every}) JOIN wanted USING (datastream) GROUP BY datastream",  # noqa: S608 - own names
    )


def alike(connection: Connection, asked: Batch, months: Iterable[Month]) -> str:
    """Say how the rows are asked for that have a datastream and time of some others."""
    time = asked.phenomenon_time.astype(TIME).view(np.int64)
    return " UNION ALL ".join(_alike(connection, "asked", asked.datastream, time, months))


def _alike(
    connection: Connection, name: str, code: NDArray[np.int32], time: NDArray[np.int64], months: Iterable[Month]
) -> list[str]:
    connection.register(name, _keys(code, time))
    spans = stretches(time.view(TIME))
    where = " OR ".join(f"({hot_within(first, last + 1)})" for first, last in spans) or "false"
    found = [_HOT.format(asked=name, where=where)]
    for month, mine in _touched(time, months):
        register = f"{name}_{month.table}"
        tick = np.sort(ticks(code[mine], time[mine], month))
        connection.register(register, pa.table({"tick": tick}))
        between = f"tick BETWEEN {tick[0]} AND {tick[-1]} AND tick IN (SELECT tick FROM {register})"  # noqa: S608 - own names
        found.append(told(month, between))
    return found


def remove(connection: Connection, leaving: Batch, months: Iterable[Month]) -> set[Month]:
    """Take rows out, by datastream and time, within the caller's transaction; gives the months that had some."""
    time = leaving.phenomenon_time.astype(TIME).view(np.int64)
    connection.register("leaving", _keys(leaving.datastream, time))
    connection.execute(
        "DELETE FROM observation USING leaving WHERE observation.datastream = leaving.datastream "
        "AND observation.phenomenon_time = leaving.phenomenon_time"
    )
    touched = set()
    for month, mine in _touched(time, months):
        if _remove(connection, month, leaving.datastream[mine], time[mine]):
            touched.add(month)
    return touched


def _remove(connection: Connection, month: Month, code: NDArray[np.int32], time: NDArray[np.int64]) -> bool:
    connection.register("leaving_ticks", pa.table({"tick": ticks(code, time, month)}))
    gone = connection.execute(
        f"DELETE FROM {month.table} WHERE tick IN (SELECT tick FROM leaving_ticks) RETURNING datastream"  # noqa: S608 - own names
    ).fetchnumpy()["datastream"]
    codes, counts = np.unique(gone, return_counts=True)
    # Another row of the same time takes each one's place among the newest rows: first and last stay true.
    connection.register("fewer", pa.table({"datastream": codes.astype(np.int32), "gone": counts}))
    connection.execute(
        "UPDATE settled_stream SET count = count - gone FROM fewer "
        "WHERE settled_stream.datastream = fewer.datastream AND month = ?",
        [month.number],
    )
    return len(codes) > 0


def changed(connection: Connection, months: Iterable[Month], after: int, upto: int, apart: np.timedelta64) -> str:
    """Say how it is asked which datastreams were touched between two versions, and over what spans [ms].

    A datastream occurs for each stretch ``apart`` long in which it was touched.
    """
    days = columns(
        connection, "SELECT DISTINCT epoch_ms(day::TIMESTAMP) FROM settled_day WHERE version > ? ORDER BY 1", [after]
    )[0].tolist()
    moved = [told(month, within(month, day, day + 86_400_000)) for day in days for month in months
             if month.touches(day, day + 86_400_000)]  # fmt: skip
    hot = (
        f"SELECT datastream, {milliseconds('phenomenon_time')} AS time FROM observation "  # noqa: S608 - own numbers
        f"WHERE version > {after} AND version <= {upto}"
    )
    every = " UNION ALL ".join([hot, *(f"SELECT datastream, time FROM ({one})" for one in moved)])  # noqa: S608 - own names
    stretch = f"datastream, time // {apart.astype('timedelta64[ms]').astype(np.int64)}"
    return f"SELECT datastream, min(time), max(time) FROM ({every}) GROUP BY {stretch} ORDER BY {stretch}"  # noqa: S608 - own names


def stretches(times: NDArray[np.datetime64]) -> list[tuple[int, int]]:
    """Part times at gaps, the widest first: one row of last year must not have all of the year looked at. [ms]."""
    ordered = np.unique(times.astype(TIME))
    if not len(ordered):
        return []
    gaps = np.diff(ordered)
    widest = np.argsort(gaps)[::-1][:_STRETCHES]
    cuts = np.sort(widest[gaps[widest] > _WIDE]) + 1
    return [(int(part[0].astype(np.int64)), int(part[-1].astype(np.int64))) for part in np.split(ordered, cuts)]


def _touched(time: NDArray[np.int64], months: Iterable[Month]) -> Iterator[tuple[Month, NDArray[np.bool_]]]:
    """Give the months that have a table and times, and which these are."""
    numbers = months_of(time)
    present = set(np.unique(numbers).tolist())
    for month in months:
        if month.number in present:
            yield month, numbers == month.number


def _keys(code: NDArray[np.int32], time: NDArray[np.int64]) -> pa.Table:
    return pa.table({"datastream": code, "phenomenon_time": time.view(TIME)})
