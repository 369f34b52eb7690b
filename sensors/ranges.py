"""Results that others bring, tested against the ranges of their property and what their site is made for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sensors.kinds import properties
from sensors.numeric import is_number
from sensors.quality import gross_range, severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sensors.model import Batch, Datastream, Thing

UNTESTED = 0
"""In place of a flag: the result is still to be tested against its range."""


def flagged(batch: Batch, things: Mapping[str, Thing]) -> Batch:
    """Test results against the ranges of their property; what somebody doubts stays doubted where it is not worse."""
    if not len(batch):
        return batch
    bounds = np.array([_bounds(stream, things.get(stream.thing)) for stream in batch.datastreams])[batch.datastream]
    tested = gross_range(batch.result, bounds[:, :2], bounds[:, 2:])
    better = (batch.quality != UNTESTED) & (severity(tested) < severity(batch.quality))
    return replace(batch, quality=np.where(better, batch.quality, tested).astype(np.uint8))


def _bounds(stream: Datastream, thing: Thing | None) -> tuple[float, float, float, float]:
    """Give the ranges outside which a result fails and is doubted, NaN where there is none."""
    prop = properties().get(stream.observed_property)
    if prop is None:
        return (np.nan, np.nan, np.nan, np.nan)
    low, high = prop.suspect or (np.nan, np.nan)
    limit = thing.site().get(prop.suspect_above_site) if thing is not None else None
    greatest = np.fmin(high, limit) if is_number(limit) and limit > 0 else high
    return (*(prop.fail or (np.nan, np.nan)), low, float(greatest))
