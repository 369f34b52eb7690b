"""How well a thing's radio is heard."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Indicator, IndicatorExample, Part, Results
from processing.quantiles import quantiles
from processing.rows import Rows
from processing.windows import cut, worst_flag
from sensors.kinds import kinds
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given


def radio(given: Given) -> Results:
    """Give the medians of signal to noise and of signal strength at the best gateway. [dB], shape (s, m)."""
    none = Rows.of(len(given.sites), [], [], [])
    noise, strength = (cut(given.rows.get(name, none), given.edges) for name in ("snr", "rssi"))
    (value,) = quantiles(noise, noise.rows.value, [0.5])
    (rssi,) = quantiles(strength, strength.rows.value, [0.5])
    known = noise.samples > 0
    flags = np.where(known, worst_flag(noise), Quality.MISSING).astype(np.uint8)
    return Results(value, known.astype(np.float64), noise.samples, flags, {"rssi": rssi})


_ROWS = tuple((f"2026-06-01T{hour:02}:00", 0.0) for hour in range(5))


def _rows(*values: float) -> tuple[tuple[str, float], ...]:
    return tuple((time, value) for (time, _), value in zip(_ROWS, values, strict=True))


INDICATOR = Indicator(
    name="radio",
    title="Radio, signal to noise",
    title_de="Funk, Signal-Rausch-Abstand",
    description=(
        "Median signal to noise ratio of a day's messages at the gateway that heard each best, and beside it the "
        "median signal strength in dBm. Known for things whose site asks for it (observe_radio): the network tells "
        "both with every message, and to keep them is two more observations each time."
    ),
    unit="dB",
    source="Indicator rules, Radio: RSSI and SNR median; values by the network server's metadata",
    version=1,
    domain="health",
    kinds=tuple(name for name, kind in kinds().items() if "snr" in {one.name for one in kind.properties}),
    inputs=("snr", "rssi"),
    windows=("day",),
    lookback=timedelta(0),
    min_coverage=0.0,
    parts=(Part(name="rssi", title="Radio, signal strength", title_de="Funk, Feldstärke", unit="dB"),),
    formula=radio,
    examples=(
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            rows={"snr": _rows(7.0, 9.5, -3.0, 8.0, 8.5), "rssi": _rows(-101.0, -99.0, -118.0, -100.0, -97.0)},
            value=8.0,
            parts={"rssi": -100.0},
        ),
    ),
)
