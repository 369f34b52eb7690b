"""Finished days go from the newest rows into the table of their month; a finished month is put into one order."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from storage.duck import days
from storage.duck.days import DAY
from storage.duck.file import columns, transaction
from storage.duck.month import HOT, Month, hot_within, make, milliseconds, months_of, put_in, told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    import pyarrow as pa

    from storage.duck.file import Connection

_ROWS_AT_A_TIME = 240_000
"""Rows moved in one transaction, two row groups: a write waits some tens of milliseconds for it at most."""
_ROWS_AT_ONCE = 2_000_000
"""Rows of a month sorted at once: bounds the memory."""


def months(connection: Connection) -> tuple[Month, ...]:
    """Give the months that have a table, in their order."""
    return _months(connection, "true")


def _months(connection: Connection, where: str) -> tuple[Month, ...]:
    asked = f"SELECT month, span FROM settled_month WHERE {where} ORDER BY month"  # noqa: S608 - own names
    # Each read asks, and a few rows are fetched sooner than a table is made of them.
    return tuple(Month(int(number), int(span)) for number, span in connection.execute(asked).fetchall())


class Portion(NamedTuple):
    """Rows of one UTC day, of the datastreams with codes in [first, end)."""

    day: int
    """Its first instant. [ms since 1970 UTC]"""
    first: int
    end: int
    rows: int

    @property
    def month(self) -> int:
        """The number of the month that the day is in."""
        return int(months_of(np.array([self.day]))[0])

    @property
    def hot(self) -> str:
        """Say which of the newest rows these are."""
        return f"datastream >= {self.first} AND datastream < {self.end} AND {hot_within(self.day, self.day + DAY)}"


def finished(connection: Connection, before: int) -> list[Portion]:
    """Divide the newest rows of UTC days that ended by an instant [ms], in the order of days and datastreams."""
    day, code, count = columns(
        connection,
        f"SELECT {milliseconds('phenomenon_time')} // {DAY} AS day, datastream, count(*) FROM observation "  # noqa: S608 - own numbers
        f"WHERE {hot_within(-(1 << 62), before // DAY * DAY)} GROUP BY ALL ORDER BY ALL",
    )
    part = np.cumsum(count) // _ROWS_AT_A_TIME
    cuts = np.flatnonzero((np.diff(part) != 0) | (np.diff(day) != 0)) + 1
    return [
        Portion(int(days[0]) * DAY, int(codes[0]), int(codes[-1]) + 1, int(counts.sum()))
        for days, codes, counts in zip(*(np.split(column, cuts) for column in (day, code, count)), strict=True)
        if len(days)
    ]


def settle(connection: Connection, portion: Portion, alone: AbstractContextManager[object]) -> int:
    """Move a portion to its month, in one transaction; gives how many rows it was.

    The rows are copied beside the writes. ``alone`` keeps these away only while the rows that were copied are taken
    out. Raises ConflictError, and nothing has changed, where one of them was corrected meanwhile.
    """
    with ExitStack() as ending, transaction(connection):
        month = _ready(connection, portion.month)
        held = _count(connection, month.table)
        rows = f"SELECT {HOT} FROM observation WHERE {portion.hot}"  # noqa: S608 - own names
        connection.execute(put_in(month, rows))
        days.note(connection, month, portion.day, portion.hot)
        moved = connection.sql(_MOVED.format(month=month.number, hot=portion.hot)).to_arrow_table()
        ending.enter_context(alone)
        _note(connection, portion, moved)
        (gone,) = connection.execute(f"DELETE FROM observation WHERE {portion.hot}").fetchall()  # noqa: S608 - own names
        if held and portion.rows * 100 > held:
            # What is appended stands behind; that little of it came late does not matter.
            connection.execute("UPDATE settled_month SET ordered = false WHERE month = ?", [month.number])
    return int(gone[0])


def _ready(connection: Connection, number: int) -> Month:
    """Give a month as it is; it is made where it is missing."""
    for month in _months(connection, f"month = {number}"):
        return month
    month = Month.of(number)
    connection.execute(make(month))
    connection.execute(
        "INSERT INTO settled_month (month, ordered, summed, span) VALUES (?, true, true, ?)", [number, month.span]
    )
    return month


_MOVED = (
    f"SELECT {{month}} AS month, datastream, {milliseconds('min(phenomenon_time)')} AS first, "  # noqa: S608 - own names
    f"{milliseconds('max(phenomenon_time)')} AS last, count(*) AS count, max(version) AS version "
    "FROM observation WHERE {hot} GROUP BY datastream"
)


def _note(connection: Connection, portion: Portion, moved: pa.Table) -> None:
    """Note which datastreams have more rows now in a month, and up to which version a day was written."""
    connection.register("moved", moved)
    connection.execute(
        "UPDATE settled_stream AS held SET first = least(held.first, moved.first), "
        "last = greatest(held.last, moved.last), count = held.count + moved.count FROM moved "
        "WHERE held.month = moved.month AND held.datastream = moved.datastream"
    )
    connection.execute(
        "INSERT INTO settled_stream SELECT month, datastream, first, last, count FROM moved "
        "ANTI JOIN settled_stream USING (month, datastream)"
    )
    connection.execute(
        "INSERT INTO settled_day SELECT CAST(epoch_ms(?::BIGINT) AS DATE), max(version) FROM moved HAVING count(*) > 0",
        [portion.day],
    )


def unsummed(connection: Connection) -> tuple[Month, ...]:
    """Give the months that version 2 has moved rows to, without summing them up."""
    return _months(connection, "NOT summed")


def disordered(connection: Connection, before: int) -> list[Month]:
    """Give the months that ended by an instant [ms] and are not in one order."""
    return [month for month in _months(connection, "NOT ordered") if month.end <= before]


def sort_aside(connection: Connection, month: Month) -> Iterator[int]:
    """Build a sorted copy of a month beside it, in its own transaction; tells how many rows each part had."""
    connection.execute(f"DROP TABLE IF EXISTS {month.table}_new")
    anew = Month.of(month.number)
    with transaction(connection):
        connection.execute(make(anew, "_new"))
        for first, end in parts(connection, month):
            some = month.of_streams(first, end)
            connection.execute(put_in(anew, told(month, some), "_new"))
            yield _count(connection, month.table, some)


def put_in_place(connection: Connection, month: Month) -> None:
    """Let the sorted copy take the place of a month."""
    with transaction(connection):
        connection.execute(f"DROP TABLE {month.table}")
        connection.execute(f"ALTER TABLE {month.table}_new RENAME TO {month.table}")
        connection.execute(
            "UPDATE settled_month SET ordered = true, span = ? WHERE month = ?",
            [Month.of(month.number).span, month.number],
        )


def drop_leftovers(connection: Connection) -> None:
    """Let go of copies that a process built and was killed before it put them in place."""
    (tables,) = columns(
        connection, "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'settled!_%!_new' ESCAPE '!'"
    )
    for table in tables:
        connection.execute(f'DROP TABLE "{table}"')


def parts(connection: Connection, month: Month) -> Iterator[tuple[int, int]]:
    """Divide the datastreams of a month into ranges [first, end) of codes with about as many rows."""
    code, count = columns(
        connection, "SELECT datastream, count FROM settled_stream WHERE month = ? ORDER BY datastream", [month.number]
    )
    if not len(code):
        return
    part = np.cumsum(count) // _ROWS_AT_ONCE
    begin = np.flatnonzero(np.diff(part, prepend=-1))
    for first, last in zip(begin, np.append(begin[1:], len(code)) - 1, strict=True):
        yield int(code[first]), int(code[last]) + 1


def _count(connection: Connection, table: str, where: str = "true") -> int:
    (found,) = connection.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchall()  # noqa: S608 - own names
    return int(found[0])
