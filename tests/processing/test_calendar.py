"""Windows of the calendar against a walk through the local clock, quarter hour by quarter hour."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processing.calendar import DAY, HOUR, QUARTER_HOUR, WINDOWS, edges, local_days

UNHURRIED = settings(deadline=None)
"""A busy machine is slow, not wrong."""
BERLIN = "Europe/Berlin"
QUARTER = timedelta(minutes=15)
TURNS = [
    ("Europe/Berlin", datetime(2026, 3, 29, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, tzinfo=UTC)),
    ("America/Havana", datetime(2024, 11, 3, tzinfo=UTC)),  # midnight comes twice
    ("America/Sao_Paulo", datetime(2018, 11, 4, tzinfo=UTC)),  # midnight is skipped
    ("Asia/Beirut", datetime(2024, 3, 31, tzinfo=UTC)),  # midnight is skipped
    ("Australia/Lord_Howe", datetime(2026, 4, 5, tzinfo=UTC)),  # a change of half an hour
    ("Asia/Kathmandu", datetime(2026, 6, 1, tzinfo=UTC)),  # 5 h 45 min from UTC
]
SPANS = st.tuples(st.integers(-3 * 96, 3 * 96), st.integers(1, 3 * 96))


def instant(when: datetime) -> np.datetime64:
    return np.datetime64(when.astimezone(UTC).replace(tzinfo=None), "ms")


def local_date(when: datetime, zone: str) -> date:
    return when.astimezone(ZoneInfo(zone)).date()


def days_walked(start: datetime, end: datetime, zone: str) -> list[np.datetime64]:
    """Walk from well before a span to well after it, and note where the local date changes around it."""
    walk = [start.replace(minute=0) + QUARTER * step for step in range(-3 * 96, 6 * 96 + 96)]
    begins = [b for a, b in itertools.pairwise(walk) if local_date(a, zone) != local_date(b, zone)]
    first = max(begin for begin in begins if begin <= start)
    last = min(begin for begin in begins if begin >= end)
    return [instant(begin) for begin in begins if first <= begin <= last]


@UNHURRIED
@given(st.sampled_from(TURNS), SPANS)
@example(TURNS[0], (-4, 92))
@example(TURNS[1], (-8, 100))
@example(TURNS[2], (16, 1))
@example(TURNS[3], (12, 1))
def test_a_day_lasts_as_long_as_its_local_date(turn: tuple[str, datetime], span: tuple[int, int]):
    zone, middle = turn
    start = middle + QUARTER * span[0]
    end = start + QUARTER * span[1]
    assert edges("day", instant(start), instant(end), zone).tolist() == [
        one.item() for one in days_walked(start, end, zone)
    ]


@UNHURRIED
@given(st.integers(-4 * 10**12, 4 * 10**12), st.integers(1, 10**7), st.sampled_from([QUARTER_HOUR, HOUR]))
def test_even_windows_are_all_multiples_that_the_span_touches(start: int, length: int, width: np.timedelta64):
    """An oracle by definition: a window of the grid belongs to the span when one of its milliseconds does."""
    step = int(width.astype(int))
    near = range(start // step - 2, (start + length) // step + 3)
    touched = [k * step for k in near if k * step < start + length and start < (k + 1) * step]
    name = "15min" if width == QUARTER_HOUR else "hour"
    found = edges(name, np.datetime64(start, "ms"), np.datetime64(start + length, "ms"), BERLIN)
    assert found.astype(int).tolist() == [*touched, touched[-1] + step]


@UNHURRIED
@given(st.sampled_from(tuple(WINDOWS)), st.sampled_from(TURNS), SPANS, st.data())
def test_part_of_a_span_has_the_same_windows_as_the_whole(
    window: str, turn: tuple[str, datetime], span: tuple[int, int], data: st.DataObject
):
    zone, middle = turn
    start = middle + QUARTER * span[0]
    whole = edges(window, instant(start), instant(start + QUARTER * span[1]), zone)
    first = data.draw(st.integers(0, span[1] - 1))
    last = data.draw(st.integers(first + 1, span[1]))
    part = edges(window, instant(start + QUARTER * first), instant(start + QUARTER * last), zone).tolist()
    begin = whole.tolist().index(part[0])
    assert whole.tolist()[begin : begin + len(part)] == part


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-06-01", 24), ("2026-10-25", 25)])
def test_quarter_hours_and_hours_of_days_of_23_24_and_25_hours(day: str, hours: int):
    noon = np.datetime64(f"{day}T12:00", "ms")
    midnight, next_midnight = local_days(noon, noon + HOUR, BERLIN)
    assert len(edges("hour", midnight, next_midnight, BERLIN)) - 1 == hours
    assert len(edges("15min", midnight, next_midnight, BERLIN)) - 1 == 4 * hours


def test_the_hour_that_comes_twice_is_two_windows():
    """02:00 to 02:59 occurs twice on 2026-10-25: eight quarter hours with four names on the clock."""
    start, end = np.datetime64("2026-10-25T00:00"), np.datetime64("2026-10-25T02:00")
    begins = [when.replace(tzinfo=UTC) for when in edges("15min", start, end, BERLIN)[:-1].tolist()]
    clock = [f"{when.astimezone(ZoneInfo(BERLIN)):%H:%M}" for when in begins]
    assert clock == ["02:00", "02:15", "02:30", "02:45"] * 2
    assert len(set(begins)) == 8


def test_a_span_that_ends_at_an_edge_does_not_touch_the_window_behind_it():
    start = np.datetime64("2026-06-01T22:00", "ms")
    assert len(edges("day", start, start + DAY, BERLIN)) - 1 == 1
    assert len(edges("day", start, start + DAY + np.timedelta64(1, "ms"), BERLIN)) - 1 == 2
    assert len(edges("day", start - np.timedelta64(1, "ms"), start + DAY, BERLIN)) - 1 == 2


@pytest.mark.parametrize(
    ("window", "begin", "end", "hours"),
    [
        ("week", "2026-03-22T23:00", "2026-03-29T22:00", 167),
        ("month", "2026-02-28T23:00", "2026-03-31T22:00", 743),
        ("quarter", "2025-12-31T23:00", "2026-03-31T22:00", 2159),
        ("year", "2025-12-31T23:00", "2026-12-31T23:00", 8760),
    ],
)
def test_weeks_months_quarters_and_years_around_a_change_of_the_clock(window: str, begin: str, end: str, hours: int):
    noon = np.datetime64("2026-03-29T12:00")
    found = edges(window, noon, noon + HOUR, BERLIN)
    assert found.tolist() == [np.datetime64(begin, "ms").item(), np.datetime64(end, "ms").item()]
    assert np.diff(found) == hours * HOUR
    assert np.diff(found) <= WINDOWS[window].longest


@UNHURRIED
@given(
    st.sampled_from(["week", "month", "quarter", "year"]), st.integers(0, 60 * 365), st.sampled_from([BERLIN, "UTC"])
)
def test_long_windows_begin_where_their_days_do(window: str, day: int, zone: str):
    """An oracle by the calendar of the standard library."""
    noon = np.datetime64("1975-01-01T12:00", "ms") + day * DAY
    begin, end = (
        one.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)) for one in edges(window, noon, noon + HOUR, zone).tolist()
    )
    assert begin.time() == end.time() == time(0)
    assert begin <= noon.item().replace(tzinfo=UTC) < end
    before, last = (begin - timedelta(days=1)).date(), (end - timedelta(days=1)).date()
    assert named(window, begin.date()) == named(window, last) != named(window, before)
    assert named(window, end.date()) != named(window, last)


def named(window: str, day: date) -> tuple[int, ...]:
    """Name the window of a day as people do."""
    if window == "week":
        return day.isocalendar()[:2]
    parts = {"month": (day.month,), "quarter": ((day.month - 1) // 3,), "year": ()}
    return (day.year, *parts[window])
