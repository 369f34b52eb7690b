"""The database under the catalogue: how it is opened, and written by one at a time."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK_TIMEOUT_S = 30


def engine_of(url: str) -> Engine:
    """Give what connects to a database. Raises ValueError for a URL that is not SQLite's."""
    if not url.startswith("sqlite:"):
        raise ValueError(
            f"no catalogue answers to '{url.split(':', maxsplit=1)[0]}:'. Use sqlite:///path/to/catalogue.sqlite"
        )
    in_memory = url in {"sqlite://", "sqlite:///:memory:"}
    # In memory the one connection is the database, so threads take turns with it.
    sharing: dict[str, Any] = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0} if in_memory else {}
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": LOCK_TIMEOUT_S}, **sharing)
    event.listen(engine, "connect", _prepare)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Begin a transaction that no other writer is in: what it reads stays true until it has written."""
    with engine.begin() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection


@contextmanager
def rebuilding(engine: Engine) -> Iterator[Connection]:
    """Begin such a transaction in which tables may be made anew that others refer to."""
    with engine.connect() as connection:
        # SQLite cannot change a table that is referred to; within a transaction it does not hear this.
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()
        finally:
            connection.rollback()
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")


def _prepare(connection: Any, _record: object) -> None:
    """Readers beside a writer (WAL), every commit on disk before it returns (FULL)."""
    for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {setting}")
