"""The list of sensors that need a person: from messages over the worker's days to words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from processing.books import per_thousand
from processing.fitness import Fitness
from processing.group import groups
from processing.region import Region
from processing.visits import Visit, visits
from processing.worker import Worker
from sensors.model import Batch, Datastream, Thing
from storage.catalogue import Catalogue, Counts
from storage.engines.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = np.datetime64("2026-06-10T12:00", "ms")
NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
HOUR = np.timedelta64(1, "h")
HOURS = 9 * 24
NAMES = ("dead", "empty", "flat", "gone", "half", "late", "wrong", "well")
BINS = tuple(
    Thing(id=name, name=name, kind="waste_container", longitude=12.1, latitude=54.1, district="Mitte") for name in NAMES
)


def messages() -> Batch:
    """Let every container but one speak each hour for nine days, each with a trouble of its own."""
    hours = np.arange(HOURS)
    parts = []
    for name in NAMES:
        when = {
            "dead": hours < HOURS - 60,
            "gone": hours < 0,
            "half": (hours % 3 == 2) | (hours < HOURS - 48),
            "late": hours < HOURS - 3,
        }.get(name, hours >= 0)
        level = np.where(hours % 10 < 6, 70.0, 999.0) if name == "wrong" else 40 + 10 * np.sin(hours / 5)
        charge = 60 - hours / 6 if name == "flat" else np.full(HOURS, 18.0 if name == "empty" else 90.0)
        parts += [(name, "filling_level", hours[when], level[when]), (name, "battery", hours[when], charge[when])]
    streams = [Datastream(name, prop) for name, prop, _, _ in parts]
    code = np.repeat(np.arange(len(parts)), [len(part[2]) for part in parts])
    time = NOON - (HOURS - 1 - np.concatenate([part[2] for part in parts])) * HOUR
    result = np.concatenate([part[3] for part in parts])
    return Batch.of(streams, code, time, result, result_time=time + np.timedelta64(2, "s"))


@pytest.fixture(scope="module")
def store() -> Iterator[Memory]:
    opened, catalogue = Memory(), Catalogue("sqlite://")
    catalogue.put(BINS)
    opened.write(messages())
    Worker(opened, catalogue).step(NOW)
    yield opened
    opened.close()
    catalogue.close()


def listed(store: Memory, moment: np.datetime64 = NOON) -> dict[str, Visit]:
    every = visits(store, groups(BINS, {}), moment, Region(), least=Fitness.OK)
    return {visit.thing.id: visit for visit in every}


@pytest.fixture(scope="module")
def found(store: Memory) -> dict[str, Visit]:
    return listed(store)


def said(visit: Visit, language: str = "en") -> list[str]:
    return [getattr(reason, language) for reason in visit.reasons]


@pytest.mark.parametrize(
    ("name", "fitness", "reasons"),
    [
        ("well", Fitness.OK, []),
        ("gone", Fitness.VISIT, ["was never heard"]),
        ("dead", Fitness.VISIT, ["has been silent for 60 times as long as usual", "only 0 % of its messages came"]),
        ("late", Fitness.WATCH, ["has been silent for 3 times as long as usual"]),
        ("flat", Fitness.VISIT, ["its battery lasts 2 more days"]),
        ("empty", Fitness.VISIT, ["its battery lasts 0 more days"]),
        ("wrong", Fitness.WATCH, ["23 % of its values cannot be true"]),
        ("half", Fitness.VISIT, ["only 33 % of its messages came"]),
    ],
)
def test_what_is_wrong_is_said(found: dict[str, Visit], name: str, fitness: Fitness, reasons: list[str]):
    assert found[name].fitness is fitness
    assert said(found[name]) == reasons
    assert len(said(found[name], "de")) == len(reasons)


def test_the_worst_come_first_and_those_never_heard_after_those_that_were(found: dict[str, Visit]):
    order = [visit.fitness for visit in found.values()]
    assert order == sorted(order, reverse=True)
    assert next(iter(found)) == "dead"
    worst = [name for name, visit in found.items() if visit.fitness is Fitness.VISIT]
    assert worst[-1] == "gone"


def test_the_past_is_told_as_it_was(store: Memory):
    """What has spoken since had been heard, and of a day that was not over nothing was known yet."""
    then = listed(store, NOON - 50 * HOUR)
    assert {name: said(visit) for name, visit in then.items()} == {
        "well": [],
        "late": [],
        "half": [],
        "gone": ["was never heard"],
        "dead": ["has been silent for 10 times as long as usual"],
        "flat": ["its battery lasts 4 more days"],
        "empty": ["its battery lasts 0 more days"],
        "wrong": ["19 % of its values cannot be true"],
    }
    assert [round(then[name].silent) for name in ("well", "dead")] == [0, 10]


def test_only_those_that_need_a_visit_are_listed_unless_asked():
    store = Memory()
    assert [visit.thing.id for visit in visits(store, groups(BINS, {}), NOON, Region())] == sorted(NAMES)
    assert visits(store, groups((), {}), NOON, Region()) == ()
    store.write(messages())
    # Before a day is computed nothing better is known of a thing than how long what it says may be held.
    at_once = visits(store, groups(BINS, {}), NOON, Region())
    assert [visit.thing.id for visit in at_once] == ["gone"]
    much_later = visits(store, groups(BINS, {}), NOON + 20 * 24 * HOUR, Region())
    assert {visit.thing.id for visit in much_later} == set(NAMES)
    store.close()


def test_the_books_tell_of_a_thousand_messages():
    counts = Counts(received=4000, stored=3900, duplicate=60, superseded=30, quarantined=10)
    assert per_thousand(counts) == (15.0, 7.5, 2.5)
    assert per_thousand(Counts()) is None
