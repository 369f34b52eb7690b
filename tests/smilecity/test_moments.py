from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smilecity.moments import EARLIEST, LATEST, MomentError, moment, span, span_before
from storage import refusal

NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)
BERLIN = "Europe/Berlin"
AROUND = [("2026-01-01", "2027-01-01"), ("2026-03-29", "2026-03-29T06"), ("2026-10-25", "2026-10-25T06")]
"""A year, and the nights in which its clocks are set."""
NUMBERS = "0123456789+-.TZ:W "
OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: f"{minutes // 60:+03d}:{minutes % 60:02d}")
TYPED = st.one_of(
    st.text(max_size=30),
    st.text(NUMBERS, max_size=30),
    st.datetimes().map(datetime.isoformat),
    st.dates().map(lambda day: day.isoformat()),
    st.tuples(st.datetimes().map(datetime.isoformat), OFFSETS).map("".join),
    st.from_regex(r"[+-][0-9]{1,6}(\.[0-9]{1,6})?(min|h|d|w)", fullmatch=True),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-29T01:00:00Z", datetime(2026, 3, 29, 1, tzinfo=UTC)),
        ("2026-03-29T01:00:00+02:00", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        ("2026-03-29", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        ("2026-03-30", datetime(2026, 3, 29, 22, tzinfo=UTC)),
        ("-90min", datetime(2026, 3, 29, 10, 30, tzinfo=UTC)),
        ("-1.5h", datetime(2026, 3, 29, 10, 30, tzinfo=UTC)),
        ("-1d", datetime(2026, 3, 28, 12, tzinfo=UTC)),
        ("-1w", datetime(2026, 3, 22, 12, tzinfo=UTC)),
        ("+2h", datetime(2026, 3, 29, 14, tzinfo=UTC)),
    ],
)
def test_moments_are_read_in_the_city_s_zone(text: str, expected: datetime):
    assert moment(text, "Europe/Berlin", NOW) == expected


@pytest.mark.parametrize("text", ["", "gestern", "-5", "24h", "2026-13-01"])
def test_what_is_no_moment_names_the_forms(text: str):
    with pytest.raises(ValueError, match="-24h"):
        moment(text, "Europe/Berlin", NOW)


@given(TYPED, st.sampled_from([BERLIN, "UTC", "America/Santiago", "Pacific/Apia", "Africa/Monrovia"]))
def test_whatever_is_typed_is_read_within_the_bounds_or_refused_with_a_sentence(text: str, zone: str):
    said, read = "", NOW
    try:
        read = moment(text, zone, NOW)
    except MomentError as error:
        said = str(error)
    assert not said or re.search(r"-24h|outside 1970 to 2199|Write \S+[+-]\d\d:", said)
    assert read.tzinfo is UTC
    assert EARLIEST - timedelta(days=1) <= read <= LATEST + timedelta(days=1)


def test_the_bounds_are_those_of_what_is_stored():
    assert [each.replace(tzinfo=None) for each in (EARLIEST, LATEST)] == [refusal.EARLIEST, refusal.LATEST]
    assert moment("1970-01-01", BERLIN, NOW) < EARLIEST, "the city's first day begins before that of UTC"
    for text in ("0001-01-01", "1969-12-30", "2200-01-03", "9999-12-31", "-999999w", "0001-01-01T00:00:00+14:00"):
        with pytest.raises(MomentError, match="outside 1970 to 2199"):
            moment(text, BERLIN, NOW)


@given(st.one_of([st.datetimes(*map(datetime.fromisoformat, span)) for span in AROUND]))
def test_a_local_time_is_taken_exactly_where_it_is_one_instant(local: datetime):
    """By brute force: the instants at which the clocks of the city show it."""
    zone = ZoneInfo(BERLIN)
    near = [local.replace(tzinfo=UTC) - timedelta(hours=hours) for hours in (1, 2)]
    showing = [each for each in near if each.astimezone(zone).replace(tzinfo=None) == local]
    if len(showing) == 1:
        assert moment(local.isoformat(), BERLIN, NOW) == showing[0]
    else:
        with pytest.raises(MomentError):
            moment(local.isoformat(), BERLIN, NOW)


@pytest.mark.parametrize(
    ("text", "why", "ways"),
    [
        ("2026-03-29T02:30", "left out", ["2026-03-29T03:30:00+02:00", "2026-03-29T01:30:00+01:00"]),
        ("2026-10-25 02:30", "twice", ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]),
    ],
)
def test_a_local_time_at_which_the_clocks_are_set_is_refused_with_both_ways_to_write_it(
    text: str, why: str, ways: list[str]
):
    with pytest.raises(MomentError, match=why) as refused:
        moment(text, BERLIN, NOW)
    assert re.findall(r"\S+[+]0\d:00\b", str(refused.value)) == ways
    first, second = (moment(way, BERLIN, NOW) for way in ways)
    assert abs(first - second) in (timedelta(0), timedelta(hours=1))


def test_a_day_has_one_beginning_also_where_its_midnight_is_left_out_or_there_twice():
    assert moment("2026-09-06", "America/Santiago", NOW) == datetime(2026, 9, 6, 4, tzinfo=UTC)
    assert moment("2026-11-01", "America/Havana", NOW) == datetime(2026, 11, 1, 4, tzinfo=UTC)


def test_a_span_has_something_in_it():
    assert span("2026-03-28", "now", BERLIN, NOW) == (datetime(2026, 3, 27, 23, tzinfo=UTC), NOW)
    with pytest.raises(MomentError, match="did you mean -7d now"):
        span("now", "-7d", BERLIN, NOW)
    with pytest.raises(MomentError, match="nothing from 2026-03-28 to 2026-03-28"):
        span("2026-03-28", "2026-03-28", BERLIN, NOW)


def test_so_much_before_an_end_is_some_time():
    assert {span_before(said, NOW, BERLIN) for said in ("1d", "-24h")} == {(NOW - timedelta(days=1), NOW)}
    for said in ("0d", "+1d", "now", "2026-01-01"):
        with pytest.raises(MomentError):
            span_before(said, NOW, BERLIN)
