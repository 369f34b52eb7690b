"""The simulated city: its places, and every uplink that their devices send, ordered by time.

Everything is drawn by whole UTC days, so the same seed gives the same messages however a span is cut.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from simulators import containers, lots, meters, spaces
from simulators.faults import NO_COUNTER, Told
from simulators.letters import Letters
from simulators.places import ROSTOCK, read_places
from simulators.rhythm import DAY
from simulators.uplink import REJOIN, Frame, Uplinks, in_time, join, rank

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from numpy.typing import NDArray

    from simulators.places import Place
    from simulators.publish import Letter


class City:
    """A city of car parks, single spaces, containers and meters, repeatable from its seed.

    Faults are done to what ``told`` gives: the truth stays what it is.
    """

    def __init__(self, path: Path = ROSTOCK, *, seed: int = 1) -> None:
        read = read_places(path)
        self.seed = seed
        self.places = read.places
        self.lots = lots.Lots(seed, *self._of(lots.KIND))
        self.spaces = spaces.Spaces(seed, *self._of(*spaces.KINDS))
        self.containers = containers.Containers(seed, *self._of(containers.KIND))
        self.meters = meters.Meters(seed, *self._of(meters.KIND))
        self._letters = Letters(seed, read)
        self._plain = np.array([place.network == "plain" for place in read.places], dtype=bool)
        self._day = lru_cache(maxsize=16)(self._draw_day)
        self._counted = lru_cache(maxsize=4)(self._count_frames)

    def events(self, start: datetime | int, end: datetime | int) -> Uplinks:
        """Give all uplinks published in [start, end), ordered by time; instants as datetime or ms since 1970 UTC."""
        first, last = milliseconds(start), milliseconds(end)
        days = range(first // DAY, -(-last // DAY))
        return join(_between(self._counted(day), first, last) for day in days)

    def message(self, uplinks: Uplinks, row: int) -> tuple[str, bytes]:
        """Write one uplink as its network publishes it: topic and payload."""
        return self._letters.write(uplinks, row)

    def told(self, uplinks: Uplinks) -> Told:
        """Give uplinks as messages that faults can be done to."""
        meter = np.isin(uplinks.frame, (Frame.METER, Frame.METER_ENERGY))
        clocked = self._plain[uplinks.device] | np.isin(uplinks.frame, (Frame.METER_ENERGY, Frame.METER_POWER))
        counter = np.where(meter, uplinks.reading[:, 0], NO_COUNTER)

        def write(row: int, jump: int, counter: int) -> Letter:
            if jump == 0 and counter == NO_COUNTER:
                return self.message(uplinks, row)
            return self.message(_altered(uplinks.take(slice(row, row + 1)), jump, counter), 0)

        return Told(uplinks.device, uplinks.time, counter, clocked, write)

    def things(self, *kinds: str) -> tuple[str, ...]:
        """Name the things of some kinds, in the order of the truth's rows."""
        return tuple(place.thing for place in self.places if place.kind in kinds)

    def _of(self, *kinds: str) -> tuple[tuple[Place, ...], NDArray[np.int32]]:
        index = [i for i, place in enumerate(self.places) if place.kind in kinds]
        return tuple(self.places[i] for i in index), np.array(index, dtype=np.int32)

    def _draw_day(self, day: int) -> tuple[Uplinks, NDArray[np.int64]]:
        """Draw a day's uplinks, and how many each device sends on it, shape (n,)."""
        walks = (self.lots, self.spaces, self.containers, self.meters)
        uplinks = in_time(join(kind.uplinks(day) for kind in walks))
        return uplinks, np.bincount(uplinks.device, minlength=len(self.places))

    def _count_frames(self, day: int) -> Uplinks:
        """Give a day's uplinks with their frame counters."""
        uplinks, _ = self._day(day)
        counter = self._sent_since_join(day)[uplinks.device] + rank(uplinks.device)
        return replace(uplinks, counter=counter.astype(np.int32))

    def _sent_since_join(self, day: int) -> NDArray[np.int64]:
        """Count the frames that each device sent between its last join and the start of a day, shape (n,)."""
        ago = (day + np.arange(len(self.places))) % REJOIN
        sent = np.zeros(len(self.places), dtype=np.int64)
        for back in range(1, REJOIN):
            sent += np.where(back <= ago, self._day(day - back)[1], 0)
        return sent


def milliseconds(instant: datetime | int) -> int:
    """Give an instant in ms since 1970 UTC. Raises ValueError for a datetime without zone."""
    if isinstance(instant, int):
        return instant
    if instant.tzinfo is None:
        raise ValueError(f"the time {instant.isoformat()} has no zone: give it one, for example +00:00")
    return int(np.datetime64(instant.astimezone(UTC).replace(tzinfo=None), "ms").astype(np.int64))


def _altered(uplinks: Uplinks, jump: int, counter: int) -> Uplinks:
    """Move the clocks by ms, and put a register in place of the own ones where one is given."""
    reading = uplinks.reading.copy()
    if counter != NO_COUNTER:
        reading[:, 0] = counter
    return replace(uplinks, sampled=uplinks.sampled + jump, reading=reading)


def _between(uplinks: Uplinks, first: int, last: int) -> Uplinks:
    return uplinks.take(slice(*(int(edge) for edge in np.searchsorted(uplinks.time, [first, last]))))
