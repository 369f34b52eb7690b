"""Forecasts: the models against a slow walk, their report cards against sums by hand, and what is served."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import mean
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing.band import reached
from processing.calendar import edges
from processing.forecast import Source, indicators_of
from processing.forecasting import by_rise, by_week
from processing.forecasts import forecast_indicators, forecasts
from processing.indicator import Given
from processing.past import Past, quantile
from processing.rows import Rows
from processing.scoring import SCORED_LOOKBACK, _rolling
from sensors.model import TIME
from sensors.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from processing.indicator import Indicator, Results

ZONE = "Europe/Berlin"
QUARTER = np.timedelta64(15, "m")
UNHURRIED = settings(deadline=None, max_examples=30)
FREE = forecasts()["free_spaces"]
SPACES = "spaces_in_service_15min"


def past(values: Callable[[datetime], float], start: str, days: int, window: str = "15min") -> Past:
    """Make the past of one thing, from a function of the local clock."""
    begin = np.datetime64(start, "ms")
    cover = edges(window, begin, begin + np.timedelta64(days, "D"), ZONE)
    local = [time.replace(tzinfo=UTC).astimezone(ZoneInfo(ZONE)) for time in cover[:-1].tolist()]
    return Past(np.array([[values(time) for time in local]]), cover.view(np.int64), ZONE)


def test_weeks_before_are_weeks_of_the_local_clock():
    """On 2026-03-29 02:00 is skipped, on 2026-10-25 it comes twice."""
    known = past(lambda _: 0.0, "2026-03-01T00:00", 40)
    monday = np.array([np.datetime64("2026-03-30T06:00", "ms").astype(np.int64)])  # 08:00 in summer
    assert known.start[known.weeks_before(monday, 1)].view("datetime64[ms]") == np.datetime64("2026-03-23T07:00")
    skipped = np.array([np.datetime64("2026-04-05T00:30", "ms").astype(np.int64)])  # 02:30
    assert known.start[known.weeks_before(skipped, 1)].view("datetime64[ms]") == np.datetime64("2026-03-29T01:00")
    assert known.weeks_before(monday, 5).tolist() == [-1]


@given(st.lists(st.floats(-100, 100) | st.just(float("nan")), max_size=12), st.floats(0, 1))
def test_a_quantile_is_numpy_s(samples: list[float], share: float):
    known = [value for value in samples if not np.isnan(value)]
    expected = np.quantile(known, share) if known else np.nan
    assert quantile(np.array([samples or [np.nan]]), share)[0] == pytest.approx(expected, nan_ok=True, abs=1e-9)


def slow_by_week(known: Past, now: int, step: int, around: Sequence[int]) -> float:
    """Do what the docstring says, one number after the other."""
    values = known.value[0].tolist()
    when = int(known.start[now])
    local = datetime.fromtimestamp(when / 1000, UTC).astimezone(ZoneInfo(ZONE)).replace(tzinfo=None)
    places: list[list[int]] = []
    for week in (1, 2, 3, 4):
        instant = (local - timedelta(weeks=week)).replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
        places.append(np.flatnonzero(known.start == int(instant.timestamp() * 1000)).tolist())

    def at(index: int) -> float:
        return float(values[index]) if 0 <= index < len(values) else float("nan")

    pairs: list[tuple[float, float]] = []
    usual = coming = float("nan")
    for offset in around:
        before = [at(place + offset) for found in places for place in found]
        after = [at(place + offset + step) for found in places for place in found]
        means = [mean(k) if len(k := [v for v in each if not np.isnan(v)]) >= 2 else np.nan for each in (before, after)]
        if offset == 0:
            usual, coming = means
        pairs += [(one - means[0], other - means[1]) for one, other in zip(before, after, strict=True)]
    pairs = [pair for pair in pairs if not np.isnan(pair).any()]
    square = sum(one * one for one, _ in pairs)
    slope = min(max(sum(one * other for one, other in pairs) / square, 0.0), 1.0) if square > 0 else 1.0
    return coming + slope * (float(values[now]) - usual)


@UNHURRIED
@given(st.integers(0, 2**32), st.integers(1, 6), st.sampled_from(["2026-06-01", "2026-03-05", "2026-10-01"]), st.data())
def test_the_weekly_model_is_a_walk_over_four_weeks(seed: int, step: int, start: str, data: st.DataObject):
    random = np.random.default_rng(seed)
    known = past(lambda _: float(random.integers(0, 40)) if random.random() > 0.2 else float("nan"), start, 30, "hour")
    # The hour that is skipped or comes twice has no counterpart in other weeks; the slow walk knows only whole hours.
    now = data.draw(st.integers(29 * 24 + 6, 30 * 24 - 2))
    around = (-2, 0, 2)
    said = by_week(known, np.array([now]), step, around)
    assert said[0, 0] == pytest.approx(slow_by_week(known, now, step, around), nan_ok=True)


def test_what_repeats_every_week_is_forecast_exactly_also_over_a_change_of_the_clock():
    def rhythm(time: datetime) -> float:
        return 100.0 + 50.0 * math.sin(time.hour / 24 * 2 * math.pi) + 10.0 * time.weekday()

    known = past(rhythm, "2026-03-02T00:00", 34)
    now = np.arange(30 * 96, 33 * 96)
    assert by_week(known, now, 4)[0] == pytest.approx(known.value[0, now + 4])


def test_a_deviation_that_stays_is_taken_along():
    """Every day is as much above or below the usual as its first hour says."""
    random = np.random.default_rng(1)
    off = {day: random.normal(0, 20) for day in range(400)}
    known = past(lambda time: 100.0 + time.hour + off[time.timetuple().tm_yday], "2026-06-01T00:00", 33, "hour")
    now = np.arange(31 * 24 + 3, 31 * 24 + 15)
    assert by_week(known, now, 2, around=(-2, 0, 2))[0] == pytest.approx(known.value[0, now + 2])


def test_a_level_rises_as_it_usually_does_and_a_fall_teaches_nothing():
    known = past(lambda time: 2.0 * ((time.day - 1) % 10) + time.hour / 12, "2026-06-01T00:00", 33, "hour")
    now = np.array([31 * 24 + 2])
    assert by_rise(known, now, 24)[0] == pytest.approx(known.value[0, now] + 2.0)


def test_too_little_past_is_no_forecast():
    known = past(lambda _: 1.0, "2026-06-01T00:00", 9)
    assert np.isnan(by_week(known, np.array([8 * 96]), 1)).all()
    assert np.isnan(by_rise(known, np.array([8 * 96]), 1)).all()


def of_step(name: str) -> tuple[Indicator, Indicator, Indicator, Indicator]:
    model, card, served, held = (one for one in indicators_of(FREE) if one.name.startswith(name))
    return model, card, served, held


def results_of(known: Past, column: np.ndarray) -> Rows:
    """Make rows of an indicator's results, which some are missing of."""
    count = len(known.start)
    return Rows.of(
        1, np.zeros(count), known.start.view("datetime64[ms]"), column,
        coverage=np.ones(count), samples=np.ones(count, dtype=np.int64),
    )  # fmt: skip


def computed(indicator: Indicator, window: str, cover: np.ndarray, rows: dict[str, Rows]) -> Results:
    rows = {SPACES: Rows.of(1, [], [], []), **rows}
    return indicator.compute(Given(window=window, edges=cover, rows=rows, sites=[{"capacity": 100}]))


def test_a_model_says_free_spaces_and_what_anybody_could_have_said():
    model, *_ = of_step("free_spaces_in_30min")
    known = past(lambda time: (time.hour * 4 + time.minute // 15) / 100, "2026-06-01T00:00", 33)
    cover = (known.start[31 * 96 + np.arange(9)]).view("datetime64[ms]")
    found = computed(model, "15min", cover, {"occupancy_15min": results_of(known, known.value[0])})
    shares = known.value[0, 31 * 96 : 31 * 96 + 8]
    assert found.parts["persistence"][0] == pytest.approx(100 * (1 - shares))
    assert found.parts["last_week"][0] == pytest.approx(100 * (1 - shares) - 2)
    assert found.value[0] == pytest.approx(100 * (1 - shares) - 2)


def test_nothing_is_less_than_none_or_more_than_all():
    model, card, served, _ = of_step("free_spaces_in_60min")
    steep = past(lambda time: 0.0 if time.day < 28 or time.hour < 12 else 1.0, "2026-06-01T00:00", 33)
    cover = steep.start[26 * 96 : 33 * 96 - 4].view("datetime64[ms]")
    rows = {"occupancy_15min": results_of(steep, steep.value[0])}
    foretold = computed(model, "15min", cover, rows)
    rows[model.property_name("15min")] = results_of(Past(foretold.value, cover.view(np.int64), ZONE), foretold.value[0])
    rows |= {name: Rows.of(1, [], [], []) for name in card.names() if name in served.inputs}
    found = computed(served, "15min", cover, rows)
    for matrix in (foretold.value, found.value, found.parts["low"], found.parts["high"]):
        said = matrix[~np.isnan(matrix)]
        assert len(said) > 0
        assert said.min() >= 0.0
        assert said.max() <= 100.0


def foretold(free: np.ndarray, spaces: np.ndarray, days: int) -> dict[str, Results]:
    """Compute all four indicators of a forecast, one of the other, of a car park of which so many were free of so many.

    Shape of both: (days * 96,); the last day is that of the report cards.
    """
    made = of_step("free_spaces_in_60min")
    begin = np.datetime64("2026-05-31T22:00", "ms")
    known = Past(1 - (free / spaces)[np.newaxis], (begin + np.arange(days * 96 + 1) * QUARTER).view(np.int64), ZONE)
    rows = {"occupancy_15min": results_of(known, known.value[0]), SPACES: results_of(known, spaces)}
    found: dict[str, Results] = {}
    for role, one in zip(("model", "card", "served", "held"), made, strict=True):
        window = one.windows[0]
        cover = edges(window, begin, begin + days * np.timedelta64(1, "D"), ZONE)
        found[role] = computed(one, window, cover, {name: rows[name] for name in one.inputs})
        laid = Past(found[role].value, cover.view(np.int64), ZONE)
        for part, value in {"": found[role].value, **found[role].parts}.items():
            rows[one.property_name(window, part)] = results_of(laid, value[0])
    return found


def test_free_spaces_are_a_part_of_those_in_service():
    """Of 100 spaces 60 are out of service and 30 are free, all the time."""
    free, spaces = (np.full(40 * 96, number) for number in (30.0, 40.0))
    found = foretold(free, spaces, 40)
    assert found["model"].value[0, -1] == found["served"].value[0, -1] == pytest.approx(30.0)
    for part in ("low", "high"):
        assert found["served"].parts[part][0, -1] == pytest.approx(30.0)
    assert found["card"].parts["mae"][0, -1] == pytest.approx(0.0, abs=1e-9)
    assert found["held"].value[0, -1] == 1.0


def test_works_that_begin_and_end_are_scored_by_what_then_was_free():
    """Half of the spaces are always taken; for ten days of the last 28 there are 40 of them and not 100."""
    works = (np.arange(45 * 96) // 96 >= 25) & (np.arange(45 * 96) // 96 < 35)
    spaces = np.where(works, 40.0, 100.0)
    found = foretold(spaces / 2, spaces, 45)
    served = found["served"].value[0]
    assert served[24 * 96 - 1 :] == pytest.approx((spaces / 2)[24 * 96 - 1 :])
    assert (found["served"].parts["high"][0] <= spaces)[24 * 96 :].all()
    # Four quarter hours at either end nobody could foretell, and all of them are off by the same: 30 spaces.
    for part in ("mae", "mae_persistence", "mae_last_week"):
        assert found["card"].parts[part][0, -1] == pytest.approx(8 * 30 / found["card"].samples[0, -1])


def test_one_free_space_of_any_number_is_one():
    """(1 - (c - 1) / c) * c is less than one for every second number, by what rounding takes."""
    spaces = np.arange(1.0, 100_000.0)
    free = FREE.observed((spaces - 1) / spaces, spaces)
    assert (free < 1.0).mean() > 0.3
    assert reached(free, 1.0).all()
    # Taken for a millisecond of the quarter hour it was not always there.
    assert not reached(np.array([1 - 1 / 900_000, np.nan]), 1.0).any()


@pytest.mark.parametrize("spaces", [3, 11, 100])
def test_a_space_that_is_always_free_is_sure_to_be(spaces: int):
    found = foretold(np.ones(33 * 96), np.full(33 * 96, float(spaces)), 33)
    assert found["served"].parts["chance"][0, -1] == 1.0
    assert found["held"].parts["brier"][0, -1] == found["held"].parts["brier_persistence"][0, -1] == 0.0
    assert found["held"].value[0, -1] == 1.0
    assert found["card"].value[0, -1] == 0.0


def scored(errors: dict[str, float], days: int = 20) -> tuple[dict[str, Rows], np.ndarray]:
    """Make forecasts that are always wrong by so much, and what really was."""
    model, *_ = of_step("free_spaces_in_15min")
    random = np.random.default_rng(3)
    known = past(lambda _: random.uniform(0.3, 0.6), "2026-06-01T22:00", days)
    true = np.append(100 * (1 - known.value[0, 1:]), np.nan)
    rows = {model.property_name("15min", each): results_of(known, true + error) for each, error in errors.items()}
    return rows | {"occupancy_15min": results_of(known, known.value[0])}, known.start


def test_a_report_card_is_the_mean_error_beside_those_of_naive_forecasts():
    _, card, *_ = of_step("free_spaces_in_15min")
    rows, start = scored({"": 2.0, "persistence": -8.0, "last_week": 5.0})
    cover = edges("day", start[96].view("datetime64[ms]"), start[-1].view("datetime64[ms]"), ZONE)
    found = computed(card, "day", cover, rows)
    assert found.value[0] == pytest.approx(1 - 2 / 5)
    assert found.parts["mae"][0] == pytest.approx(2.0)
    assert found.parts["mae_persistence"][0] == pytest.approx(8.0)
    assert found.parts["mae_last_week"][0] == pytest.approx(5.0)
    # What was forecast in the last quarter hour of a day is known on the next one.
    assert found.samples[0, 0] == 191
    assert np.diff(found.samples[0]).tolist()[:-1] == [96] * (len(cover) - 3)


def test_a_day_alone_has_the_score_that_it_has_among_many():
    _, card, *_ = of_step("free_spaces_in_15min")
    rows, start = scored({"": 2.0, "persistence": -8.0, "last_week": 5.0}, days=35)
    cover = edges("day", start[0].view("datetime64[ms]"), start[-1].view("datetime64[ms]"), ZONE)
    together = computed(card, "day", cover, rows)
    for day in (0, 3, 30, len(cover) - 2):
        limits = cover[day : day + 2]
        first = (limits[0] - np.timedelta64(SCORED_LOOKBACK)).astype("datetime64[ms]")
        part = {
            name: each.take((each.time >= first.astype(np.int64)) & (each.time < limits[1].astype(np.int64)))
            for name, each in rows.items()
        }
        alone = computed(card, "day", limits, part)
        assert alone.value[0, 0] == pytest.approx(together.value[0, day], nan_ok=True, abs=0)
        assert alone.samples[0, 0] == together.samples[0, day]


@pytest.mark.parametrize("change", ["2026-03-29", "2026-10-25"])
def test_28_local_days_are_scored_also_where_the_clocks_change(change: str):
    day = np.datetime64(change, "ms")
    days = edges("day", day - np.timedelta64(40, "D"), day + np.timedelta64(40, "D"), ZONE)
    ended = days[1:].astype("datetime64[ms]").view(np.int64)
    counts = _rolling(np.ones((1, len(ended))), ended=ended, end=days[1:], zone=ZONE)
    assert counts[0].tolist() == [*range(1, 28), *[28.0] * (len(ended) - 27)]


def test_too_few_forecasts_have_no_score():
    _, card, *_ = of_step("free_spaces_in_15min")
    rows, start = scored({"": 2.0, "persistence": -8.0, "last_week": 5.0}, days=1)
    cover = edges("day", start[0].view("datetime64[ms]"), start[1].view("datetime64[ms]"), ZONE)
    few = {name: each.take(each.time < start[40]) for name, each in rows.items()}
    assert computed(card, "day", cover, few).quality.tolist() == [[Quality.MISSING]]


@pytest.mark.parametrize(
    ("skill", "persistence", "last_week", "source"),
    [
        (0.3, 5.0, 6.0, Source.MODEL),
        (0.0, 5.0, 6.0, Source.MODEL),
        (-0.1, 5.0, 6.0, Source.PERSISTENCE),
        (-0.1, 6.0, 5.0, Source.LAST_WEEK),
        (float("nan"), float("nan"), float("nan"), Source.PERSISTENCE),
    ],
)
def test_served_is_the_model_only_as_long_as_it_has_skill(
    skill: float, persistence: float, last_week: float, source: Source
):
    """For ten days the model said too little by two, that nothing changes was off by as much, a week ago by half."""
    model, card, served, _ = of_step("free_spaces_in_15min")
    now = np.datetime64("2026-06-20T10:00", "ms")
    cover = edges("15min", now, now + QUARTER, ZONE)
    quarters = edges("15min", now - np.timedelta64(20, "D"), now + QUARTER, ZONE)
    known = Past(np.ones((1, len(quarters) - 1)), quarters.view(np.int64), ZONE)
    free = np.where(known.start < (now - np.timedelta64(14, "D")).astype(np.int64), 19.5, 20.0)
    rows = {"occupancy_15min": results_of(known, 1 - free / 100)}
    rows[model.property_name("15min")] = results_of(known, np.where(known.start == now.astype(np.int64), 10.0, 18.0))
    days = edges("day", np.datetime64("2026-06-19T10:00"), np.datetime64("2026-06-19T11:00"), ZONE)
    yesterday = Past(np.ones((1, 1)), days.view(np.int64), ZONE)
    scores = {"": skill, "mae_persistence": persistence, "mae_last_week": last_week}
    rows |= {
        card.property_name("day", each): results_of(yesterday, np.array([value])) for each, value in scores.items()
    }
    found = computed(served, "15min", cover, rows)
    value, low, high = {
        Source.MODEL: (10.0, 11.5, 12.0), Source.PERSISTENCE: (20.0, 20.0, 20.0), Source.LAST_WEEK: (20.0, 20.0, 20.5),
    }[source]  # fmt: skip
    assert found.value[0, 0] == pytest.approx(value)
    assert found.parts["from"].tolist() == [[float(source)]]
    assert (found.parts["low"][0, 0], found.parts["high"][0, 0]) == pytest.approx((low, high))
    assert found.parts["chance"].tolist() == [[1.0]]


def test_a_share_that_held_is_counted_over_what_was_served():
    """Every second band is beside what came."""
    _, _, served, held = of_step("free_spaces_in_15min")
    known = past(lambda time: 0.4 + time.hour / 100, "2026-06-01T22:00", 5)
    true = np.append(100 * (1 - known.value[0, 1:]), np.nan)
    low = true - np.where(np.arange(len(true)) % 2, 1.0, -1.0)
    said = {"low": low, "high": true + 1.0, "chance": np.full(len(true), 0.75)}
    rows = {served.property_name("15min", each): results_of(known, column) for each, column in said.items()}
    rows |= {"occupancy_15min": results_of(known, known.value[0])}
    found = computed(held, "day", edges("day", known.start[200].view(TIME), known.start[201].view(TIME), ZONE), rows)
    assert found.value[0] == pytest.approx(0.5, abs=0.01)
    # There was always a space, as the naive forecast said for sure.
    assert found.parts["brier"][0] == pytest.approx(0.25**2)
    assert found.parts["brier_persistence"][0] == pytest.approx(0.0)


def test_a_brier_score_is_the_mean_square_of_what_probabilities_were_off_by():
    """Every second quarter hour is full. What is served is three quarters sure, the naive forecast is always wrong."""
    _, _, served, held = of_step("free_spaces_in_15min")
    known = past(lambda time: 1.0 if time.minute % 30 else 0.5, "2026-06-01T22:00", 5)
    true = np.append(100 * (1 - known.value[0, 1:]), np.nan)
    said = {"low": true, "high": true, "chance": np.where(true > 0, 0.75, 0.25)}
    rows = {served.property_name("15min", each): results_of(known, column) for each, column in said.items()}
    rows |= {"occupancy_15min": results_of(known, known.value[0])}
    found = computed(held, "day", edges("day", known.start[200].view(TIME), known.start[201].view(TIME), ZONE), rows)
    assert found.parts["brier"][0] == pytest.approx(0.25**2)
    assert found.parts["brier_persistence"][0] == pytest.approx(1.0)


def test_no_two_results_of_a_forecast_have_one_title():
    made = [prop for one in forecast_indicators() for prop in one.observed_properties()]
    for titles in ([prop.title for prop in made], [prop.title_de for prop in made]):
        assert len(set(titles)) == len(titles) > 50


def test_every_forecast_is_declared_in_full():
    for forecast in forecasts().values():
        assert len(forecast.when) == len(forecast.ahead)
        assert len(forecast.steps) == len(forecast.ahead) == len(set(forecast.ahead))
        assert min(forecast.steps) >= 1
        assert len(forecast.description) > 100
        assert forecast.title != forecast.title_de
        assert len(indicators_of(forecast)) == 4 * len(forecast.steps)


def test_nothing_in_is_nothing_out():
    for indicator in (one for forecast in forecasts().values() for one in indicators_of(forecast)):
        cover = edges(indicator.windows[0], np.datetime64("2026-03-29"), np.datetime64("2026-03-30"), ZONE)
        for things in (0, 2):
            rows = {name: Rows.of(things, [], [], []) for name in indicator.inputs}
            found = indicator.compute(Given(window=indicator.windows[0], edges=cover, rows=rows, sites=[{}] * things))
            assert found.value.shape == (things, len(cover) - 1)
            assert (found.quality == Quality.MISSING).all()
            assert set(found.parts) == {part.name for part in indicator.parts}
    assert replace(FREE, name="other").input == "occupancy_15min"
