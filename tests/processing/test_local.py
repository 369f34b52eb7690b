"""Local clocks and calendars against zoneinfo and datetime, and public holidays against what the law says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processing.calendar import edges
from processing.local import DayType, local

UNHURRIED = settings(deadline=None)
"""A busy machine is slow, not wrong."""
BERLIN = "Europe/Berlin"
ZONES = st.sampled_from([BERLIN, "UTC", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"])
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SPRING, AUTUMN = datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)
"""When Germany's clocks are set forward and back in 2026."""
MILLISECOND = timedelta(milliseconds=1)
INSTANTS = st.one_of(
    st.datetimes(datetime(1980, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.tuples(st.sampled_from([SPRING, AUTUMN]), st.integers(-7_200_000, 7_200_000)).map(
        lambda near: near[0] + near[1] * MILLISECOND
    ),
)


def milliseconds(instants: list[datetime]) -> np.ndarray:
    return np.array([(instant - EPOCH) // MILLISECOND for instant in instants], dtype=np.int64)


def at(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[ms]").view(np.int64)


@UNHURRIED
@given(st.lists(INSTANTS, max_size=20), ZONES)
@example([SPRING - MILLISECOND, SPRING, AUTUMN - MILLISECOND, AUTUMN], BERLIN)
def test_clocks_say_what_zoneinfo_says(instants: list[datetime], zone: str):
    found = local(milliseconds(instants), zone)
    there = [instant.astimezone(ZoneInfo(zone)) for instant in instants]
    assert found.day.tolist() == [(clock.date() - date(1970, 1, 1)).days for clock in there]
    assert found.weekday.tolist() == [clock.weekday() for clock in there]
    assert found.hour_of_week.tolist() == [clock.weekday() * 24 + clock.hour for clock in there]
    assert found.month.tolist() == [clock.month for clock in there]
    assert found.year.tolist() == [clock.year for clock in there]
    hours = [
        clock.hour + clock.minute / 60 + clock.second / 3600 + clock.microsecond // 1000 / 3.6e6 for clock in there
    ]
    assert found.hour == pytest.approx(hours)


@UNHURRIED
@given(st.integers(-500, 500), st.integers(1, 40), ZONES)
def test_many_instants_are_read_as_each_alone(start: int, count: int, zone: str):
    """Where many lie in a short time the clocks are asked once a quarter hour."""
    times = milliseconds([AUTUMN])[0] + 60_000 * (start + np.arange(count))
    together = local(np.repeat(times, 3).reshape(-1, 3), zone)
    assert together.time.shape == (count, 3)
    assert together.time[:, 0].tolist() == [int(local(times[[place]], zone).time[0]) for place in range(count)]


def test_no_hour_at_two_in_spring_and_two_in_autumn():
    for day, hours in (("2026-03-29", [0, 1, 3, 4, 5]), ("2026-10-25", [0, 1, 2, 2, 3])):
        noon = np.datetime64(f"{day}T12:00")
        (midnight, after) = edges("day", noon, noon + np.timedelta64(1, "h"), BERLIN)
        of_day = edges("hour", midnight, after, BERLIN)[:-1].view(np.int64)
        found = local(of_day, BERLIN)
        assert found.hour[:5].tolist() == hours
        assert len(np.unique(found.day)) == 1
        assert set(found.weekday) == {6}


def test_a_span_of_hours_may_reach_over_midnight():
    found = local(at("2026-06-01T19:59", "2026-06-01T20:00", "2026-06-02T03:59", "2026-06-02T04:00"), BERLIN)
    assert found.is_between(22, 6).tolist() == [False, True, True, False]
    assert found.is_between(6, 22).tolist() == [True, False, False, True]
    assert not found.is_between(8, 8).any()


def test_public_holidays_are_those_of_the_land():
    """Women's Day is one in Mecklenburg-Vorpommern since 2023, All Saints' in Bavaria; the Unity Day everywhere."""
    times = at("2022-03-08T11:00", "2023-03-08T11:00", "2026-11-01T11:00", "2026-10-02T22:00", "2026-10-03T22:00")
    found = local(times, BERLIN)
    assert found.is_holiday("MV").tolist() == [False, True, False, True, False]
    assert found.is_holiday("BY").tolist() == [False, False, True, True, False]
    with pytest.raises(ValueError, match=r"no Land is called 'XX'. Known: BB, BE"):
        found.is_holiday("XX")


def test_public_holidays_count_as_sunday():
    """Of 2026: a Thursday, Friday and Saturday in May, Ascension Day, Christmas on a Friday and a Saturday."""
    days = ["2026-05-07", "2026-05-08", "2026-05-09", "2026-05-10", "2026-05-14", "2026-12-25", "2026-12-26"]
    found = local(at(*(f"{day}T10:00" for day in days)), BERLIN)
    assert [DayType(kind).name for kind in found.day_type("MV")] == [
        "WORKING_DAY",
        "WORKING_DAY",
        "SATURDAY",
        "SUNDAY",
        "SUNDAY",
        "SUNDAY",
        "SUNDAY",
    ]


def test_nothing_is_read_as_nothing():
    found = local(np.empty((0, 3), dtype=np.int64), BERLIN)
    assert found.day.shape == found.hour.shape == found.is_holiday("MV").shape == found.day_type("MV").shape == (0, 3)
