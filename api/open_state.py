"""The open data of a city as it is now: what operators have marked as public, and what is known of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from api.feed import Column, State
from processing.group import groups, row_places
from processing.now import present
from processing.region import Region
from sensors.kinds import kinds, properties
from sensors.model import TIME, Batch, Datastream
from sensors.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from api.city import City, Estate
    from processing.group import Group
    from sensors.model import Thing
    from storage.store import Store

KEPT = np.timedelta64(5, "s")
"""How long a state is given again, so that many readers cost as much as one."""


class OpenState:
    """Remembers the state of the public things for some seconds; safe to call from several threads."""

    def __init__(self, city: City) -> None:
        self._city = city
        self._lock = Lock()
        self._estate: Estate | None = None
        self._groups: tuple[Group, ...] = ()
        self._state: State | None = None

    def at(self, moment: np.datetime64) -> State:
        """Give the state at a moment, or one that is some seconds older."""
        with self._lock:
            estate = self._city.estate()
            if estate is not self._estate or self._state is None or not self._fresh(self._state, moment):
                self._state = self._make(estate, moment)
            return self._state

    @staticmethod
    def _fresh(state: State, moment: np.datetime64) -> bool:
        return bool(state.moment <= moment < state.moment + KEPT)

    def _make(self, estate: Estate, moment: np.datetime64) -> State:
        things = tuple(thing for thing in estate.things.values() if thing.public)
        if estate is not self._estate:
            self._groups = tuple(_at_hand(groups(things, {})))
            self._estate = estate
        services = self._city.services
        columns = dict(observed(services.store, things, moment))
        columns |= followed(services.store, self._groups, things, moment, Region(services.zone, services.land))
        return State(services.city, moment, services.link, things, columns)


def _at_hand(every: Iterable[Group]) -> Iterator[Group]:
    """Keep the indicators of single things that the newest observations suffice for; sensor health is not for all."""
    for group in every:
        chosen = tuple(one for one in group.indicators if one.lookback == timedelta(0) and one.domain != "health")
        if chosen and not group.groups:
            yield replace(group, indicators=chosen)


def _properties(kind: str) -> Iterator[str]:
    """Name what is observed of a kind itself, not of its device."""
    return (prop.name for prop in kinds()[kind].properties) if kind in kinds() else iter(())


def observed(store: Store, things: Sequence[Thing], moment: np.datetime64) -> Iterator[tuple[str, Column]]:
    """Give by property what sensors said last of things, as far as it holds at a moment. Columns of shape (n,)."""
    streams = [(at, name) for at, thing in enumerate(things) for name in _properties(thing.kind)]
    if not streams:
        return
    wanted = [Datastream(things[at].id, name) for at, name in streams]
    batch = store.latest(wanted, moment)
    place = row_places(batch, wanted)
    thing = np.array([at for at, _ in streams], dtype=np.int64)[place]
    spoken = np.array([name for _, name in streams])[place]
    for name in np.unique(spoken):
        rows = np.flatnonzero(spoken == name)
        yield str(name), _column(batch.take(rows), thing[rows], len(things), moment, properties()[str(name)].max_hold)


def _column(batch: Batch, thing: NDArray[np.int64], n: int, moment: np.datetime64, hold: timedelta) -> Column:
    """Put the rows of one property beside their things; what holds no longer, or failed, stays unknown."""
    column = Column.unknown(n)
    until = batch.phenomenon_time + np.timedelta64(hold)
    usable = ~np.isnan(batch.result) & (batch.quality != Quality.FAIL) & (until > moment)
    these = thing[usable]
    column.value[these] = batch.result[usable]
    column.time[these] = batch.phenomenon_time[usable]
    column.quality[these] = batch.quality[usable]
    return column


def followed(
    store: Store, found: Sequence[Group], things: Sequence[Thing], moment: np.datetime64, region: Region
) -> Mapping[str, Column]:
    """Give by name the indicators of things at a moment that are made of newest observations alone."""
    place = {thing.id: at for at, thing in enumerate(things)}
    columns: dict[str, Column] = {}
    for one in present(store, found, moment, region):
        column = columns.setdefault(one.indicator.name, Column.unknown(len(things)))
        these = np.array([place[thing.id] for thing in one.things], dtype=np.int64)
        known = ~np.isnan(one.results.value[:, 0])
        column.value[these[known]] = one.results.value[known, 0]
        column.time[these[known]] = moment.astype(TIME)
        column.quality[these[known]] = one.results.quality[known, 0]
    return columns
