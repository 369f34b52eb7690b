"""A copy of the file as it was at one instant, made beside writes, and what a file holds, read again row by row."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from sensors.model import Datastream
from storage.digest import Digest
from storage.duck.file import BLOCKS, columns, read_only, transaction
from storage.duck.lookup import version
from storage.duck.month import HOT, told
from storage.duck.reading import COLUMNS, batch
from storage.duck.settling import finished, months, parts
from storage.refusal import LATEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sensors.model import Batch
    from storage.duck.file import Connection

_COPY = "smilecity_copy"


def copy(connection: Connection, path: Path, step: Callable[[int], None]) -> tuple[int, Digest]:
    """Copy all tables into a new file, in one transaction that sees one instant.

    Gives the version and what there was then. ``step`` hears of rows copied, and again of rows summed up.
    """
    if path.exists():
        raise FileExistsError(f"'{path}' is there already; a copy is a new file")
    place = str(path).replace("'", "''")
    connection.execute(f"ATTACH '{place}' AS {_COPY} (BLOCK_SIZE {BLOCKS})")
    try:
        with transaction(connection):
            for name, made in _tables(connection):
                connection.execute(made.replace(f"CREATE TABLE {name}", f"CREATE TABLE {_COPY}.{name}", 1))
                (rows,) = connection.execute(f"INSERT INTO {_COPY}.{name} SELECT * FROM {name}").fetchall()  # noqa: S608 - own names
                step(int(rows[0]))
            found = version(connection), digest(connection, step)
        connection.execute(f"CHECKPOINT {_COPY}")
    finally:
        connection.execute(f"DETACH {_COPY}")
    return found


def read_back(path: Path, step: Callable[[int], None]) -> Digest:
    """Tell what a file holds, every row of it read. Raises what opening it raises."""
    with closing(read_only(path)) as connection:
        return digest(connection, step)


def digest(connection: Connection, step: Callable[[int], None]) -> Digest:
    """Sum up every row."""
    streams = connection.execute("SELECT thing, observed_property, derived FROM datastream ORDER BY code").fetchall()
    found, dictionary = Digest(), tuple(Datastream(*row) for row in streams)
    for some in _parts(connection, dictionary):
        found.add(some)
        step(len(some))
    return found


def _parts(connection: Connection, dictionary: tuple[Datastream, ...]) -> Iterator[Batch]:
    for portion in finished(connection, int(LATEST.astype(int))):
        hot = f"SELECT {HOT} FROM observation WHERE {portion.hot}"  # noqa: S608 - own names
        yield batch(columns(connection, hot), dictionary)
    for month in months(connection):
        for first, end in parts(connection, month):
            settled = told(month, month.of_streams(first, end))
            yield batch(columns(connection, f"SELECT {COLUMNS} FROM ({settled})"), dictionary)  # noqa: S608 - own names


def _tables(connection: Connection) -> list[tuple[str, str]]:
    """Name the tables, but those that a tending is just building, and say how each is made."""
    found = connection.execute(
        "SELECT table_name, sql FROM duckdb_tables() WHERE database_name = current_database() "
        "AND NOT temporary AND NOT suffix(table_name, '_new') ORDER BY table_name"
    ).fetchall()
    return [(str(name), str(made)) for name, made in found]
