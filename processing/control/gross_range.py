"""Results outside the range in which they can be true, or are usually."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from processing.check import Check, Reach, graded
from sensors.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from processing.check import Examined, Limits, Number
    from sensors.model import ObservedProperty

_NAMES = ("fail_below", "fail_above", "suspect_below", "suspect_above")


def declared(prop: ObservedProperty) -> Mapping[str, float]:
    """Give the ranges that a property declares itself."""
    bounds = (*(prop.fail or (np.nan, np.nan)), *(prop.suspect or (np.nan, np.nan)))
    return dict(zip(_NAMES, bounds, strict=True))


def gross_range(examined: Examined) -> NDArray[np.uint8]:
    """Flag results outside their ranges, and those above what the site is made for. [flag], shape (n,).

    UNKNOWN where no bound is known, MISSING where there is no result.
    """
    known = declared(examined.limits.prop)
    fail_below, fail_above, suspect_below, suspect_above = (examined.limit(name, known[name]) for name in _NAMES)
    suspect_above = _at_most(examined, suspect_above)
    value, missing = examined.rows.value, examined.missing
    flags = graded(
        _any_known(value, (fail_below, fail_above, suspect_below, suspect_above)),
        _outside(value, suspect_below, suspect_above),
        _outside(value, fail_below, fail_above),
    )
    if missing.any():
        flags[missing] = Quality.MISSING
    return flags


def _any_known(value: NDArray[np.float64], bounds: Sequence[Number]) -> NDArray[np.bool_]:
    """Tell for which results there is a bound. Shape (n,)."""
    some = [~np.isnan(bound) for bound in bounds]
    return np.broadcast_to(reduce(np.logical_or, some), value.shape)


def _outside(value: NDArray[np.float64], below: Number, above: Number) -> NDArray[np.bool_] | None:
    """Tell which results lie outside two bounds, which may be NaN; None where both are. Shape (n,)."""
    found = [how(value, bound) for how, bound in ((np.less, below), (np.greater, above)) if not np.isnan(bound).all()]
    return reduce(np.logical_or, found) if found else None


def _at_most(examined: Examined, bound: Number) -> Number:
    named = examined.limits.prop.suspect_above_site
    if not named:
        return bound
    most = examined.limits.of_site(named)
    return np.fmin(bound, np.where(most > 0, most, np.nan)[examined.rows.series])


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
