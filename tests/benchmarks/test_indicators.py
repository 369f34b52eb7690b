"""How fast indicators are computed, beside a plain pandas groupby over the same columns."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from processing.calendar import edges
from processing.indicator import Given, Results
from processing.indicators import indicators
from processing.rows import Rows
from processing.worker import Worker
from sensors.model import Batch, Datastream, Thing
from storage.catalogue import Catalogue
from storage.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.benchmarks.conftest import Figures

THINGS = 1000
DAYS = 7
EVERY_S = 300
ROUNDS = 5
CAPACITY = 300
START = np.datetime64("2026-03-26T23:00", "ms")
"""A week with the day of 23 hours in it."""
END = START + np.timedelta64(24 * DAYS - 1, "h")


def columns(seed: int = 1) -> tuple[NDArray[np.int32], NDArray[np.datetime64], NDArray[np.float64]]:
    """Make a week of readings, about every five minutes and never quite: series, time, a slow walk."""
    chance = np.random.default_rng(seed)
    each = int((END - START) / np.timedelta64(EVERY_S, "s"))
    series = np.repeat(np.arange(THINGS, dtype=np.int32), each)
    late = chance.integers(0, 1000 * EVERY_S, THINGS * each)
    instants = START + np.tile(np.arange(each) * 1000 * EVERY_S, THINGS) + late
    steps = chance.normal(0, 3, (THINGS, each)).cumsum(axis=1)
    return series, instants, np.clip(np.rint(CAPACITY / 2 + steps), 0, CAPACITY).ravel()


def fastest(work: Callable[[], Any]) -> tuple[float, Any]:
    """Give the shortest time [s] of a few rounds, and what came out."""
    seconds, result = float("inf"), None
    for _ in range(ROUNDS):
        began = time.perf_counter()
        result = work()
        seconds = min(seconds, time.perf_counter() - began)
    return seconds, result


def computed(name: str, prop: str, window: str, rows: Rows, site: dict[str, Any]) -> Results:
    given = Given(
        window=window, edges=edges(window, START, END, "Europe/Berlin"), rows={prop: rows}, sites=[site] * THINGS
    )
    return indicators()[name].compute(given)


def test_occupancy(figures: Figures):
    series, instants, free = columns()
    seconds, plain = fastest(lambda: plain_occupancy(series, instants, free))
    topic = f"rows into occupancy per quarter hour ({THINGS} car parks, {DAYS} days)"
    figures.add(topic, "pandas groupby, mean of the samples", len(free), seconds)
    seconds, ours = fastest(
        lambda: computed(
            "occupancy",
            "available_spot_number",
            "15min",
            Rows.of(THINGS, series, instants, free),
            {"capacity": CAPACITY},
        )
    )
    figures.add(topic, "smilecity, weighted by time, with coverage and hold", len(free), seconds)
    assert ours.value.size == plain.size
    assert np.nanmean(np.abs(ours.value.ravel() - plain.to_numpy())) < 0.02


def plain_occupancy(series: NDArray[Any], instants: NDArray[Any], free: NDArray[Any]) -> pd.Series:
    frame = pd.DataFrame({"thing": series, "window": instants, "occupancy": 1 - free / CAPACITY})
    frame["window"] = frame["window"].dt.floor("15min")
    return frame.groupby(["thing", "window"])["occupancy"].mean()


def test_energy(figures: Figures):
    series, instants, power = columns(2)
    counter = (power / 12).reshape(THINGS, -1).cumsum(axis=1).ravel()
    seconds, plain = fastest(lambda: plain_energy(series, instants, counter))
    topic = f"rows into energy per hour ({THINGS} meters, {DAYS} days)"
    figures.add(topic, "pandas groupby, last reading less the one before", len(counter), seconds)
    prop = "total_active_energy_import"
    seconds, ours = fastest(lambda: computed("energy", prop, "hour", Rows.of(THINGS, series, instants, counter), {}))
    figures.add(topic, "smilecity, cut at the window, resets, rollover, gaps", len(counter), seconds)
    known = ours.coverage > 0.999
    assert known.mean() > 0.9
    assert np.nanmean(ours.value[known]) == pytest.approx(np.nanmean(plain), rel=0.02)


def plain_energy(series: NDArray[Any], instants: NDArray[Any], counter: NDArray[Any]) -> NDArray[Any]:
    frame = pd.DataFrame({"thing": series, "window": instants, "reading": counter})
    frame["window"] = frame["window"].dt.floor("h")
    last = frame.groupby(["thing", "window"])["reading"].last()
    return last.groupby("thing").diff().to_numpy()


def test_the_line_from_store_to_store(figures: Figures, tmp_path: Path):
    """Measure the worker's first step over a week: read, compute quarter hours, hours and days, write."""
    series, instants, free = columns()
    things = [
        Thing(
            id=f"lot-{n}", name="Lot", kind="parking_lot", longitude=12.1, latitude=54.1, properties={"capacity": 300}
        )
        for n in range(THINGS)
    ]
    catalogue, store = Catalogue("sqlite://"), open_store(f"duckdb://{tmp_path}/city.duckdb")
    catalogue.put(things)
    streams = [Datastream(thing.id, "available_spot_number") for thing in things]
    store.write(Batch.of(streams, series, instants, free))
    began = time.perf_counter()
    report = Worker(store, catalogue).step(END.astype(datetime).replace(tzinfo=UTC))
    seconds = time.perf_counter() - began
    assert report.written >= THINGS * (DAYS * 24 - 1) * 5
    topic = f"one step of the processing worker over DuckDB ({THINGS} car parks, {DAYS} days)"
    figures.add(topic, "observations read and computed thrice", len(free), seconds)
    figures.add(topic, "indicator results written", report.written, seconds)
    store.close()
    catalogue.close()
