"""What an indicator is: a declaration with a title, a unit and a source, and one pure formula over arrays."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from sensors.kinds import properties
from sensors.model import ObservedProperty, SeriesKind
from sensors.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from processing.rows import Rows

_SPAN = {"15min": "quarter hour", "hour": "hour", "day": "day"}
_SPAN_DE = {"15min": "Viertelstunde", "hour": "Stunde", "day": "Tag"}
_HOLD = {"15min": timedelta(minutes=30), "hour": timedelta(hours=2), "day": timedelta(days=2)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a formula may know: the rows of some things of one kind, their sites, and the windows asked for."""

    window: str
    edges: NDArray[np.datetime64]
    """UTC, shape (m + 1,)."""
    rows: Mapping[str, Rows]
    """By observed property; series i is that of thing i."""
    sites: Sequence[Mapping[str, Any]]
    """The properties of each thing, length s."""
    exchanges: Sequence[Sequence[int]] = ()
    """Of each thing the instants at which another device began to observe it, in milliseconds since 1970 UTC."""

    def site(self, name: str) -> NDArray[np.float64]:
        """Give a number that the sites are known by, NaN where one does not say it. [its unit], shape (s,)."""
        return np.array([_number(site.get(name)) for site in self.sites], dtype=np.float64)

    def max_hold(self, name: str) -> np.timedelta64:
        """Tell how long an observation of a property may be taken for still true."""
        return np.timedelta64(properties()[name].max_hold)


@dataclass(frozen=True, slots=True)
class Results:
    """The outcome of a formula; every matrix has shape (s, m): one row per thing, one column per window."""

    value: NDArray[np.float64]
    """In the indicator's unit, NaN where there is none."""
    coverage: NDArray[np.float64]
    """Part of the window that is known, 0..1."""
    samples: NDArray[np.int64]
    """Number of observations that the value rests on."""
    quality: NDArray[np.uint8]
    """The worst flag among them."""

    def judged(self, min_coverage: float) -> Results:
        """Take away what rests on too little: NaN and MISSING."""
        missing = np.isnan(self.value) | (self.coverage < min_coverage)
        value = np.where(missing, np.nan, self.value)
        return replace(self, value=value, quality=np.where(missing, Quality.MISSING, self.quality).astype(np.uint8))


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorExample:
    """Observations at one site and what follows for one window; every example is a test."""

    kind: str
    window: str
    start: str
    """Start of the window, ISO 8601 UTC."""
    rows: Mapping[str, Sequence[tuple[str, float]]]
    """By observed property: times, ISO 8601 UTC, and results."""
    value: float
    site: Mapping[str, Any] = field(default_factory=dict)
    coverage: float = 1.0
    quality: Quality = Quality.GOOD


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """How one indicator is made of observations. One file declares it; discovery finds it."""

    name: str
    title: str
    title_de: str
    description: str
    unit: str
    """UCUM code."""
    source: str
    """Where the definition comes from."""
    version: int
    """Raised when the formula changes its results."""
    domain: str
    kinds: tuple[str, ...]
    inputs: tuple[str, ...]
    """Observed properties; of each kind those that it has."""
    windows: tuple[str, ...]
    """Out of ``processing.calendar.WINDOWS``."""
    lookback: timedelta
    """How long before a window's start an observation can still matter to it."""
    lookahead: timedelta = timedelta(0)
    """How long after a window's end an observation can still matter to it."""
    patience: timedelta = timedelta(0)
    """How long after its end a window waits for an observation that closes it."""
    min_coverage: float = 0.75
    series: SeriesKind = SeriesKind.GAUGE
    formula: Callable[[Given], Results]
    examples: tuple[IndicatorExample, ...]

    def property_name(self, window: str) -> str:
        """Name what its results for one kind of window observe: ``occupancy_15min``."""
        return f"{self.name}_{window}"

    def observed_property(self, window: str) -> ObservedProperty:
        """Describe its results for one kind of window as an observed property."""
        return ObservedProperty(
            name=self.property_name(window),
            title=f"{self.title}, {_SPAN[window]}",
            title_de=f"{self.title_de}, {_SPAN_DE[window]}",
            unit=self.unit,
            series=self.series,
            description=self.description,
            source=self.source,
            max_hold=_HOLD[window],
        )

    def compute(self, given: Given) -> Results:
        """Apply the formula and keep what is known well enough."""
        return self.formula(given).judged(self.min_coverage)


def _number(value: Any) -> float:
    """Read a number of a site; what is none is not known."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return np.nan
    return float(value)
