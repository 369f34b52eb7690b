"""Things and devices from a CSV table, and back: a register as a city's office keeps it in a spreadsheet.

Our own columns are ``id``, ``name``, ``kind``, ``longitude``, ``latitude``, ``operator``, ``district``, ``public``,
``device`` and ``model``; every other one is a property of the site. A thing with several devices stands in several rows
that differ in ``device`` and ``model`` alone. The columns of a city's own registers (``sensors.registers``) are
understood too. Delimiters are ``,`` ``;`` and the tabulator. What cannot be taken is refused row by row, with the
number that a spreadsheet shows.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from io import StringIO
from typing import TYPE_CHECKING, Any

from sensors.cells import decimal_mark, read, read_text, write, write_text
from sensors.coordinates import PositionError
from sensors.entries import Assumed, Entries, Parsed, Refusal, RefusedError, identity_of, thing_of
from sensors.places import Where, where_of
from sensors.registers import register_of, taken_down, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sensors.model import Device, Thing

TEXTS = ("id", "name", "kind", "operator", "district", "device", "model")
OWN = ("id", "name", "kind", "longitude", "latitude", "operator", "district", "public", "device", "model")
"""Our own columns, in the order in which they are written."""
RESERVED = frozenset({*OWN, "devices", "crs"})

ASSUMING_NOTHING = Assumed()
_TRUE = frozenset({"true", "t", "yes", "ja", "1"})
_FALSE = frozenset({"false", "f", "no", "nein", "0", ""})


@dataclass(frozen=True, slots=True)
class _Table:
    """A table as it was read: its header, and every row with its number."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, list[str]], ...]
    delimiter: str


@dataclass(frozen=True, slots=True)
class _Reading:
    """How the rows of one table are understood."""

    header: tuple[str, ...]
    mark: str
    where: Where
    words: Mapping[str, str]
    """Our word for every column."""
    register: bool
    """Whether the table is a city's own register."""
    assumed: Assumed


def things_from_csv(text: str, assumed: Assumed = ASSUMING_NOTHING) -> Parsed:
    """Read things and their devices. Never raises: a text that is no table of things is refused as a whole."""
    entries = Entries()
    try:
        table = _table(text)
        reading = _reading(table, assumed)
    except (RefusedError, PositionError) as why:
        return Parsed((), (), (Refusal("", str(why)),))
    for place, cells in table.rows:
        try:
            _take(entries, reading, cells)
        except (RefusedError, PositionError) as why:
            entries.refusals.append(Refusal(_label(place, reading, cells), str(why)))
    return entries.parsed()


def csv_from_things(things: Iterable[Thing], devices: Iterable[Device] = ()) -> str:
    """Write things with their devices as a table that ``things_from_csv`` reads back unchanged.

    Raises ValueError for a site property that bears the name of one of our columns, or that no cell can hold.
    """
    things = tuple(things)
    of_thing: dict[str, list[Device | None]] = {}
    for device in devices:
        of_thing.setdefault(device.thing.id, []).append(device)
    names = sorted({name for thing in things for name in thing.properties})
    _refuse_names(names)
    sheet = StringIO()
    writer = csv.writer(sheet, lineterminator="\r\n")
    writer.writerow([*OWN, *names])
    for thing in things:
        writer.writerows(_row(thing, each, names) for each in of_thing.get(thing.id, (None,)))
    return sheet.getvalue()


def _table(text: str) -> _Table:
    text = text.removeprefix("\ufeff")
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=lambda sign: len(next(csv.reader([first], delimiter=sign), [])))
    try:
        lines = list(enumerate(csv.reader(StringIO(text, newline=""), delimiter=delimiter), start=1))
    except csv.Error as error:
        raise RefusedError(f"the text is no CSV table: {error}") from None
    filled = [(place, cells) for place, cells in lines if any(cell.strip() for cell in cells)]
    if not filled:
        raise RefusedError("the file is empty: its first row must name the columns, for example id,name,kind,...")
    header = _header(filled[0][1])
    return _Table(header, tuple(filled[1:]), delimiter)


def _header(cells: list[str]) -> tuple[str, ...]:
    given = [cell.strip() for cell in cells]
    header = tuple(name.lower() if name.lower() in RESERVED else name for name in given)
    double = sorted({name for name in header if name and header.count(name) > 1})
    if double:
        raise RefusedError(f"two columns have the same name: {', '.join(double)}")
    if "devices" in header:
        raise RefusedError("a table has no column 'devices': write 'device' and 'model', and one row per device")
    return header


def _reading(table: _Table, assumed: Assumed) -> _Reading:
    where = where_of(table.header, own=set(OWN[:5]) <= set(table.header))
    register = register_of(table.header)
    assumed = assumed.in_register(register)
    words = words_of(register, table.header)
    if "id" not in words.values():
        raise RefusedError(f"no column is called 'id'; the columns are: {', '.join(table.header):.200}")
    if "kind" not in words.values() and not assumed.kind:
        raise RefusedError("no column is called 'kind': add one, or say for all rows what they are with --kind")
    mark = "." if table.delimiter == "," else decimal_mark(_positions(table, where))
    return _Reading(table.header, mark, where, words, register is not None, assumed)


def _positions(table: _Table, where: Where) -> Iterable[str]:
    at = [table.header.index(name) for name in where.columns]
    return (cells[place] for _, cells in table.rows for place in at if place < len(cells))


def _label(place: int, reading: _Reading, cells: list[str]) -> str:
    said = dict(zip(reading.header, cells, strict=False))
    name = next((cell.strip() for column, cell in said.items() if reading.words[column] == "id"), "")
    return f"row {place} '{name:.60}'" if name else f"row {place}"


def _take(entries: Entries, reading: _Reading, cells: list[str]) -> None:
    said = _said(reading, cells)
    place = reading.where.read(said)
    entry = _values(reading, said)
    gone = taken_down(entry) if reading.register else ""
    if gone:
        raise RefusedError(gone)
    identity = identity_of(entry.pop("id", None), "its cell is empty")
    thing, its_devices = thing_of(identity, place, entry, reading.assumed)
    known = entries.things.get(identity)
    if known == thing and its_devices:
        entries.watch([replace(each, thing=known) for each in its_devices])
        return
    entries.add(thing, its_devices)


def _said(reading: _Reading, cells: list[str]) -> dict[str, str]:
    beyond = [cell for cell in cells[len(reading.header) :] if cell.strip()]
    if beyond:
        raise RefusedError(
            f"it has {len(cells)} cells where {len(reading.header)} columns are named: "
            "text that holds the delimiter must stand in quotes"
        )
    said = dict(zip(reading.header, cells, strict=False))
    if said.get("", "").strip():
        raise RefusedError(f"its cell '{said['']:.60}' stands under no column name")
    return said


def _values(reading: _Reading, said: Mapping[str, str]) -> dict[str, Any]:
    """Give the entry in our words, without its position and without empty cells."""
    kept = {name: cell for name, cell in said.items() if cell.strip() and name not in reading.where.used}
    values = {
        reading.words[name]: read_text(cell) if reading.words[name] in TEXTS else read(cell, reading.mark)
        for name, cell in kept.items()
        if name != "public"
    }
    values["public"] = _public(said.get("public", ""))
    device, model = values.pop("device", None), values.pop("model", None)
    if model is not None and device is None:
        raise RefusedError(f"it names the model '{model}', but no device: fill the column 'device' too")
    return values if device is None else {**values, "devices": [{"id": device, "model": model}]}


def _public(cell: str) -> bool:
    word = cell.strip().lower()
    if word not in _TRUE | _FALSE:
        raise RefusedError(f"'public' is '{cell:.60}', but must be true or false")
    return word in _TRUE


def _refuse_names(names: Iterable[str]) -> None:
    for name in names:
        if name.lower() in RESERVED:
            raise ValueError(f"a site property is called '{name}', as one of the table's own columns. Rename it")
        if not name or name != name.strip() or not name.isprintable():
            raise ValueError(f"a site property is called {name!r}, which cannot head a column. Rename it")


def _row(thing: Thing, device: Device | None, names: Iterable[str]) -> list[str]:
    return [
        write_text(thing.id),
        write_text(thing.name),
        write_text(thing.kind),
        repr(float(thing.longitude)),
        repr(float(thing.latitude)),
        write_text(thing.operator) if thing.operator else "",
        write_text(thing.district) if thing.district else "",
        "true" if thing.public else "false",
        write_text(device.id) if device else "",
        device.model if device else "",
        *(write(thing.properties[name]) if name in thing.properties else "" for name in names),
    ]
