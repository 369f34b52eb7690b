"""How far off a building's energy was for two hours in a row, for this hour of the week and this weather."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from processing.baseline import ENERGY, LEAST_SCALE, LOOKBACK, TEMPERATURE, models
from processing.indicator import Indicator, IndicatorExample, Part, Reduction, Results
from processing.local import local
from processing.within import known, sums, within
from sensors.quality import Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.baseline import Hours, Model
    from processing.indicator import Given

FAR = 3.5
"""Robust z beyond which an hour is out of the usual."""
PARTS = (
    Part(name="hours", title="Anomalous hours", title_de="Auffällige Stunden", unit="h"),
    Part(name="local_hour", title="Anomaly, local hour", title_de="Auffälligkeit, Ortszeit", unit="h"),
    Part(name="excess", title="Anomaly, energy beyond the usual", title_de="Auffälligkeit, Mehrenergie", unit="kWh"),
    Part(name="expected", title="Anomaly, energy expected", title_de="Auffälligkeit, erwartete Energie", unit="kWh"),
    Part(name="weather", title="Anomaly, energy for the weather", title_de="Auffälligkeit, Wetteranteil", unit="kWh"),
)


class Judged(NamedTuple):
    """Hours of s buildings as their models see them; each of shape (s, h), NaN where it cannot be told."""

    z: NDArray[np.float64]
    """What was taken less what was expected, by the robust standard deviation of that hour of the week."""
    excess: NDArray[np.float64]
    """[kWh]"""
    expected: NDArray[np.float64]
    weather: NDArray[np.float64]
    """What was expected because of the weather, beyond what it adds at this hour on average. [kWh]"""


def anomaly(given: Given) -> Results:
    """Give the greatest robust z that two hours in a row have in common. [{Zscore}], 0 or more, shape (s, m)."""
    shape = (len(given.sites), len(given.edges) - 1)
    value, coverage, samples = np.full(shape, np.nan), np.zeros(shape), np.zeros(shape, dtype=np.int64)
    parts = {part.name: np.full(shape, np.nan) for part in PARTS}
    limits = given.edges.view(np.int64)
    for month in models(given):
        hours, cells = month.hours, month.cells()
        begin, end = (np.searchsorted(hours.start, limits[month.windows + after]) for after in (0, 1))
        clock = local(hours.start, given.zone).hour
        judged = Judged(*(within(matrix, begin - 1, end) for matrix in judge(month.model, hours)))
        both = pairs(judged.z)
        value[cells], found = _described(judged, both, within(clock[np.newaxis], begin, end)[0])
        samples[cells] = known(judged.z[..., 1:])
        coverage[cells] = samples[cells] / (end - begin)
        for name, column in found.items():
            parts[name][cells] = column
    flags = np.where(np.isnan(value), Quality.MISSING, Quality.GOOD).astype(np.uint8)
    return Results(value, coverage, samples, flags, parts)


def judge(model: Model, hours: Hours) -> Judged:
    """Compare hours with an accepted model; what was not accepted tells nothing."""
    accepted = np.where(model.accepted, 1.0, np.nan)[:, np.newaxis]
    expected = model.expected(hours) * accepted
    least = LEAST_SCALE * np.maximum(np.nan_to_num(model.base + model.typical).mean(axis=1, keepdims=True), 1e-9)
    scale = np.maximum(np.nan_to_num(model.scale), least)[:, hours.of_week]
    excess = hours.energy - expected
    told = np.where(np.isnan(excess), np.nan, 1.0)
    weather = model.by_weather(hours) - model.typical[:, hours.of_week]
    return Judged(excess / scale, excess, expected * told, weather * told)


def pairs(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give what each hour's z has in common with a neighbour's of the same sign: the lesser, the greater of both.

    The first hour of the last axis lies before the window: shape (s, m, 1 + k) becomes (s, m, k); 0 where neither
    neighbour goes the same way, or is not known. The hour after the window is not looked at.
    """
    z = np.nan_to_num(z)
    common = np.where(z[..., 1:] * z[..., :-1] > 0, np.minimum(np.abs(z[..., 1:]), np.abs(z[..., :-1])), 0.0)
    after = np.concatenate([common[..., 1:], np.zeros((*common.shape[:-1], 1))], axis=-1)
    both: NDArray[np.float64] = np.maximum(common, after)
    return both


def _described(
    judged: Judged, both: NDArray[np.float64], clock: NDArray[np.float64]
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    """Give the value of each window, and what is known of its anomalous hours; each of shape (s, m)."""
    some = known(judged.z[..., 1:]) > 0
    far = both > FAR
    first = both.argmax(axis=-1)
    totals = {
        name: sums(np.where(far, column[..., 1:], 0.0)) for name, column in judged._asdict().items() if name != "z"
    }
    hour = clock[np.arange(clock.shape[0]), first]
    found = {
        **totals,
        "hours": far.sum(axis=-1).astype(np.float64),
        "local_hour": np.where(far.any(axis=-1), hour, np.nan),
    }
    return np.where(some, both.max(axis=-1), np.nan), {
        name: np.where(some, column, np.nan) for name, column in found.items()
    }


def _hours(begin: str, end: str, energy: float) -> tuple[tuple[str, float], ...]:
    return tuple((str(hour), energy) for hour in np.arange(begin, end, dtype="datetime64[h]"))


_YEAR = _hours("2025-05-31T22", "2026-05-31T22", 10.0)
_BURST = (
    *_hours("2026-05-31T22", "2026-06-01T08", 10.0),
    *_hours("2026-06-01T08", "2026-06-01T11", 12.0),
    *_hours("2026-06-01T11", "2026-06-01T22", 10.0),
)
_ONE_HOUR = (*_hours("2026-05-31T22", "2026-06-01T21", 10.0), ("2026-06-01T21", 50.0))

INDICATOR = Indicator(
    name="anomaly",
    title="Anomaly of energy",
    title_de="Auffälliger Energieverbrauch",
    description=(
        "How far the energy of a building lay off what its baseline expects of the hour of the week and the weather, "
        "for two hours in a row: of the local day the greatest robust z that two neighbouring hours reach, both above "
        "or both below. The z of an hour is what was taken less what was expected, by 1.4826 times the median absolute "
        "deviation of that hour of the week over twelve months, at least 2 % of the mean load. Above 3.5 it is an "
        "anomaly. Beside it stand how many hours of the day were such, the local hour of the farthest, and over all of "
        "them the energy beyond what was expected, what was expected, and what part of this was due to the weather "
        "being other than usual: so that one sees whether hour or weather was the reason. An hour before midnight that "
        "only its successor confirms is not counted. Null where the baseline is not accepted; doubted hours are not "
        "judged. A week or longer tells its farthest day."
    ),
    unit="{Zscore}",
    source="Robust z by median absolute deviation, 3.5: Iglewicz, Hoaglin 1993; two hours: indicator rules, Anomaly",
    version=1,
    domain="energy",
    kinds=("energy_meter",),
    inputs=(ENERGY, TEMPERATURE),
    references={TEMPERATURE: "weather_station"},
    windows=("day",),
    lookback=LOOKBACK,
    parts=PARTS,
    roll_up=Reduction.MAXIMUM,
    formula=anomaly,
    examples=(
        # Three hours at 12 kW where 10 kW are usual without any scatter: 2 / (0.02 * 10).
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start="2026-05-31T22:00",
            rows={ENERGY: (*_YEAR, *_BURST), TEMPERATURE: ()},
            value=10.0,
            parts={"hours": 3.0, "local_hour": 10.0, "excess": 6.0, "expected": 30.0, "weather": 0.0},
        ),
        # One hour alone is none.
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start="2026-05-31T22:00",
            rows={ENERGY: (*_YEAR, *_ONE_HOUR), TEMPERATURE: ()},
            value=0.0,
            parts={"hours": 0.0, "local_hour": float("nan"), "excess": 0.0},
        ),
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start="2026-05-31T22:00",
            rows={ENERGY: (*_YEAR[-4380:], *_BURST), TEMPERATURE: ()},
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
    ),
)
