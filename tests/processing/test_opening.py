"""Opening hours over columns of instants, and when rules hold."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing.alert import Hours
from processing.alerting.hours import holds
from processing.opening import is_open
from processing.region import Region
from sensors.model import Thing

HERE = Region()
SHOP = "Mo-Fr 08:00-18:00; Sa 09:00-13:00; PH off"


def instants(*times: str) -> np.ndarray:
    return np.array(times, dtype="datetime64[ms]").astype(np.int64)


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2026-06-01T05:59", False),  # Monday, 7:59 in summer
        ("2026-06-01T06:00", True),
        ("2026-06-01T16:00", False),
        ("2026-06-06T07:00", True),  # Saturday at 9
        ("2026-06-07T10:00", False),
        ("2026-12-25T10:00", False),  # Christmas Day, a Friday
        ("2025-10-31T10:00", False),  # Reformation Day, a Friday, is free in Mecklenburg-Vorpommern
        ("2026-01-05T07:00", True),  # Monday, 8:00 in winter
    ],
)
def test_hours_by_the_clocks_and_holidays_of_a_land(time: str, expected: bool):  # noqa: FBT001
    assert is_open(SHOP, instants(time), HERE).tolist() == [expected]


def test_a_holiday_of_one_land_is_a_working_day_of_another():
    reformation = instants("2025-10-31T10:00")
    assert is_open(SHOP, reformation, Region(land="BE")).tolist() == [True]


def test_shapes_stay_and_nothing_is_nothing():
    assert is_open(SHOP, np.zeros((0,), dtype=np.int64), HERE).shape == (0,)
    assert is_open("24/7", np.zeros((2, 3), dtype=np.int64), HERE).tolist() == [[True] * 3] * 2


@pytest.mark.parametrize("words", ["Montag bis Freitag", "8-18 Uhr", "x" * 501])
def test_what_cannot_be_read_is_a_sentence(words: str):
    with pytest.raises(ValueError, match="opening hours"):
        is_open(words, instants("2026-06-01"), HERE)


@pytest.mark.parametrize("words", ["sunrise-sunset", "Mo-Fr (dawn+01:00)-18:00", "Mo-Fr 08:00-18:00; PH,SH off"])
def test_what_goes_by_sun_or_school_is_refused_with_what_to_write(words: str):
    with pytest.raises(ValueError, match="Write them by the clock"):
        is_open(words, instants("2026-06-01"), HERE)


def test_a_comment_may_speak_of_anything():
    assert is_open('Mo-Fr 08:00-18:00 "before sunset, not SH"', instants("2026-06-01T07:00"), HERE).tolist() == [True]


def test_a_holiday_has_its_hours_by_the_calendar_also_of_a_night():
    night = "Mo-Fr 20:00-04:00; PH off"
    # Whit Monday at 21:00, and at 2:00 on the day after.
    assert is_open(night, instants("2027-05-17T19:00", "2027-05-18T00:00"), HERE).tolist() == [False, True]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1_700_000_000, 1_800_000_000), min_size=1, max_size=30))
def test_many_at_once_are_as_each_alone(seconds: list[int]):
    times = np.array(seconds) * 1000
    together = is_open(SHOP, times, HERE)
    assert together.tolist() == [bool(is_open(SHOP, times[[place]], HERE)[0]) for place in range(len(times))]


class TestHolds:
    CABINET = Thing(id="c", name="c", kind="street_light_cabinet", longitude=12.1, latitude=54.1)
    TOKYO = Thing(id="t", name="t", kind="street_light_cabinet", longitude=139.7, latitude=35.7)

    def at(self, hours: Hours, *times: str, things: tuple[Thing, ...] = (CABINET,)) -> list[bool]:
        place = np.zeros(len(times), dtype=np.int64) if len(things) == 1 else np.arange(len(times))
        found: list[bool] = holds(hours, things, place, instants(*times), HERE).tolist()
        return found

    def test_by_weekday_and_clock(self):
        office = Hours(weekdays=(1, 2, 3, 4, 5), begin=8, end=18, holidays=False)
        times = ("2026-06-01T05:59", "2026-06-01T06:00", "2026-06-06T10:00", "2026-05-25T10:00")
        assert self.at(office, *times) == [False, True, False, False]  # the last one is Whit Monday

    def test_over_midnight(self):
        night = Hours(begin=22, end=6)
        assert self.at(night, "2026-06-01T20:00", "2026-06-02T03:59", "2026-06-02T04:00") == [True, True, False]

    def test_a_night_belongs_to_the_day_on_which_it_begins(self):
        friday = Hours(weekdays=(5,), begin=22, end=6)
        # 2026-06-05 is a Friday; 22:00 on the clock is 20:00 UTC.
        nights = ("2026-06-04T22:00", "2026-06-05T00:00", "2026-06-05T20:00", "2026-06-06T03:59", "2026-06-06T04:00")
        assert self.at(friday, *nights) == [False, False, True, True, False]
        working = Hours(begin=22, end=6, holidays=False)
        # Whit Monday is the 25th of May.
        times = ("2026-05-24T23:00", "2026-05-25T21:00", "2026-05-25T23:00", "2026-05-26T20:00")
        assert self.at(working, *times) == [True, False, False, True]
        whole = Hours(weekdays=(5,), begin=6, end=6)
        assert self.at(whole, "2026-06-05T03:59", "2026-06-05T04:00", "2026-06-06T03:59") == [False, True, True]

    def test_what_the_site_says_counts_and_what_cannot_be_read_was_not_said(self):
        said = Thing(id="s", name="s", kind="x", longitude=0, latitude=0, properties={"hours": SHOP})
        nonsense = Thing(id="n", name="n", kind="x", longitude=0, latitude=0, properties={"hours": "never ever"})
        sunday = "2026-06-07T10:00"
        hours = Hours(site="hours")
        assert self.at(hours, sunday, sunday, sunday, things=(said, nonsense, self.CABINET)) == [False, True, True]

    def test_by_day_at_each_place(self):
        day = Hours(daylight=timedelta(minutes=30))
        # Half an hour after sunrise at about 5:14 UTC; in Tokyo the sun has set already at 9.
        times = ("2026-03-21T05:30", "2026-03-21T05:45", "2026-03-21T09:00", "2026-03-21T17:30")
        assert self.at(day, *times) == [False, True, True, False]
        assert self.at(day, "2026-03-21T09:00", "2026-03-21T09:00", things=(self.CABINET, self.TOKYO)) == [True, False]
        assert self.at(day, "2026-03-21T22:00", "2026-03-21T22:00", things=(self.CABINET, self.TOKYO)) == [False, True]
