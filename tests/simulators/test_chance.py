from __future__ import annotations

import numpy as np

from simulators.chance import stream, wander


def test_a_stream_belongs_to_seed_name_and_day_alone():
    first = stream(1, "cars", 20_000).random(5)
    stream(1, "cars", 20_001).random(99)
    assert np.array_equal(first, stream(1, "cars", 20_000).random(5))


def test_another_seed_name_or_day_is_another_stream():
    draws = [stream(*key).random() for key in ((1, "cars", 1), (2, "cars", 1), (1, "bins", 1), (1, "cars", 2))]
    assert len(set(draws)) == 4


def test_wandering_runs_straight_between_knots_and_on_over_midnight():
    today = wander(1, "mood", 5, rows=2, knots=4, steps=8)
    tomorrow = wander(1, "mood", 6, rows=2, knots=4, steps=8)
    assert today.shape == (2, 8)
    on = np.concatenate([today, tomorrow[:, :1]], axis=1)
    assert np.allclose(on[:, 1::2], (on[:, :-1:2] + on[:, 2::2]) / 2)
