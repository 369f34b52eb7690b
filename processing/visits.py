"""Which sensors need a person, the worst first, each with its reasons in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from processing.calendar import local_days
from processing.fitness import RULES, Fitness
from processing.indicators.staleness import INDICATOR as STALENESS
from processing.now import MOMENT, present
from sensors.model import Datastream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from processing.group import Group
    from processing.region import Region
    from sensors.model import Thing
    from storage.store import Store

HEALTH = "health_day"
REASONS = "health_reasons_day"
RECENT = np.timedelta64(3, "D")
"""Older days tell nothing of a sensor as it is."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, in both languages."""

    en: str
    de: str


@dataclass(frozen=True, slots=True)
class Visit:
    """A thing whose sensor is not well."""

    thing: Thing
    fitness: Fitness
    reasons: tuple[Reason, ...]
    silent: float
    """Time since it was last heard, in multiples of what is expected; NaN where it never was."""
    battery: float
    """Days left, NaN where that is not known."""


def visits(
    store: Store, groups: Iterable[Group], moment: np.datetime64, region: Region, *, least: Fitness = Fitness.VISIT
) -> tuple[Visit, ...]:
    """List the things that are in a state or worse, the worst first, then those that have been silent longest.

    A thing that was never heard is to be visited too: it is listed, not skipped. What is known of days is that of the
    last one that was computed, at most three days ago.
    """
    found: list[Visit] = []
    for one in present(store, groups, moment, region, {STALENESS.name}):
        told = _of_days(store, one.things, moment, region.zone)
        silent, state = one.results.value[:, 0], one.results.parts["state"][:, 0]
        found += [_visit(thing, *each) for thing, *each in zip(one.things, silent, state, *told, strict=True)]
    chosen = [visit for visit in found if visit.fitness >= least]
    return tuple(sorted(chosen, key=_urgency))


def _urgency(visit: Visit) -> tuple[float, float, str]:
    """Sort by what is to be done, then by silence; who was never heard comes after those that were."""
    return -visit.fitness, -np.nan_to_num(visit.silent, nan=0.0), visit.thing.id


def _of_days(
    store: Store, things: Sequence[Thing], moment: np.datetime64, zone: str
) -> tuple[NDArray[np.float64], Sequence[Mapping[str, float]]]:
    """Give the newest health of things, NaN where none is known, and by property what it was made of.

    A day's results stand at its beginning, and nobody knows them before it is over.
    """
    over = local_days(moment, moment + MOMENT, zone)[0] - MOMENT
    names = (HEALTH, REASONS, *dict.fromkeys(rule.property for rule in RULES))
    newest = store.latest([Datastream(thing.id, name, derived=True) for thing in things for name in names], over)
    newest = newest.take(newest.phenomenon_time >= moment - RECENT)
    known: dict[str, dict[str, float]] = {thing.id: {} for thing in things}
    for stream, value in zip((newest.datastreams[code] for code in newest.datastream), newest.result, strict=True):
        known[stream.thing][stream.observed_property] = float(value)
    health = np.array([known[thing.id].get(HEALTH, np.nan) for thing in things], dtype=np.float64)
    return health, [known[thing.id] for thing in things]


def _visit(thing: Thing, silent: float, state: float, health: float, told: Mapping[str, float]) -> Visit:
    """Put together what is known of one thing."""
    silence = Fitness.VISIT if np.isnan(silent) else Fitness(int(state))
    worst = max(silence, Fitness(int(np.nan_to_num(health))))
    return Visit(thing, worst, (*_silence(silent, silence), *_reasons(told)), float(silent), _battery(told))


def _silence(silent: float, fitness: Fitness) -> tuple[Reason, ...]:
    if np.isnan(silent):
        return (Reason("was never heard", "wurde noch nie gehört"),)
    if fitness is Fitness.OK:
        return ()
    times = f"{silent:.0f}"
    return (
        Reason(
            f"has been silent for {times} times as long as usual", f"schweigt seit dem {times}-Fachen der üblichen Zeit"
        ),
    )


def _reasons(told: Mapping[str, float]) -> tuple[Reason, ...]:
    """Say the bits of the newest day."""
    mask = int(np.nan_to_num(told.get(REASONS, 0.0)))
    return tuple(
        Reason(rule.sentence(told[rule.property]), rule.sentence(told[rule.property], "de"))
        for rule in RULES
        if mask & 1 << rule.bit and rule.property in told and not np.isnan(told[rule.property])
    )


def _battery(told: Mapping[str, float]) -> float:
    return told.get("battery_days_left_day", np.nan)
