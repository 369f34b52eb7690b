"""What things were before they were changed, as far as it says with which others they were summed up.

A kind, an operator, a district, and what a site says in words: the car park, the container site, the fraction of waste.
The rows of the catalogue's table, changed within its transactions.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert, select

from storage.tables import FORMER, THING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Row, Table

    from sensors.model import Thing

AT_ONCE = 500
"""Things that are asked for by their ids."""
_SAID = ("kind", "operator", "district")


def note_former(connection: Connection, things: Sequence[Thing]) -> None:
    """Note what those of some things were that are about to be something else; nothing is noted twice."""
    before = {row.id: _said(row) for row in _rows(connection, THING, "id", [thing.id for thing in things])}
    known = _noted(connection, before)
    new: list[dict[str, Any]] = []
    for thing in things:
        was = before.get(thing.id)
        if was is not None and was != _said(thing) and was not in known[thing.id]:
            new.append({"thing": thing.id, "number": len(known[thing.id]), **was})
    if new:
        connection.execute(insert(FORMER), new)


def former_of(connection: Connection, things: Mapping[str, Thing]) -> tuple[Thing, ...]:
    """Give some things as they were in earlier times, each as often as it was something else."""
    noted = _noted(connection, things)
    return tuple(replace(things[name], **was) for name in things for was in noted.get(name, ()))


def _noted(connection: Connection, ids: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in _rows(connection, FORMER, "thing", list(ids)):
        found[row.thing].append(_said(row))
    return found


def _rows(connection: Connection, table: Table, column: str, ids: Sequence[str]) -> list[Row[Any]]:
    """Read the rows of some things, in the order of the table's key; of many, of all, since a question has limits."""
    every = select(table).order_by(*table.primary_key.columns)
    mine = every.where(table.c[column].in_(ids)) if len(ids) <= AT_ONCE else every
    wanted = frozenset(ids)
    return [row for row in connection.execute(mine) if getattr(row, column) in wanted]


def _said(of: Any) -> dict[str, Any]:
    words = {name: said for name, said in of.properties.items() if isinstance(said, str)}
    return {**{name: getattr(of, name) for name in _SAID}, "properties": words}
