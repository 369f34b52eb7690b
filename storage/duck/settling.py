"""Finished days go from the newest rows into the table of their month; a finished month is put into one order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from storage.duck.file import columns, transaction
from storage.duck.month import SPAN, Month, hot_within, make, taken_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.duck.file import Connection

DAY = 86_400_000
_ROWS_AT_ONCE = 2_000_000
"""Rows of a month sorted at once: bounds the memory."""


def months(connection: Connection) -> tuple[Month, ...]:
    """Give the months that have a table, in their order."""
    (found,) = columns(connection, "SELECT month FROM settled_month ORDER BY month")
    return tuple(Month(int(number)) for number in found)


def finished_days(connection: Connection, before: int) -> list[int]:
    """Give the first instant of each UTC day that newest rows lie in and that ended by an instant [ms], ascending."""
    (found,) = columns(
        connection,
        f"SELECT DISTINCT epoch_ms(phenomenon_time) // {DAY} AS day FROM observation "  # noqa: S608 - own numbers
        f"WHERE {hot_within(-(1 << 62), before // DAY * DAY)} ORDER BY day",
    )
    return [int(day) * DAY for day in found]


def settle(connection: Connection, day: int) -> int:
    """Move the rows of a UTC day, given by its first instant [ms], in one transaction; gives how many they are."""
    month = Month(int(np.datetime64(day, "ms").astype("datetime64[M]").astype(np.int64)))
    hot = hot_within(day, day + DAY)
    with transaction(connection):
        if month not in months(connection):
            connection.execute(make(month))
            connection.execute("INSERT INTO settled_month VALUES (?, true)", [month.number])
        held, added = _count(connection, month.table), _count(connection, "observation", hot)
        connection.execute(f"INSERT INTO {month.table} {taken_in(month, day, day + DAY)}")
        connection.execute(
            "INSERT INTO settled_day SELECT CAST(epoch_ms(?::BIGINT) AS DATE), max(version) "  # noqa: S608 - own names
            f"FROM observation WHERE {hot}",
            [day],
        )
        connection.execute(f"DELETE FROM observation WHERE {hot}")  # noqa: S608 - own names
        if held and added * 100 > held:
            # What is appended stands behind; that little of it came late does not matter.
            connection.execute("UPDATE settled_month SET ordered = false WHERE month = ?", [month.number])
        count_streams(connection, month)
    return added


def count_streams(connection: Connection, month: Month) -> None:
    """Note what a month holds of each datastream, within the caller's transaction."""
    connection.execute("DELETE FROM settled_stream WHERE month = ?", [month.number])
    connection.execute(
        f"INSERT INTO settled_stream SELECT {month.number}, datastream, "  # noqa: S608 - own names
        f"min(tick) - datastream::BIGINT * {SPAN} + ({month.start}), "
        f"max(tick) - datastream::BIGINT * {SPAN} + ({month.start}), count(*) FROM {month.table} GROUP BY datastream"
    )


def disordered(connection: Connection, before: int) -> list[Month]:
    """Give the months that ended by an instant [ms] and are not in one order."""
    (found,) = columns(connection, "SELECT month FROM settled_month WHERE NOT ordered ORDER BY month")
    return [month for month in (Month(int(number)) for number in found) if month.end <= before]


def sort_aside(connection: Connection, month: Month) -> Iterator[int]:
    """Build a sorted copy of a month beside it, in its own transaction; tells how many rows each part had."""
    connection.execute(f"DROP TABLE IF EXISTS {month.table}_new")
    with transaction(connection):
        connection.execute(make(month, "_new"))
        for first, end in _parts(connection, month):
            span = f"tick >= {first * SPAN} AND tick < {end * SPAN}"
            connection.execute(
                f"INSERT INTO {month.table}_new SELECT * FROM {month.table} WHERE {span} ORDER BY tick"  # noqa: S608 - own names
            )
            yield _count(connection, month.table, span)


def put_in_place(connection: Connection, month: Month) -> None:
    """Let the sorted copy take the place of a month."""
    with transaction(connection):
        connection.execute(f"DROP TABLE {month.table}")
        connection.execute(f"ALTER TABLE {month.table}_new RENAME TO {month.table}")
        connection.execute("UPDATE settled_month SET ordered = true WHERE month = ?", [month.number])


def drop_leftovers(connection: Connection) -> None:
    """Let go of copies that a process built and was killed before it put them in place."""
    (tables,) = columns(
        connection, "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'settled!_%!_new' ESCAPE '!'"
    )
    for table in tables:
        connection.execute(f'DROP TABLE "{table}"')


def _parts(connection: Connection, month: Month) -> Iterator[tuple[int, int]]:
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
