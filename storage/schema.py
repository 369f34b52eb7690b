"""Makes the catalogue's tables, or brings those of an earlier version up to this one, whoever comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Column, MetaData, String, Table, inspect, select

from storage import migrations
from storage.database import reach, rebuilding
from storage.tables import SCHEMA, THING

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

_VERSION = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))
"""Alembic's own; written here only where there was nothing before, so that Alembic need not be loaded for that."""


def bring_up(engine: Engine) -> None:
    """Make of whatever is there a catalogue of this version; nothing is locked where it is one.

    Raises ValueError for a catalogue that a newer version made, ConnectionError for one that cannot be opened.
    """
    reach(engine)
    with engine.connect() as connection:
        if _version(connection) == migrations.newest():
            return
    with rebuilding(engine) as connection:
        version = _version(connection)  # now that nobody else is changing it
        if version is not None and version not in migrations.known():
            raise ValueError(
                f"a newer Smile City made this catalogue: its version is {version}, and this one knows up to "
                f"{migrations.newest()}. Update Smile City, or open another catalogue (--data, SMILECITY_CATALOGUE)"
            )
        if version is None and not inspect(connection).has_table(THING.name):
            _make(connection)
        elif version != migrations.newest():
            migrations.run(connection)


def _version(connection: Connection) -> str | None:
    """Give the version of a catalogue; None where there is none, or it was made before there were versions."""
    if not inspect(connection).has_table(_VERSION.name):
        return None
    return connection.scalar(select(_VERSION.c.version_num))


def _make(connection: Connection) -> None:
    SCHEMA.create_all(connection)
    _VERSION.create(connection, checkfirst=True)
    connection.execute(_VERSION.insert().values(version_num=migrations.newest()))
