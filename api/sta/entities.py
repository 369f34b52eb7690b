"""The entities of a city as columns: which there are, how they hang together, and what is told of them.

They are made of what a caller may see of the city, once for as long as that stays the same. Rows of a set are numbers
from 0 on, in the order of ids.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from api.sta import descriptions
from api.sta.places import points
from api.vocabulary import all_properties
from processing.indicators import indicator_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from api.city import City
    from api.sta.descriptions import Fields
    from sensors.model import Datastream, Thing

Index = Any
"""A numpy array of row numbers."""
REMEMBERED = 8
"""So many callers' cities are kept at a time."""


@dataclass(frozen=True, slots=True)
class Children:
    """The rows of another set that belong to each row: those of row i are ``rows[first[i] : first[i + 1]]``."""

    first: Index
    rows: Index

    @classmethod
    def of(cls, parent: Index, count: int) -> Children:
        """Sort rows by their parents, of which there are ``count``; each keeps its own in their order."""
        order = np.argsort(parent, kind="stable")
        return cls(np.searchsorted(parent[order], np.arange(count + 1)), order)

    @classmethod
    def alone(cls, rows: Index) -> Children:
        """Give every row one child."""
        return cls(np.arange(len(rows) + 1), rows)

    def of_rows(self, rows: Index) -> tuple[Index, Index]:
        """Give the children of some rows, and for each of them the place of its parent among these."""
        count = self.first[rows + 1] - self.first[rows]
        parent = np.repeat(np.arange(len(rows)), count)
        begin = np.repeat(self.first[rows] - np.concatenate([[0], np.cumsum(count)[:-1]]), count) if len(rows) else 0
        return self.rows[np.arange(count.sum()) + begin], parent


class Entities:
    """The entities of a city; safe to share, for nothing of it changes."""

    def __init__(
        self, things: Mapping[str, Thing], streams: Sequence[Datastream], models: Mapping[str, tuple[str, ...]]
    ) -> None:
        """Take the datastreams of things that are known; ``models`` names those of each thing's devices."""
        self.things = tuple(things[name] for name in sorted(things))
        place = {thing.id: number for number, thing in enumerate(self.things)}
        self.streams = tuple(stream for stream in streams if stream.thing in place)
        self.thing_of = _codes([place[stream.thing] for stream in self.streams])
        named = {stream.observed_property for stream in self.streams}
        self.properties = tuple(sorted({*all_properties(), *named}))
        code = {name: number for number, name in enumerate(self.properties)}
        self.property_of = _codes([code[stream.observed_property] for stream in self.streams])
        observers = [_observer(stream, things[stream.thing], models.get(stream.thing, ())) for stream in self.streams]
        self.sensors = tuple(sorted(set(observers)))
        number = {name: at for at, name in enumerate(self.sensors)}
        self.sensor_of = _codes([number[name] for name in observers])
        self.observed = np.unique(self.thing_of)
        """Things that have datastreams: the rows of HistoricalLocations."""
        self._lock = Lock()
        self._found: dict[Any, Any] = {}

    def once(self, key: Any, find: Callable[[], Any]) -> Any:
        """Find something once."""
        with self._lock:
            known = self._found.get(key)
        if known is None:
            known = find()
            with self._lock:
                self._found[key] = known
        return known

    @cached_property
    def index(self) -> Mapping[Datastream, int]:
        """The row of each datastream."""
        return {stream: row for row, stream in enumerate(self.streams)}

    @cached_property
    def shapes(self) -> NDArray[np.object_]:
        """The places of things, as points."""
        longitude = np.array([thing.longitude for thing in self.things], dtype=np.float64)
        return points(longitude, np.array([thing.latitude for thing in self.things], dtype=np.float64))

    def size(self, name: str) -> int:
        """Tell how many rows a set has."""
        sizes = {
            "Datastreams": self.streams,
            "Sensors": self.sensors,
            "ObservedProperties": self.properties,
            "HistoricalLocations": self.observed,
        }
        return len(sizes.get(name, self.things))

    def ids(self, name: str) -> Sequence[str]:
        """Give the ids of a set's rows."""
        found: Sequence[str] = self.once(("ids", name), lambda: self._ids(name))
        return found

    def _ids(self, name: str) -> Sequence[str]:
        if name == "Datastreams":
            return [stream.name for stream in self.streams]
        if name in {"Sensors", "ObservedProperties"}:
            return self.sensors if name == "Sensors" else self.properties
        if name == "HistoricalLocations":
            return [self.things[row].id for row in self.observed]
        return [thing.id for thing in self.things]

    def row(self, name: str, key: str) -> int | None:
        """Find the row of an id."""
        rows: Mapping[str, int] = self.once(
            ("rows", name), lambda: {known: row for row, known in enumerate(self.ids(name))}
        )
        return rows.get(key)

    def told(self, name: str) -> tuple[Sequence[Fields], Index]:
        """Give what is told of a set's entities, and which of it each row has: many rows may have the same."""
        found: tuple[Sequence[Fields], Index] = self.once(("told", name), lambda: self._told(name))
        return found

    def _told(self, name: str) -> tuple[Sequence[Fields], Index]:
        if name == "Datastreams":
            return [descriptions.of_stream(one) for one in self.properties], self.property_of
        if name == "HistoricalLocations":
            return [{}], np.zeros(len(self.observed), dtype=np.intp)
        tells: dict[str, tuple[Callable[[Any], Fields], Sequence[Any]]] = {
            "Things": (descriptions.of_thing, self.things),
            "Locations": (descriptions.of_location, self.things),
            "FeaturesOfInterest": (descriptions.of_feature, self.things),
            "Sensors": (descriptions.of_sensor, self.sensors),
            "ObservedProperties": (descriptions.of_property, self.properties),
        }
        tell, every = tells[name]
        return [tell(one) for one in every], np.arange(len(every))

    def one(self, name: str, relation: str) -> Index:
        """Give for each row of a set the row that a relation leads to."""
        return {
            ("Datastreams", "Thing"): self.thing_of,
            ("Datastreams", "Sensor"): self.sensor_of,
            ("Datastreams", "ObservedProperty"): self.property_of,
            ("HistoricalLocations", "Thing"): self.observed,
        }[name, relation]

    def many(self, name: str, relation: str) -> Children:
        """Give for each row of a set the rows that a relation leads to; Observations are in the store."""
        found: Children = self.once(("many", name, relation), lambda: self._many(name, relation))
        return found

    def _many(self, name: str, relation: str) -> Children:
        if relation == "Datastreams":
            parent = {"Things": self.thing_of, "Sensors": self.sensor_of, "ObservedProperties": self.property_of}[name]
            return Children.of(parent, self.size(name))
        if relation == "HistoricalLocations":
            return Children.of(self.observed, len(self.things))
        return Children.alone(self.observed if name == "HistoricalLocations" else np.arange(len(self.things)))


class Register:
    """Remembers the entities of the cities that callers see, for as long as these stay the same."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: OrderedDict[tuple[int, int], tuple[Any, Any, Entities]] = OrderedDict()

    def of(self, city: City) -> Entities:
        """Give the entities of a city as they are now."""
        estate, streams = city.estate(), city.held().streams
        key = (id(estate), id(streams))
        with self._lock:
            if key not in self._known:
                # What is kept has its identity for as long as it is kept.
                self._known[key] = (estate, streams, Entities(estate.things, streams, city.models()))
            self._known.move_to_end(key)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
            return self._known[key][2]


def _codes(rows: Sequence[int]) -> Index:
    return np.array(rows, dtype=np.intp)


def _observer(stream: Datastream, thing: Thing, models: tuple[str, ...]) -> str:
    """Name what observes a datastream: its formula, the device model that tells it, or else the kind of its thing."""
    if stream.derived:
        made = indicator_of().get(stream.observed_property)
        return f"indicator/{made.name if made else stream.observed_property}"
    telling = [model for model in models if stream.observed_property in descriptions.observed_by(model)]
    chosen = telling or models
    return f"model/{chosen[0]}" if chosen else f"kind/{thing.kind}"
