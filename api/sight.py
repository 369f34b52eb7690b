"""What a tenant sees of the city at one version of the catalogue: things, and datastreams of things and groups.

One rule, asked for every datastream that is listed, read or told, whichever way somebody asks:

* A thing is seen by the city, by its operator, and by everybody where it is public. A household's is never public.
* A household's observations are seen by nobody, but for what tells how the device is, by its operator and the city.
* A group's results are seen by who sees every one of its members, those that it once had among them, and by nobody
  where it has nothing but households too few to be told of.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING

from api.access import CITY
from processing.households import cells, counted, households, references
from processing.indicators import kinds_of, with_forecasts
from processing.scopes import names_of
from sensors.households import OF_THE_DEVICE, is_household
from sensors.model import nothing
from sensors.naming import spelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from api.access import Tenant
    from sensors.model import Datastream, Thing


@dataclass(frozen=True)
class Everything:
    """All things of the catalogue at a version, with their households and groups."""

    version: int
    things: Mapping[str, Thing]
    least: int
    """How many households a sum needs."""
    retired: tuple[Thing, ...] = ()
    """Those that are on the register no more: a household's readings stay its own."""
    observed: Mapping[str, frozenset[str]] = field(default_factory=nothing)
    """By device id the ids of all things that it observes or ever has."""
    former: tuple[Thing, ...] = ()
    """Things as they were before: of another kind, operator, district or site."""

    @cached_property
    def households(self) -> frozenset[str]:
        """Ids of households' things, those that are gone among them."""
        return households((*self.things.values(), *self.retired))

    @cached_property
    def marked(self) -> frozenset[str]:
        """Ids of the things that were ever marked as a household's."""
        return frozenset(thing.id for thing in (*self.things.values(), *self.retired) if is_household(thing))

    @cached_property
    def of_households(self) -> frozenset[str]:
        """Ids, spelled alike, of the devices that observe a household's thing or ever have."""
        own = self.households
        return frozenset(spelled(device) for device, things in self.observed.items() if things & own)

    @cached_property
    def operators(self) -> Mapping[str, frozenset[str]]:
        """Whose things each device observes and has observed, by its id spelled alike; empty: nobody's."""
        of = {thing.id: thing.operator for thing in (*self.retired, *self.things.values())}
        found: dict[str, frozenset[str]] = {}
        for device, things in self.observed.items():
            name = spelled(device)
            found[name] = found.get(name, frozenset()) | {of.get(thing, "") for thing in things}
        return found

    def stays_household(self, thing: Thing) -> bool:
        """Tell whether a thing, as somebody would have it, is a household's: marked, or made of what one observes."""
        named = (thing.properties.get(name) for name in references())
        return is_household(thing) or any(isinstance(one, str) and one in self.marked for one in named)

    @cached_property
    def counted(self) -> frozenset[str]:
        """Ids of the things of which values of groups are made."""
        every = self.things.values()
        return frozenset(thing.id for thing in counted(every, cells(every), self.least))

    @cached_property
    def members(self) -> Mapping[str, tuple[Thing, ...]]:
        """The things of each group, by its id."""
        found: dict[str, list[Thing]] = defaultdict(list)
        for thing in self.things.values():
            for name in names_of(thing):
                found[name].append(thing)
        return {name: tuple(several) for name, several in found.items()}

    @cached_property
    def ever(self) -> Mapping[str, frozenset[tuple[str, str]]]:
        """Ids of the things that are, or ever were, in each group, by its id, with the kinds that they had there."""
        found: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for thing in (*self.things.values(), *self.retired, *self.former):
            for name in names_of(thing):
                found[name].add((thing.id, thing.kind))
        return {name: frozenset(several) for name, several in found.items()}

    @cached_property
    def known(self) -> Mapping[str, Thing]:
        """Every thing as it is, or was when it was retired, by its id."""
        return {thing.id: thing for thing in (*self.retired, *self.things.values())}

    @cached_property
    def gone(self) -> frozenset[str]:
        """Ids of the things that are on the register no more, but for households'."""
        return frozenset(thing.id for thing in self.retired) - self.households


class Sight:
    """What a tenant sees; asked for the same datastream again it remembers. Safe to call from several threads."""

    def __init__(self, tenant: Tenant, every: Everything) -> None:
        self.tenant = tenant
        self.every = every
        self._seen: dict[Datastream, bool] = {}
        self.all = tenant == CITY and not every.households
        """Whether nothing is hidden."""

    @cached_property
    def things(self) -> Mapping[str, Thing]:
        """The things that are seen, by id and in the order of ids."""
        every = self.every.things
        return every if self.tenant.whole else {name: thing for name, thing in every.items() if self._thing(thing)}

    def sees(self, stream: Datastream) -> bool:
        """Tell whether a datastream's observations are seen."""
        if self.all:
            return True
        known = self._seen.get(stream)
        if known is None:
            known = self._seen[stream] = self._stream(stream)
        return known

    def seen(self, streams: Iterable[Datastream]) -> tuple[Datastream, ...]:
        """Keep the datastreams that are seen, in their order."""
        return tuple(streams) if self.all else tuple(stream for stream in streams if self.sees(stream))

    def hides(self, stream: Datastream) -> bool:
        """Tell whether a datastream is kept from a tenant who may know why: it is, or would be, of households alone."""
        if stream.thing in self.things:
            return not self.sees(stream)
        members = self._members(stream)
        return bool(members) and all(one.id in self.things for one in members) and not self.sees(stream)

    def sees_results(self, of: str, kinds: Iterable[str]) -> bool:
        """Tell whether indicators of a thing, or of a group's members of some kinds, are seen."""
        thing = self.every.things.get(of)
        if thing is not None:
            return self._thing(thing) and of not in self.every.households and of not in self.every.members
        return self._of(self._ever(of, kinds))

    def would_hide(self, thing: Thing) -> str | None:
        """Name a group whose values others see and would see no more if a thing, not public, were in it; or None."""
        if self.tenant.whole:
            return None
        kinds = summed_with(thing.kind)
        return next((name for name in names_of(thing) if self._blinds(self._ever(name, kinds))), None)

    def _blinds(self, members: Sequence[Thing]) -> bool:
        """Tell whether others see what rests on some things, and that would end with one more of the tenant's own."""
        hiding = {one.operator for one in members if not one.public}
        others = [one for one in members if one.operator != self.tenant.operator]
        return bool(others) and self.tenant.operator not in hiding and len(hiding) <= 1

    def _thing(self, thing: Thing) -> bool:
        if self.tenant.whole or (thing.operator and thing.operator == self.tenant.operator):
            return True
        return thing.public and thing.id not in self.every.households

    def _counts_for(self, thing: Thing) -> bool:
        """Tell whether a tenant may be told what a thing adds to a group's result."""
        return self.tenant.whole or thing.public or (bool(thing.operator) and thing.operator == self.tenant.operator)

    def _stream(self, stream: Datastream) -> bool:
        thing = self.every.things.get(stream.thing)
        if thing is not None and not self._of_thing(thing, stream):
            return False
        if thing is not None and thing.id not in self.every.members:
            return True
        if thing is None and stream.thing in self.every.households:
            return False
        members = self._ever(stream.thing, _kinds(stream))  # also of a thing that was called as a group is
        if not members:
            # of a thing or group that the catalogue has no more, or never had: nobody can say who is in it
            return self.tenant.whole and not (stream.derived and self.every.households)
        return self._of(members)

    def _of(self, members: Sequence[Thing]) -> bool:
        """Tell whether what rests on some things together is seen."""
        told = self.every.counted | self.every.gone
        return any(one.id in told for one in members) and all(map(self._counts_for, members))

    def _of_thing(self, thing: Thing, stream: Datastream) -> bool:
        told = not stream.derived and stream.observed_property in OF_THE_DEVICE
        return self._thing(thing) and (told or thing.id not in self.every.households)

    def _members(self, stream: Datastream) -> tuple[Thing, ...]:
        """Give the things that a group's result is made of; none for what is no group's result."""
        kinds = _kinds(stream)
        return tuple(one for one in self.every.members.get(stream.thing, ()) if one.kind in kinds)

    def _ever(self, group: str, kinds: Iterable[str]) -> tuple[Thing, ...]:
        """Give the things of some kinds that earlier or newest results of a group are made of."""
        wanted = frozenset(kinds)
        return tuple(self.every.known[id_] for id_, kind in self.every.ever.get(group, ()) if kind in wanted)


@cache
def summed_with(kind: str) -> frozenset[str]:
    """Name the kinds whose things are summed up with those of a kind, itself among them; of what is used and happens.

    How devices are is told of all kinds together.
    """
    every = (one for one in with_forecasts() if one.domain != "health" and (one.of_groups or one.grouping is not None))
    return frozenset({kind}.union(*(one.kinds for one in every if kind in one.kinds)))


def _kinds(stream: Datastream) -> frozenset[str]:
    return kinds_of().get(stream.observed_property, frozenset()) if stream.derived else frozenset()
