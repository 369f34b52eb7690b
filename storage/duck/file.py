"""The DuckDB file: opened, brought up to this version's schema, written in transactions."""

from __future__ import annotations

import re
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np

from storage.store import StoreBusyError, StoreLockedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

Connection = duckdb.DuckDBPyConnection

SCHEMA_VERSION = 4
BLOCKS = 131_072
"""Bytes of a block of a new file: packed columns of a row group seldom fill the 262144 that are DuckDB's own."""
_SETTINGS = {
    "default_block_size": str(BLOCKS),
    # Checkpoints while writing cost up to 0.3 s each: fewer, and one at the end.
    "checkpoint_threshold": "256MB",
    "memory_limit": "2GB",
}
_FIRST = """
CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS datastream (
    code INTEGER NOT NULL, thing VARCHAR NOT NULL, observed_property VARCHAR NOT NULL, derived BOOLEAN NOT NULL
);
CREATE TABLE IF NOT EXISTS observation (
    datastream INTEGER NOT NULL, phenomenon_time TIMESTAMP_MS NOT NULL, result_time TIMESTAMP_MS NOT NULL,
    result DOUBLE, quality UTINYINT NOT NULL, revision INTEGER NOT NULL, coverage FLOAT, samples INTEGER NOT NULL,
    version BIGINT NOT NULL
);
"""
_STEPS = {
    2: """
CREATE TABLE settled_month (month INTEGER NOT NULL, ordered BOOLEAN NOT NULL);
CREATE TABLE settled_day (day DATE NOT NULL, version BIGINT NOT NULL);
CREATE TABLE settled_stream (
    month INTEGER NOT NULL, datastream INTEGER NOT NULL, first BIGINT NOT NULL, last BIGINT NOT NULL,
    count BIGINT NOT NULL
);
""",
    3: """
ALTER TABLE settled_month ADD COLUMN summed BOOLEAN DEFAULT false;
CREATE TABLE summed_day (
    datastream INTEGER NOT NULL, day INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    count INTEGER NOT NULL, holds BOOLEAN NOT NULL, total DOUBLE, low DOUBLE, high DOUBLE, opening DOUBLE,
    closing DOUBLE, held DOUBLE, unknown INTEGER NOT NULL, gap SMALLINT NOT NULL, rising BOOLEAN NOT NULL
);
""",
    4: """
ALTER TABLE settled_month ADD COLUMN span BIGINT DEFAULT 2678400000;
UPDATE settled_month SET ordered = false;
""",
}
"""What makes a file of the version before one of this. ``observation`` has held the newest rows since the first.

Months of versions 2 and 3, with the longest month's span and without lift, are read as they are and laid out anew by
the next tending, beside reads and writes.
"""
_MONTHS_OF_3 = """
SELECT format('ALTER TABLE {0} RENAME COLUMN revision TO climb; ALTER TABLE {0} ADD COLUMN lift BIGINT DEFAULT 0;',
    table_name) FROM duckdb_tables() WHERE regexp_full_match(table_name, 'settled__?[0-9]+')
"""
_HOLDER = re.compile(r"PID (\d+)")


def open_file(path: Path) -> Connection:
    """Open a file and bring its schema up; a new one is made.

    Raises StoreLockedError when another process holds it, OSError for one that cannot be read, ValueError for one that
    a newer version made.
    """
    connection = _connect(path)
    try:
        _bring_up(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def read_only(path: Path) -> Connection:
    """Open a file that nothing is to be changed in, not even its version. Raises what ``open_file`` raises."""
    connection = _connect(path, read_only=True)
    found = [version for (version,) in connection.execute("SELECT version FROM schema_version").fetchall()]
    if found != [SCHEMA_VERSION]:
        connection.close()
        raise ValueError(f"the store '{path}' has schema {found}, not {SCHEMA_VERSION}: open it once with smilecity up")
    return connection


def _connect(path: Path, *, read_only: bool = False) -> Connection:
    try:
        return duckdb.connect(str(path), read_only=read_only, config=dict(_SETTINGS))
    except duckdb.IOException as error:
        if "lock" not in str(error):
            raise OSError(f"the store '{path}' cannot be opened: {error}") from None
        holder = _HOLDER.search(str(error))
        by = f"process {holder[1]}" if holder else "another process"
        raise StoreLockedError(f"The store '{path}' is held by {by}; DuckDB lets only one process have it.") from None


def _bring_up(connection: Connection, path: Path) -> None:
    """Make what is missing, all of it or nothing: a file whose migration was killed is the one from before."""
    with transaction(connection):
        connection.execute(_FIRST)
        found = [version for (version,) in connection.execute("SELECT version FROM schema_version").fetchall()]
        version = found[0] if found else 1
        if len(found) > 1 or version > SCHEMA_VERSION:
            raise ValueError(
                f"the store '{path}' has schema {found}, this version of Smile City reads up to {SCHEMA_VERSION}: "
                "update Smile City, or open another store (--store)"
            )
        for step in range(version + 1, SCHEMA_VERSION + 1):
            connection.execute(_STEPS[step])
            if step == 4:
                for (altering,) in connection.execute(_MONTHS_OF_3).fetchall():
                    connection.execute(altering)
        connection.execute("DELETE FROM schema_version")
        connection.execute("INSERT INTO schema_version VALUES (?)", [SCHEMA_VERSION])


class ConflictError(Exception):
    """Another transaction has changed what this one was about to; nothing of it was written."""


GoneError = duckdb.CatalogException
"""A table that is asked for is not there, or not any more."""


@contextmanager
def transaction(connection: Connection) -> Iterator[Connection]:
    """Commit at the end or roll back; a disk that is full or fails is a busy store. Raises ConflictError, too."""
    connection.begin()
    try:
        yield connection
        connection.commit()
    except BaseException as error:
        _roll_back(connection)
        if isinstance(error, (duckdb.IOException, duckdb.OutOfMemoryException)):
            raise StoreBusyError(f"DuckDB could not write: {error}", retry_after=2.0) from error
        if isinstance(error, duckdb.TransactionException):
            raise ConflictError(str(error)) from error
        raise


def _roll_back(connection: Connection) -> None:
    try:
        connection.rollback()
    except duckdb.TransactionException:
        # A commit that failed has ended the transaction already.
        return


def checkpoint(connection: Connection) -> None:
    """Write into the file itself what has been committed, so that the room of what was taken out is used again."""
    with suppress(duckdb.TransactionException):  # not now: somebody is just doing something else
        connection.execute("CHECKPOINT")


def columns(connection: Connection, sql: str, parameters: Sequence[Any] = ()) -> list[NDArray[Any]]:
    """Ask for columns."""
    table = connection.sql(sql, params=list(parameters)).to_arrow_table()
    return [column.to_numpy() for column in table.columns]


def parsed(connection: Connection, sql: str) -> duckdb.Statement:
    """Read a statement, to be run again and again with other parameters, by any connection to the same file."""
    with closing(connection.cursor()) as cursor:
        return cursor.extract_statements(sql)[0]


def arrays(connection: Connection, statement: duckdb.Statement, parameters: Sequence[Any]) -> list[NDArray[Any]]:
    """Ask for few rows, at a third of the fixed cost of ``columns``. Raises GoneError."""
    found = connection.execute(statement, list(parameters)).fetchnumpy()
    return [np.ma.filled(column, np.nan) for column in found.values()]
