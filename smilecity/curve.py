"""One datastream as a curve to draw: broken where nothing is known, with what its axis says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from processing.indicators import derived_properties
from sensors.kinds import properties
from sensors.model import SeriesKind
from sensors.quality import Quality
from sensors.units import ANNOTATION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sensors.model import ObservedProperty


@dataclass(frozen=True, slots=True)
class Curve:
    """Results over time, shape (n,), ascending; NaN breaks the curve."""

    thing: str
    title: str
    unit: str
    time: NDArray[np.datetime64]
    """UTC."""
    value: NDArray[np.float64]
    doubtful: NDArray[np.bool_]
    """Where the flag is SUSPECT or FAIL."""
    steps: bool
    """Whether each result holds until the next one, as that of a state does."""

    @property
    def axis(self) -> str:
        """Say what is drawn: ``Filling level [%]``; what a count is of its title says."""
        unit = ANNOTATION.sub("", self.unit)
        return f"{self.title} [{unit}]" if unit not in {"", "1"} else self.title


def curve_of(thing: str, observed_property: str, table: pa.Table) -> Curve:
    """Make a curve of a table of observations, see ``smilecity.observations``."""
    declared = properties().get(observed_property) or derived_properties().get(observed_property)
    time = pc.cast(table["phenomenon_time"], pa.int64()).to_numpy().astype("datetime64[ms]")
    value = table["result"].to_numpy().astype(np.float64)
    quality = table["quality"].to_numpy()
    doubtful = (quality == Quality.SUSPECT) | (quality == Quality.FAIL)
    cut = _silences(time, declared)
    return Curve(
        thing,
        declared.title if declared else observed_property,
        declared.unit if declared else "",
        np.insert(time, cut, time[cut] - np.timedelta64(1, "ms")),
        np.insert(value, cut, np.nan),
        np.insert(doubtful, cut, False),
        declared is not None and declared.series is SeriesKind.STATE and observed_property in properties(),
    )


def _silences(time: NDArray[np.datetime64], declared: ObservedProperty | None) -> NDArray[np.intp]:
    """Find the rows that come after a longer silence than a result holds."""
    if declared is None or len(time) < 2:
        return np.empty(0, dtype=np.intp)
    return np.flatnonzero(np.diff(time) > np.timedelta64(declared.max_hold)) + 1
