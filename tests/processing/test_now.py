"""What is true now, with and without a look back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from processing.group import groups
from processing.indicator import Results
from processing.indicators import indicators
from processing.now import present
from processing.region import Region
from processing.windows import coverage, cut, held_until, last, worst_flag
from sensors.model import Batch, Datastream, Thing
from sensors.quality import Quality
from storage.engines.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processing.indicator import Given, Indicator

BINS = tuple(Thing(id=name, name=name, kind="waste_container", longitude=12.1, latitude=54.1) for name in "abc")
NOON = np.datetime64("2026-06-01T12:00", "ms")
DAY = np.timedelta64(1, "D")
HALF_AN_HOUR = np.timedelta64(30, "m")


def level(given: Given) -> Results:
    rows = given.rows["filling_level"]
    pieces = cut(rows, given.edges)
    known = coverage(pieces, DAY)
    return Results(last(pieces, DAY), known, pieces.samples, worst_flag(pieces, held_until(rows, DAY)))


NEWEST = replace(
    indicators()["filling_level_smoothed"],
    name="level",
    windows=("now",),
    lookback=timedelta(0),
    min_coverage=0.0,
    formula=level,
)


@pytest.fixture
def store() -> Iterator[Memory]:
    opened = Memory()
    times = [NOON - np.timedelta64(hours, "h") for hours in (30, 2, 1, 0)]
    streams = tuple(Datastream(one.id, "filling_level") for one in BINS)
    opened.write(Batch.of(streams, [0, 1, 1, 2], times, [10.0, 20.0, 30.0, 40.0]))
    yield opened
    opened.close()


def now(store: Memory, indicator: Indicator, moment: np.datetime64 = NOON) -> dict[str, tuple[float, int]]:
    """Give value and flag by thing."""
    mine = tuple(
        replace(one, indicators=(indicator,)) for one in groups(BINS, {}) if one.inputs[0].name == "filling_level"
    )
    (found,) = present(store, mine[:1], moment, Region())
    columns = zip(found.results.value[:, 0].tolist(), found.results.quality[:, 0].tolist(), strict=True)
    return dict(zip((thing.id for thing in found.things), columns, strict=True))


LOOKBACKS = [timedelta(0), timedelta(days=1)]


@pytest.mark.parametrize("lookback", LOOKBACKS)
def test_the_newest_reading_speaks_as_long_as_it_holds(store: Memory, lookback: timedelta):
    found = now(store, replace(NEWEST, lookback=lookback))
    assert np.isnan(found["a"][0])
    assert found["a"][1] == Quality.MISSING
    assert found["b"] == (30.0, Quality.GOOD)
    assert found["c"] == (40.0, Quality.GOOD)


@pytest.mark.parametrize("lookback", LOOKBACKS)
def test_the_past_has_a_present_too(store: Memory, lookback: timedelta):
    found = now(store, replace(NEWEST, lookback=lookback), NOON - np.timedelta64(90, "m"))
    assert found["b"] == (20.0, Quality.GOOD)
    assert np.isnan(found["c"][0])


def test_only_what_is_named_is_computed(store: Memory):
    every = [replace(one, indicators=(NEWEST,)) for one in groups(BINS, {})]
    assert [one.indicator.name for one in present(store, every[:1], NOON, Region(), {"level"})] == ["level"]
    assert list(present(store, every, NOON, Region(), {"another"})) == []


def test_a_city_without_things_has_no_present(store: Memory):
    assert list(present(store, groups((), {}), NOON, Region())) == []


@pytest.mark.parametrize(("hours", "times"), [(0, 90 / 30), (9, 630 / 30), (10, 690 / 390)])
def test_how_long_a_thing_has_been_silent_is_told_by_what_was_known_to_be_expected_then(
    store: Memory, hours: int, times: float
):
    """A day's expected interval stands at its beginning, and nobody knows it before the day is over."""
    midnights = np.array(["2026-05-30T22:00", "2026-05-31T22:00"], dtype="datetime64[ms]")
    every = Datastream("b", "expected_interval_day", derived=True)
    store.write(Batch.of([every], [0, 0], midnights, [30.0, 390.0]))
    silence = [one for one in groups(BINS, {}) if "staleness" in {each.name for each in one.indicators}]
    (found,) = present(store, silence, NOON + np.timedelta64(hours, "h") + HALF_AN_HOUR, Region(), {"staleness"})
    assert found.results.value[1, 0] == pytest.approx(times)
