"""How fast quality control is, beside ioos_qc, with the same flags where both mean the same."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from processing.check import Examined, Limits
from processing.control import checks, control
from processing.peers import nearest
from processing.rows import Rows
from sensors.kinds import properties
from sensors.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tests.benchmarks.conftest import Figures

qartod = pytest.importorskip("ioos_qc.qartod", reason="ioos_qc is not installed: pip install -e .[bench]")

SERIES = 20_000
EACH = 500
EVERY_MS = 300_000
START = 1_780_000_000_000
SAMPLED = 40
"""Series that the peer examines: it takes minutes for all of them, and is given as a rate."""
SUSPECT, FAIL, RANGE, USUAL, RATE, STUCK_S, WITHIN = 3.0, 8.0, (-60.0, 125.0), (-40.0, 85.0), 20.0, 3600, 0.05
ROUNDS = 3


def columns() -> Rows:
    """Make readings every five minutes, in tenths: a slow walk with spikes, wrong values and a sensor that stands."""
    chance = np.random.default_rng(1)
    value = 20 + np.round(chance.normal(0, 0.3, (SERIES, EACH)).cumsum(axis=1), 1)
    value[chance.random((SERIES, EACH)) < 0.002] += 10.0
    value[chance.random((SERIES, EACH)) < 0.0005] = 999.0
    value[::50, 100:300] = value[::50, 100:101]
    series = np.repeat(np.arange(SERIES, dtype=np.int64), EACH)
    instants = START + np.tile(np.arange(EACH, dtype=np.int64) * EVERY_MS, SERIES)
    good = np.full(SERIES * EACH, Quality.GOOD, dtype=np.uint8)
    return Rows(SERIES, series, instants, value.ravel(), good, received=instants + 1500)


TEMPERATURE = replace(
    properties()["temperature"],
    max_hold=timedelta(hours=2),
    checks={
        "spike": SUSPECT,
        "spike_fail": FAIL,
        "rate": RATE,
        "stuck_hours": STUCK_S / 3600,
        "stuck_within": WITHIN,
        "peers": 15.0,
    },
)


def theirs(value: NDArray[np.float64], instants: NDArray[np.datetime64]) -> dict[str, NDArray[np.uint8]]:
    """Ask the peer about one series."""
    return {
        "gross_range": qartod.gross_range_test(value, RANGE, USUAL),
        "spike": qartod.spike_test(value, SUSPECT, FAIL),
        "rate_of_change": qartod.rate_of_change_test(value, instants, RATE / 3600),
        "stuck": qartod.flat_line_test(value, instants, STUCK_S, 100 * STUCK_S, tolerance=0.075),
    }


def ours(rows: Rows) -> dict[str, NDArray[np.uint8]]:
    """Ask our checks one by one, as they are before their flags are rolled up."""
    examined = Examined(rows, Limits.of(TEMPERATURE, [{}] * SERIES))
    return {name: checks()[name].flags(examined) for name in ("gross_range", "spike", "rate_of_change", "stuck")}


def fastest(work: Callable[[], Any], rounds: int = ROUNDS) -> tuple[float, Any]:
    seconds, result = float("inf"), None
    for _ in range(rounds):
        began = time.perf_counter()
        result = work()
        seconds = min(seconds, time.perf_counter() - began)
    return seconds, result


def test_quality_control(figures: Figures):
    rows = columns()
    sample = rows.take(rows.series < SAMPLED)
    instants = sample.time.astype("datetime64[ms]")
    spent, told = fastest(lambda: per_series(sample, instants))
    topic = f"rows through range, spike, rate and standstill ({SERIES:,} series of {EACH} rows)"
    figures.add(topic, f"ioos_qc, {SAMPLED} of the series one by one", len(sample), spent)
    names = ["gross_range", "spike", "rate_of_change", "stuck"]
    seconds, _ = fastest(lambda: control(rows, TEMPERATURE, [{}] * SERIES, names=names))
    figures.add(topic, "smilecity, the same four, rolled up, with reasons", len(rows), seconds)
    seconds, found = fastest(lambda: control(rows, TEMPERATURE, [{}] * SERIES))
    figures.add(topic, "smilecity, clock too: all that are made of every row", len(rows), seconds)
    same_flags(sample, told)
    assert set(np.unique(found.flags)) == {Quality.GOOD, Quality.SUSPECT, Quality.FAIL}


def per_series(rows: Rows, instants: NDArray[np.datetime64]) -> dict[str, NDArray[np.uint8]]:
    begin, end = rows.limits()
    each = [theirs(rows.value[a:b], instants[a:b]) for a, b in zip(begin[:SAMPLED], end[:SAMPLED], strict=True)]
    return {name: np.concatenate([np.asarray(one[name]) for one in each]) for name in each[0]}


def same_flags(rows: Rows, told: dict[str, NDArray[np.uint8]]) -> None:
    """Compare: of what cannot be evaluated they say GOOD for rate and standstill, we UNKNOWN; all else is the same."""
    for name, flags in ours(rows).items():
        assert (flags == Quality.SUSPECT).any() or (flags == Quality.FAIL).any(), name
        evaluated = flags != Quality.UNKNOWN
        assert flags[evaluated].tolist() == told[name][evaluated].tolist(), name
        assert set(np.unique(told[name][~evaluated])) <= {Quality.GOOD, Quality.UNKNOWN}, name
        assert np.count_nonzero(~evaluated) <= SAMPLED * (1 + STUCK_S * 1000 // EVERY_MS), name


def test_peers(figures: Figures):
    rows = columns()
    places = np.array([12.0, 54.0]) + np.random.default_rng(2).random((SERIES, 2)) / 5
    seconds, beside = fastest(lambda: nearest(places), rounds=1)
    topic = f"comparing things with their eight nearest neighbours ({SERIES:,} things)"
    figures.add(topic, "things whose neighbours are found, once", SERIES, seconds)
    seconds, found = fastest(lambda: control(rows, TEMPERATURE, [{}] * SERIES, names=["peers"], peers=beside), rounds=1)
    figures.add(topic, "rows compared with the median of the hour", len(rows), seconds)
    assert (found.reasons > 0).any()


@pytest.mark.parametrize("millions", [1, 10])
def test_cost_grows_with_the_rows(figures: Figures, millions: int):
    rows = columns()
    some = rows.take(slice(0, millions * 1_000_000))  # type: ignore[arg-type]  # a slice copies nothing
    seconds, _ = fastest(lambda: control(some, TEMPERATURE, [{}] * SERIES))
    figures.add("rows through quality control, by how many there are", f"{millions} million", len(some), seconds)
