"""Which containers are to be emptied before their next planned round, and which somebody must look at.

A container is on the list when it overflows now, when it is likely enough full before the round that is planned next,
or when that cannot be told, since silence may hide an overflow.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from processing.now import present
from processing.reasons import reason
from processing.rounds import Known, Rounds
from sensors.model import TIME, Datastream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from processing.group import Group
    from processing.indicator import Results
    from processing.region import Region
    from sensors.model import Thing
    from storage.store import Store

LIKELY = 0.5
"""Probability of being full before the next round from which a container is on the list."""
RISK, LEVEL, FULL_IN, OVERFLOW = "full_before_round", "filling_level_smoothed", "time_to_full", "overflow"
"""Indicators that the list is made of."""
KIND = "waste_container"
AT_ONCE = 400
"""Containers whose readings are held in memory together."""


class Why(StrEnum):
    """Why a container is on the list, the most urgent first."""

    OVERFLOW = "overflow"
    FULL_SOON = "full_soon"
    CHECK = "check"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A container on the list; None stands for what is not known."""

    thing: Thing
    why: Why
    risk: float | None
    """Probability of being full before the next round, 0 .. 1."""
    level: float | None
    """Per cent."""
    full_in: tuple[float, float, float] | None
    """Hours until it is full, with a probability of 10, 50 and 90 %; 720 is a month or more."""
    round_in: float
    """Hours until the next round."""
    plan: Known
    """How that is known."""
    heard: np.datetime64 | None
    """Time of the newest reading, UTC; None where there never was one."""

    def reason(self, language: str = "en") -> str:
        """Say why it is on the list, in English or German (``de``)."""
        return reason(self, language)

    def urgency(self) -> tuple[int, float, float, str]:
        """Give what the list is sorted by: why, then risk, then level, the greatest first."""
        return list(Why).index(self.why), -(self.risk or 0.0), -(self.level or 0.0), self.thing.id


@dataclass(frozen=True, slots=True)
class Collection:
    """The list of an instant."""

    moment: np.datetime64
    """UTC."""
    likely: float
    """Probability from which a container is on it."""
    containers: tuple[Thing, ...]
    """Those that were looked at."""
    by_operator: Mapping[str, tuple[Stop, ...]] = field(default_factory=dict)
    """By operator, in alphabetical order, the most urgent first; of containers without one under an empty name."""

    def stops(self) -> tuple[Stop, ...]:
        """Give all of them, operator by operator."""
        return tuple(stop for stops in self.by_operator.values() for stop in stops)


def collection(
    store: Store, groups: Iterable[Group], moment: np.datetime64, region: Region, *, likely: float = LIKELY
) -> Collection:
    """Make the list of an instant [UTC] out of what a store holds; ``groups`` as a ``Roster`` gives them.

    Raises ValueError for a probability that is none.
    """
    if not 0.0 < likely <= 1.0:
        raise ValueError(f"a probability of {likely:g} cannot be. Give one above 0 and up to 1, for example 0.5.")
    every = list(_looked_at(store, groups, moment.astype(TIME), region))
    found: dict[str, list[Stop]] = defaultdict(list)
    for stop in every:
        if stop.why is not Why.FULL_SOON or (stop.risk or 0.0) >= likely:
            found[stop.thing.operator].append(stop)
    sorted_ones = {operator: tuple(sorted(found[operator], key=Stop.urgency)) for operator in sorted(found)}
    return Collection(moment.astype(TIME), likely, tuple(stop.thing for stop in every), sorted_ones)


def _looked_at(store: Store, groups: Iterable[Group], moment: np.datetime64, region: Region) -> Iterator[Stop]:
    """Look at every container, some at once."""
    names = {RISK, LEVEL, FULL_IN, OVERFLOW}
    for group in groups:
        mine = tuple(one for one in group.indicators if one.name in names and "now" in one.windows)
        if not mine or group.things[0].kind != KIND or group.groups:
            continue
        for first in range(0, len(group.things), AT_ONCE):
            some = replace(group, indicators=mine).take(np.arange(first, min(first + AT_ONCE, len(group.things))))
            now = {one.indicator.name: one.results for one in present(store, [some], moment, region)}
            heard, rounds = _heard(store, some.things, moment), _rounds(some.things, moment, region)
            for place, thing in enumerate(some.things):
                yield _stop(thing, now, place, rounds[place], heard.get(thing.id))


def _rounds(things: Sequence[Thing], moment: np.datetime64, region: Region) -> list[tuple[float, Known]]:
    """Tell of each container in how many hours its next round comes, and how that is known."""
    at = np.array([moment]).view(np.int64)
    until, known = Rounds.of([thing.site(int(at[0])) for thing in things]).until_next(at, region.zone)
    return [(hours, Known(how)) for hours, how in zip(until[:, 0].tolist(), known[:, 0].tolist(), strict=True)]


def _heard(store: Store, things: Iterable[Thing], moment: np.datetime64) -> dict[str, np.datetime64]:
    """Give by thing when its newest reading was taken, up to the instant."""
    newest = store.latest([Datastream(thing.id, "filling_level") for thing in things], moment)
    told = zip(newest.datastream, newest.phenomenon_time, strict=True)
    return {newest.datastreams[code].thing: time for code, time in told}


def _stop(
    thing: Thing, now: Mapping[str, Results], place: int, planned: tuple[float, Known], heard: np.datetime64 | None
) -> Stop:
    risk, level = _number(now[RISK].value, place), _number(now[LEVEL].value, place)
    quantiles = tuple(_number(now[FULL_IN].parts[name], place) for name in ("p10", "p50", "p90"))
    overflowing = (_number(now[OVERFLOW].value, place) or 0.0) > 0.0
    return Stop(
        thing=thing,
        why=Why.OVERFLOW if overflowing else Why.CHECK if risk is None or level is None else Why.FULL_SOON,
        risk=risk,
        level=level,
        full_in=_all(quantiles),
        round_in=planned[0],
        plan=planned[1],
        heard=heard,
    )


def _number(column: NDArray[np.float64], place: int) -> float | None:
    value = float(column[place, 0])
    return None if np.isnan(value) else value


def _all(found: tuple[float | None, ...]) -> tuple[float, float, float] | None:
    low, middle, high = found
    return None if low is None or middle is None or high is None else (low, middle, high)
