"""Car parks: what is taken, in service, arriving and balanced, against walks second by second, and a simulated city."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing.calendar import edges
from processing.group import groups
from processing.indicator import Given, Members, Results
from processing.indicators import every_formula, indicators
from processing.lots import CLOSED, COUNTED, FREE, OUT_OF_SERVICE
from processing.now import present
from processing.region import Region
from processing.rows import Rows
from processing.windows import milliseconds
from sensors.model import Batch, Datastream, Thing
from sensors.quality import Quality
from simulators.city import City
from simulators.truth import occupied, truth
from storage.store import open_store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

UNHURRIED = settings(deadline=None, max_examples=20)
"""A busy machine is slow, not wrong."""
ZONE = "Europe/Berlin"
MINUTE = 60_000
CAPACITY = 20.0
DAYS = st.sampled_from(["2026-03-29", "2026-06-10", "2026-10-25"])
"""Among them both on which clocks are set."""
NAMES = (FREE, COUNTED, OUT_OF_SERVICE, CLOSED)
Told = dict[int, float]
"""Numbers by the minute since ten hours before midnight."""


def told(values: st.SearchStrategy[float], most: int) -> st.SearchStrategy[Told]:
    return st.dictionaries(st.integers(0, 35 * 60), values, max_size=most)


NUMBERS = st.integers(0, 25).map(float)
LOTS = st.fixed_dictionaries(
    {
        FREE: told(NUMBERS, 40),
        COUNTED: st.one_of(st.just({}), told(NUMBERS, 40)),
        OUT_OF_SERVICE: told(st.integers(0, 20).map(float), 3),
        CLOSED: told(st.sampled_from([0.0, 1.0]), 3),
    }
)


def day_of(begin: str, window: str = "day") -> NDArray[np.datetime64]:
    noon = np.datetime64(f"{begin}T12:00", "ms")
    midnight = edges("day", noon, noon + np.timedelta64(1, "h"), ZONE)
    return edges(window, midnight[0], midnight[1], ZONE)


def rows_of(numbers: Sequence[Told], start: int) -> Rows:
    flat = [
        (code, start + minute * MINUTE, value) for code, each in enumerate(numbers) for minute, value in each.items()
    ]
    series, time, value = zip(*flat, strict=True) if flat else ((), (), ())
    return Rows.of(len(numbers), series, np.array(time, dtype=np.int64), value)


def asked(lots: Sequence[Mapping[str, Told]], covered: NDArray[np.datetime64], **site: float) -> Given:
    start = int(covered[0].astype(np.int64)) - 10 * 60 * MINUTE
    names = dict.fromkeys(name for lot in lots for name in (*NAMES, *lot))
    rows = {name: rows_of([lot.get(name, {}) for lot in lots], start) for name in names}
    return Given(window="day", edges=covered, rows=rows, sites=[{"capacity": CAPACITY, **site}] * len(lots), zone=ZONE)


def holding(numbers: Told, minute: int, hold: int) -> float | None:
    before = [each for each in sorted(numbers) if minute - hold < each <= minute]
    return numbers[before[-1]] if before else None


def by_minute(lot: Mapping[str, Told], minute: int) -> tuple[float, float] | None:
    """Tell vehicles and spaces in service in a minute; None where nothing is known."""
    if holding(lot[CLOSED], minute, 24 * 60):
        return 0.0, 0.0
    spaces = CAPACITY - (holding(lot[OUT_OF_SERVICE], minute, 24 * 60) or 0.0)
    vehicles, free = (holding(lot[name], minute, 2 * 60) for name in (COUNTED, FREE))
    if vehicles is None and free is None:
        return None
    number = vehicles if vehicles is not None else spaces - (free or 0.0)
    return (0.0, 0.0) if spaces <= 0 else (number, spaces)


def walked(lot: Mapping[str, Told], first: int, end: int) -> list[tuple[float, float]]:
    return [each for each in (by_minute(lot, minute) for minute in range(first, end)) if each is not None]


def minutes(covered: NDArray[np.datetime64]) -> list[tuple[int, int]]:
    since = ((covered - covered[0]) // np.timedelta64(1, "m")).astype(int) + 600
    return list(zip(since[:-1].tolist(), since[1:].tolist(), strict=True))


def computed(name: str, of: Given) -> Results:
    return indicators()[name].formula(of)


@UNHURRIED
@given(DAYS, st.lists(LOTS, min_size=1, max_size=3))
def test_shares_load_and_spaces_are_walks_by_the_minute(begin: str, lots: list[dict[str, Told]]):
    of = asked(lots, day_of(begin, "hour"))
    found = {
        name: computed(name, of)
        for name in ("occupancy", "parked_hours", "spaces_in_service", "full_share", "busy_share")
    }
    for code, lot in enumerate(lots):
        for column, (first, end) in enumerate(minutes(of.edges)):
            known = walked(lot, first, end)
            open_ = [(vehicles, spaces) for vehicles, spaces in known if spaces > 0]
            room = sum(spaces for _, spaces in open_)
            load = sum(min(max(vehicles, 0.0), spaces) for vehicles, spaces in open_)
            value = {name: results.value[code, column] for name, results in found.items()}
            assert found["occupancy"].coverage[code, column] == pytest.approx(len(open_) / (end - first))
            assert found["spaces_in_service"].coverage[code, column] == pytest.approx(len(known) / (end - first))
            if known:
                assert value["spaces_in_service"] == pytest.approx(sum(spaces for _, spaces in known) / len(known))
            if open_:
                assert value["occupancy"] == pytest.approx(load / room)
                assert value["parked_hours"] == pytest.approx(load / 60)
                for name, least in (("full_share", 0.95), ("busy_share", 0.85)):
                    above = sum(vehicles / spaces >= least for vehicles, spaces in open_)
                    assert value[name] == pytest.approx(above / len(open_))
            else:
                assert np.isnan([value[name] for name in ("occupancy", "parked_hours", "full_share")]).all()
            if any(not 0 <= vehicles <= spaces for vehicles, spaces in open_):
                assert found["occupancy"].quality[code, column] == Quality.SUSPECT


@UNHURRIED
@given(DAYS, st.lists(LOTS, max_size=2), st.integers(0, 22), st.dictionaries(st.integers(0, 35), NUMBERS, min_size=20))
def test_a_window_is_the_same_bits_however_far_back_rows_are_known(
    begin: str, lots: list[dict[str, Told]], hour: int, free: Told
):
    """Also of a car park that told its vehicles once, and has told what is free since then."""
    changed = {FREE: {60 * at: number for at, number in free.items()}, COUNTED: {5: 1.0}}
    whole, covered = asked([changed, *lots], day_of(begin, "hour")), day_of(begin, "hour")[hour : hour + 2]
    first = int(covered[0].astype(np.int64)) - milliseconds(np.timedelta64(indicators()["occupancy"].lookback))
    alone = {name: rows.take(rows.time >= first) for name, rows in whole.rows.items()}
    for name in ("occupancy", "busy_share", "parked_hours"):
        among, apart = computed(name, whole), computed(name, replace(whole, rows=alone, edges=covered, found={}))
        for column in ("value", "coverage", "samples", "quality"):
            one, other = getattr(among, column)[:, hour : hour + 1], getattr(apart, column)
            assert one.tobytes() == other.tobytes()


def test_vehicles_count_for_as_long_as_they_hold():
    """Ten vehicles are told at one o'clock and never again; of 20 spaces 15 are free at two, and 18 at four."""
    lot = {COUNTED: {660: 10.0}, FREE: {720: 15.0, 840: 18.0}}
    found = computed("occupancy", asked([lot], day_of("2026-06-10", "hour")))
    assert found.value[0, :7].tolist() == pytest.approx([np.nan, 0.5, 0.5, 0.25, 0.1, 0.1, np.nan], nan_ok=True)
    # What was free at two is told at three, when the vehicles are known no more.
    assert found.samples[0, :7].tolist() == [0, 1, 0, 1, 1, 0, 0]


@UNHURRIED
@given(DAYS, st.lists(LOTS, min_size=1, max_size=3))
def test_load_is_occupancy_times_space_hours(begin: str, lots: list[dict[str, Told]]):
    """Utilisation is load by space-hours, which is the time-weighted occupancy: indicator rules, a consistency test."""
    of = asked(lots, day_of(begin))
    share, load, spaces = (computed(name, of) for name in ("occupancy", "parked_hours", "spaces_in_service"))
    hours = spaces.coverage * (np.diff(of.edges) / np.timedelta64(1, "h"))
    known = ~np.isnan(share.value)
    assert (share.value * spaces.value * hours)[known] == pytest.approx(load.value[known])


@UNHURRIED
@given(DAYS, st.lists(LOTS, min_size=1, max_size=3))
def test_a_peak_is_the_first_of_the_fullest_quarter_hours(begin: str, lots: list[dict[str, Told]]):
    of = asked(lots, day_of(begin))
    found = computed("peak_occupancy", of)
    quarters = day_of(begin, "15min")
    share = indicators()["occupancy"].compute(replace(of, edges=quarters)).value
    for code, lot in enumerate(lots):
        told_of = [value for value in share[code].tolist() if not np.isnan(value)]
        assert found.coverage[code, 0] == pytest.approx(len(told_of) / (len(quarters) - 1))
        ((first, end),) = minutes(of.edges)
        instants = [vehicles / spaces for vehicles, spaces in walked(lot, first, end) if spaces > 0]
        if instants:
            assert found.parts["instant"][code, 0] == pytest.approx(min(max(0.0, *instants), 1.0))
        if not told_of:
            assert np.isnan(found.value[code, 0])
            continue
        assert found.value[code, 0] == max(told_of)
        place = share[code].tolist().index(max(told_of))
        assert found.parts["began"][code, 0] == quarters[place].astype(np.int64) / 1000


@UNHURRIED
@given(st.data(), st.integers(1, 5))
def test_a_group_is_vehicles_by_spaces_whatever_is_out_of_service(data: st.DataObject, count: int):
    shares = data.draw(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0, np.nan]), min_size=count, max_size=count))
    spaces = data.draw(st.lists(st.sampled_from([0.0, 10.0, 50.0, np.nan]), min_size=count, max_size=count))
    (made,) = (
        one for one in every_formula() if (one.name, one.windows, one.of_groups) == ("occupancy", ("day",), True)
    )
    covered = day_of("2026-06-10")
    start = np.full(count, covered[0])
    rows = {
        name: Rows.of(count, range(count), start, values, coverage=np.ones(count), samples=np.ones(count, dtype=int))
        for name, values in (("occupancy_day", shares), ("spaces_in_service_day", spaces))
    }
    members = Members(np.arange(count), np.zeros(count, dtype=np.int64), 1)
    found = made.formula(
        Given(window="day", edges=covered, rows=rows, sites=[{"capacity": 5}] * count, members=members)
    )
    size = [5.0 if np.isnan(each) else each for each in spaces]
    known = [(share * room, room) for share, room in zip(shares, size, strict=True) if not np.isnan(share)]
    room = sum(room for _, room in known)
    assert found.value[0, 0] == pytest.approx(sum(taken for taken, _ in known) / room if room else np.nan, nan_ok=True)


def test_months_of_shares_count_days_by_their_spaces_and_searches_by_their_arrivals():
    """Half of 100 spaces on one day, all of 20 on the other, 70 of 120 in all; 10 of 100 arrivals and 20 of 20."""
    covered = day_of("2026-06-10")
    two = np.array([covered[0], covered[0] + np.timedelta64(24, "h")])
    month = edges("month", two[0], two[1], ZONE)
    cases = {
        "occupancy": ((0.5, 1.0), "spaces_in_service_day", (100.0, 20.0), 70 / 120),
        "search_share": ((0.1, 1.0), "observed_arrivals_day", (100.0, 20.0), 30 / 120),
    }
    for name, (shares, by, weights, expected) in cases.items():
        (made,) = (
            one for one in every_formula() if one.name == name and one.inputs[0] == f"{name}_day" and not one.of_groups
        )
        rows = {
            each: Rows.of(1, [0, 0], two, values, coverage=np.ones(2), samples=np.ones(2, dtype=int))
            for each, values in ((f"{name}_day", shares), (by, weights))
        }
        found = made.formula(Given(window="month", edges=month, rows=rows, sites=[{}]))
        assert found.value == pytest.approx(np.array([[expected]]))


COUNTS = st.lists(st.tuples(st.integers(0, 35 * 60), st.integers(0, 30)), max_size=30, unique_by=lambda each: each[0])


@UNHURRIED
@given(DAYS, COUNTS, told(st.integers(0, 20).map(float), 40))
def test_arrivals_at_a_busy_car_park_are_a_walk_by_the_minute(begin: str, counts: list[tuple[int, int]], free: Told):
    """Arrivals come evenly between two readings that are 2 h apart at most."""
    ordered = sorted(counts)
    reading = dict(
        zip((minute for minute, _ in ordered), np.cumsum([more for _, more in ordered]).tolist(), strict=True)
    )
    lot = {FREE: free, COUNTED: {}, OUT_OF_SERVICE: {}, CLOSED: {}, "vehicles_in": reading}
    of = asked([lot], day_of(begin))
    ((first, end),) = minutes(of.edges)
    observed = searching = known = 0.0
    for minute in range(first, end):
        before, after = ([each for each in reading if each <= minute], [each for each in reading if each > minute])
        number = holding(free, minute, 2 * 60)
        if not before or not after or min(after) - max(before) > 120 or number is None:
            continue
        rate = (reading[min(after)] - reading[max(before)]) / (min(after) - max(before))
        known += 1
        observed += rate
        searching += rate * ((CAPACITY - number) / CAPACITY >= 0.85)
    for name, expected in (("observed_arrivals", observed), ("searching_arrivals", searching)):
        found = computed(name, of)
        assert found.coverage[0, 0] == pytest.approx(known / (end - first))
        assert found.value[0, 0] == pytest.approx(expected if known else np.nan, nan_ok=True)


@UNHURRIED
@given(DAYS, st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=80, max_size=120), st.integers(0, 9))
def test_a_balance_is_a_walk_from_the_night_on(begin: str, passing: list[tuple[int, int]], at_night: int):
    """Every 20 minutes some drive in and some out; the balance begins where it is least between 3 and 5 h."""
    of = asked([walk := counters(passing)], day_of(begin), vehicles_at_night=at_night)
    times = sorted(walk["vehicles_in"])
    net = {minute: walk["vehicles_in"][minute] - walk["vehicles_out"][minute] for minute in times}
    hour = {minute: local_hour(of.edges[0], minute) for minute in times}
    nights = [minute for minute in times if 3 <= hour[minute] < 5]
    anchor = min(nights, key=lambda minute: (net[minute], minute)) if nights else None
    ((first, end),) = minutes(of.edges)
    standing = [
        at_night + net[reading] - net[anchor]
        for minute in range(first, end)
        if (reading := max((each for each in times if each <= minute), default=None)) is not None
        and anchor is not None and reading >= anchor and minute - reading < 120
    ]  # fmt: skip
    found = computed("counted_occupancy", of)
    assert found.coverage[0, 0] == pytest.approx(len(standing) / (end - first))
    if standing:
        assert found.parts["vehicles"][0, 0] == pytest.approx(sum(standing) / len(standing))
        inside = sum(min(max(vehicles, 0.0), CAPACITY) for vehicles in standing)
        assert found.value[0, 0] == pytest.approx(inside / len(standing) / CAPACITY)


def counters(passing: Sequence[tuple[int, int]]) -> dict[str, Told]:
    """Read both counters every 20 minutes."""
    into, out = np.cumsum(np.array(passing), axis=0).T.astype(float)
    readings = range(0, 20 * len(passing), 20)
    return {
        "vehicles_in": dict(zip(readings, into, strict=True)),
        "vehicles_out": dict(zip(readings, out, strict=True)),
    }


def local_hour(midnight: np.datetime64, minute: int) -> float:
    """Give the hour by the clock on the wall, by what the law says of the nights of March and October."""
    since = (minute - 600) / 60
    if since < 0:
        return 24 + since
    date = str(midnight + np.timedelta64(12, "h"))[:10]
    ahead = {"2026-03-29": 1 if since >= 2 else 0, "2026-10-25": -1 if since >= 3 else 0}.get(date, 0)
    return since + ahead


BEGIN, NIGHTS = np.datetime64("2025-03-28T00:00", "ms"), 4
"""Of the simulated city: three whole local days, the second with 23 hours."""


@pytest.fixture(scope="module")
def city() -> City:
    return City(seed=1)


@pytest.fixture(scope="module")
def counts(city: City) -> dict[str, Rows]:
    """Let every car park of the city tell its free spaces and count at its barriers, minute by minute."""
    times = (BEGIN + np.arange(24 * 60 * NIGHTS) * np.timedelta64(1, "m")).astype(np.int64)
    taken = occupied(city, times).value[: len(city.lots.capacity)]
    change = np.diff(taken, axis=1, prepend=taken[:, :1])
    lots, steps = taken.shape
    series, time = np.repeat(np.arange(lots), steps), np.tile(times, lots)

    def rows(matrix: NDArray[np.float64]) -> Rows:
        return Rows.of(lots, series, time, matrix.ravel())

    return {
        "taken": rows(taken),
        FREE: rows(city.lots.capacity[:, np.newaxis] - taken),
        "vehicles_in": rows(np.cumsum(np.maximum(change, 0), axis=1)),
        "vehicles_out": rows(np.cumsum(np.maximum(-change, 0), axis=1)),
    }


def of_city(city: City, rows: Mapping[str, Rows], covered: NDArray[np.datetime64]) -> Given:
    sites: list[dict[str, Any]] = [{"capacity": int(each)} for each in city.lots.capacity]
    nothing = Rows.of(len(sites), [], [], [])
    every = dict.fromkeys(("vehicles_in", "vehicles_out", *NAMES), nothing) | dict(rows)
    return Given(window="day", edges=covered, rows=every, sites=sites, zone=ZONE)


THREE_DAYS = edges("day", np.datetime64("2025-03-29T12:00"), np.datetime64("2025-03-31T12:00"), ZONE)


def test_the_count_at_barriers_is_the_truth_and_its_drift_what_it_missed(city: City, counts: dict[str, Rows]):
    """Counters that miss nobody give the truth of every minute. Those that miss 2 % drift by 2 % of who came.

    As many as came have left from night to night, but for some 30; counts are whole numbers.
    """
    lots = len(city.lots.capacity)
    exact = of_city(city, {name: counts[name] for name in (FREE, "vehicles_in", "vehicles_out")}, THREE_DAYS)
    found = indicators()["counted_occupancy"].compute(exact)
    true = indicators()["occupancy"].compute(exact)
    assert found.value[:, 1:] == pytest.approx(true.value[:, 1:], abs=1e-9)
    assert true.value.std() > 0.05
    assert computed("counting_drift", exact).value[:, 1:] == pytest.approx(np.zeros((lots, 2)), abs=1e-9)
    few = np.floor(0.98 * counts["vehicles_in"].value)
    missing = {**exact.rows, "vehicles_in": counts["vehicles_in"].with_value(few)}
    drift = computed("counting_drift", replace(exact, rows=missing))
    came = drift.parts["passed"][:, 2] / 1.98
    assert (came > 70).all()
    assert drift.value[:, 2] == pytest.approx(-0.02 * came, abs=0.02 * 30 + 2)
    adrift = indicators()["counted_occupancy"].compute(replace(exact, rows=missing))
    assert 0 < np.abs(adrift.value - true.value)[:, 2].max() < 0.5


def test_arrivals_peaks_and_busy_time_of_the_city_are_its_truth(city: City, counts: dict[str, Rows]):
    """From numbers told every minute: arrivals within a minute's, times within a minute at each crossing of 85 %."""
    of = of_city(city, counts, THREE_DAYS)
    taken = counts["taken"].value.reshape(len(city.lots.capacity), -1)
    minute = (THREE_DAYS - BEGIN) // np.timedelta64(1, "m")
    share = taken / city.lots.capacity[:, np.newaxis]
    for day, (first, end) in enumerate(zip(minute[:-1].astype(int), minute[1:].astype(int), strict=True)):
        change = np.diff(taken[:, first : end + 1], axis=1)
        assert computed("vehicles_arrived", of).value[:, day] == pytest.approx(np.maximum(change, 0).sum(axis=1))
        assert computed("vehicles_left", of).value[:, day] == pytest.approx(np.maximum(-change, 0).sum(axis=1))
        busy = (share[:, first:end] >= 0.85).mean(axis=1)
        assert computed("busy_share", of).value[:, day] == pytest.approx(busy, abs=1e-9)
        searching = (np.maximum(change, 0) * (share[:, first:end] >= 0.85)).sum(axis=1)
        assert computed("searching_arrivals", of).value[:, day] == pytest.approx(searching)
    quarters = truth(city, int(THREE_DAYS[0].astype(int)), int(THREE_DAYS[-1].astype(int)))["occupancy"].value
    peak = computed("peak_occupancy", of).value[:, 0]
    assert np.abs(peak - quarters[: len(peak), :96].max(axis=1)).max() < 0.01
    assert (computed("busy_share", of).value > 0).any()


def test_now_is_told_of_things_and_groups():
    """Ten spaces, two of them out of service, and a single one: 7 vehicles on 9 spaces."""
    noon = np.datetime64("2026-06-01T12:00", "ms")
    lots = [
        Thing(id=name, name=name, kind="parking_lot", longitude=12.1, latitude=54.1, properties={"capacity": 10})
        for name in "ab"
    ]
    space = Thing(id="s", name="s", kind="parking_spot", longitude=12.1, latitude=54.1)
    with closing(open_store("memory://")) as store:
        streams = [
            Datastream("a", FREE),
            Datastream("a", OUT_OF_SERVICE),
            Datastream("b", CLOSED),
            Datastream("s", "occupied"),
        ]
        times = noon - np.array([20, 600, 60, 300]) * np.timedelta64(1, "m")
        store.write(Batch.of(streams, range(4), times, [2.0, 2.0, 1.0, 1.0]))
        found: dict[str, float] = {}
        for one in present(store, groups([*lots, space], {}), noon, Region(), {"current_occupancy"}):
            values = one.results.value[:, 0].tolist()
            found |= dict(zip((thing.id for thing in one.things), values, strict=True))
    assert found["a"] == 0.75
    assert np.isnan(found["b"])
    assert found["s"] == 1.0
    assert found["city"] == pytest.approx(7 / 9)
