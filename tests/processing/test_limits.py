"""What stands beyond the limit of its site, against a loop over every few seconds, and what becomes of blockages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from processing.indicator import Given, Members
from processing.indicators import every_formula, indicators
from processing.opening import periods
from processing.region import Region
from processing.rows import Rows
from processing.sessions import PROPERTY
from processing.worker import Worker
from sensors.model import Batch, Datastream, Thing
from sensors.quality import Quality
from storage.catalogue import Catalogue
from storage.store import Query, open_store
from tests.processing.test_sessions import (
    BEGINS,
    SPRING,
    STATES,
    TICK,
    UNHURRIED,
    States,
    limits,
    rows_of,
    slowly,
    ticks,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from processing.indicator import Events, Results

BERLIN = ZoneInfo("Europe/Berlin")
WORDS = "Mo-Sa 08:00-18:00; Su 01:00-04:00; PH off"
"""Sundays have hours in the night in which clocks are set."""
AN_HOUR = 3_600_000 // TICK
GRACE = {"overstay": 5 * 60_000 // TICK, "blocked_loading_zone": 0}
SITES = st.fixed_dictionaries({"max_stay_min": st.sampled_from([0, 20, 60, 600])}, optional={"hours": st.just(WORDS)})


def in_force(site: Mapping[str, Any], begin: np.datetime64, tick: int) -> bool:
    """Say whether the limit is in force: hours begin and end with hours of the clock."""
    there = (begin.astype(datetime).replace(tzinfo=UTC) + timedelta(milliseconds=tick * TICK)).astimezone(BERLIN)
    hours = (1, 4) if there.weekday() == 6 else (8, 18)
    return "hours" not in site or hours[0] <= there.hour < hours[1]


def watched(states: States, site: Mapping[str, Any], begin: np.datetime64) -> Iterable[tuple[int, int]]:
    """Give the first tick and the one after the last of each stay's time in which the limit is in force."""
    for first, end, _, _ in slowly(states):
        hours = [hour for hour in range(first // AN_HOUR, -(-end // AN_HOUR)) if in_force(site, begin, hour * AN_HOUR)]
        for _, run in groupby(enumerate(hours), key=lambda each: each[1] - each[0]):
            together = [hour for _, hour in run]
            yield max(first, together[0] * AN_HOUR), min(end, (together[-1] + 1) * AN_HOUR)


def computed(name: str, states: States, site: Mapping[str, Any], begin: np.datetime64, days: slice) -> Results:
    cover = limits(begin)[days]
    told = Given(window="day", edges=cover, rows={PROPERTY: rows_of([states], begin)}, sites=[site])
    return indicators()[name].formula(told)


@UNHURRIED
@given(STATES, SITES, BEGINS, st.sampled_from(sorted(GRACE)))
@example([(0, 0), (900, 1), (1260, 0)], {"max_stay_min": 0, "hours": WORDS}, SPRING, "overstay")
def test_minutes_beyond_the_limit_are_those_of_a_loop(
    states: States, site: Mapping[str, Any], begin: np.datetime64, name: str
):
    limit = site["max_stay_min"] * 60_000 // TICK
    counted = list(watched(states, site, begin))
    over = [(first, end) for first, end in counted if end - first > limit + GRACE[name]]
    found = computed(name, states, site, begin, slice(None))
    for day, (start, stop) in enumerate(ticks(limits(begin), begin)):
        minutes = sum(max(min(end, stop) - max(first + limit, start), 0) for first, end in over) * TICK / 60_000
        assert found.value[0, day] == pytest.approx(minutes)
        sure = [first + limit + GRACE[name] for first, _ in over]
        name_of = "overstays" if name == "overstay" else "blockages"
        assert found.parts[name_of][0, day] == sum(start <= tick < stop for tick in sure)
        if name == "overstay":
            assert found.parts["stays"][0, day] == sum(start <= first < stop for first, _ in counted)


@UNHURRIED
@given(STATES, SITES, BEGINS, st.integers(0, 3), st.sampled_from(sorted(GRACE)))
def test_a_day_alone_with_only_the_rows_in_reach_is_the_same(
    states: States, site: Mapping[str, Any], begin: np.datetime64, day: int, name: str
):
    one = indicators()[name]
    first, last = (int(span.total_seconds() * 1000) // TICK for span in (one.lookback, one.lookahead))
    start, end = ticks(limits(begin), begin)[day]
    near = [state for state in states if start - first <= state[0] <= end + last]
    together = computed(name, states, site, begin, slice(None))
    alone = computed(name, near, site, begin, slice(day, day + 2))
    assert np.array_equal(together.value[:, day], alone.value[:, 0])
    for part, values in together.parts.items():
        assert np.array_equal(values[:, day], alone.parts[part][:, 0]), part


def test_spaces_without_a_limit_or_with_one_that_cannot_be_told_say_nothing():
    states: States = [(0, 1), (3000, 1), (6000, 1)]
    sites: list[dict[str, Any]] = [
        {},
        {"max_stay_min": 4321},
        {"max_stay_min": -1},
        {"max_stay_min": 60, "hours": "soon"},
        {"max_stay_min": 60},
    ]
    cover = limits(np.datetime64("2026-03-28T00:00", "ms"))[1:3]
    rows = rows_of([states] * len(sites))
    found = indicators()["overstay"].formula(Given(window="day", edges=cover, rows={PROPERTY: rows}, sites=sites))
    assert np.isnan(found.value[:, 0]).tolist() == [True] * 4 + [False]
    assert found.coverage[:, 0].tolist() == [0.0] * 4 + [1.0]
    assert found.samples[:4].sum() == 0


def test_periods_are_apart_and_end_with_the_span():
    """Reformation Day, the last of October, is a public holiday in Mecklenburg-Vorpommern and not in Berlin."""
    words, hour = "Mo-Fr 08:00-18:00; PH off", 3_600_000
    first = int(np.datetime64("2025-10-28T23:00", "ms").astype(int))
    span = first + 12 * hour, first + 72 * hour
    for land, expected in (("MV", [[12, 18], [32, 42]]), ("BE", [[12, 18], [32, 42], [56, 66]])):
        found = periods(words, *span, Region(land=land))
        assert ((found - first) / hour).tolist() == expected
    assert periods("24/7", first, first + 1, Region()).tolist() == [[first, first + 1]]
    assert periods("off", first, first + hour, Region()).shape == (0, 2)
    with pytest.raises(ValueError, match="cannot be read as opening hours"):
        periods("soon", first, first + hour, Region())


def zone(*states: tuple[str, float]) -> Rows:
    return Rows.of(1, [0] * len(states), [f"2026-06-01T{time}" for time, _ in states], [value for _, value in states])


DAY = np.array(["2026-05-31T22:00", "2026-06-01T22:00"], dtype="datetime64[ms]")


def happened(rows: Rows, site: Mapping[str, Any]) -> Events:
    happenings = indicators()["blocked_fire_access"].happenings
    assert happenings is not None
    return happenings(Given(window="day", edges=DAY, rows={PROPERTY: rows}, sites=[site]))


def at(found: Events) -> list[tuple[str, float]]:
    return list(
        zip(np.datetime_as_string(found.time.view("datetime64[ms]"), unit="s"), found.value.tolist(), strict=True)
    )


def test_a_blockage_is_an_event_with_the_minutes_until_it_was_cleared():
    rows = zone(("06:00", 0), ("08:00", 1), ("08:12", 0), ("09:00", 1), ("09:00:40", 0), ("10:00", 1))
    doubted = rows.with_quality(np.array([1, 3, 1, 1, 1, 1], dtype=np.uint8))
    found = happened(doubted, {})
    assert at(found) == [("2026-06-01T08:00:00", 12.0), ("2026-06-01T10:00:00", 0.0)]
    assert found.quality.tolist() == [Quality.SUSPECT, Quality.GOOD]
    later = happened(zone(("06:00", 0), ("08:00", 1), ("08:12", 0), ("10:00", 1), ("11:30", 1)), {"max_stay_min": 3})
    assert at(later) == [("2026-06-01T08:03:00", 9.0), ("2026-06-01T10:03:00", 87.0)]


def test_now_it_is_for_how_long_a_zone_has_been_blocked():
    def now(rows: Rows, moment: str) -> NDArray[np.float64]:
        end = np.datetime64(f"2026-06-01T{moment}", "ms")
        span = np.array([end - np.timedelta64(15, "m"), end])
        return (
            indicators()["blocked_fire_access"]
            .formula(Given(window="now", edges=span, rows={PROPERTY: rows}, sites=[{"max_stay_min": 3}]))
            .value
        )

    rows = zone(("06:00", 0), ("08:00", 1), ("08:12", 0))
    assert [now(rows, moment).item() for moment in ("07:59", "08:02", "08:10", "08:13")] == [0.0, 0.0, 7.0, 0.0]


def test_a_city_tells_what_its_zones_and_its_spaces_with_a_limit_tell():
    """Two of five spaces have a limit: the others are no part of what is known of it."""
    day = datetime(2026, 6, 1, tzinfo=BERLIN)
    sites: list[tuple[str, dict[str, Any]]] = [
        *[("parking_spot", {"max_stay_min": 60})] * 2,
        *[("parking_spot", {})] * 3,
        ("loading_zone", {"max_stay_min": 10}),
        ("fire_access_zone", {}),
    ]
    things = [
        Thing(id=f"t{n}", name="T", kind=kind, longitude=12.1, latitude=54.1, properties=site)
        for n, (kind, site) in enumerate(sites)
    ]
    store, catalogue = open_store("memory://"), Catalogue("sqlite://")
    catalogue.put(things)
    streams = [Datastream(thing.id, PROPERTY) for thing in things]
    times = [
        np.datetime64((day + timedelta(hours=hour)).astimezone(UTC).replace(tzinfo=None), "ms")
        for hour in (-1, 8, 10, 23)
    ]
    code, time = np.repeat(np.arange(len(things)), 4), np.tile(times, len(things))
    store.write(Batch.of(streams, code, time, np.tile([0.0, 1.0, 0.0, 0.0], len(things))))
    Worker(store, catalogue).step(day + timedelta(days=1, hours=1))

    def told(thing: str, name: str) -> list[float]:
        wanted = Query(datastreams=[Datastream(thing, name, derived=True)], start=times[0], end=times[3])
        return [round(value, 6) for value in store.read(wanted).result.tolist()]

    assert told("t0", "overstay_day") == [60.0]
    assert told("t2", "overstay_day") == []
    assert told("city", "overstay_day") == [120.0]
    assert told("city", "overstay_rate_day") == [1.0]
    assert told("city", "arrivals_day") == [6.0]
    assert told("city", "stays_day") == [6.0]
    assert told("city", "turnover_day") == [1.0]
    assert told("city", "mean_stay_day") == [2.0]
    assert told("t0", "stay_day") == told("t0", "median_stay_day") == [2.0]
    assert told("city", "blocked_fire_access_day") == [120.0]
    assert told("city", "blocked_loading_zone_day") == [110.0]
    assert told("city", "fire_access_clearing_day") == [120.0]
    assert told("t6", "blocked_fire_access_event") == [120.0]
    store.close()
    catalogue.close()


A_DAY: States = [(0, 0), (7200, 1), (14_400, 0)]
USABLE = ({"max_stay_min": 0}, {"max_stay_min": 60}, {"max_stay_min": 60, "hours": WORDS})
UNUSABLE: tuple[Mapping[str, Any], ...] = (
    {},
    {"max_stay_min": -50},
    {"max_stay_min": 10_080},
    {"max_stay_min": 60, "hours": "by day"},
)


@UNHURRIED
@given(
    st.lists(st.tuples(st.sampled_from([*USABLE, *UNUSABLE]), st.sampled_from([A_DAY, []])), min_size=1, max_size=9),
    st.sampled_from(["day", "now"]),
)
@example([({"max_stay_min": 0}, A_DAY), ({"max_stay_min": 60}, A_DAY)], "day")
@example([*[({"max_stay_min": 60}, A_DAY)] * 9, ({"max_stay_min": 10_080}, A_DAY)], "day")
def test_a_group_adds_up_the_spaces_with_a_limit_each_of_which_counts_once(
    spaces: list[tuple[Mapping[str, Any], States]], window: str
):
    cover, count = limits(SPRING)[:2], len(spaces)
    sites, rows = [site for site, _ in spaces], {PROPERTY: rows_of([states for _, states in spaces])}
    told = Given(window=window, edges=cover, rows=rows, sites=sites)
    each = indicators()["overstay"].formula(told)
    if window == "day":
        time = np.full(count, cover[0].astype(np.int64))
        known = {"coverage": each.coverage[:, 0], "samples": each.samples[:, 0]}
        told = replace(told, rows={"overstay_day": Rows.of(count, np.arange(count), time, each.value[:, 0], **known)})
    (made,) = (one for one in every_formula() if one.name == "overstay" and one.of_groups and window in one.windows)
    everybody = Members(np.arange(count), np.zeros(count, dtype=np.int64), 1)
    found = made.formula(replace(told, members=everybody))
    usable = [place for place, site in enumerate(sites) if site in USABLE]
    values = [value for value in each.value[usable, 0].tolist() if not np.isnan(value)]
    assert found.value[0, 0] == pytest.approx(sum(values) if values else np.nan, nan_ok=True)
    assert found.coverage[0, 0] == pytest.approx(np.mean(each.coverage[usable, 0]) if usable else 0.0)
