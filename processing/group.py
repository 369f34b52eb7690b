"""Things of one kind and the indicators made of the same of their observed properties: what is read once together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cache, reduce
from itertools import chain, count, repeat
from operator import or_
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from processing.calendar import WINDOWS
from processing.check import Reach
from processing.control import control, reach
from processing.due import Touched, nothing_touched
from processing.households import cells, counted, rows_in_company
from processing.indicator import Members
from processing.indicators import derived_properties, every_formula, kinds_of, window_of
from processing.lazily import lazily
from processing.rows import NEVER, Rows
from processing.scopes import members_of, scopes
from processing.windows import milliseconds
from sensors.groups import is_of_group
from sensors.households import LEAST
from sensors.kinds import kinds, properties
from sensors.model import Batch, Datastream, Thing, nothing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from processing.indicator import Indicator
    from sensors.model import Devices


@dataclass(frozen=True, slots=True)
class Input:
    """An observed property that indicators are made of, and who observes it."""

    name: str
    derived: bool
    reference: str = ""
    """The site property that names the thing that observes it; empty where a thing does so itself."""
    span: int = 0
    """How long a result of another indicator speaks for: its window, at its longest. [ms]"""

    def observer(self, thing: Thing) -> str:
        """Name the thing that observes it for a thing; empty where nobody does."""
        if not self.reference:
            return thing.id
        named = thing.properties.get(self.reference, "")
        return named if isinstance(named, str) else ""

    def streams(self, things: Sequence[Thing]) -> tuple[Datastream, ...]:
        """Name the datastream that holds it for each thing; that of nobody where nobody observes it."""
        observers = [self.observer(thing) for thing in things] if self.reference else [thing.id for thing in things]
        return Datastream.of_each(observers, self.name, derived=self.derived)


@dataclass(frozen=True)
class Group:
    """What is read once together."""

    inputs: tuple[Input, ...]
    indicators: tuple[Indicator, ...]
    things: tuple[Thing, ...]
    """Those that are observed."""
    exchanges: tuple[tuple[int, ...], ...] = ()
    """Of each thing the instants [ms] at which another device began to observe it."""
    groups: tuple[Thing, ...] = ()
    """Those that results are of, where these are groups of things: districts, operators, the city."""
    members: Members = field(default_factory=Members.none)
    reach: Reach = field(default_factory=Reach)
    """How far before and after an observation others can matter to its flag."""
    marks: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """Of each of a whole group's targets a number that only depends on its id, for workers to share them out."""
    cells: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """Of each thing that values of groups are made of its household's cell, -1: none; see ``processing.households``."""
    households: int = LEAST
    """How many of a cell count together."""
    once: bool = False
    """Whether results of days stay as they were told first, which they are when the next day is known."""
    again: bool = False
    """Whether somebody asks for results anew that would stay."""
    of_days: bool = False
    """Whether its things are groups, and results are made of these groups' own days."""

    @property
    def targets(self) -> tuple[Thing, ...]:
        """Those that results are of."""
        return self.groups or self.things

    def take(self, chosen: NDArray[np.intp]) -> Group:
        """Select those that results are of, by ascending index, and the things that they are made of."""
        if len(chosen) == len(self.targets):
            return self  # with what has been found of it
        if not self.groups:
            return self._of_things(chosen)
        mine = np.isin(self.members.group, chosen)
        needed, thing = np.unique(self.members.thing[mine], return_inverse=True)
        members = Members(thing, np.searchsorted(chosen, self.members.group[mine]), len(chosen))
        some = tuple(self.groups[place] for place in chosen)
        return replace(self._of_things(needed), groups=some, members=members)

    def _of_things(self, chosen: NDArray[np.int64]) -> Group:
        places = chosen.tolist()
        things = tuple([self.things[place] for place in places])
        exchanges = tuple([self.exchanges[place] for place in places])
        own = self.cells[chosen] if len(self.cells) else self.cells
        return replace(self, things=things, exchanges=exchanges, cells=own)

    @lazily
    def _streams(self) -> tuple[Datastream, ...]:
        named = dict.fromkeys(chain.from_iterable(one.streams(self.things) for one in self.inputs))
        return tuple([stream for stream in named if stream.thing])

    def streams(self) -> tuple[Datastream, ...]:
        """Name what is read, each datastream once."""
        return self._streams

    def touched(self, spans: Spans, names: Sequence[str] = ()) -> Touched:
        """Gather spans of datastreams, of the named inputs if any are, into spans of those that results are of."""
        found = nothing_touched(len(self.things))
        for one in (one for one in self.inputs if not names or one.name in names):
            observers, first, last = spans.of(one)
            if observers:
                thing, place = self._observing(one, observers)
                before, after = (0, 0) if one.derived else (self.reach.before, self.reach.after)
                np.minimum.at(found.first, thing, first[place] - after)
                np.maximum.at(found.last, thing, last[place] + before)
        return self._of_targets(found) if self.groups else found

    def touched_by_indicator(self, spans: Spans) -> Iterator[tuple[Indicator, Touched, Touched]]:
        """Give for each indicator the spans of all that it is made of, and of what can matter to windows before it."""
        touched = self.touched(spans)
        for one in self.indicators:
            yield one, touched, self.touched(spans, one.lookahead_of) if one.lookahead_of else touched

    def _observing(self, one: Input, observers: Mapping[str, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pair things with the place of whoever observes an input for them."""
        if one.reference:
            place = np.array([observers.get(one.observer(thing), -1) for thing in self.things], dtype=np.int64)
            thing = np.flatnonzero(place >= 0)
            return thing, place[thing]
        thing = np.fromiter(map(self._places.get, observers, repeat(-1)), dtype=np.int64, count=len(observers))
        place = np.fromiter(observers.values(), dtype=np.int64, count=len(observers))
        return thing[thing >= 0], place[thing >= 0]

    @lazily
    def _places(self) -> Mapping[str, int]:
        """Name the place of each thing by its id."""
        return {thing.id: place for place, thing in enumerate(self.things)}

    @lazily
    def places(self) -> NDArray[np.float64]:
        """Give longitude and latitude of each thing, shape (s, 2)."""
        return np.array([(thing.longitude, thing.latitude) for thing in self.things]).reshape(-1, 2)

    @lazily
    def changes(self) -> NDArray[np.int64]:
        """Give the instants at which a site of its things changed. [ms], ascending."""
        return np.unique([each.since for thing in self.things for each in thing.calibrations]).astype(np.int64)

    def _of_targets(self, found: Touched) -> Touched:
        gathered = nothing_touched(len(self.groups))
        np.minimum.at(gathered.first, self.members.group, found.first[self.members.thing])
        np.maximum.at(gathered.last, self.members.group, found.last[self.members.thing])
        return gathered

    def known_until(self, rows: Mapping[str, Rows]) -> NDArray[np.int64]:
        """Tell until when the newest usable row of each thing speaks, of whichever input. [ms], shape (s,)."""
        until = [rows[one.name].newest() + one.span for one in self.inputs]
        newest: NDArray[np.int64] = np.max(until, axis=0, initial=-NEVER)
        return newest

    def rows(self, batch: Batch, moment: int) -> dict[str, Rows]:
        """Sort what was read by input and examine it; every row is kept. Series i is that of thing i.

        A thing's own thresholds are those of its site at a moment [ms].
        """
        sites = [thing.site(moment) for thing in self.things]
        return {one.name: self._rows(one, batch, sites) for one in self.inputs}

    def _rows(self, one: Input, batch: Batch, sites: Sequence[Mapping[str, Any]]) -> Rows:
        streams = one.streams(self.things)
        if not one.reference:
            rows = _rows(batch, streams, derived=one.derived)
            told = rows_in_company(rows, self.cells, self.households) if self.groups else rows
            return _examined(one, told, sites)
        different = list(dict.fromkeys(stream for stream in streams if stream.thing))
        chosen = np.array(places(streams, different), dtype=np.int64)
        known = _rows(batch, different, derived=one.derived)
        return _examined(one, known, [nothing()] * len(different)).repeated(chosen)


@dataclass(frozen=True, slots=True)
class Spans:
    """First and last time of datastreams [ms], by what they observe."""

    _of: Mapping[tuple[str, bool], tuple[Mapping[str, int], NDArray[np.int64], NDArray[np.int64]]]

    @classmethod
    def sorted(
        cls, streams: Sequence[Datastream], first: NDArray[np.datetime64], last: NDArray[np.datetime64]
    ) -> Spans:
        """Sort spans of datastreams, shape (k,); each occurs once."""
        found: dict[tuple[str, bool], tuple[dict[str, int], list[int]]] = defaultdict(lambda: ({}, []))
        for number, (thing, observed_property, derived) in enumerate(streams):
            places, numbers = found[observed_property, derived]
            places[thing] = len(numbers)
            numbers.append(number)
        begin, end = first.view(np.int64), last.view(np.int64)
        return cls({observed: (places, begin[these], end[these]) for observed, (places, these) in found.items()})

    def tell(self, group: Group) -> bool:
        """Tell whether any of them may be one that a group is made of."""
        return any((one.name, one.derived) in self._of for one in group.inputs)

    def of(self, one: Input) -> tuple[Mapping[str, int], NDArray[np.int64], NDArray[np.int64]]:
        """Give the places of those who observe an input, and the spans at these places."""
        nobody = np.empty(0, dtype=np.int64)
        return self._of.get((one.name, one.derived), (nothing(), nobody, nobody))


def groups(things: Sequence[Thing], devices: Devices, households: int = LEAST) -> tuple[Group, ...]:
    """Sort things by what is computed of them; values of groups are made of so many ``households`` at least.

    A thing with the id of a group is left out: both would write results under one name, each over the other's.
    """
    of_kind: dict[str, list[Thing]] = defaultdict(list)
    things = [thing for thing in things if not is_of_group(thing.id)]
    for thing in things:
        of_kind[thing.kind].append(thing)
    began, cell = _exchanges(devices), cells(things)
    told = counted(things, cell, households)
    return (*_of_kinds(of_kind, began), *_of_groups(told, began, cell, households))


@cache
def _made_of_things() -> Mapping[tuple[str, tuple[Input, ...]], tuple[Indicator, ...]]:
    """Sort the indicators of things by kind and by what they are made of."""
    made: dict[tuple[str, tuple[Input, ...]], list[Indicator]] = defaultdict(list)
    for indicator in every_formula():
        for kind in () if indicator.of_groups else indicator.kinds:
            made[kind, _inputs(indicator, kind)].append(indicator)
    return {key: tuple(indicators) for key, indicators in made.items()}


def _of_kinds(of_kind: Mapping[str, Sequence[Thing]], began: Mapping[str, tuple[int, ...]]) -> Iterator[Group]:
    for (kind, inputs), indicators in _made_of_things().items():
        if kind in of_kind:
            exchanges = tuple(began.get(thing.id, ()) for thing in of_kind[kind])
            mine = tuple(of_kind[kind])
            yield Group(inputs, indicators, mine, exchanges, reach=_reach(inputs, mine), marks=_marks(mine))


@cache
def _made_of_groups() -> Mapping[tuple[tuple[str, ...], tuple[Input, ...]], tuple[Indicator, ...]]:
    """Sort the indicators of groups of things by the kinds of their members and by what they are made of."""
    made: dict[tuple[tuple[str, ...], tuple[Input, ...]], list[Indicator]] = defaultdict(list)
    for indicator in every_formula():
        if indicator.of_groups:
            every = dict.fromkeys(one for kind in indicator.kinds for one in _inputs(indicator, kind))
            made[indicator.kinds, tuple(every)].append(indicator)
    return {key: tuple(indicators) for key, indicators in made.items()}


def _of_groups(
    things: Sequence[Thing], began: Mapping[str, tuple[int, ...]], cell: Mapping[str, int], households: int
) -> Iterator[Group]:
    """Give what is computed of groups of things: by the kinds that an indicator is made for."""
    of_kinds = {
        of: _scoped(tuple(thing for thing in things if thing.kind in of), began, cell, households)
        for of, _ in _made_of_groups()
    }
    for (of, inputs), indicators in _made_of_groups().items():
        whole = of_kinds[of]
        if whole.things:
            yield replace(whole, inputs=inputs, indicators=indicators, reach=_reach(inputs, whole.things))


def _scoped(
    things: tuple[Thing, ...], began: Mapping[str, tuple[int, ...]], cell: Mapping[str, int], households: int
) -> Group:
    """Give what is the same for all indicators of some things: the groups that they belong to."""
    found = scopes(things)
    named = tuple(scope.thing for scope in found)
    return Group(
        inputs=(),
        indicators=(),
        things=things,
        exchanges=tuple(began.get(thing.id, ()) for thing in things),
        groups=named,
        members=members_of(found, things),
        marks=_marks(named),
        cells=np.array([cell.get(thing.id, -1) for thing in things], dtype=np.int64),
        households=households,
    )


def _marks(things: Sequence[Thing]) -> NDArray[np.int64]:
    return np.array([crc32(thing.id.encode()) for thing in things], dtype=np.int64)


def _inputs(indicator: Indicator, kind: str) -> tuple[Input, ...]:
    """Name what an indicator is made of for one kind of thing: what it observes, what is derived, what others see."""
    own = {prop.name for prop in kinds()[kind].properties}
    return tuple(
        Input(name, name in derived_properties(), indicator.references.get(name, ""), _span(name))
        for name in indicator.inputs
        if name in own or _is_derived(indicator, name, kind) or name in indicator.references
    )


def _is_derived(indicator: Indicator, name: str, kind: str) -> bool:
    """Tell whether an input is a result of another indicator; what only weighs values is read of kinds that have it."""
    return name in derived_properties() and (name != indicator.weighed_by or kind in kinds_of()[name])


def _span(name: str) -> int:
    window = window_of().get(name)
    return 0 if window is None else milliseconds(WINDOWS[window].longest)


def _exchanges(devices: Devices) -> dict[str, tuple[int, ...]]:
    """Give by thing when a device began to observe it, where that is known."""
    found: dict[str, tuple[int, ...]] = {}
    for device in (device for observed in devices.values() for device in observed):
        if device.valid_from is not None:
            found[device.thing.id] = (*found.get(device.thing.id, ()), device.valid_from)
    return found


def places(streams: Iterable[Datastream], wanted: Sequence[Datastream]) -> list[int]:
    """Find datastreams among those wanted, -1 where they are not."""
    place = dict(zip(wanted, count()))
    return list(map(place.get, streams, repeat(-1)))


def row_places(batch: Batch, wanted: Sequence[Datastream]) -> NDArray[np.int64]:
    """Tell for each row which of the wanted datastreams it belongs to. [index], shape (n,)."""
    codes = batch.datastream
    begin = np.flatnonzero(np.append(True, codes[1:] != codes[:-1])[: len(codes)])
    place = np.array(places((batch.datastreams[code] for code in codes[begin].tolist()), wanted), dtype=np.int64)
    return np.repeat(place, np.diff(begin, append=len(codes)))


def _rows(batch: Batch, wanted: Sequence[Datastream], *, derived: bool) -> Rows:
    series = row_places(batch, wanted)
    mine = series >= 0
    if not mine.all():
        batch, series = batch.take(mine), series[mine]
    received = batch.result_time.astype("datetime64[ms]").view(np.int64)
    further: dict[str, NDArray[Any]] = (
        {"coverage": batch.coverage.astype(np.float64), "samples": batch.samples.astype(np.int64)}
        if derived
        else {"revision": batch.revision.astype(np.int64)}
    )
    return Rows.every(
        len(wanted), series, batch.phenomenon_time, batch.result, batch.quality, received=received, **further
    )


def _examined(one: Input, rows: Rows, sites: Sequence[Mapping[str, Any]]) -> Rows:
    """Let what sensors said pass the quality control; results have passed it with what they were made of."""
    if one.derived:
        return rows
    found = control(rows, properties()[one.name], sites)
    return replace(rows, quality=found.flags, reasons=found.reasons)


def _reach(inputs: Iterable[Input], things: Sequence[Thing]) -> Reach:
    """Tell how far flags reach, over all that the sites of things have ever said."""
    said = [site for thing in things for site in (thing.properties, *(each.properties for each in thing.calibrations))]
    return reduce(or_, (reach(properties()[one.name], said) for one in inputs if not one.derived), Reach())
