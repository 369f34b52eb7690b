"""Things of one kind and the indicators made of the same of their observed properties: what is read once together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from processing.due import Touched, nothing_touched
from processing.indicators import indicators
from processing.rows import Rows
from sensors.kinds import kinds
from sensors.model import Batch, Datastream

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from processing.indicator import Indicator
    from sensors.model import Devices, Thing


@dataclass(frozen=True, slots=True)
class Group:
    """What is read once together."""

    inputs: tuple[str, ...]
    indicators: tuple[Indicator, ...]
    things: tuple[Thing, ...]
    exchanges: tuple[tuple[int, ...], ...] = ()
    """Of each thing the instants [ms] at which another device began to observe it."""

    def take(self, chosen: NDArray[np.intp]) -> Group:
        """Select things by index."""
        things = tuple(self.things[place] for place in chosen)
        return replace(self, things=things, exchanges=tuple(self.exchanges[place] for place in chosen))

    def streams(self) -> tuple[Datastream, ...]:
        """Name what is read: of every input the things in turn."""
        return tuple(Datastream(thing.id, name) for name in self.inputs for thing in self.things)

    def touched(
        self, streams: Sequence[Datastream], first: NDArray[np.datetime64], last: NDArray[np.datetime64]
    ) -> Touched:
        """Gather spans of datastreams, shape (k,), into spans of things; those of others are left out."""
        thing = np.array(places(streams, self.streams()), dtype=np.int64)
        mine = thing >= 0
        thing = thing[mine] % max(len(self.things), 1)
        found = nothing_touched(len(self.things))
        np.minimum.at(found.first, thing, first[mine].view(np.int64))
        np.maximum.at(found.last, thing, last[mine].view(np.int64))
        return found

    def rows(self, batch: Batch) -> dict[str, Rows]:
        """Sort what was read by input; series i is that of thing i."""
        place = row_places(batch, self.streams())
        count = len(self.things)
        return {name: _rows(batch, place - number * count, count) for number, name in enumerate(self.inputs)}


def groups(things: Iterable[Thing], devices: Devices) -> tuple[Group, ...]:
    """Sort things by what is computed of them."""
    of_kind: dict[str, list[Thing]] = defaultdict(list)
    for thing in things:
        of_kind[thing.kind].append(thing)
    began = _exchanges(devices)
    return tuple(
        Group(inputs, tuple(made), tuple(of_kind[kind]), tuple(began.get(thing.id, ()) for thing in of_kind[kind]))
        for (kind, inputs), made in _made().items()
        if of_kind[kind]
    )


def _exchanges(devices: Devices) -> dict[str, tuple[int, ...]]:
    """Give by thing when a device began to observe it, where that is known."""
    found: dict[str, tuple[int, ...]] = {}
    for device in (device for observed in devices.values() for device in observed):
        if device.valid_from is not None:
            found[device.thing.id] = (*found.get(device.thing.id, ()), device.valid_from)
    return found


def _made() -> dict[tuple[str, tuple[str, ...]], list[Indicator]]:
    """Sort the indicators by the kind they are made for and what they are made of."""
    made: dict[tuple[str, tuple[str, ...]], list[Indicator]] = defaultdict(list)
    for indicator in indicators().values():
        for kind in indicator.kinds:
            observed = tuple(prop.name for prop in kinds()[kind].properties if prop.name in indicator.inputs)
            made[kind, observed].append(indicator)
    return made


def places(streams: Iterable[Datastream], wanted: Sequence[Datastream]) -> list[int]:
    """Find datastreams among those wanted, -1 where they are not."""
    place = {stream: number for number, stream in enumerate(wanted)}
    return [place.get(stream, -1) for stream in streams]


def row_places(batch: Batch, wanted: Sequence[Datastream]) -> NDArray[np.int64]:
    """Tell for each row which of the wanted datastreams it belongs to. [index], shape (n,)."""
    codes, inverse = np.unique(batch.datastream, return_inverse=True)
    place = np.array(places((batch.datastreams[code] for code in codes), wanted), dtype=np.int64)
    return place[inverse]


def _rows(batch: Batch, series: NDArray[np.int64], count: int) -> Rows:
    mine = (series >= 0) & (series < count)
    if not mine.all():
        batch, series = batch.take(mine), series[mine]
    return Rows.of(count, series, batch.phenomenon_time, batch.result, batch.quality)
