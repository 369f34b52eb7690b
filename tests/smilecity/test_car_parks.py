"""Recorded car parks of Germany, January and June 2025: what is computed of them, and an independent slow computation.

The files lie beside the repository and are not part of it; without them this is skipped. By default every twelfth car
park of known capacity is computed over ten days of each month; ``SMILECITY_HISTORIES=all`` takes all of them and both
whole months. What was found in the files stands in ``docs/histories.md``; the last tests hold it to that.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import isnan, nan
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from processing.backfill import Span, backfill
from processing.group import groups
from processing.region import Region
from sensors.model import Datastream, Thing
from sensors.quality import Quality
from storage.store import Query, open_store
from tests.smilecity.test_import import SHARED, brought_in, documented

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.store import Store

META = SHARED / "parking_de_meta.csv"
TABLES = {month: SHARED / f"parking_de_wide_2025-{month:02}.csv.gz" for month in (1, 6)}
ALL = os.environ.get("SMILECITY_HISTORIES") == "all"
EVERY, DAYS = (1, 31) if ALL else (12, 10)
"""Of the car parks every so many-th, and so many days from the second of each month on."""
BERLIN = ZoneInfo("Europe/Berlin")
HOLD = timedelta(hours=2)
NAMES = ("occupancy", "peak_occupancy", "full_share", "busy_share", "spaces_in_service")
pytestmark = [
    pytest.mark.skipif(not META.is_file(), reason="the folder with recorded files is not beside the repository"),
    pytest.mark.timeout(3000 if ALL else 400),
]
Step = tuple[datetime, datetime, float]
"""From when until when a share of the spaces is taken."""


@dataclass(frozen=True)
class Month:
    """A month's file, read by nothing but csv."""

    number: int
    times: list[datetime]
    free: dict[str, list[tuple[datetime, float]]]
    """Cells that are not empty, by car park."""

    @classmethod
    def read(cls, number: int) -> Month:
        with gzip.open(TABLES[number], "rt", encoding="utf-8", newline="") as file:
            lines = csv.reader(file)
            names = next(lines)[1:]
            times: list[datetime] = []
            free: dict[str, list[tuple[datetime, float]]] = {name: [] for name in names}
            for time, *cells in lines:
                times.append(datetime.fromisoformat(time))
                for name, cell in zip(names, cells, strict=True):
                    if cell:
                        free[name].append((times[-1], float(cell)))
        return cls(number, times, {name: told for name, told in free.items() if told})

    def days(self) -> list[tuple[datetime, datetime]]:
        """Name the local days that are computed, from the second on: the first has no row before it."""
        first = datetime(2025, self.number, 2, tzinfo=BERLIN)
        last = 30 if self.number == 1 else 29
        midnights = [first + timedelta(days=day) for day in range(min(DAYS, last) + 1)]
        return [(one.astimezone(UTC), other.astimezone(UTC)) for one, other in pairwise(midnights)]


@pytest.fixture(scope="module")
def capacity() -> dict[str, int]:
    with META.open(encoding="utf-8", newline="") as file:
        told = {row["place_id"]: row["num_all"] for row in csv.DictReader(file)}
    return {name: int(float(number)) for name, number in told.items() if number and float(number) > 0}


@pytest.fixture(scope="module", params=TABLES, ids=["January", "June"])
def month(request: pytest.FixtureRequest) -> Month:
    return Month.read(request.param)


@pytest.fixture(scope="module")
def chosen(month: Month, capacity: dict[str, int]) -> list[str]:
    return [name for name in sorted(month.free) if name in capacity][::EVERY]


@pytest.fixture(scope="module")
def store(month: Month, chosen: list[str], capacity: dict[str, int]) -> Iterator[Store]:
    """Import the month's file with the mapping of the documentation, and compute the chosen car parks."""
    lots = [
        Thing(
            id=name, name=name, kind="parking_lot", longitude=10, latitude=50, properties={"capacity": capacity[name]}
        )
        for name in chosen
    ]
    with closing(open_store("memory://")) as held:
        reading, gone = brought_in(TABLES[month.number], held, documented("parking.toml"))
        assert not any(told.counts.total() for told in reading.objections)
        assert gone.outcomes.total() == sum(len(told) for told in month.free.values())
        every = [group for group in groups(lots, {}) if not group.groups]
        wanted = [
            replace(each, indicators=tuple(one for one in each.indicators if one.name in NAMES)) for each in every
        ]
        days = month.days()
        first, end, closing_time = (int(time.timestamp() * 1000) for time in (days[0][0], days[-1][1], days[-1][1]))
        backfill(held, wanted, Span(first, end, closing_time, closing_time), Region())
        yield held


def told(
    store: Store, thing: str, prop: str, start: datetime, end: datetime
) -> dict[datetime, tuple[float, float, int]]:
    """Give value, coverage and flag of a datastream by time."""
    span = [np.datetime64(time.replace(tzinfo=None), "ms") for time in (start, end)]
    rows = store.read(Query(datastreams=[Datastream(thing, prop, derived=True)], start=span[0], end=span[1]))
    times = [time.replace(tzinfo=UTC) for time in rows.phenomenon_time.tolist()]
    values = zip(rows.result.tolist(), rows.coverage.tolist(), rows.quality.tolist(), strict=True)
    return dict(zip(times, values, strict=True))


def steps(free: list[tuple[datetime, float]], spaces: int) -> list[Step]:
    """Follow a car park: a number holds until the next, 2 h at most; what cannot be says nothing."""
    known = [(time, number) for time, number in free if 0 <= number <= 100_000]
    ends = [time for time, _ in known[1:]] + [datetime.max.replace(tzinfo=UTC)]
    return [(time, min(end, time + HOLD), 1 - number / spaces) for (time, number), end in zip(known, ends, strict=True)]


def within(of: list[Step], start: datetime, end: datetime) -> list[tuple[float, float]]:
    """Give seconds and share of what holds in a window."""
    return [
        ((min(until, end) - max(since, start)).total_seconds(), share)
        for since, until, share in of
        if since < end and until > start
    ]


def mean(of: list[Step], start: datetime, end: datetime) -> tuple[float, float]:
    """Give the mean share over known time, each within 0..1 and none below 0.75 of the window, and the coverage."""
    parts = within(of, start, end)
    known = sum(seconds for seconds, _ in parts)
    coverage = known / (end - start).total_seconds()
    if coverage < 0.75:
        return nan, coverage
    return sum(seconds * min(max(share, 0.0), 1.0) for seconds, share in parts) / known, coverage


def part(of: list[Step], least: float, start: datetime, end: datetime) -> float:
    parts = within(of, start, end)
    known = sum(seconds for seconds, _ in parts)
    above = sum(seconds for seconds, share in parts if share >= least - 1e-12)
    return above / known if known / (end - start).total_seconds() >= 0.75 else nan


def quarters(start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    step = timedelta(minutes=15)
    return [(start + number * step, start + (number + 1) * step) for number in range((end - start) // step)]


def test_occupancy_peak_and_time_full_of_every_day(
    store: Store, month: Month, chosen: list[str], capacity: dict[str, int]
):
    compared = known = 0
    for name in chosen:
        everything = steps(month.free[name], capacity[name])
        first, last = month.days()[0][0], month.days()[-1][1]
        ours = {prop: told(store, name, prop, first, last) for prop in (
            "occupancy_day", "occupancy_15min", "full_share_day", "busy_share_day", "peak_occupancy_day",
            "peak_occupancy_began_day",
        )}  # fmt: skip
        for start, end in month.days():
            of = [step for step in everything if step[0] < end and step[1] > start]
            value, coverage = mean(of, start, end)
            mine = ours["occupancy_day"].get(start, (nan, 0.0, Quality.MISSING))
            assert mine[0] == pytest.approx(value, abs=1e-9, nan_ok=True), (name, start)
            assert mine[1] == pytest.approx(coverage, abs=1e-6)
            compared, known = compared + 1, known + (not isnan(value))
            for prop, least in (("full_share_day", 0.95), ("busy_share_day", 0.85)):
                share = ours[prop].get(start, (nan, 0.0, 9))[0]
                assert share == pytest.approx(part(of, least, start, end), abs=1e-9, nan_ok=True), (name, start)
            each = {quarter: mean(of, quarter, until)[0] for quarter, until in quarters(start, end)}
            for quarter, share in each.items():
                assert ours["occupancy_15min"].get(quarter, (nan, 0, 0))[0] == pytest.approx(
                    share, abs=1e-9, nan_ok=True
                )
            full = {quarter: share for quarter, share in each.items() if not isnan(share)}
            peak = max(full.values(), default=nan) if len(full) >= 0.75 * len(each) else nan
            assert ours["peak_occupancy_day"].get(start, (nan, 0, 0))[0] == pytest.approx(peak, abs=1e-9, nan_ok=True)
            if not isnan(peak):
                began = min(quarter for quarter, share in full.items() if share >= peak - 1e-12)
                assert ours["peak_occupancy_began_day"][start][0] == began.timestamp()
    assert compared == len(chosen) * len(month.days())
    assert 0.3 < known / compared < 1


DEFECTS = {
    1: {
        "columns": 545, "never": 144, "of_known_capacity": 186, "cells": 993_404, "lines": 7007, "close": 311,
        "negative": 723, "beyond": 25_756, "beyond_lots": 33,
    },
    6: {
        "columns": 537, "never": 144, "of_known_capacity": 156, "cells": 906_628, "lines": 6809, "close": 329,
        "negative": 626, "beyond": 27_011, "beyond_lots": 23,
    },
}  # fmt: skip


def found(month: Month, capacity: dict[str, int]) -> dict[str, int]:
    """Count what is odd in a file, with nothing of the platform."""
    with gzip.open(TABLES[month.number], "rt", encoding="utf-8", newline="") as file:
        columns = len(next(csv.reader(file))) - 1
    cells = [(name, number) for name, each in month.free.items() for _, number in each]
    beyond = [name for name, number in cells if number > capacity.get(name, np.inf)]
    return {
        "columns": columns,
        "never": columns - len(month.free),
        "of_known_capacity": sum(name in capacity for name in month.free),
        "cells": len(cells),
        "lines": len(month.times),
        "close": sum((after - before).total_seconds() < 30 for before, after in pairwise(month.times)),
        "negative": sum(number < 0 for _, number in cells),
        "beyond": len(beyond),
        "beyond_lots": len(set(beyond)),
    }


def test_defects_of_the_files_are_those_told(month: Month, capacity: dict[str, int]):
    assert found(month, capacity) == DEFECTS[month.number]


def test_what_quality_control_says_of_them(store: Store, month: Month, chosen: list[str], capacity: dict[str, int]):
    """Negative numbers fail; more free than there are spaces is doubted, and so is each day that rests on it."""
    flags: dict[str, list[int]] = defaultdict(list)
    for name in sorted(month.free):
        rows = store.read(Query(datastreams=[Datastream(name, "available_spot_number")]))
        flags[name] = rows.quality.tolist()
        negative = sum(number < 0 for _, number in month.free[name])
        assert sum(flag == Quality.FAIL for flag in flags[name]) == negative
    doubted = sound = 0
    first, last = month.days()[0][0], month.days()[-1][1]
    for name in chosen:
        days = told(store, name, "occupancy_day", first, last)
        for start, end in month.days():
            value, _, flag = days.get(start, (nan, 0.0, Quality.MISSING))
            inside = [number for time, number in month.free[name] if start <= time < end and number >= 0]
            if not isnan(value) and any(number > capacity[name] for number in inside):
                assert flag == Quality.SUSPECT
                doubted += 1
            sound += flag == Quality.GOOD
    assert doubted
    assert sound
