"""Results outside the range in which they can be true, or are usually."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.check import Check, Reach
from sensors import quality

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from processing.check import Examined, Limits, Number
    from sensors.model import ObservedProperty

_NAMES = ("fail_below", "fail_above", "suspect_below", "suspect_above")


def declared(prop: ObservedProperty) -> Mapping[str, float]:
    """Give the ranges that a property declares itself."""
    bounds = (*(prop.fail or (np.nan, np.nan)), *(prop.suspect or (np.nan, np.nan)))
    return dict(zip(_NAMES, bounds, strict=True))


def gross_range(examined: Examined) -> NDArray[np.uint8]:
    """Flag results outside their ranges, and those above what the site is made for. [flag], shape (n,)."""
    known = declared(examined.limits.prop)
    bounds = [examined.limit(name, known[name]) for name in _NAMES]
    bounds[3] = _at_most(examined, bounds[3])
    value = examined.rows.value
    return quality.gross_range(
        value, _pairs(bounds[0], bounds[1], len(value)), _pairs(bounds[2], bounds[3], len(value))
    )


def _at_most(examined: Examined, bound: Number) -> Number:
    named = examined.limits.prop.suspect_above_site
    if not named:
        return bound
    most = examined.limits.of_site(named)
    return np.fmin(bound, np.where(most > 0, most, np.nan)[examined.rows.series])


def _pairs(low: Number, high: Number, count: int) -> NDArray[np.float64]:
    """Put bounds side by side; shape (n, 2)."""
    pair = np.stack(np.broadcast_arrays(np.atleast_1d(low), np.atleast_1d(high)), axis=1)
    return np.broadcast_to(pair, (count, 2))


def _reach(_limits: Limits) -> Reach:
    return Reach()


CHECK = Check(
    name="gross_range",
    bit=0,
    title="Gross range",
    title_de="Wertebereich",
    reason="lies outside the range of the property or of the site",
    reason_de="liegt außerhalb des Wertebereichs der Größe oder des Standorts",
    description="Outside the fail range a result cannot be true; outside the suspect range it is doubted.",
    source="QARTOD gross range test; ioos/ioos_qc qartod.py gross_range_test",
    thresholds={
        "fail_below": "below it a result cannot be true, in the property's unit",
        "fail_above": "above it a result cannot be true, in the property's unit",
        "suspect_below": "below it a result is doubted, in the property's unit",
        "suspect_above": "above it a result is doubted, in the property's unit",
    },
    defaults=declared,
    alone=True,
    reach=_reach,
    flags=gross_range,
)
