"""Households are told in sums of days, once, and of longer windows as what these days come to."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from processing.discreet import discreet
from processing.group import groups
from processing.worker import Worker
from sensors.model import Batch, Datastream
from storage.catalogue import Catalogue
from storage.store import Query, open_store
from tests.processing.test_households import meter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sensors.model import Thing
    from storage.store import Store

MONDAY = datetime(2026, 5, 31, 22, tzinfo=UTC)
"""The local midnight with which a week begins."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOMES = tuple(meter(f"home-{number}") for number in range(6))
SCHOOL = meter("school", "Nord", household=False)


def written(store: Store, thing: str, first: datetime, end: datetime, kw: float, silent: Sequence[int] = ()) -> None:  # noqa: PLR0917 - read as a sentence
    """Write a register once an hour between two instants, but for some hours, whose use it counts all the same."""
    hours = [at for at in range(int((end - first) / HOUR) + 1) if at not in silent]
    times = [np.datetime64((first + at * HOUR).replace(tzinfo=None), "ms") for at in hours]
    start = (first - MONDAY) / HOUR
    stream = Datastream(thing, "total_active_energy_import")
    store.write(Batch.of((stream,), [0] * len(hours), times, [1000 + kw * (start + at) for at in hours]))


class City:
    """A store, a catalogue, and a worker that follows them."""

    def __init__(self, store: Store, catalogue: Catalogue) -> None:
        self.store = store
        self.catalogue = catalogue
        self.worker = Worker(store, catalogue)

    def told(self, of: str, name: str) -> list[Any]:
        """Give the results of a group that have a value, with their revisions."""
        held = self.store.read(Query(datastreams=[Datastream(of, name, derived=True)]))
        return [
            (value, revision)
            for value, revision in zip(held.result.tolist(), held.revision.tolist(), strict=True)
            if not np.isnan(value)
        ]


@contextmanager
def city(things: Sequence[Thing]) -> Iterator[City]:
    catalogue, store = Catalogue("sqlite://"), open_store("memory://")
    catalogue.put(things)
    built = City(store, catalogue)
    built.worker.step(MONDAY - HOUR)
    yield built
    store.close()
    catalogue.close()


def test_hours_and_days_cannot_be_told_apart_for_what_a_silent_meter_used():
    """The day holds what was used while a meter was silent, and its hours do not: their difference is that meter's."""
    with city([*HOMES, SCHOOL]) as now:
        for number, home in enumerate(HOMES):
            silent = range(8, 12) if number == 3 else ()
            written(now.store, home.id, MONDAY, MONDAY + 2 * DAY, number + 1, silent)
        written(now.store, "school", MONDAY, MONDAY + 2 * DAY, 10)
        now.worker.step(MONDAY + 2 * DAY)
        assert now.told("district:Mitte", "energy_day") == [(pytest.approx(24 * 21), 0)]
        for name in ("energy_15min", "energy_hour"):
            assert now.told("district:Mitte", name) == now.told("city", name) == []
            assert len(now.told("district:Nord", name)) >= 24  # of the school, as ever


def test_a_day_is_told_when_the_next_one_is_known_whatever_the_clock_says():
    """Also where a history is told in a minute: its meters have had a day to speak."""
    with city(HOMES) as now:
        for home in HOMES:
            written(now.store, home.id, MONDAY, MONDAY + DAY, 1)
            now.worker.step(MONDAY + 90 * DAY)
            assert now.told("district:Mitte", "energy_day") == []
        for home in HOMES[:5]:
            written(now.store, home.id, MONDAY + DAY + HOUR, MONDAY + 2 * DAY, 1)
            now.worker.step(MONDAY + 90 * DAY)
        assert now.told("district:Mitte", "energy_day") == [(pytest.approx(24 * 6), 0)]
        assert now.told("district:Mitte", "simultaneity_day") == []  # a peak of quarter hours is no sum of days


def test_what_was_told_stays_whoever_moves_or_speaks_late():
    """A sum that is told anew less the one before is what the household uses that came, went, or was late."""
    with city(HOMES) as now:
        for number, home in enumerate(HOMES[:5]):
            written(now.store, home.id, MONDAY, MONDAY + 9 * DAY, number + 1)
        now.worker.step(MONDAY + 2 * DAY)
        before = now.told("district:Mitte", "energy_day")
        assert before == [(pytest.approx(24 * 15), 0)]
        written(now.store, "home-5", MONDAY, MONDAY + 9 * DAY, 6)
        now.worker.step(MONDAY + 3 * DAY)
        assert now.told("district:Mitte", "energy_day") == [*before, (pytest.approx(24 * 21), 0)]
        now.catalogue.put([replace(HOMES[0], district="elsewhere")])
        written(now.store, "home-1", MONDAY + HOUR / 2, MONDAY + HOUR, 2)
        now.worker.step(MONDAY + 9 * DAY)
        days = now.told("district:Mitte", "energy_day")
        assert days[:2] == [*before, (pytest.approx(24 * 21), 0)]
        assert [value for value, _ in days[2:]] == pytest.approx([24 * 20] * (len(days) - 2))
        assert now.told("district:elsewhere", "energy_day") == []
        assert now.told("district:Mitte", "energy_week") == [(pytest.approx(sum(value for value, _ in days[:7])), 0)]


def test_whoever_asks_at_the_machine_gets_a_day_anew():
    with city(HOMES) as now:
        for home in HOMES[:5]:
            written(now.store, home.id, MONDAY, MONDAY + 2 * DAY, 1)
        now.worker.step(MONDAY + 2 * DAY)
        written(now.store, "home-5", MONDAY, MONDAY + 2 * DAY, 1)
        now.worker.step(MONDAY + 2 * DAY + HOUR)
        assert now.told("district:Mitte", "energy_day") == [(pytest.approx(24 * 5), 0)]
        now.worker.recompute(MONDAY, MONDAY + DAY, MONDAY + 2 * DAY + HOUR)
        assert now.told("district:Mitte", "energy_day") == [(pytest.approx(24 * 6), 1)]


def test_where_there_is_no_household_nothing_is_parted():
    several = groups([SCHOOL, meter("hall", household=False)], {})
    parted = discreet(several)
    assert len(parted) == len(several)
    assert all(one is other for one, other in zip(parted, several, strict=True))


def test_a_group_without_households_comes_out_as_if_there_were_none_anywhere():
    found = []
    for things in ([SCHOOL], [SCHOOL, *HOMES]):
        with city(things) as now:
            for thing in things:
                written(now.store, thing.id, MONDAY, MONDAY + 9 * DAY, 3, range(30, 33))
            now.worker.step(MONDAY + 9 * DAY)
            streams = [one for one in now.store.spans().datastreams if one.thing == "district:Nord"]
            found.append((streams, now.store.read(Query(datastreams=streams))))
    (streams, alone), (same, beside) = found
    assert streams == same
    assert len(streams) > 10
    for column in ("phenomenon_time", "result", "quality", "coverage", "samples", "revision"):
        assert getattr(alone, column).tobytes() == getattr(beside, column).tobytes()
