from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.problem import ProblemError
from api.times import iso, iso_of, now, read_span, read_time

NEWEST = np.datetime64("2026-03-29T12:00:00.000", "ms")


def read(text: str, zone: str = "Europe/Berlin") -> str:
    return iso_of(read_time("from", text, newest=NEWEST, zone=zone))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-29T01:00:00Z", "2026-03-29T01:00:00.000Z"),
        ("2026-03-29T03:00:00+02:00", "2026-03-29T01:00:00.000Z"),
        ("2026-03-29T03:00:00 02:00", "2026-03-29T01:00:00.000Z"),
        ("2026-03-29T01:00:00.007Z", "2026-03-29T01:00:00.007Z"),
        ("2026-03-29", "2026-03-28T23:00:00.000Z"),
        ("2026-03-30", "2026-03-29T22:00:00.000Z"),
        ("1970-01-01", "1970-01-01T00:00:00.000Z"),
        ("-90s", "2026-03-29T11:58:30.000Z"),
        ("-15m", "2026-03-29T11:45:00.000Z"),
        ("-24h", "2026-03-28T12:00:00.000Z"),
        ("-7d", "2026-03-22T12:00:00.000Z"),
        ("-4w", "2026-03-01T12:00:00.000Z"),
    ],
)
def test_accepted_forms(text, instant):
    assert read(text) == instant


def test_a_day_begins_where_the_city_is():
    assert read("2026-03-29", "UTC") == "2026-03-29T00:00:00.000Z"


def test_the_clock():
    before = now()
    read_now = read_time("to", "now", newest=NEWEST, zone="UTC")
    read_hour = read_time("to", "now-1h", newest=NEWEST, zone="UTC")
    assert before <= read_now <= now()
    assert np.timedelta64(0, "ms") <= read_hour - (before - np.timedelta64(1, "h")) <= now() - before


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-03-29T01:00:00",
        "2026-13-01",
        "-",
        "-24",
        "24h",
        "now+1h",
        "-999999999w",
        "2200-01-01",
        "٣",
    ],
)
def test_other_forms_are_refused_with_the_accepted_ones(text):
    with pytest.raises(ProblemError, match="Accepted is an instant with its offset") as refusal:
        read(text)
    assert refusal.value.code == "bad-time"
    assert "'from'" in refusal.value.detail


def span(start: str | None, end: str | None, newest: np.datetime64 | None = NEWEST) -> tuple[str, str]:
    first, last = read_span(start, end, newest=newest, zone="UTC")
    return iso_of(first), iso_of(last)


def test_the_default_span_is_a_day_before_the_newest():
    assert span(None, None) == ("2026-03-28T12:00:00.000Z", "2026-03-29T12:00:00.001Z")
    assert span("-24h", None) == span(None, None)


def test_one_end_given():
    assert span(None, "2026-02-01") == ("2026-01-31T00:00:00.000Z", "2026-02-01T00:00:00.000Z")
    assert span("2026-02-01", None) == ("2026-02-01T00:00:00.000Z", "2026-03-29T12:00:00.001Z")


def test_without_observations_the_clock_counts():
    first, last = read_span(None, None, newest=None, zone="UTC")
    assert last - first == np.timedelta64(24 * 3600 * 1000 + 1, "ms")
    assert abs(last - now()) < np.timedelta64(1, "h")


@pytest.mark.parametrize(("start", "end"), [("2026-02-02", "2026-02-01"), ("2026-02-01", "2026-02-01")])
def test_a_span_that_holds_nothing_is_refused(start, end):
    with pytest.raises(ProblemError, match="must lie before 'to'") as refusal:
        span(start, end)
    assert refusal.value.code == "bad-span"


@given(
    st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2099, 1, 1)),  # noqa: DTZ001 - Hypothesis wants bounds without zone
    st.integers(-14 * 60, 14 * 60),
)
def test_an_instant_reads_the_same_from_any_offset(wall, minutes):
    instant = wall.replace(tzinfo=UTC, microsecond=wall.microsecond // 1000 * 1000)
    elsewhere = instant.astimezone(timezone(timedelta(minutes=minutes)))
    assert read(elsewhere.isoformat()) == read(instant.isoformat()) == iso_of(instant)


def test_written_times_read_back():
    times = np.array([NEWEST, NEWEST + 7])
    assert [read(text) for text in iso(times)] == iso(times).tolist()
    assert iso(times[:0]).tolist() == []
