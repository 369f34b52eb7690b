"""Brings a catalogue that an earlier version made up to this one, in one transaction, whoever comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import inspect

from storage.tables import EVER

if TYPE_CHECKING:
    from sqlalchemy import Connection

STEPS = {
    # Devices had neither beginning nor end.
    ("device", "thing", True): (
        f"INSERT OR IGNORE INTO assignment SELECT id, {EVER}, NULL, model, thing FROM device",  # noqa: S608 - our own
        "DROP TABLE device",
    ),
    # Every message in quarantine stood under that heading.
    ("quarantine", "booked", False): (
        "ALTER TABLE quarantine ADD COLUMN booked BIGINT NOT NULL DEFAULT 0",
        'UPDATE quarantine SET booked = "count"',
    ),
    # Nothing was ever dropped.
    ("ledger", "dropped", False): ("ALTER TABLE ledger ADD COLUMN dropped BIGINT NOT NULL DEFAULT 0",),
    # Nobody noted what had rejected a message.
    ("quarantine", "decoder", False): ("ALTER TABLE quarantine ADD COLUMN decoder VARCHAR NOT NULL DEFAULT ''",),
    ("quarantine", "unkept", False): ("ALTER TABLE quarantine ADD COLUMN unkept BIGINT NOT NULL DEFAULT 0",),
}
"""Table, column, whether it being there (or not) marks an earlier version, and what is to be done then."""


def bring_up(connection: Connection) -> None:
    """Do what an earlier version has left to be done; nothing on a catalogue of this one."""
    if not _due(connection):
        return
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    for step in _due(connection):
        for statement in STEPS[step]:
            connection.exec_driver_sql(statement)


def _due(connection: Connection) -> list[tuple[str, str, bool]]:
    found = inspect(connection)
    tables = set(found.get_table_names())
    columns = {
        table: {column["name"] for column in found.get_columns(table)} for table, _, _ in STEPS if table in tables
    }
    return [
        (table, column, marks)
        for table, column, marks in STEPS
        if table in columns and (column in columns[table]) == marks
    ]
