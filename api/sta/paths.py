"""Resource paths: ``Things('x')/Datastreams('x/y')/Observations`` followed to what it names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from api.problem import ProblemError, did_you_mean, named
from api.sta.naming import parted
from api.sta.observed import Observed, Sources
from api.sta.refusals import missing, unsupported, wrong
from api.sta.rows import Rows
from api.sta.sets import SETS, EntitySet
from api.times import milliseconds
from storage.store import Query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.city import City
    from api.services import Services
    from api.sta.entities import Entities

MOST_SEGMENTS = 20
_SEGMENT = re.compile(r"(?P<name>[^/()']+)(?:\((?P<id>'(?:[^']|'')*'|[^'()/]+)\))?(?P<end>/|$)")
_NOT_HERE = ("MultiDatastreams", "Actuators", "Tasks", "TaskingCapabilities", "CreateObservations", "$batch")


@dataclass(frozen=True, slots=True)
class Segment:
    """A step of a path: a name, and the id that stands behind it."""

    name: str
    id: str | None
    at: int


@dataclass(frozen=True, slots=True)
class Target:
    """What a path names."""

    found: Rows | Sources | Observed
    """Rows of a set; the datastreams whose observations are meant; or observations that were read."""
    single: bool
    """Whether it is one entity, not a collection."""
    steps: tuple[str, ...] = ()
    """Leads on to a property of it."""
    form: str = ""
    """``$ref`` or ``$value``, or nothing."""

    @property
    def set(self) -> EntitySet:
        """The set that it belongs to."""
        return self.found.set


def segments(path: str) -> tuple[Segment, ...]:
    """Take a path apart, decoded as it is. Raises ProblemError."""
    found: list[Segment] = []
    at = 0
    while at < len(path):
        match = _SEGMENT.match(path, at)
        if match is None or len(found) == MOST_SEGMENTS:
            why = (
                "expected is a name, and perhaps an id, such as Things('lot-1')."
                if match is None
                else "it is too long."
            )
            raise wrong("the path", path, at, why)
        found.append(Segment(match["name"], _unquoted(match["id"]), at))
        at = match.end()
    return tuple(found)


def refuse_households(city: City, path: str) -> None:
    """Raise ProblemError ``household`` where a path names a household's datastream, or an observation of it."""
    for segment in segments(path):
        if segment.id is not None and segment.name in {"Datastreams", "Observations"}:
            name = segment.id if segment.name == "Datastreams" else (parted(segment.id) or ("", 0))[0]
            thing, _, observed = name.rpartition("/")
            city.refuse_withheld(thing, (observed,))


def follow(path: str, entities: Entities, services: Services) -> Target:
    """Follow a path to what it names. Raises ProblemError where it leads nowhere."""
    return _Follower(path, entities, services).target()


def _unquoted(key: str | None) -> str | None:
    return key[1:-1].replace("''", "'") if key is not None and key.startswith("'") else key


class _Follower:
    """Goes along a path."""

    def __init__(self, path: str, entities: Entities, services: Services) -> None:
        self._path = path
        self._entities = entities
        self._services = services

    def target(self) -> Target:
        first, *rest = segments(self._path)
        if first.name not in SETS:
            if first.name in _NOT_HERE:
                raise unsupported(f"{first.name!r}")
            near = did_you_mean(first.name, SETS)
            raise missing(f"entity set {first.name[:60]!r}", f"There are {named(SETS)}.{near}")
        target = self._keyed(self._whole(first.name), first)
        for number, segment in enumerate(rest):
            if segment.name in {"$ref", "$value"} or segment.name not in target.set.relations:
                return self._end(target, rest[number:])
            if not target.single:
                raise self._which(target, segment)
            target = self._keyed(self._related(target, segment), segment)
        return target

    def _which(self, target: Target, segment: Segment) -> ProblemError:
        why = f"say which of the {target.set.name} is meant, by its id."
        return wrong("the path", self._path, segment.at, why)

    def _whole(self, name: str) -> Target:
        if name == "Observations":
            everything = np.arange(self._entities.size("Datastreams"))
            return Target(Sources(self._entities, self._services, everything), single=False)
        return Target(Rows.all(self._entities, self._services, name), single=False)

    def _related(self, target: Target, segment: Segment) -> Target:
        relation, found = target.set.relations[segment.name], target.found
        if not relation.many:
            return Target(found.one(segment.name), single=True)
        if relation.to != "Observations":
            return Target(found.many(segment.name)[0], single=False)  # type: ignore[arg-type]
        streams = found.rows if target.set.name == "Datastreams" else self._streams_at(found.rows)  # type: ignore[union-attr]
        return Target(Sources(self._entities, self._services, streams), single=False)

    def _streams_at(self, things: Sequence[int]) -> Sequence[int]:
        rows, _ = self._entities.many("Things", "Datastreams").of_rows(np.asarray(things))
        streams: Sequence[int] = rows
        return streams

    def _keyed(self, target: Target, segment: Segment) -> Target:
        """Choose the entity of an id, where one is given."""
        if segment.id is None:
            return target
        if target.single:
            raise wrong("the path", self._path, segment.at, f"{segment.name} is one already; leave the id out.")
        name = f"{target.set.singular} {segment.id[:120]!r}"
        if isinstance(target.found, Rows):
            row = self._entities.row(target.set.name, segment.id)
            place = np.flatnonzero(target.found.rows == (-1 if row is None else row))
            if not len(place):
                raise missing(f"{name} here", self._near(target.set, segment.id))
            return Target(target.found.at(place[:1]), single=True)
        return Target(self._observation(target.found, segment.id, name), single=True)

    def _near(self, of: EntitySet, key: str) -> str:
        known = self._entities.ids(of.name)
        return f"{did_you_mean(key, known[:20_000])} /sta/v1.1/{of.name} lists all.".strip()

    def _observation(self, found: Rows | Sources | Observed, key: str, name: str) -> Observed:
        parts = parted(key)
        row = None if parts is None else self._entities.row("Datastreams", parts[0])
        if parts is None or row is None or row not in found.rows:  # type: ignore[union-attr]
            raise missing(name, "An observation is called 'thing/property/milliseconds since 1970'.")
        time = np.datetime64(parts[1], "ms")
        stream = self._entities.streams[row]
        batch = self._services.store.read(Query(datastreams=(stream,), start=time, end=time + np.timedelta64(1, "ms")))
        observed = Observed.of(self._entities, self._services, batch)
        if not len(observed) or milliseconds(batch.phenomenon_time)[0] != parts[1]:
            raise missing(name, f"{stream.name} has none at that time.")
        return observed

    def _end(self, target: Target, rest: Sequence[Segment]) -> Target:
        """Take what stands at the end of a path: a property, ``$ref`` or ``$value``."""
        names = [segment.name for segment in rest]
        form = names.pop() if names[-1] in {"$ref", "$value"} else ""
        wrong_id = next((segment for segment in rest if segment.id is not None), None)
        if wrong_id is not None or any(name.startswith("$") for name in names):
            raise wrong("the path", self._path, (wrong_id or rest[0]).at, "this leads nowhere.")
        if names and not target.single:
            raise self._which(target, rest[0])
        if names and names[0] not in ("id", "@iot.id", *target.set.fields):
            near = did_you_mean(names[0], target.set.names)
            raise missing(f"{names[0][:60]!r} of a {target.set.singular}", f"It has {named(target.set.names)}.{near}")
        if (form == "$value") != bool(names) and form:
            raise wrong("the path", self._path, rest[-1].at, "$value stands behind a property, $ref behind entities.")
        return Target(target.found, target.single, tuple(names), form)
