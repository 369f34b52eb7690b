"""Planned rounds, against a walk from hour to hour on the clocks of the standard library."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processing.indicator import Given
from processing.indicators import indicators
from processing.rounds import DAYS_PER_YEAR, UNPLANNED, Known, Rounds, local_clock
from processing.rows import Rows

UNHURRIED = settings(deadline=None)
"""A busy machine is slow, not wrong."""
ZONE = "Europe/Berlin"
BERLIN = ZoneInfo(ZONE)
SEASONS_AT = datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 9, 28, tzinfo=UTC)
SEASONS = st.sampled_from(SEASONS_AT)
"""Before a change of the clocks or of the season."""
PLANS = st.fixed_dictionaries(
    {
        "emptying_weekdays": st.lists(st.integers(1, 7), min_size=1, max_size=3),
        "emptying_every_weeks": st.integers(1, 8),
        "emptying_hour": st.integers(0, 23),
    },
    optional={
        "emptying_weekdays_winter": st.lists(st.integers(1, 7), max_size=3),
        "emptying_week_of": st.dates(date(2024, 1, 1), date(2026, 12, 31)).map(date.isoformat),
    },
)
MONDAY_MORNING = datetime(2026, 6, 1, 3, tzinfo=UTC)
"""05:00 on the clock."""


def comes(plan: dict[str, Any], day: date) -> bool:
    """Tell whether a round comes on a day, by the calendar."""
    winter = plan.get("emptying_weekdays_winter", plan["emptying_weekdays"])
    weekdays = plan["emptying_weekdays"] if 4 <= day.month <= 9 else winter
    anchor = date.fromisoformat(plan.get("emptying_week_of", "1970-01-05"))
    weeks = (monday(day) - monday(anchor)).days // 7
    return day.isoweekday() in weekdays and weeks % plan["emptying_every_weeks"] == 0


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def until_next(site: dict[str, Any], moment: datetime) -> tuple[float, int]:
    until, known = Rounds.of([site]).until_next(np.array([milliseconds(moment)]), ZONE)
    return float(until[0, 0]), int(known[0, 0])


@UNHURRIED
@given(PLANS, SEASONS, st.lists(st.integers(0, 24 * 365), min_size=1, max_size=5))
@example(
    {"emptying_weekdays": [7], "emptying_weekdays_winter": [], "emptying_every_weeks": 1}, SEASONS_AT[1], [24 * 37]
)
@example({"emptying_weekdays": [3], "emptying_weekdays_winter": [5], "emptying_every_weeks": 2}, SEASONS_AT[1], [0])
@example({"emptying_weekdays": [7], "emptying_weekdays_winter": [], "emptying_every_weeks": 8}, SEASONS_AT[1], [0])
def test_the_next_round_is_the_first_that_a_walk_comes_upon(plan: dict[str, Any], begin: datetime, hours: list[int]):
    moments = [begin + timedelta(hours=each) for each in hours]
    until, known = Rounds.of([plan]).until_next(np.array([milliseconds(each) for each in moments]), ZONE)
    assert until[0].tolist() == [walked(plan, each.astimezone(BERLIN).replace(tzinfo=None)) for each in moments]
    assert set(known[0].tolist()) == {Known.DAY}


def walked(plan: dict[str, Any], wall: datetime) -> float:
    """Walk from day to day to the next round, in hours from what a clock says."""
    midnight = wall.replace(hour=0, minute=0) + timedelta(hours=plan.get("emptying_hour", 6))
    rounds = (midnight + timedelta(days=day) for day in range(400))
    return next((each - wall) / timedelta(hours=1) for each in rounds if each > wall and comes(plan, each.date()))


@UNHURRIED
@given(PLANS, SEASONS)
def test_every_day_has_the_round_that_the_calendar_gives_it(plan: dict[str, Any], begin: datetime):
    days = [begin.date() + timedelta(days=number) for number in range(40)]
    since = np.array([(day - date(1970, 1, 1)).days for day in days])
    assert Rounds.of([plan]).due(since)[0].tolist() == [comes(plan, day) for day in days]
    assert Rounds.of([plan]).planned(since)[0].tolist() == [float(comes(plan, day)) for day in days]


def test_a_round_of_today_that_has_come_is_not_the_next():
    plan = {"emptying_weekdays": [1], "emptying_hour": 6}
    assert until_next(plan, MONDAY_MORNING) == (1.0, Known.DAY)
    assert until_next(plan, MONDAY_MORNING + timedelta(hours=1)) == (168.0, Known.DAY)


@pytest.mark.parametrize(
    ("site", "hours", "known"),
    [
        ({"emptyings_per_year_summer": 73.05, "emptyings_per_year_winter": 1}, 120.0, Known.RATE),
        ({}, UNPLANNED, Known.NOTHING),
        ({"emptying_weekdays": "on Mondays", "emptying_every_weeks": None}, UNPLANNED, Known.NOTHING),
        ({"emptyings_per_year_summer": 0}, UNPLANNED, Known.NOTHING),
        ({"emptying_weekdays": 1, "emptying_week_of": "soon", "emptying_every_weeks": 0}, 1.0, Known.DAY),
    ],
)
def test_what_a_site_does_not_tell(site: dict[str, Any], hours: float, known: Known):
    until, how = until_next(site, MONDAY_MORNING)
    assert until == pytest.approx(hours)
    assert how == known


@pytest.mark.parametrize(
    ("site", "hours", "known"),
    [
        # 2026-12-01 is a Tuesday, 01:00 on the clock; summer begins in 120 days and 23 hours, on a Thursday.
        ({"emptying_weekdays": [1, 4], "emptying_weekdays_winter": []}, 121 * 24 + 5.0, Known.DAY),
        ({"emptying_weekdays": [1, 4], "emptying_weekdays_winter": [], "emptyings_per_year_winter": 36.525}, 240.0, 1),
        ({"emptying_weekdays_winter": [3], "emptying_weekdays": []}, 29.0, Known.DAY),
        ({"emptying_weekdays": [], "emptying_weekdays_winter": []}, UNPLANNED, Known.NOTHING),
        ({"emptying_weekdays": [2], "emptying_hour": 1e9}, 5.0, Known.DAY),
    ],
)
def test_a_season_may_have_no_rounds(site: dict[str, Any], hours: float, known: Known):
    until, how = until_next(site, datetime(2026, 12, 1, tzinfo=UTC))
    assert (round(until, 6), how) == (hours, known)


def test_a_season_with_an_empty_list_has_no_planned_emptyings():
    days = np.array(["2026-01-05", "2026-06-01"], dtype="datetime64[D]").astype(np.int64)
    assert Rounds.of([{"emptying_weekdays": [1], "emptying_weekdays_winter": []}]).planned(days).tolist() == [[0, 1]]
    unknown = Rounds.of([{"emptying_weekdays_winter": [1]}, {"emptying_weekdays": []}]).planned(days)
    assert unknown[0, 0] == 1
    assert np.isnan([unknown[0, 1], *unknown[1]]).all()


def test_a_rate_has_a_part_for_every_day_of_its_season():
    rates = Rounds.of([{"emptyings_per_year_summer": 365.25, "emptyings_per_year_winter": 36.525}])
    days = np.array(["2026-03-31", "2026-04-01", "2026-09-30", "2026-10-01"], dtype="datetime64[D]").astype(np.int64)
    assert rates.planned(days)[0] == pytest.approx([0.1, 1.0, 1.0, 0.1])


def test_a_year_of_weekly_rounds_has_as_many_as_it_has_such_weekdays():
    days = np.arange("2026-01-01", "2027-01-01", dtype="datetime64[D]").astype(np.int64)
    assert Rounds.of([{"emptying_weekdays": [4]}]).planned(days).sum() == 53
    assert Rounds.of([{"emptyings_per_year_summer": 52, "emptyings_per_year_winter": 52}]).planned(
        days
    ).sum() == pytest.approx(52 * 365 / DAYS_PER_YEAR)


def test_clocks_are_those_of_the_zone():
    moments = np.array(["2026-03-29T00:30", "2026-03-29T01:30"], dtype="datetime64[ms]").view(np.int64)
    day, hour = local_clock(moments, ZONE)
    assert day.tolist() == [20541, 20541]
    assert hour.tolist() == [1.5, 3.5]


def test_no_sites_have_no_rounds():
    until, known = Rounds.of([]).until_next(np.array([0]), ZONE)
    assert until.shape == known.shape == (0, 1)


def test_days_that_are_not_known_have_no_planned_emptying():
    limits = np.array(["2026-05-31T22:00", "2026-06-01T22:00", "2026-06-02T22:00"], dtype="datetime64[ms]")
    rows = Rows.of(1, [0, 0], ["2026-05-31T22:00", "2026-06-01T10:00"], [40.0, 41.0])
    given = Given(window="day", edges=limits, rows={"filling_level": rows}, sites=[{"emptying_weekdays": [1, 2]}])
    value = indicators()["planned_emptyings"].compute(given).value[0]
    assert value[0] == 1.0
    assert np.isnan(value[1])
