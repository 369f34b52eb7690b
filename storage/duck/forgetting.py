"""Rows that are no longer wanted: taken out in portions that a write can wait for, whole months with their table."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from storage.duck import days
from storage.duck.days import DAY
from storage.duck.file import columns, transaction
from storage.duck.month import Month, hot_within, milliseconds
from storage.duck.reading import EVER
from storage.duck.settling import months

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from storage.duck.file import Connection

_ROWS_AT_ONCE = 500_000
"""Rows of a portion, about: some tens of milliseconds."""
_FORGOTTEN = "datastream IN (SELECT datastream FROM forgotten)"


class Portion(NamedTuple):
    """Rows before an instant [ms] of some datastreams: of a month, or of the newest rows where there is none."""

    codes: NDArray[np.int32]
    before: int
    month: Month | None = None
    whole: bool = False
    """Whether a month holds nothing else."""


def portions(connection: Connection, codes: NDArray[np.int32], before: int) -> Iterator[Portion]:
    """Divide what is to be forgotten; nothing is looked at but what is known of each month."""
    if not len(codes):
        return
    for month in months(connection):
        if month.start < before:
            yield from _settled(connection, month, codes, before)
    yield from _hot(connection, codes, before)


def _hot(connection: Connection, codes: NDArray[np.int32], before: int) -> Iterator[Portion]:
    """Divide the newest rows by days: a portion of one that is long gone is empty."""
    (found,) = columns(
        connection,
        f"SELECT DISTINCT {milliseconds('phenomenon_time')} // {DAY} AS day FROM observation "  # noqa: S608 - own numbers
        f"WHERE {hot_within(-EVER, before)} ORDER BY day",
    )
    for day in found.tolist():
        yield Portion(codes, min(before, (int(day) + 1) * DAY))


def _settled(connection: Connection, month: Month, codes: NDArray[np.int32], before: int) -> Iterator[Portion]:
    code, first, count = columns(
        connection,
        "SELECT datastream, first, count FROM settled_stream WHERE month = ? ORDER BY datastream",
        [month.number],
    )
    old = np.isin(code, codes)
    if len(code) and old.all() and month.end <= before:
        yield Portion(codes, before, month, whole=True)
        return
    old &= first < before
    part = np.cumsum(count[old]) // _ROWS_AT_ONCE
    for some in np.split(code[old], np.flatnonzero(np.diff(part)) + 1):
        if len(some):
            yield Portion(some.astype(np.int32), before, month)


def forget(connection: Connection, portion: Portion) -> int:
    """Take a portion out in one transaction; gives how many rows it was."""
    with transaction(connection):
        connection.register("forgotten", pa.table({"datastream": portion.codes}))
        if portion.month is None:
            return _forget_newest(connection, portion.before)
        if portion.whole:
            return _drop(connection, portion.month)
        return _thin_out(connection, portion.month, portion)


def _forget_newest(connection: Connection, before: int) -> int:
    where = f"{_FORGOTTEN} AND {hot_within(-EVER, before)}"
    # The store's version must not fall back when the rows that carry it go.
    connection.execute(
        "INSERT INTO settled_day SELECT max(phenomenon_time)::TIMESTAMP::DATE, max(version) "  # noqa: S608 - own names
        f"FROM observation WHERE {where} HAVING count(*) > 0"
    )
    (gone,) = connection.execute(f"DELETE FROM observation WHERE {where}").fetchall()  # noqa: S608 - own names
    return int(gone[0])


def _drop(connection: Connection, month: Month) -> int:
    (held,) = connection.execute(
        "SELECT coalesce(sum(count), 0)::BIGINT FROM settled_stream WHERE month = ?", [month.number]
    ).fetchall()
    connection.execute(f"DROP TABLE {month.table}")
    for table in ("settled_stream", "settled_month"):
        connection.execute(f"DELETE FROM {table} WHERE month = ?", [month.number])  # noqa: S608 - own names
    connection.execute("DELETE FROM summed_day WHERE day >= ? AND day < ?", [month.start // DAY, month.end // DAY])
    return int(held[0])


def _thin_out(connection: Connection, month: Month, portion: Portion) -> int:
    first, last = int(portion.codes.min()), int(portion.codes.max())
    mine = f"{month.of_streams(first, last + 1)} AND {_FORGOTTEN}"
    since = f"{month.since} + ({month.start})"
    (gone,) = connection.execute(f"DELETE FROM {month.table} WHERE {mine} AND {since} < {portion.before}").fetchall()  # noqa: S608 - own names
    connection.execute(f"DELETE FROM settled_stream WHERE month = ? AND {_FORGOTTEN}", [month.number])  # noqa: S608 - own names
    connection.execute(
        f"INSERT INTO settled_stream SELECT {month.number}, datastream, min({since}), max({since}), count(*) "  # noqa: S608 - own names
        f"FROM {month.table} WHERE {mine} GROUP BY datastream"
    )
    days.forgotten(connection, month, portion.before, "forgotten")
    if month.end <= portion.before:
        # What is left of it has holes: it is written anew when the store is tended next.
        connection.execute("UPDATE settled_month SET ordered = false WHERE month = ?", [month.number])
    return int(gone[0])
