"""Recorded meters of a household in Konstanz: what is computed of them, and an independent slow computation.

Hourly registers from October 2015 to April 2016 (Open Power System Data, household data), among them both days on which
the clocks were set. The file lies beside the repository and is not part of it; without it this is skipped. Its defects,
counted in the last test: registers begin on five different days; nine gaps of 2 to 55 hours, for the heat pump one of
151; of the two registers of the grid every sixth hour was interpolated before publication, which is told in a column
and makes them SUSPECT; in two hours more was fed in than generated. No register ever goes back.
"""

from __future__ import annotations

import csv
import gzip
import itertools
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
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
from tests.smilecity.test_import import SHARED, brought_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processing.group import Group
    from storage.store import Store

TABLE = SHARED / "energy_opsd_konstanz_residential4_60min_first5000h.csv.gz"
BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
MAPPING = """
time.column = "utc_timestamp"
doubted.column = "interpolated_values"
[[wide]]
pattern = 'DE_KN_(?P<house>residential4)_pv'
thing = "{house}-pv"
property = "total_active_energy_export"
unit = "kWh"
[[wide]]
pattern = 'DE_KN_(?P<house>residential4)_grid_export'
thing = "{house}-grid"
property = "total_active_energy_export"
unit = "kWh"
[[wide]]
pattern = 'DE_KN_(?P<house>residential4)_grid_import'
thing = "{house}-grid"
property = "total_active_energy_import"
unit = "kWh"
[[wide]]
pattern = 'DE_KN_(?P<house>residential4)_heat_pump'
thing = "{house}-heat_pump"
property = "total_active_energy_import"
unit = "kWh"
"""
SITE = {"pv_plant": "residential4-pv"}
THINGS = [
    Thing(id="residential4-grid", name="Grid", kind="energy_meter", longitude=9.2, latitude=47.7, properties=SITE),
    Thing(id="residential4-heat_pump", name="Heat pump", kind="energy_meter", longitude=9.2, latitude=47.7),
    Thing(id="residential4-pv", name="Plant", kind="pv_plant", longitude=9.2, latitude=47.7),
]
FIRST, END = datetime(2015, 10, 14, tzinfo=BERLIN), datetime(2016, 4, 28, tzinfo=BERLIN)
MONTHS = [datetime(2015, 11, 1, tzinfo=BERLIN), datetime(2016, 3, 1, tzinfo=BERLIN)]
NAMES = (
    *("energy", "energy_export", "generation", "mean_power", "peak_demand", "load_factor", "base_load"),
    *("pv_used", "self_consumption", "self_sufficiency"),
)
pytestmark = pytest.mark.skipif(
    not TABLE.is_file(), reason="the folder with recorded files is not beside the repository"
)


@dataclass(frozen=True)
class Told:
    """What one of our results says."""

    value: float
    coverage: float
    quality: int


@dataclass(frozen=True)
class Step:
    """What a register counted between two readings."""

    begin: datetime
    end: datetime
    energy: float

    @property
    def hours(self) -> float:
        return (self.end - self.begin) / HOUR

    def within(self, begin: datetime, end: datetime) -> float:
        """Tell which part of it lies in a span. [h]"""
        return max((min(self.end, end) - max(self.begin, begin)) / HOUR, 0.0)


def read(column: str) -> list[tuple[datetime, float]]:
    """Read a column of the table, and nothing else: known readings by UTC."""
    with gzip.open(TABLE, "rt", encoding="utf-8", newline="") as file:
        return [
            (datetime.fromisoformat(row["utc_timestamp"]), float(row[f"DE_KN_residential4_{column}"]))
            for row in csv.DictReader(file)
            if row[f"DE_KN_residential4_{column}"]
        ]


def steps(column: str) -> list[Step]:
    return [Step(one[0], other[0], other[1] - one[1]) for one, other in itertools.pairwise(read(column))]


def days() -> Iterator[tuple[datetime, datetime]]:
    """Name local days by their midnights, as instants."""
    midnight = FIRST
    while midnight < END:
        following = datetime(midnight.year, midnight.month, midnight.day, tzinfo=BERLIN) + timedelta(days=1)
        yield midnight.astimezone(UTC), following.astimezone(UTC)
        midnight = following


@dataclass(frozen=True)
class Day:
    """What a loop over the steps of a register says of a local day."""

    energy: float
    mean_power: float
    peak: float
    coverage: float
    known: float
    """Hours."""

    @classmethod
    def of(cls, told: list[Step], begin: datetime, end: datetime) -> Day:
        """Steps of up to 2 h are known, of up to 12 h estimated, beyond that nothing is."""
        near = [(step, step.within(begin, end)) for step in told if step.hours <= 12]
        energy = sum(step.energy * shared / step.hours for step, shared in near)
        hours, known = sum(shared for _, shared in near), sum(shared for step, shared in near if step.hours <= 2)
        coverage = known / ((end - begin) / HOUR)
        powers = [step.energy / step.hours for step, shared in near if step.hours <= 2 and shared > 0]
        if coverage < 0.75:
            return cls(nan, nan, nan, coverage, 0.0)
        return cls(energy, energy / hours, max(powers), coverage, known)


def wanted() -> list[Group]:
    """Choose what is looked at here, of things alone: a city is computed elsewhere."""
    every = [group for group in groups(THINGS, {}) if not group.groups]
    return [replace(group, indicators=tuple(one for one in group.indicators if one.name in NAMES)) for group in every]


@pytest.fixture(scope="module")
def store() -> Store:
    """Import the table, and compute all of it."""
    held = open_store("memory://")
    reading, _ = brought_in(TABLE, held, MAPPING)
    assert not any(told.counts.total() for told in reading.objections)
    first, end = (int(time.timestamp() * 1000) for time in (FIRST, END + timedelta(days=31)))
    backfill(held, wanted(), Span(first, end, end, end), Region())
    return held


def told(store: Store, thing: str, prop: str, time: datetime) -> Told:
    instant = np.datetime64(time.astimezone(UTC).replace(tzinfo=None), "ms")
    stream = Datastream(f"residential4-{thing}", prop, derived=True)
    rows = store.read(Query(datastreams=[stream], start=instant, end=instant + np.timedelta64(1, "ms")))
    assert len(rows) <= 1
    if not len(rows):
        return Told(nan, 0.0, Quality.MISSING)
    return Told(float(rows.result[0]), float(rows.coverage[0]), int(rows.quality[0]))


@pytest.mark.parametrize(("thing", "column"), [("grid", "grid_import"), ("heat_pump", "heat_pump")])
def test_energy_peak_and_load_factor_of_every_day(store: Store, thing: str, column: str):
    of, lengths, null = steps(column), set(), 0
    for begin, end in days():
        day = Day.of([step for step in of if step.end > begin and step.begin < end], begin, end)
        energy = told(store, thing, "energy_day", begin)
        assert energy.value == pytest.approx(day.energy, rel=1e-9, nan_ok=True)
        assert energy.coverage == pytest.approx(day.coverage, abs=1e-6)
        assert told(store, thing, "mean_power_day", begin).value == pytest.approx(day.mean_power, rel=1e-9, nan_ok=True)
        assert told(store, thing, "peak_demand_day", begin).value == pytest.approx(day.peak, rel=1e-9, nan_ok=True)
        factor = told(store, thing, "load_factor_day", begin).value
        assert factor == pytest.approx(min(day.mean_power / day.peak, 1.0), rel=1e-9, nan_ok=True)
        lengths.add((end - begin) / HOUR)
        null += isnan(day.energy)
    assert lengths == {23.0, 24.0, 25.0}
    assert 0 < null < 12


@pytest.mark.parametrize("month", MONTHS, ids=["November", "March"])
def test_energy_peak_and_load_factor_of_months(store: Store, month: datetime):
    """March 2016 has 743 hours; days that are not known well enough are missing, and the coverage says so."""
    of = steps("grid_import")
    mine = [(begin, end) for begin, end in days() if begin.astimezone(BERLIN).month == month.month]
    each = [Day.of(of, begin, end) for begin, end in mine]
    known = [day for day in each if not isnan(day.energy)]
    hours = sum((end - begin) / HOUR for begin, end in mine)
    energy = told(store, "grid", "energy_month", month)
    assert energy.value == pytest.approx(sum(day.energy for day in known), rel=1e-9)
    assert energy.coverage == pytest.approx(sum(day.known for day in known) / hours, abs=1e-6)
    peak = max(day.peak for day in known)
    assert told(store, "grid", "peak_demand_month", month).value == pytest.approx(peak)
    mean = sum(day.mean_power * day.known for day in known) / sum(day.known for day in known)
    assert told(store, "grid", "load_factor_month", month).value == pytest.approx(mean / peak)
    if month.month == 3:
        assert (hours, len(known)) == (743, 31)
        assert mean / peak == pytest.approx(energy.value / (peak * hours), rel=0.01)


def test_own_use_of_solar_energy_by_the_hour(store: Store):
    """Of March, from hours in which all three registers are read: what was generated and not fed in."""
    month, following = MONTHS[1].astimezone(UTC), datetime(2016, 4, 1, tzinfo=BERLIN).astimezone(UTC)
    taken, fed, made = (
        {step.begin: step for step in steps(column) if month <= step.begin < following and step.hours == 1}
        for column in ("grid_import", "grid_export", "pv")
    )
    common = sorted(set(taken) & set(fed) & set(made))
    used = {hour: min(max(made[hour].energy - fed[hour].energy, 0.0), made[hour].energy) for hour in common}
    generated, import_ = sum(made[hour].energy for hour in common), sum(taken[hour].energy for hour in common)
    assert len(common) == 743
    own = sum(used.values())
    assert told(store, "grid", "pv_used_month", month).value == pytest.approx(own, rel=1e-9)
    assert told(store, "grid", "self_consumption_month", month).value == pytest.approx(own / generated, rel=1e-9)
    assert told(store, "grid", "self_sufficiency_month", month).value == pytest.approx(own / (import_ + own), rel=1e-9)
    assert 0.1 < own / generated < 0.9


def test_base_load_of_a_week(store: Store):
    """The 2.5th percentile of 668 quarter hours up to the day on which clocks were set forward, own use included."""
    end = datetime(2016, 3, 28, tzinfo=BERLIN).astimezone(UTC)
    begin = datetime(2016, 3, 21, tzinfo=BERLIN).astimezone(UTC)
    taken, fed, made = (
        {step.begin: step.energy for step in steps(column) if begin <= step.begin < end}
        for column in ("grid_import", "grid_export", "pv")
    )
    power = [taken[hour] + min(max(made[hour] - fed[hour], 0.0), made[hour]) for hour in taken]
    assert len(power) == 167
    found = told(store, "grid", "base_load_day", datetime(2016, 3, 27, tzinfo=BERLIN))
    assert found.value == pytest.approx(np.percentile(np.repeat(power, 4), 2.5), rel=1e-9)


def test_what_was_interpolated_before_publication_is_doubted(store: Store):
    """The night in which the clocks were set back was interpolated for hours: its day is SUSPECT, but has a value."""
    day = told(store, "grid", "energy_day", datetime(2015, 10, 25, tzinfo=BERLIN))
    assert (day.quality, day.coverage) == (Quality.SUSPECT, 1.0)


def test_defects_of_the_file_are_those_told_above(store: Store):
    """What the file has, counted without the platform, and the flags that the platform read beside the results."""
    columns = ("grid_import", "grid_export", "pv", "heat_pump")
    gaps = {column: sorted(step.hours for step in steps(column) if step.hours > 1) for column in columns}
    assert gaps["grid_import"] == gaps["grid_export"] == gaps["pv"] == [2, 3, 4, 7, 10, 16, 22, 29, 55]
    assert gaps["heat_pump"] == [2, 3, 4, 10, 16, 22, 29, 55, 151]
    assert all(step.energy >= 0 for column in columns for step in steps(column))
    fed, made = (
        {step.begin: step.energy for step in steps(column) if step.hours == 1} for column in ("grid_export", "pv")
    )
    assert sum(fed[hour] > made[hour] + 1e-9 for hour in fed) == 2
    read_back = store.read(Query(datastreams=[Datastream("residential4-grid", "total_active_energy_import")]))
    assert len(read_back) == 4675
    assert np.count_nonzero(read_back.quality == Quality.SUSPECT) == 793
    suspect = [told(store, "grid", "energy_day", begin).quality == Quality.SUSPECT for begin, _ in days()]
    assert sum(suspect) > 100
