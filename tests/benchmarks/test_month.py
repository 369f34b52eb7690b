"""A month of a city through quality control and all quarter-hour indicators, beside peers that do a part of it.

Also how the cost grows with the rows.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from itertools import pairwise
from resource import RUSAGE_SELF, getrusage
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from processing.calendar import edges
from processing.control import control
from processing.group import Group, Input, groups
from processing.piece import Known, Piece
from processing.region import Region
from processing.windows import cut, time_weighted_mean, worst_flag
from sensors.kinds import properties
from tests.benchmarks.month import END, START, THINGS, Series, month
from tests.benchmarks.peers import QUARTER, Columns, by_grouper, grouped, resampled, weighted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from processing.indicator import Results
    from processing.rows import Rows
    from sensors.model import Batch
    from tests.benchmarks.conftest import Figures

pytestmark = pytest.mark.timeout(900)
AT_ONCE = 60_000
"""Rows computed at once: so many stay near the processor."""
SAMPLED = 100
"""Series of each property that ``ioos_qc`` examines: it takes hours for all of them, and is given as a rate."""
RESAMPLED = 100
"""Series of each property that pandas resamples one by one; as many as there are would take minutes."""
MEASURED = "quarter hours of a month of {things:,} things, {rows:,} rows"


@dataclass(frozen=True)
class Portion:
    """Some things of a kind, what they said of one property, and the indicators of quarter hours made of it."""

    group: Group
    batch: Batch


def portions(series: Sequence[Series]) -> Iterator[Portion]:
    """Divide a month into portions, as a backfill does."""
    for one in series:
        group = _group(one)
        rows = len(one.batch) // len(one.things)
        limits = [*range(0, len(one.things), max(AT_ONCE // rows, 1)), len(one.things)]
        for first, end in pairwise(limits):
            some = slice(first * rows, end * rows)
            yield Portion(group.take(np.arange(first, end)), one.batch.take(some))  # a view


def _group(series: Series) -> Group:
    """Give what is computed of one property for quarter hours: its own group, or nothing but quality control."""
    for group in groups(series.things, {}):
        chosen = tuple(one for one in group.indicators if "15min" in one.windows)
        if not group.groups and chosen and Input(series.prop, derived=False) in group.inputs:
            return replace(group, indicators=chosen)
    return Group((Input(series.prop, derived=False),), (), series.things, ((),) * len(series.things))


QUARTERS = edges("15min", START, END, "Europe/Berlin")


def computed(portion: Portion) -> list[Results]:
    """Examine the rows of a portion and compute the indicators that are made of them."""
    group = portion.group
    known = Known(group.rows(portion.batch, int(START.astype(np.int64))))
    due = np.ones((len(group.things), len(QUARTERS) - 1), dtype=bool)
    pieces = [Piece(one, "15min", QUARTERS, due, Region()) for one in group.indicators]
    return [piece.indicator.compute(piece.given(group, known)) for piece in pieces]


def examined(portion: Portion) -> dict[str, Rows]:
    """Sort the rows of a portion and let them pass the quality control."""
    return portion.group.rows(portion.batch, int(START.astype(np.int64)))


def averaged(portion: Portion) -> list[NDArray[Any]]:
    """Examine the rows of a portion, and give mean by time, coverage, count and worst flag of every quarter hour."""
    ((prop, rows),) = [(prop, rows) for prop, rows in examined(portion).items() if len(rows)]
    pieces, hold = cut(rows.usable(), QUARTERS), np.timedelta64(properties()[prop].max_hold)
    return [*time_weighted_mean(pieces, hold), pieces.samples, worst_flag(pieces, pieces.until(hold))]


def through(work: Callable[[Portion], Any], series: Sequence[Series]) -> float:
    """Give the seconds that all portions take in one thread; what came of each is let go of."""
    every = list(portions(series))
    began = time.perf_counter()
    for portion in every:
        work(portion)
    return time.perf_counter() - began


@pytest.fixture(scope="module")
def city() -> list[Series]:
    return month()


def test_a_month(figures: Figures, city: list[Series]):
    """Compare the same of every series with pandas, and tell beside it what every indicator takes."""
    of = Columns.of(city)
    topic = MEASURED.format(things=THINGS, rows=len(of.value))
    figures.add(topic, f"pandas groupby().resample(), mean, {RESAMPLED} series of each", *some_resampled(city))
    figures.add(topic, "pandas groupby with Grouper, mean", len(of.value), seconds_of(by_grouper, of))
    figures.add(topic, "pandas groupby of a floored time, mean", len(of.value), seconds_of(grouped, of))
    del of
    ours = ((averaged, "flags, mean by time, coverage, count, worst flag"), (computed, "flags and every indicator"))
    for work, name in ours:
        seconds = through(work, city)
        figures.add(topic, f"smilecity, {name}", sum(len(one.batch) for one in city), seconds)
        figures.facts["the month"].append(f"smilecity, {name}, one thread: {seconds:.1f} s")
    figures.facts["the month"] += [
        f"{one.kind}: {one.prop}, {len(one.batch):,} rows of {len(one.things):,}" for one in city
    ]
    figures.facts["the month"].append(
        f"greatest memory {getrusage(RUSAGE_SELF).ru_maxrss / 2**20:.1f} GiB, rows included"
    )


def seconds_of(work: Callable[[Columns], Any], of: Columns) -> float:
    began = time.perf_counter()
    work(of)
    return time.perf_counter() - began


def some_resampled(city: Sequence[Series]) -> tuple[float, float]:
    """Resample some series of each property; gives the month's rows, and the seconds that all would take by these."""
    spent = 0.0
    for one in city:
        some = _part(one, RESAMPLED * (len(one.batch) // len(one.things)))
        of = Columns.of([some])
        spent += seconds_of(resampled, of) * len(one.batch) / len(some.batch)
    return sum(len(one.batch) for one in city), spent


@pytest.mark.parametrize("prop", ["occupied", "available_spot_number"])
def test_the_same_mean_as_in_sql(figures: Figures, city: list[Series], prop: str):
    """Give DuckDB the rows of parking alone, and compare every number."""
    mine = next(one for one in city if one.prop == prop)
    mine = _part(mine, 2_000_000)
    of, hold = Columns.of([mine]), int(properties()[prop].max_hold.total_seconds() * 1000)
    topic = f"time-weighted mean by quarter hour with coverage, {prop} ({len(of.value):,} rows)"
    seconds, found = weighted(of, hold)
    figures.add(topic, "DuckDB, SQL", len(of.value), seconds)
    figures.add(topic, "smilecity, flags too", len(of.value), through(computed, [mine]))
    began = time.perf_counter()
    grouped(of)
    figures.add(topic, "pandas groupby, plain mean", len(of.value), time.perf_counter() - began)
    same(mine, found)


def _part(series: Series, rows: int) -> Series:
    each = len(series.batch) // len(series.things)
    things = min(max(rows // each, 1), len(series.things))
    return replace(series, things=series.things[:things], batch=series.batch.take(slice(0, things * each)))  # a view


def same(series: Series, found: dict[str, NDArray[Any]]) -> None:
    """Compare all quarter hours of which enough is known."""
    ours = [computed(portion)[0] for portion in portions([series])]
    value, coverage = (np.concatenate([getattr(one, name) for one in ours]) for name in ("value", "coverage"))
    cell = found["series"], found["quarter"] - int(START.astype(np.int64)) // QUARTER
    mean, known = np.full(value.shape, np.nan), np.zeros(value.shape)
    mean[cell], known[cell] = found["mean"], found["coverage"]
    assert np.allclose(known, coverage, rtol=0, atol=1e-12)
    share = mean if series.prop == "occupied" else 1 - mean / series.things[0].properties["capacity"]
    enough = known >= 0.75
    assert enough.mean() > 0.95
    assert np.allclose(value[enough], share[enough], rtol=0, atol=1e-9)
    assert np.isnan(value[~enough]).all()


SHARED = ("gross_range", "rate_of_change", "spike", "stuck")
"""Checks that both make."""


def test_flags(figures: Figures, city: list[Series]):
    """Make the same checks of the same rows, each property as it is declared, and beside it all that we make."""
    qartod = pytest.importorskip("ioos_qc.qartod", reason="ioos_qc is not installed: pip install -e .[bench]")
    rows = sum(len(one.batch) for one in city)
    topic = f"the month through quality control ({rows:,} rows)"
    # Each property weighs as in the month: most of what is sampled is of car parks, and most rows are not.
    seconds = sum(len(one.batch) / sampled * spent for one in city for sampled, spent in [_theirs(qartod, one)])
    figures.add(topic, f"ioos_qc, reckoned from {SAMPLED} series of each property", rows, seconds)
    figures.add(topic, "smilecity, the same checks, rolled up and why", rows, checked(city))
    figures.add(topic, "smilecity, rows sorted before, clocks too", rows, through(examined, city))


def checked(city: Sequence[Series]) -> float:
    """Give the seconds that the checks take which the peer makes, too, of rows that lie ready as for the peer."""
    spent = 0.0
    for series in city:
        every = [
            (portion, next(rows for rows in examined(portion).values() if len(rows))) for portion in portions([series])
        ]
        prop = properties()[series.prop]
        began = time.perf_counter()
        for portion, rows in every:
            control(rows, prop, [thing.properties for thing in portion.group.things], names=SHARED)
        spent += time.perf_counter() - began
    return spent


def _theirs(qartod: Any, series: Series) -> tuple[int, float]:
    """Let the peer make the checks that we make of a property, series by series; gives rows and seconds."""
    each, prop = len(series.batch) // len(series.things), properties()[series.prop]
    count = min(SAMPLED, len(series.things))
    began = time.perf_counter()
    for number in range(count):
        mine = slice(number * each, (number + 1) * each)
        value, instants = series.batch.result[mine], series.batch.phenomenon_time[mine]
        if prop.fail:
            qartod.gross_range_test(value, prop.fail, prop.suspect or prop.fail)
        if "spike" in prop.checks:
            qartod.spike_test(value, prop.checks["spike"], prop.checks.get("spike_fail", 1e9))
        if "rate" in prop.checks:
            qartod.rate_of_change_test(value, instants, prop.checks["rate"] / 3600)
        if "stuck_hours" in prop.checks:
            span = prop.checks["stuck_hours"] * 3600
            qartod.flat_line_test(value, instants, span, 100 * span, prop.checks.get("stuck_within", 0.0))
    return count * each, time.perf_counter() - began


@pytest.mark.parametrize("share", [0.02, 0.2, 1.0])
def test_cost_grows_with_the_rows(figures: Figures, city: list[Series], share: float):
    some = [_part(one, round(len(one.batch) * share)) for one in city]
    rows = sum(len(one.batch) for one in some)
    topic = "rows through quality control and all quarter-hour indicators, by how many there are"
    figures.add(topic, f"{rows / 1e6:.0f} million", rows, through(computed, some))
