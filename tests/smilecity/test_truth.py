"""The whole line against the truth: what the simulated city knew, and what the platform made of its messages."""

from __future__ import annotations

import csv
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.servers import free_port, wait_until
from tests.smilecity.running import Running, up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

HOURS = 24
METERS = 45
Values = dict[tuple[str, str], float]
"""By thing and start of the window, to the minute."""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Path]]:
    """Let the platform take a day of the simulated city, with its truth beside."""
    folder = tmp_path_factory.mktemp("truth")
    told = folder / "truth"
    options = ("--simulate", "--history", str(HOURS), "--truth", str(told), "--mqtt-port", str(free_port()))
    with up(folder, *options) as running:
        wait_until(lambda: all_told(told) and quiet(running), timeout=120, what="a day to be told and computed")
        yield running, told


def all_told(told: Path) -> bool:
    return len({time for _, time in truth(told, "energy")}) >= 4 * (HOURS - 2)


def quiet(running: Running) -> bool:
    """Tell whether nothing is under way and nothing is written for two steps of the processing worker."""
    version = running.get("/v1/latest?property=energy_15min")["version"]
    with suppress(TimeoutError):
        wait_until(lambda: running.get("/v1/latest?property=energy_15min")["version"] != version, timeout=2.5)
        return False
    return bool(running.get("/v1/ledger")["total"]["in_flight"] == 0)


def truth(folder: Path, name: str) -> Values:
    path = folder / f"{name}.csv"
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        return {(row["thing"], row["time"][:16]): float(row["value"]) for row in csv.DictReader(file)}


def computed(running: Running, kind: str, prop: str) -> Values:
    """Give the results of windows that are known as a whole."""
    values: Values = {}
    for thing in running.get(f"/v1/things?kind={kind}&limit=1000")["things"]:
        path = f"/v1/observations?thing={thing['id']}&property={prop}&from=-{HOURS}h&limit=1000"
        for row in running.get(path)["observations"]:
            if row["result"] is not None and row["coverage"] > 0.99:
                values[thing["id"], row["phenomenon_time"][:16]] = row["result"]
    return values


def pairs(ours: Values, true: Values, *, at_least: int, later: int = 0) -> tuple[NDArray[Any], NDArray[Any]]:
    """Give our value and the true one of ``later`` minutes after it, for every window of which both are known."""
    after = {key: (key[0], str(np.datetime64(key[1]) + np.timedelta64(later, "m"))) for key in ours}
    both = [key for key in sorted(ours) if after[key] in true]
    assert len(both) >= at_least
    return np.array([ours[key] for key in both]), np.array([true[after[key]] for key in both])


@pytest.mark.parametrize(("kind", "windows"), [("parking_lot", 900), ("parking_spot", 4000)])
def test_occupancy_is_the_true_one(city: tuple[Running, Path], kind: str, windows: int):
    """Every change is told at its millisecond, so nothing but the truth's own six decimals may be lost."""
    ours, true = pairs(computed(city[0], kind, "occupancy_15min"), truth(city[1], "occupancy"), at_least=windows)
    assert np.abs(ours - true).max() < 1e-4
    assert true.std() > 0.1


def test_energy_is_the_true_one(city: tuple[Running, Path]):
    """Readings every quarter hour fall between the edges, and coarse registers count whole pulses: what a quarter hour
    lacks the next one has, so a day's sum holds to 2 %, and no other quarter hour fits better.
    """
    ours, true = computed(city[0], "energy_meter", "energy_15min"), truth(city[1], "energy")
    mine, theirs = pairs(ours, true, at_least=METERS * 80)
    assert mine.sum() == pytest.approx(theirs.sum(), rel=0.005)
    for meter in {thing for thing, _ in ours}:
        of_meter = {key: value for key, value in ours.items() if key[0] == meter}
        sums = [column.sum() for column in pairs(of_meter, true, at_least=80)]
        assert sums[0] == pytest.approx(sums[1], rel=0.02, abs=1.0)
    wrong = {
        later: np.subtract(*pairs(ours, true, at_least=METERS * 80, later=later)) for later in (-60, -15, 0, 15, 60)
    }
    assert min(wrong, key=lambda later: float(np.abs(wrong[later]).mean())) == 0


def test_filling_level_is_the_true_one(city: tuple[Running, Path]):
    """A median of five echoes lags behind by about two readings, and an emptying shows with the third reading after."""
    ours = computed(city[0], "waste_container", "filling_level_smoothed_hour")
    mine, theirs = pairs(ours, truth(city[1], "filling_level"), at_least=1200, later=60)
    assert np.quantile(np.abs(mine - theirs), 0.9) < 3.0
    assert theirs.std() > 10
