"""Rows of a set and what an expression can ask of them: a property as a column, what they lead to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pyarrow as pa

from api.sta.entities import Entities
from api.sta.sets import SETS, EntitySet
from api.sta.values import NEVER, Loose, Places, Texts, Times, Value
from api.sta.windows import covered
from sensors.model import TIME
from storage.store import Spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.services import Services
    from api.sta.entities import Index
    from sensors.model import Datastream

LATE = np.iinfo(np.int64).max
GEOJSON_TYPE = "Point"
NO_SPANS = Spans((), *(np.empty(0, dtype=kind) for kind in (TIME, TIME, np.int64)))
IDS = ("id", "@iot.id")


class UnknownError(Exception):
    """A step of a path that leads nowhere."""

    def __init__(self, step: int, known: tuple[str, ...], what: str) -> None:
        super().__init__(what)
        self.step = step
        self.known = known
        self.what = what


class Space(Protocol):
    """What an expression is worked out over: rows of one set."""

    @property
    def set(self) -> EntitySet:
        """The set."""
        ...

    def __len__(self) -> int: ...

    def column(self, steps: tuple[str, ...]) -> Value:
        """Give a property of every row. Raises UnknownError."""
        ...

    def one(self, relation: str) -> Space:
        """Give for every row the one that a relation leads to."""
        ...

    def many(self, relation: str) -> tuple[Space, Index]:
        """Give the rows that a relation leads to, and for each of them the place of the row that it belongs to."""
        ...


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a set that is in memory; one may be there several times."""

    entities: Entities
    services: Services
    set: EntitySet
    rows: Index

    @classmethod
    def all(cls, entities: Entities, services: Services, name: str) -> Rows:
        """Give all rows of a set."""
        return cls(entities, services, SETS[name], np.arange(entities.size(name)))

    def __len__(self) -> int:
        return len(self.rows)

    def at(self, rows: Index) -> Rows:
        """Choose among these rows, by place or mask."""
        return Rows(self.entities, self.services, self.set, self.rows[rows])

    def ids(self) -> list[str]:
        """Give their ids."""
        known = self.entities.ids(self.set.name)
        return [known[row] for row in self.rows]

    def id_texts(self) -> Texts:
        """Give their ids as a column."""
        return self._texts(("id",), self.entities.ids(self.set.name)).take(self.rows)

    def streams(self) -> tuple[Datastream, ...]:
        """Give their datastreams, where they are some."""
        known = self.entities.streams
        return tuple(known[row] for row in self.rows)

    def one(self, relation: str) -> Rows:
        """Give for every row the one that a relation leads to."""
        target = SETS[self.set.relations[relation].to]
        return Rows(self.entities, self.services, target, self.entities.one(self.set.name, relation)[self.rows])

    def many(self, relation: str) -> tuple[Rows, Index]:
        """Give the rows that a relation leads to, and the place of the row that each belongs to."""
        rows, parent = self.entities.many(self.set.name, relation).of_rows(self.rows)
        return Rows(self.entities, self.services, SETS[self.set.relations[relation].to], rows), parent

    def column(self, steps: tuple[str, ...]) -> Value:
        """Give a property of every row. Raises UnknownError."""
        first, *rest = steps
        if first in IDS:
            _end(steps, 1)
            return self.id_texts()
        if first not in self.set.fields:
            raise UnknownError(0, self.set.names, f"a {self.set.singular}")
        if first in self.set.times:
            _end(steps, 1)
            return spans_of(self)
        if first == self.set.geometry:
            return self._geometry(tuple(rest))
        if self.set.name == "Datastreams" and first == "name":
            _end(steps, 1)
            return self._texts(("name",), stream_names(self.entities)).take(self.rows)
        return self._told(steps)

    def _texts(self, key: tuple[str, ...], texts: Sequence[str]) -> Texts:
        """Make a column of texts, once."""
        made: Texts = self.entities.once(("column", self.set.name, *key), lambda: Texts(pa.array(texts, pa.string())))
        return made

    def _geometry(self, rest: tuple[str, ...]) -> Value:
        things = self.rows if self.set.name != "Datastreams" else self.entities.thing_of[self.rows]
        if not rest:
            return Places(self.entities.shapes, things)
        known = {("type",): GEOJSON_TYPE, ("geometry", "type"): None}  # the second: of a Feature, which none is
        if rest not in known:
            raise UnknownError(1, ("type", "geometry/type"), self.set.geometry)
        return Texts(pa.array([known[rest]], pa.string())).take(np.zeros(len(self), dtype=np.intp))

    def _told(self, steps: tuple[str, ...]) -> Value:
        """Give what is told of the rows: texts by their name, anything of a register."""
        told, place = self.entities.told(self.set.name)
        if steps[0] not in {"properties", "unitOfMeasurement"}:
            _end(steps, 1)
            return self._texts(steps, [one.get(steps[0], "") for one in told]).take(place[self.rows])
        if len(steps) == 1:
            raise UnknownError(1, (f"{steps[0]}/...",), f"{steps[0]} is an object, of which one property can be asked")
        made: Loose = self.entities.once(
            ("column", self.set.name, *steps), lambda: Loose(_objects([_within(one, steps) for one in told]))
        )
        return made.take(place[self.rows])


def stream_names(entities: Entities) -> list[str]:
    """Name datastreams for people: of which thing, and what."""
    found: list[str] = entities.once("stream names", lambda: _stream_names(entities))
    return found


def _stream_names(entities: Entities) -> list[str]:
    told, _ = entities.told("ObservedProperties")
    titles = [one.get("properties", {}).get("title", one["name"]) for one in told]
    names = [thing.name for thing in entities.things]
    pairs = zip(entities.thing_of.tolist(), entities.property_of.tolist(), strict=True)
    return [f"{names[thing]}: {titles[prop]}" for thing, prop in pairs]


def spans_of(rows: Rows) -> Times:
    """Tell of datastreams from when to when there are observations; of HistoricalLocations since when."""
    if rows.set.name == "Datastreams":
        streams = rows.streams()
        held = rows.services.store.spans(streams) if streams else NO_SPANS
        return covered(rows.entities, held, streams, rows.services.zone)
    children, parent = rows.one("Thing").many("Datastreams")
    spans = spans_of(children)
    first = np.full(len(rows), LATE)
    np.minimum.at(first, parent, np.where(spans.known(), spans.start, LATE))
    return Times.instants(np.where(first == LATE, NEVER, first))


def _end(steps: tuple[str, ...], length: int) -> None:
    if len(steps) > length:
        raise UnknownError(length, (), steps[length - 1])


def _within(told: Any, steps: tuple[str, ...]) -> Any:
    for step in steps:
        told = told.get(step) if isinstance(told, dict) else None
    return told


def _objects(values: Sequence[Any]) -> Any:
    """Make an array of objects, whatever they are."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
