"""How much of what a photovoltaic plant generates is used on the spot."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Grouping, Indicator, IndicatorExample, Part, Reduction, Results
from processing.quarters import Quarters
from processing.within import known, sums
from sensors.model import SeriesKind
from sensors.quality import Quality, flag_of, severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given

ENERGY, EXPORT, GENERATED = "energy_15min", "energy_export_15min", "generation_15min"


def pv_used(given: Given) -> Results:
    """Add up, quarter hour by quarter hour, what was generated and not fed in. [kWh], shape (s, m)."""
    quarters = Quarters.of(given)
    taken, fed, made = (quarters.laid(given, name) for name in (ENERGY, EXPORT, GENERATED))
    load = meters_load(given)
    used = np.where(load, np.minimum(made.value, taken.value), _not_fed(made.value, fed.value))
    used = np.where(np.isnan(taken.value), np.nan, used)
    parts = {
        "generated": np.where(np.isnan(used), np.nan, made.value),
        "consumption": np.where(np.isnan(used), np.nan, taken.value + np.where(load, 0.0, used)),
    }
    laid = {name: quarters.within(matrix) for name, matrix in {"": used, **parts}.items()}
    some = known(laid[""]) > 0
    total = {name: np.where(some, sums(each), np.nan) for name, each in laid.items()}
    ranks = np.max([severity(quarters.worst(each)) for each in (taken, fed, made)], axis=0)
    samples = quarters.samples(taken) + quarters.samples(made)
    value, coverage = total.pop(""), quarters.coverage(used)
    return Results(value, coverage, np.where(some, samples, 0), flag_of(np.where(some, ranks, 0)), total)


def meters_load(given: Given) -> NDArray[np.bool_]:
    """Tell whose meter counts all that is used, and not what the grid delivers. [bool], shape (s, 1)."""
    return np.array([site.get("meters_load") is True for site in given.sites], dtype=bool).reshape(-1, 1)


def _not_fed(made: NDArray[np.float64], fed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give what was generated and not fed in: no less than nothing, no more than was generated. [kWh]."""
    used: NDArray[np.float64] = np.clip(made - fed, 0.0, made)
    return used


_QUARTERS = tuple(f"2026-06-01T08:{minute:02}" for minute in (0, 15, 30, 45))
_MADE = tuple(zip(_QUARTERS, (0.0, 2.0, 5.0, 1.0), strict=True))
_LOAD = tuple(zip(_QUARTERS, (1.0, 1.0, 2.0, 2.0), strict=True))
_TAKEN = tuple(zip(_QUARTERS, (1.0, 0.0, 0.0, 1.0), strict=True))
_FED = tuple(zip(_QUARTERS, (0.0, 1.0, 3.0, 0.0), strict=True))

INDICATOR = Indicator(
    name="pv_used",
    title="Own solar energy used",
    title_de="Selbst genutzter Solarstrom",
    description=(
        "What the photovoltaic plant (site property pv_plant: its id) generated and the building behind the meter used "
        "in the same quarter hour: generated less fed in, by the meter's second register. Where the meter counts all "
        "that is used, and not what the grid delivers (meters_load: true), it is the lesser of generation and use. "
        "Hours and days add up quarter hours, never the reverse: sums would set the noon against the night. Beside it "
        "stand what was generated and what was used in all. What a battery takes counts as used, its losses too."
    ),
    unit="kWh",
    source="Self-consumption at 15 min (gridsingularity.github.io/gsy-e); quarter hours and two ways to meter: our own",
    version=2,
    domain="energy",
    kinds=("energy_meter",),
    inputs=(ENERGY, EXPORT, GENERATED),
    references={GENERATED: "pv_plant"},
    windows=("15min", "hour", "day"),
    lookback=timedelta(0),
    patience=timedelta(hours=2),
    series=SeriesKind.DELTA,
    parts=(
        Part(
            name="generated", title="Energy generated at the meter", title_de="Am Zähler erzeugte Energie", unit="kWh"
        ),
        Part(name="consumption", title="Energy used", title_de="Verbrauchte Energie", unit="kWh"),
    ),
    roll_up=Reduction.SUM,
    grouping=Grouping(Reduction.SUM),
    formula=pv_used,
    examples=(
        IndicatorExample(
            kind="energy_meter",
            window="hour",
            start="2026-06-01T08:00",
            site={"meters_load": True},
            rows={ENERGY: _LOAD, EXPORT: (), GENERATED: _MADE},
            value=4.0,
            parts={"generated": 8.0, "consumption": 6.0},
        ),
        IndicatorExample(
            kind="energy_meter",
            window="hour",
            start="2026-06-01T08:00",
            rows={ENERGY: _TAKEN, EXPORT: _FED, GENERATED: _MADE},
            value=4.0,
            parts={"generated": 8.0, "consumption": 6.0},
        ),
        # Of one quarter hour nobody knows what was generated: it counts in none of the three sums.
        IndicatorExample(
            kind="energy_meter",
            window="hour",
            start="2026-06-01T08:00",
            site={"meters_load": True},
            rows={ENERGY: _LOAD, EXPORT: (), GENERATED: _MADE[:3]},
            value=3.0,
            coverage=0.75,
            parts={"generated": 7.0, "consumption": 4.0},
        ),
        # A meter of what the grid delivers that does not tell what was fed in.
        IndicatorExample(
            kind="energy_meter",
            window="hour",
            start="2026-06-01T08:00",
            rows={ENERGY: _TAKEN, EXPORT: (), GENERATED: _MADE},
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
    ),
)
