"""Things and what was noted of their sites, as rows of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sensors.model import Calibration, Thing
from storage.tables import THING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Row


def thing_row(thing: Thing) -> dict[str, Any]:
    """Write a thing as a row; one that is written is on the register."""
    row = {name: getattr(thing, name) for name in THING.columns.keys() if name != "retired"}  # noqa: SIM118
    return {**row, "properties": dict(thing.properties), "retired": None}


def thing_of(row: Row[Any], calibrations: tuple[Calibration, ...]) -> Thing:
    """Read a thing."""
    told = {name: said for name, said in row._asdict().items() if name != "retired"}
    return Thing(**told, calibrations=calibrations)


def calibration_rows(thing: Thing) -> list[dict[str, Any]]:
    """Write what was noted of its site."""
    return [
        {"thing": thing.id, "since": each.since, "properties": dict(each.properties)} for each in thing.calibrations
    ]


def calibrations_of(rows: Iterable[Row[Any]]) -> dict[str, tuple[Calibration, ...]]:
    """Sort calibrations by thing, keeping their order."""
    found: dict[str, tuple[Calibration, ...]] = {}
    for row in rows:
        found[row.thing] = (*found.get(row.thing, ()), Calibration(since=row.since, properties=row.properties))
    return found
