"""A watch that is restarted, on a store that several write, beside one that goes on: nothing lost, nothing told twice.

Commits show up late and in another order than that of their writers' clocks; which of them an earlier watch has heard
of nobody knows. The journal is the real one; what it is written in, and the rows, are held in memory. What comes in
order is told alike. Of what comes late the one that goes on leaves out what is older than what it has heard, and the
one that is restarted may tell it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processing.alert import NoData, Silent
from processing.alerting.watch import Watch
from processing.alerts import shipped
from sensors.model import Batch, Datastream, Thing
from storage import journal as module
from storage.alert import Kind
from storage.apart import EVER
from storage.catalogue import Catalogue
from storage.engines.memory import Memory
from storage.journal import Commits, Journal
from storage.store import Changes, Query
from storage.touched import Touched
from tests.processing.test_watch import told_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sensors.model import Batch as Rows
    from storage.alert import Change

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
UNIT_S = 10
"""Seconds of one step of the clock: what is looked at again is six of them."""
BIN = Thing(id="bin", name="Bin", kind="waste_container", longitude=12.1, latitude=54.1, operator="SR")
STREAM = Datastream("bin", "filling_level")


def ms(units: float) -> int:
    return int((NOON + timedelta(seconds=UNIT_S * units)).timestamp() * 1000)


def units(count: int) -> timedelta:
    return timedelta(seconds=UNIT_S * count)


OVERFLOW = replace(shipped()["container_overflow"], pending=units(0), silent=Silent(), escalation=None)
RULES = {
    "at_once": replace(OVERFLOW, name="at_once"),
    "calms": replace(OVERFLOW, name="calms", clear_for=units(3)),
    "ends": replace(OVERFLOW, name="ends", silent=Silent(then=NoData.RESOLVE, after=units(4))),
    "silent": replace(
        shipped()["meter_silent"],
        name="silent",
        kinds=("waste_container",),
        storm=None,
        escalation=None,
        silent=Silent(then=NoData.FIRE, after=units(5)),
    ),
    "waits": replace(OVERFLOW, name="waits", pending=units(2)),
}
FOR_EVER = 1 << 60
WAITING = frozenset({"waits"})
"""Rules by which a reading that comes late may let nothing have been an alert."""


@dataclass
class Said:
    """A commit: rows as (time, level), when it was done by its writer's clock, and when it shows up. [units]"""

    rows: list[tuple[float, float]]
    done: float
    seen: float


@dataclass
class City:
    """What is in the server: commits, as far as they show up by now."""

    now: float = 0.0
    said: list[Said] = field(default_factory=list)
    _store: Memory = field(default_factory=Memory)
    _written: set[int] = field(default_factory=set)

    def shown(self) -> list[tuple[int, Said]]:
        found = [(number, one) for number, one in enumerate(self.said) if one.seen <= self.now]
        return sorted(found, key=lambda pair: pair[1].seen)

    def begun(self, writer: str, time: int, touched: Touched) -> bytes:
        raise NotImplementedError

    def done(self, writer: str, time: int, begun: int) -> None:
        raise NotImplementedError

    def rows(self) -> Memory:
        for number, one in self.shown():
            if number not in self._written:
                times = np.array([ms(time) for time, _ in one.rows]).astype("datetime64[ms]")
                levels = [level for _, level in one.rows]
                self._store.write(Batch.of([STREAM], np.zeros(len(times)), times, levels))
                self._written.add(number)
        return self._store

    def newest(self) -> int:
        return max((ms(one.done) for _, one in self.shown()), default=0)

    def commits(self, start: int, end: int) -> Commits:
        keys = {(f"writer-{number}", ms(one.done) - 1): ms(one.done) for number, one in self.shown()}
        begun = [key for key in keys if start <= key[1] <= end]
        return Commits(begun, {key: done for key, done in keys.items() if start <= done <= end})

    def touched(self, start: int, end: int) -> Mapping[int, Touched]:
        found: dict[int, list[Touched]] = defaultdict(list)
        for _, one in self.shown():
            if start <= ms(one.done) - 1 <= end:
                times = [np.datetime64(ms(time), "ms") for time, _ in one.rows]
                touched = Touched([STREAM], np.array([min(times)]), np.array([max(times)]))
                found[ms(one.done) - 1].append(touched)
        return {time: Touched.merged(each) for time, each in found.items()}


class View(Memory):
    """What one process makes of it."""

    def __init__(self, city: City) -> None:
        super().__init__()
        self._city = city
        self._journal = Journal(city)

    def changes(self, after: int, apart: np.timedelta64 | None = None) -> Changes:
        self._journal.news()
        version, touched = self._journal.since(max(after, 1), EVER if apart is None else apart)
        if after <= 0:
            return replace(self._city.rows().changes(0), version=version)
        return Changes(version, tuple(touched.streams), touched.first, touched.last, touched.numbers())

    def resumed(self, version: int) -> int:
        return self._journal.resumed(version)

    def latest(self, datastreams: Sequence[Datastream] | None = None, at: np.datetime64 | None = None) -> Rows:
        return self._city.rows().latest(datastreams, at)

    def read(self, query: Query) -> Rows:
        return self._city.rows().read(query)


class Watched:
    """A watch, its view of the city and its catalogue, which outlives it."""

    def __init__(self, city: City) -> None:
        self._city = city
        self.catalogue = Catalogue("sqlite://")
        self.catalogue.put([BIN])
        self.restart()

    def restart(self) -> None:
        self._watch = Watch(View(self._city), self.catalogue, shipped=lambda: RULES)

    def step(self) -> None:
        self._watch.step(NOON + timedelta(seconds=UNIT_S * self._city.now))

    def told(self) -> list[Change]:
        return list(self.catalogue.alerts.changes())


LEVEL = st.sampled_from([10.0, 88.0, 97.0])


@dataclass(frozen=True)
class Step:
    """What happens in one step: commits of (rows of (age, level), how much later they show up), then a restart."""

    said: list[tuple[list[tuple[int, float]], int]]
    restart: bool


def lived(steps: list[Step], every: int, patch: pytest.MonkeyPatch) -> tuple[list[Change], list[Change]]:
    """Give what one that goes on has told, and one that is restarted."""
    city = City()
    patch.setattr(module, "now_ms", lambda: ms(city.now))
    goes_on, restarted = Watched(city), Watched(city)
    for watched in (goes_on, restarted):
        watched.step()
    for number, step in enumerate([*steps, *[Step([], restart=False)] * 12], start=1):
        for place, (rows, later) in enumerate(step.said):
            done = number - 0.9 + place / 10
            city.said.append(Said([(number - 1 - age, level) for age, level in rows], done, done + later))
        city.now = number
        if step.restart:
            restarted.restart()
        if number % every == 0 or number > len(steps):
            goes_on.step()
            restarted.step()
    found = goes_on.told(), restarted.told()
    for watched in (goes_on, restarted):
        watched.catalogue.close()
    return found


IN_ORDER = st.lists(
    st.builds(
        lambda level, restart: Step([([(0, each)], 0) for each in level], restart),
        st.lists(LEVEL, max_size=1),
        st.booleans(),
    ),
    max_size=14,
)
LATE = st.lists(
    st.builds(
        Step,
        st.lists(
            st.tuples(
                st.lists(st.tuples(st.integers(0, 9), LEVEL), min_size=1, max_size=3, unique_by=lambda row: row[0]),
                st.integers(0, 4),
            ),
            max_size=2,
        ),
        st.booleans(),
    ),
    max_size=14,
)


SILENT_AND_TOLD_AGAIN = [
    Step([([(6, 97.0)], 1)], restart=True),
    Step([([(2, 10.0)], 4)], restart=True),
    Step([], restart=False),
    Step([([(9, 88.0), (5, 88.0)], 0), ([(4, 97.0)], 0)], restart=False),
    Step([], restart=True),
    Step([([(4, 88.0), (3, 88.0), (9, 10.0)], 2)], restart=False),
    Step([([(8, 97.0)], 4)], restart=True),
]
"""What a silence had ended is said once more."""
LATE_AND_WAITING = [
    Step([([(0, 97.0)], 0)], restart=False),
    Step([([(0, 10.0)], 0)], restart=False),
    Step([([(0, 97.0)], 0)], restart=True),
    Step([([(0, 10.0)], 0), ([(1, 10.0)], 3)], restart=True),
]
"""After an alert that is over another one waits, and does not come true: nothing of it is kept."""


@settings(deadline=None, max_examples=12)
@given(steps=IN_ORDER, every=st.integers(1, 4))
def test_whoever_is_restarted_tells_the_same_of_what_comes_in_order(steps: list[Step], every: int):
    with pytest.MonkeyPatch.context() as patch:
        goes_on, restarted = lived(steps, every, patch)
    assert sorted(map(facts, restarted)) == sorted(map(facts, goes_on))


@settings(deadline=None, max_examples=16)
@example(steps=SILENT_AND_TOLD_AGAIN, every=1)
@example(steps=LATE_AND_WAITING, every=1)
@given(steps=LATE, every=st.integers(1, 4))
def test_whoever_is_restarted_loses_nothing_and_tells_nothing_twice(steps: list[Step], every: int):
    with pytest.MonkeyPatch.context() as patch:
        goes_on, restarted = lived(steps, every, patch)
    told = [spans(each) for each in (goes_on, restarted)]
    for key, expected in told[0].items():
        found = told[1].get(key, [])
        begun = [since for since, _ in found]
        assert len(begun) == len(set(begun)), "told twice"
        if key.split("/")[0] not in WAITING:
            lost = [one for one in expected if not any(meet(one, another) for another in found)]
            assert lost == []


def meet(one: tuple[int, int], another: tuple[int, int]) -> bool:
    return one[0] <= another[1] and another[0] <= one[1]


def facts(change: Change) -> tuple[object, ...]:
    return change.at, change.alert.key, *told_of(change)


def spans(changes: list[Change]) -> dict[str, list[tuple[int, int]]]:
    """Give from when to when each alert was true; what was not over is so for ever. It is told in turns."""
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for change in changes:
        mine, alert = found[change.alert.key], change.alert
        if change.change is Kind.FIRED:
            assert not mine or mine[-1][1] < FOR_EVER
            mine.append((alert.since, FOR_EVER))
        else:
            assert change.change is Kind.RESOLVED
            mine[-1] = mine[-1][0], alert.ended or 0
    return found
