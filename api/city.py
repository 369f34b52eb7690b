"""What the API knows of the city: things of the catalogue and datastreams of the store, kept by version."""

from __future__ import annotations

import time
from bisect import bisect_left
from dataclasses import dataclass, replace
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

from api.columns import latest_rows
from api.problem import ProblemError, did_you_mean, named
from api.vocabulary import all_properties, domain_of, domains, properties_of
from processing.indicators import derived_properties
from processing.roster import Roster
from sensors.kinds import kinds
from sensors.model import Batch, Datastream, Thing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from api.services import Services
    from processing.group import Group
    from sensors.model import Device, Devices
    from storage.catalogue import Counts
    from storage.store import Written


LOOK_EVERY_S = 0.05
"""How long what another process has written into the catalogue may go unseen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which things are asked for; None chooses all."""

    thing: str | None = None
    kind: str | None = None
    domain: str | None = None
    operator: str | None = None
    district: str | None = None
    observed: tuple[str, ...] = ()
    """Of their datastreams, those of these properties only, where any is named."""
    derived: bool | None = None
    """Of their datastreams, indicators only, or only what sensors said."""

    @property
    def everything(self) -> bool:
        """Whether no thing is left out."""
        return replace(self, observed=(), derived=None) == Choice()

    @property
    def picky(self) -> bool:
        """Whether some datastreams of chosen things are left out."""
        return bool(self.observed) or self.derived is not None

    def takes(self, stream: Datastream) -> bool:
        """Tell whether a datastream of a chosen thing is chosen."""
        of_property = not self.observed or stream.observed_property in self.observed
        return of_property and self.derived in (None, stream.derived)

    def admits(self, thing: Thing) -> bool:
        """Tell whether a thing is chosen."""
        asked = (self.thing, self.kind, self.domain, self.operator, self.district)
        has = (thing.id, thing.kind, domain_of(thing.kind), thing.operator, thing.district)
        return all(wanted is None or wanted == given for wanted, given in zip(asked, has, strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class Estate:
    """The things of the catalogue at a version, by id and in the order of ids."""

    version: int
    things: Mapping[str, Thing]

    def chosen(self, choice: Choice) -> tuple[Thing, ...]:
        """Give the chosen things, ordered by id."""
        return tuple(thing for thing in self.things.values() if choice.admits(thing))


@lru_cache(maxsize=32)
def _ids(estate: Estate, choice: Choice) -> frozenset[str]:
    """Name the chosen things; the city now is asked for again and again, and things change seldom."""
    return frozenset(thing.id for thing in estate.chosen(choice))


@dataclass(frozen=True, slots=True)
class Held:
    """The datastreams that the store holds at a version, in ascending order."""

    version: int
    streams: tuple[Datastream, ...]

    def of(self, thing: str) -> tuple[Datastream, ...]:
        """Give the datastreams of one thing."""
        first = bisect_left(self.streams, thing, key=lambda stream: stream.thing)
        after = bisect_left(self.streams, True, lo=first, key=lambda stream: stream.thing > thing)
        return self.streams[first:after]


@dataclass(frozen=True, slots=True)
class News:
    """The latest observation, as JSON text, of each datastream touched up to a version."""

    version: int
    rows: Mapping[Datastream, str]


class City:
    """Looks things, datastreams and what changed up for every route; safe to call from several threads.

    Nothing is scanned twice: things are read again when the catalogue's version grew, and the store is only asked for
    what changed since the last time. What this process writes into the catalogue is seen at once, what another one
    does ``LOOK_EVERY_S`` later at most: a request would look at the version a dozen times, each time a question to the
    database.
    """

    def __init__(self, services: Services) -> None:
        self.services = services
        self._lock = Lock()
        self._estate = Estate(-1, {})
        self._looked = (-1, float("-inf"))
        self._held = Held(0, ())
        self._known: set[Datastream] = set()
        self._roster = Roster(services.catalogue, services.households)
        self._models: tuple[int, Mapping[str, tuple[str, ...]]] = (-1, {})

    def estate(self) -> Estate:
        """Give the things as they are now."""
        catalogue, now = self.services.catalogue, time.monotonic()
        writes = catalogue.writes
        if writes != self._looked[0] or now > self._looked[1] + LOOK_EVERY_S:
            version = catalogue.version()
            if version != self._estate.version:
                self._estate = Estate(version, {thing.id: thing for thing in catalogue.things()})
            self._looked = (writes, now)
        return self._estate

    def groups(self) -> tuple[Group, ...]:
        """Give the things as they are now, sorted by what is computed of them."""
        with self._lock:
            return self._roster.groups()

    def models(self) -> Mapping[str, tuple[str, ...]]:
        """Name by thing the models of the devices that observe it, those that do so no more last."""
        version = self.estate().version
        if version != self._models[0]:
            self._models = (version, models_of(self.services.catalogue.devices()))
        return self._models[1]

    def held(self) -> Held:
        """Give the store's version and the datastreams it holds now."""
        with self._lock:
            changes = self.services.store.changes(self._held.version)
            new = set(changes.datastreams) - self._known
            self._known |= new
            streams = tuple(sorted(self._known)) if new else self._held.streams
            self._held = Held(max(changes.version, self._held.version), streams)
            return self._held

    def write(self, batch: Batch) -> Written:
        """Store observations that somebody sends. Raises as ``Store.write`` does."""
        return self.services.store.write(batch)

    def book(self, source: str, worker: str, counts: Counts) -> None:
        """Note in the ledger what became of what was sent."""
        self.services.catalogue.settle(source, worker, counts)

    def choose(
        self,
        *,
        thing: str | None = None,
        kind: str | None = None,
        domain: str | None = None,
        operator: str | None = None,
        district: str | None = None,
        properties: Sequence[str] = (),
        derived: bool | None = None,
    ) -> Choice:
        """Take a choice from a query. Raises ProblemError for what is not declared, or an unknown thing."""
        for name in properties:
            demand_property(name)
        demand_declared("kind", kind, kinds())
        demand_declared("domain", domain, domains())
        if thing is not None:
            self.thing(thing)
        return Choice(
            thing=thing,
            kind=kind,
            domain=domain,
            operator=operator,
            district=district,
            observed=tuple(properties),
            derived=derived,
        )

    def thing(self, name: str) -> Thing:
        """Give a thing by its id. Raises ProblemError ``unknown-thing``."""
        things = self.estate().things
        if name not in things:
            detail = (
                f"The catalogue has no thing {name!r}.{did_you_mean(name, things)} /v1/things lists all {len(things)}."
            )
            raise ProblemError("unknown-thing", detail)
        return things[name]

    def stream(self, thing: str, name: str) -> Datastream:
        """Give the datastream of a thing's property, or of a group's.

        Raises ProblemError ``unknown-thing``, ``unknown-property`` or ``household``.
        """
        self.refuse_hidden(Datastream(thing, name, name in derived_properties()))
        known = self.streams_of(thing)
        if name not in known:
            detail = f"The thing {thing!r} has no property {name!r}.{did_you_mean(name, known)} It has {named(known)}."
            raise ProblemError("unknown-property", detail)
        return known[name]

    def streams_of(self, name: str) -> Mapping[str, Datastream]:
        """Give by property the datastreams of a thing, or of a group that results are of: ``district:Stadtmitte``.

        Raises ProblemError ``unknown-thing``.
        """
        held = () if name in self.estate().things else self.held().of(name)
        return {stream.observed_property: stream for stream in held} or self.streams(self.thing(name))

    def streams(self, thing: Thing) -> Mapping[str, Datastream]:
        """Give the datastreams that a thing's kind declares, and whatever else the store holds of it, by property."""
        declared = (Datastream(thing.id, name, name in derived_properties()) for name in properties_of(thing.kind))
        return {stream.observed_property: stream for stream in (*declared, *self.held().of(thing.id))}

    def admitted(self, choice: Choice, streams: Sequence[Datastream]) -> tuple[Datastream, ...]:
        """Keep the datastreams of chosen things; a choice of everything keeps those of forgotten things, too."""
        taken = [one for one in streams if choice.takes(one)] if choice.picky else streams
        if choice.everything:
            return tuple(taken)
        things = replace(choice, observed=(), derived=None)
        chosen = _ids(self.estate(), things)
        return tuple(stream for stream in taken if stream.thing in chosen)

    def refuse_hidden(self, stream: Datastream) -> None:
        """Raise ProblemError ``household`` for a datastream that is kept from who asks, where they may know why."""

    def refuse_withheld(self, thing: str, properties: Sequence[str]) -> None:
        """Raise ProblemError ``household`` where of a thing, or of these properties of it, something is kept back."""

    def withheld(self, choice: Choice) -> tuple[Datastream, ...]:
        """Give the datastreams of chosen things that are kept from who asks, where they may know why: households'."""
        del choice
        return ()

    def news(self, after: int) -> News:
        """Tell what was touched after a version; all there is where the version is from another, further store."""
        changes = self.services.store.changes(after)
        if changes.version < after:
            changes = self.services.store.changes(0)
        batch = self.services.store.latest(changes.datastreams) if changes.datastreams else Batch.empty()
        rows = latest_rows(batch).to_pylist()
        return News(changes.version, dict(zip((batch.datastreams[i] for i in batch.datastream), rows, strict=True)))


def models_of(devices: Devices) -> Mapping[str, tuple[str, ...]]:
    """Name by thing the models of its devices, the open assignments first, and of these the last one."""
    found: dict[str, list[Device]] = {}
    for each in (one for observed in devices.values() for one in observed):
        found.setdefault(each.thing.id, []).append(each)
    for mine in found.values():
        mine.sort(key=lambda one: (one.valid_to is not None, -(one.valid_from or 0)))
    return {thing: tuple(dict.fromkeys(one.model for one in mine)) for thing, mine in found.items()}


def demand_declared(parameter: str, given: str | None, known: Iterable[str]) -> None:
    """Raise ProblemError ``bad-value`` for a name that is not among the declared ones; None passes."""
    names = sorted(known)
    if given is not None and given not in names:
        detail = f"There is no {parameter} {given!r}.{did_you_mean(given, names)} Known: {named(names)}."
        raise ProblemError("bad-value", detail, parameter=parameter)


def demand_property(name: str | None) -> None:
    """Raise ProblemError ``bad-value`` for a property that nothing declares; None passes."""
    demand_declared("property", name, all_properties())
