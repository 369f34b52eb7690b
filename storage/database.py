"""The database under the catalogue, SQLite or PostgreSQL: opened, written by one at a time. What differs is here."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import QueuePool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Table

LOCK_TIMEOUT_S = 30
AWAY_S = 30.0
"""How long a server may be away, restarted for example, before a transaction that begins then fails."""
_AGAIN_S = 0.5
_ALONE = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "SELECT pg_advisory_xact_lock(7310584035334843747)"}
"""Lets one writer in at a time. PostgreSQL's number is ours: 'smilecity', cut off; it holds within one database."""
_LIMITS = f"-c lock_timeout={LOCK_TIMEOUT_S}s -c idle_in_transaction_session_timeout={2 * LOCK_TIMEOUT_S}s"
"""A writer whose machine was cut off must not keep the others out for hours."""


def engine_of(url: str, password: str | None = None) -> Engine:
    """Give what connects to a database.

    Raises ValueError for a URL that is neither SQLite's nor PostgreSQL's, or where PostgreSQL's driver is missing.
    """
    if url.startswith("sqlite:"):
        return _sqlite(url)
    if url.startswith("postgresql:"):
        return _postgresql(url, password)
    raise ValueError(
        f"no catalogue answers to '{url.split(':', maxsplit=1)[0][:30]}:'. "
        "Use sqlite:///path/to/catalogue.sqlite or postgresql://user@host/database"
    )


def sqlite_file(url: str) -> Path | None:
    """Give the file that a URL names; None where it names a server, or memory."""
    place = make_url(url) if url.startswith("sqlite:") else None
    name = place.database if place is not None else None
    return Path(name) if name and name != ":memory:" else None


def reach(engine: Engine) -> None:
    """Connect for the first time. Raises ConnectionError, a sentence without the password."""
    try:
        engine.connect().close()
    except OperationalError as error:
        why = " ".join(str(error.orig).split())
        place = engine.url.set(drivername=engine.dialect.name, query={}).render_as_string(hide_password=True)
        raise ConnectionError(
            f"the catalogue '{place}' cannot be opened ({why}). Is it there, and are user and password right "
            "(SMILECITY_CATALOGUE_PASSWORD or SMILECITY_CATALOGUE_PASSWORD_FILE)?"
        ) from None


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Begin to read."""
    with _connected(engine) as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Begin a transaction that no other writer is in: what it reads stays true until it has written."""
    with _connected(engine) as connection, connection.begin():
        connection.exec_driver_sql(_ALONE[engine.dialect.name])
        yield connection


@contextmanager
def rebuilding(engine: Engine) -> Iterator[Connection]:
    """Begin such a transaction in which tables may be made anew that others refer to."""
    with _connected(engine) as connection:
        _refer(connection, "OFF")
        try:
            connection.exec_driver_sql(_ALONE[engine.dialect.name])
            yield connection
            connection.commit()
        finally:
            connection.rollback()
            _refer(connection, "ON")


def insert_or(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Begin an insertion that says what is to be done where a row is there."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def _sqlite(url: str) -> Engine:
    in_memory = url in {"sqlite://", "sqlite:///:memory:"}
    # In memory the one connection is the database, so threads take turns with it.
    sharing: dict[str, Any] = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0} if in_memory else {}
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": LOCK_TIMEOUT_S}, **sharing)
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    """Readers beside a writer (WAL), every commit on disk before it returns (FULL)."""
    _write_ahead(connection)
    for setting in ("synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {setting}")


def _write_ahead(connection: Any) -> None:
    """Let readers be beside a writer; where several open a new file at once SQLite refuses this without waiting."""
    end = time.monotonic() + LOCK_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except connection.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(_AGAIN_S)
        else:
            return


def _postgresql(url: str, password: str | None) -> Engine:
    try:
        place = make_url(url).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError):  # its own text would repeat the URL, and the password in it
        raise ValueError("the catalogue's URL cannot be read. Write postgresql://user@host:port/database") from None
    if password is not None:
        place = place.set(password=password)
    said = {"connect_timeout": "10", "application_name": "smilecity", **place.query}
    said["options"] = f"{_LIMITS} {said.get('options', '')}"
    try:
        return create_engine(place.set(query=said), pool_pre_ping=True)
    except ModuleNotFoundError:
        raise ValueError(
            "a catalogue in PostgreSQL needs its driver, which is not installed: pip install 'smilecity[postgres]'"
        ) from None


def _connected(engine: Engine) -> Connection:
    """Connect, waiting for a server that is away. Nothing was begun yet, so nothing is done twice."""
    end = time.monotonic() + AWAY_S
    while True:
        try:
            return engine.connect()
        except OperationalError:
            if engine.dialect.name == "sqlite" or time.monotonic() > end:
                raise
        time.sleep(_AGAIN_S)


def _refer(connection: Connection, on: str) -> None:
    # SQLite cannot change a table that others refer to, and hears of this only outside of a transaction.
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA foreign_keys = {on}")
