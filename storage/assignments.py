"""Which device observed which thing when: the rows of the catalogue's table, changed within its transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, insert, select, update

from sensors.model import Device
from storage.tables import ASSIGNMENT, EVER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Row

    from sensors.model import Thing

_TABLE = ASSIGNMENT.c


def devices_of(connection: Connection, things: Mapping[str, Thing]) -> dict[str, tuple[Device, ...]]:
    """Give by device id what each observes and has observed of some things, in the order of time."""
    found: dict[str, tuple[Device, ...]] = {}
    for row in connection.execute(select(ASSIGNMENT).order_by(_TABLE.device, _TABLE.valid_from)):
        if row.thing in things:
            found[row.device] = (*found.get(row.device, ()), _device(row, things[row.thing]))
    return found


def observed_by(connection: Connection) -> dict[str, frozenset[str]]:
    """Name by device id the things of all its assignments, those that are retired among them."""
    found: dict[str, set[str]] = {}
    for row in connection.execute(select(_TABLE.device, _TABLE.thing)):
        found.setdefault(row.device, set()).add(row.thing)
    return {device: frozenset(things) for device, things in found.items()}


def put_devices(connection: Connection, devices: Iterable[Device]) -> None:
    """Add devices; of one that is known the assignment with the same beginning, or else the last one, is changed."""
    last = {row.device: row for row in connection.execute(select(ASSIGNMENT).order_by(_TABLE.valid_from))}
    new: list[dict[str, Any]] = []
    for device in devices:
        known = last.get(device.id)
        if known is None or (device.valid_from is not None and device.valid_from != known.valid_from):
            new.append(_row(device))
        else:
            own = (_TABLE.device == device.id) & (_TABLE.valid_from == known.valid_from)
            said = {name: value for name, value in _row(device).items() if name not in {"device", "valid_from"}}
            connection.execute(update(ASSIGNMENT).where(own).values(said))
    if new:
        connection.execute(insert(ASSIGNMENT), new)


def assign_device(connection: Connection, device: Device) -> None:
    """Add an assignment and end the one before it. Raises ValueError where a later one is known already."""
    begin = EVER if device.valid_from is None else device.valid_from
    last = _last(connection, device.id)
    if last is not None and last.valid_from >= begin:
        raise ValueError(
            f"the device '{device.id}' is assigned to '{last.thing}' since then or later. Give a later time"
        )
    if last is not None and (last.valid_to is None or last.valid_to > begin):
        _end(connection, last, begin)
    connection.execute(insert(ASSIGNMENT).values(_row(device)))


def end_device(connection: Connection, device: str, at: int) -> None:
    """End a device's open assignment. Raises ValueError where there is none that began before."""
    last = _last(connection, device)
    if last is None or last.valid_to is not None:
        raise ValueError(f"the device '{device}' observes nothing. List them with `smilecity devices list`")
    if last.valid_from >= at:
        raise ValueError(f"the device '{device}' observes '{last.thing}' only since later. Give a later time")
    _end(connection, last, at)


def end_devices_of(connection: Connection, thing: str, at: int) -> None:
    """End what is still assigned to a thing; what was to begin only later never does."""
    mine = (_TABLE.thing == thing) & _TABLE.valid_to.is_(None)
    connection.execute(delete(ASSIGNMENT).where(mine & (_TABLE.valid_from >= at)))
    connection.execute(update(ASSIGNMENT).where(mine).values(valid_to=at))


def _last(connection: Connection, device: str) -> Row[Any] | None:
    mine = select(ASSIGNMENT).where(_TABLE.device == device)
    return connection.execute(mine.order_by(_TABLE.valid_from.desc()).limit(1)).one_or_none()


def _end(connection: Connection, assignment: Row[Any], at: int) -> None:
    own = (_TABLE.device == assignment.device) & (_TABLE.valid_from == assignment.valid_from)
    connection.execute(update(ASSIGNMENT).where(own).values(valid_to=at))


def _row(device: Device) -> dict[str, Any]:
    return {
        "device": device.id,
        "valid_from": EVER if device.valid_from is None else device.valid_from,
        "valid_to": device.valid_to,
        "model": device.model,
        "thing": device.thing.id,
    }


def _device(row: Row[Any], thing: Thing) -> Device:
    valid_from = None if row.valid_from == EVER else row.valid_from
    return Device(id=row.device, model=row.model, thing=thing, valid_from=valid_from, valid_to=row.valid_to)
