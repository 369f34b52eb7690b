"""Numbers that somebody tells of a site: which can be computed with, and how the others are refused."""

from __future__ import annotations

import json
from math import inf, isfinite, isnan, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.numeric import is_number, number, objection, threshold

LONG = 10**400
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.just(LONG) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("value", [0, -5, 1.5, 10**15, -1e15, 1e-300])
def test_what_can_be_computed_with_is_a_number(value: float):
    assert is_number(value)
    assert number(value) == value


@pytest.mark.parametrize("value", [nan, inf, -inf, 1e308, LONG, -LONG, 10**15 + 1, True, "5", None, [5]])
def test_nonsense_is_not_known(value: Any):
    assert not is_number(value)
    assert isnan(number(value))
    assert number(value, 6.0) == 6.0


@given(anything)
def test_whatever_is_told_is_read_as_a_finite_number_or_as_none(value: Any):
    assert isfinite(number(value, 0.0))
    assert isnan(read := threshold("stuck_hours", value)) or 0 <= read <= 87_660


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("stuck_hours", 72, 72.0),
        ("stuck_hours", 87_660, 87_660.0),
        ("stuck_hours", 87_661, nan),
        ("stuck_hours", -1, nan),
        ("ahead_minutes", 87_661, 87_661.0),
        ("ahead_minutes", 60 * 87_660 + 1, nan),
        ("spike", -1, -1.0),
        ("spike", 1e308, nan),
    ],
)
def test_a_threshold_of_time_is_at_most_ten_years(name: str, value: float, read: float):
    assert threshold(name, value) == pytest.approx(read, nan_ok=True)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ('{"capacity": Infinity}', "'capacity' is inf, but must be a finite number"),
        ('{"capacity": 1e999}', "'capacity' is inf, but must be a finite number"),
        ('{"note": {"deep": [1, NaN]}}', "'note.deep[1]' is nan, but must be a finite number"),
        ('{"capacity": 1e308}', "'capacity' is 1e+308, but must be within -1e+15 .. 1e+15"),
        ('{"capacity": 1000000000000001}', "'capacity' is 1000000000000001, but must be within -1e+15 .. 1e+15"),
        ('{"serial": 9223372036854775807}', ""),
        (
            '{"serial": 9223372036854775808}',
            "'serial' is 9223372036854775808, but must be within -1e+15 .. 1e+15: write it as text if it is a name",
        ),
        (
            '{"checks": {"level": {"stuck_hours": 9007199254740993000}}}',
            "'checks.level.stuck_hours' is 9007199254740993000, but must be within -1e+15 .. 1e+15",
        ),
        (
            '{"checks": {"level": {"stuck_hours": 87661}}}',
            "'checks.level.stuck_hours' is 87661, but must be within 0 .. 87,660: ten years",
        ),
        (
            '{"checks": {"level": {"spike_hours": -1}}}',
            "'checks.level.spike_hours' is -1, but must be within 0 .. 87,660: ten years",
        ),
        ('{"checks": {"level": {"stuck_hours": 72, "spike": -5}}, "open": true, "hours": "Mo-Fr"}', ""),
    ],
)
def test_a_site_is_told_what_nobody_can_compute_with(told: str, sentence: str):
    assert objection({"capacity"}, json.loads(told)) == sentence


def test_a_number_of_400_digits_is_shown_briefly():
    assert len(objection({"capacity"}, {"capacity": LONG})) < 150


@given(st.dictionaries(st.text(max_size=3), anything, max_size=3))
def test_whatever_a_site_says_is_taken_or_objected_to(site: dict[str, Any]):
    said = json.dumps(site)
    assert bool(objection(set(site), site)) or not any(word in said for word in ("Infinity", "NaN")) or '"' in said
