"""A copy of an SQLite file while others write to it, and what it holds, table by table, to compare."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

Tables = dict[str, list[int | str]]
"""By table number of rows and digest of all of them."""


def copy_sqlite(source: Path, target: Path) -> Tables:
    """Copy what a file holds at one instant; gives what the copy must hold. Raises OSError."""
    try:
        with closing(_opened(source)) as held, closing(sqlite3.connect(target)) as copy:
            held.execute("BEGIN")
            found = _tables(held)
            held.backup(copy)
            held.rollback()
    except sqlite3.Error as error:
        raise OSError(f"'{source}' could not be copied: {error}") from None
    with target.open("rb") as file:
        os.fsync(file.fileno())
    return found


def read_back(path: Path) -> Tables:
    """Tell what a file holds. Raises OSError for one that is damaged."""
    try:
        with closing(_opened(path)) as held:
            ((said,),) = held.execute("PRAGMA integrity_check(1)").fetchall()
            if said != "ok":
                raise OSError(f"'{path}' is damaged: {said}")
            return _tables(held)
    except sqlite3.Error as error:
        raise OSError(f"'{path}' cannot be read: {error}") from None


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=30)


def _tables(connection: sqlite3.Connection) -> Tables:
    names = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name"
    ).fetchall()
    return {name: _table(connection, name) for (name,) in names}


def _table(connection: sqlite3.Connection, name: str) -> list[int | str]:
    digest, rows = blake2b(digest_size=16), 0
    for row in connection.execute(f'SELECT * FROM "{name}"'):  # noqa: S608 - its own name
        digest.update(repr(row).encode(errors="surrogatepass"))
        rows += 1
    return [rows, digest.hexdigest()]
