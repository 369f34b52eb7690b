"""Every shape of time that real messages carry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.clock import EPOCH, TimeError, city_milliseconds, keep_zone, milliseconds


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2020-02-12T15:15:46.014773143Z", 1_581_520_546_014),
        ("2024-06-20T08:48:38.863512+00:00", 1_718_873_318_863),
        ("2025-07-14T12:52:49.129+00:00", 1_752_497_569_129),
        ("2026-03-29T03:00:00+02:00", 1_774_746_000_000),
        (1_636_369_980_000, 1_636_369_980_000),
        (1_731_929_100, 1_731_929_100_000),
        (1_661_517_385.44, 1_661_517_385_440),
        ("1731929100", 1_731_929_100_000),
        (1.61, 1610),
        (0, 0),
        ("1970-01-01T00:33:28Z", 2_008_000),
        ("1111-11-11T11:11:11Z", -27_080_311_729_000),
    ],
)
def test_known_shapes_are_read(value: Any, expected: int):
    assert milliseconds(value) == expected


@pytest.mark.parametrize("value", ["2020-03-11T17:49:33", "2023-05-19", "2019-03-20 12:57"])
def test_a_time_without_zone_is_refused_with_the_way_out(value: str):
    with pytest.raises(TimeError, match="Send Z for UTC or an offset"):
        milliseconds(value)


@pytest.mark.parametrize(
    "value",
    [
        "2020-0327T12:39:05.547336Z",
        "",
        "now",
        "nan",
        "inf",
        True,
        None,
        [],
        {},
        1e300,
        -(10**400),
        float("nan"),
        "1e99",
    ],
)
def test_what_is_no_time_is_refused(value: Any):
    with pytest.raises(TimeError, match="is not a time"):
        milliseconds(value)


@given(
    st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)),  # noqa: DTZ001 - given its zone below
    st.integers(-14 * 60, 14 * 60),
)
def test_every_instant_is_read_in_any_zone(naive: datetime, minutes: int):
    instant = naive.replace(tzinfo=UTC)
    written = instant.astimezone(timezone(timedelta(minutes=minutes))).isoformat()
    assert milliseconds(written) == (instant - EPOCH) // timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2021-03-13T09:20:26", 1_615_623_626_000),
        ("2021-07-13T09:20:26", 1_626_160_826_000),
        ("2019-03-20 12:57", 1_553_083_020_000),
        ("2026-07-01T00:00:00Z", 1_782_864_000_000),
        ("2026-07-01T00:00:00+02:00", 1_782_856_800_000),
        (1_782_864_000, 1_782_864_000_000),
        ("1970-01-01T00:33:28", None),
        (1.61, None),
        ("2026-10-25T02:30:00", None),
        ("2026-03-29T02:30:00", None),
        ("2026-10-25T01:59:59", 1_792_886_399_000),
        ("2026-10-25T03:00:00", 1_792_893_600_000),
        ("0001-01-01T00:00:00", None),
    ],
)
def test_a_time_without_zone_is_the_citys_unless_it_names_two_instants_or_none(value: Any, expected: int | None):
    assert city_milliseconds(value) == expected


def test_the_zone_of_the_city_can_be_another():
    keep_zone("Europe/Helsinki")
    try:
        assert city_milliseconds("2026-01-15T10:00:00") == milliseconds("2026-01-15T08:00:00Z")
    finally:
        keep_zone("Europe/Berlin")


@pytest.mark.parametrize("name", ["Rostock", "", "../etc/passwd", "Europe"])
def test_an_unknown_zone_is_refused_with_a_sentence(name: str):
    with pytest.raises(ValueError, match="is no time zone"):
        keep_zone(name)
