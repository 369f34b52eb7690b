from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from simulators.rhythm import HOUR, RHYTHMS, Shape, local, summer


def instants(*texts: str) -> np.ndarray:
    return np.array([int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000) for text in texts])


def test_local_time_follows_the_clock_change_in_march_and_october():
    now = local(instants("2026-03-29T00:30", "2026-03-29T01:30", "2026-10-25T00:30", "2026-10-25T01:30"))
    assert now.hour.tolist() == [1.5, 3.5, 2.5, 2.5]


def test_local_weekday_changes_at_local_midnight():
    now = local(instants("2026-06-14T21:59", "2026-06-14T22:00"))
    assert now.weekday.tolist() == [6, 0]
    assert now.hour[1] == 0.0


def test_local_time_keeps_any_shape():
    times = instants("2026-06-14T21:00")[0] + np.arange(6).reshape(2, 3) * HOUR
    assert local(times).hour.tolist() == [[23.0, 0.0, 1.0], [2.0, 3.0, 4.0]]
    assert local(times[:0]).hour.shape == (0, 3)


def test_a_bell_reaches_over_midnight():
    shape = Shape(0.1, ((1.0, 23.0, 2.0),))
    height = shape.at(np.array([23.0, 1.0, 21.0, 11.0]))
    assert height[0] == pytest.approx(1.1)
    assert height[1] == pytest.approx(height[2])
    assert height[3] == pytest.approx(0.1, abs=1e-6)


def test_summer_is_in_july():
    assert summer(local(instants("2026-07-16")).year_part)[0] == pytest.approx(1.0, abs=0.01)
    assert summer(local(instants("2026-01-15")).year_part)[0] == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize(
    ("name", "high", "low"),
    [
        ("centre", "2026-06-17T10:00", "2026-06-17T01:00"),
        ("centre", "2026-06-17T10:00", "2026-06-21T10:00"),
        ("commuter", "2026-06-17T08:00", "2026-06-20T08:00"),
        ("hospital", "2026-06-17T08:00", "2026-06-17T22:00"),
        ("beach", "2026-07-18T12:00", "2026-07-15T12:00"),
        ("beach", "2026-07-18T12:00", "2026-01-17T12:00"),
        ("residential", "2026-06-17T21:00", "2026-06-17T09:00"),
        ("school", "2026-06-17T09:00", "2026-06-20T09:00"),
        ("hall", "2026-06-17T16:30", "2026-06-17T02:00"),
        ("promenade", "2026-07-18T13:00", "2026-01-17T13:00"),
    ],
)
def test_the_city_is_busier_at_one_time_than_at_another(name: str, high: str, low: str):
    busy, quiet = RHYTHMS[name].at(local(instants(high, low)))
    assert busy > 1.3 * quiet
