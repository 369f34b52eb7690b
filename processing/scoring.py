"""Report cards of forecasts: what came true over the last 28 local days, of the model and of what was served."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.band import ROUNDING, reached
from processing.indicator import Results
from processing.local import days_before
from processing.past import Past
from processing.rows import NEVER
from sensors.model import TIME
from sensors.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from processing.forecast import Forecast
    from processing.indicator import Given, Indicator

SCORED = 28
"""Local days over which a forecast is scored, rolling."""
SCORED_LOOKBACK = timedelta(days=SCORED, hours=1)
"""Among them there may be one of 25 hours."""
FEWEST = 48
"""Forecasts that must have come true or not before there is a score; of daily ones seven."""


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What was said in g windows beside what came so many windows later, to be added up by the day."""

    said: Mapping[str, NDArray[np.float64]]
    """By the part of the forecast, shape (s, g)."""
    now: NDArray[np.float64]
    """What was when it was said, shape (s, g)."""
    true: NDArray[np.float64]
    """What came, NaN for what nobody knows, shape (s, g)."""
    ended: NDArray[np.int64]
    """When the windows that are meant ended. [ms], shape (g,)."""
    given: Given
    fewest: int

    @classmethod
    def of(cls, forecast: Forecast, step: int, said: Indicator, parts: Iterable[str], given: Given) -> Reckoning:
        """Lay out the parts of a forecast, and what came."""
        begin = days_before(given.edges[:1].astype(TIME).view(np.int64), SCORED, given.zone)
        span = begin.view(TIME)[0], given.edges[-1]
        told, tops = forecast.told(given, span)
        now = forecast.observed(told.value, tops.value)
        rows = {part: given.rows[said.property_name(forecast.window, part)] for part in parts}
        laid = {part: Past.of(each, forecast.window, span, given.zone).value for part, each in rows.items()}
        fewest = 7 if forecast.window == "day" else FEWEST
        return cls(laid, now, ahead(now, step), _ended(told.edges, step), given, fewest)

    def count(self, known: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Count what is known in the 28 days before each day's end. Shape (s, m)."""
        edges, zone = self.given.edges, self.given.zone
        return _rolling(known.astype(np.float64), ended=self.ended, end=edges[1:], zone=zone)

    def mean(self, amount: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Average what is known in the 28 days before each day's end, NaN for too little. Shape (s, m)."""
        count = self.count(known)
        own = np.where(known, amount, 0.0)
        total = _rolling(own, ended=self.ended, end=self.given.edges[1:], zone=self.given.zone)
        average: NDArray[np.float64] = np.divide(
            total, count, out=np.full(total.shape, np.nan), where=count >= self.fewest
        )
        return average

    def results(self, value: NDArray[np.float64], known: NDArray[np.bool_], **parts: NDArray[np.float64]) -> Results:
        """Give scores with how many forecasts they rest on."""
        there = ~np.isnan(value)
        return Results(value, there.astype(np.float64), self.count(known).astype(np.int64), flags(there), parts)


def card(forecast: Forecast, step: int, model: Indicator, given: Given) -> Results:
    """Score the forecasts whose windows ended in the 28 days up to each day's end. Shape (s, m)."""
    told = Reckoning.of(forecast, step, model, ("", "persistence", "last_week"), given)
    off = {part: np.abs(said - told.true) for part, said in told.said.items()}
    errors = {part: np.where(each <= ROUNDING, 0.0, each) for part, each in off.items()}
    known = ~np.isnan(sum(errors.values()))
    mae = {part: told.mean(error, known) for part, error in errors.items()}
    best = np.fmin(mae["persistence"], mae["last_week"])
    # Where a naive forecast is never wrong nothing can be better; as good is a skill of 0.
    ratio = np.where(best > 0, mae[""] / np.where(best > 0, best, 1.0), np.where(mae[""] > 0, np.inf, 1.0))
    skill = np.where(np.isnan(best), np.nan, np.maximum(1.0 - ratio, -1.0))
    parts = {"_".join(filter(None, ("mae", part))): each for part, each in mae.items()}
    return told.results(skill, known, **parts)


def held(forecast: Forecast, step: int, served: Indicator, given: Given) -> Results:
    """Tell how often what came lay within the band that was served, and how far chances were off. Shape (s, m)."""
    parts = ("low", "high") if forecast.least is None else ("low", "high", "chance")
    told = Reckoning.of(forecast, step, served, parts, given)
    low, high = told.said["low"], told.said["high"]
    known = ~np.isnan(low) & ~np.isnan(high) & ~np.isnan(told.true) & ~np.isnan(told.now)
    share = told.mean((reached(told.true, low) & reached(high, told.true)).astype(np.float64), known)
    if forecast.least is None:
        return told.results(share, known)
    came, certain = (np.where(reached(each, forecast.least), 1.0, 0.0) for each in (told.true, told.now))
    # Squares of what probabilities of so much or more were off by. Source: Brier 1950. [{score}]
    missed = {"brier": (told.said["chance"] - came) ** 2, "brier_persistence": (certain - came) ** 2}
    return told.results(share, known, **{part: told.mean(each, known) for part, each in missed.items()})


def ahead(value: NDArray[np.float64], step: int) -> NDArray[np.float64]:
    """Bring what came so many windows later under the window in which it was forecast."""
    later = np.full(value.shape, np.nan)
    later[..., : max(value.shape[-1] - step, 0)] = value[..., step:]
    return later


def flags(known: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Flag what is known as good, all else as missing."""
    return np.where(known, Quality.GOOD, Quality.MISSING).astype(np.uint8)


def _ended(edges: NDArray[np.int64], step: int) -> NDArray[np.int64]:
    """Tell when the window that was forecast in each window ended; never for those that lie ahead. [ms], shape (g,)."""
    ended = np.full(len(edges) - 1, NEVER)
    ended[: max(len(ended) - step, 0)] = edges[step + 1 :]
    return ended


def _rolling(
    amount: NDArray[np.float64], *, ended: NDArray[np.int64], end: NDArray[np.datetime64], zone: str
) -> NDArray[np.float64]:
    """Add up what lies in the 28 local days before each day's end. Shape (s, m)."""
    until = end.astype(TIME).view(np.int64)
    first = np.searchsorted(ended, days_before(until, SCORED, zone), side="right")
    last = np.searchsorted(ended, until, side="right")
    # Sums of each window alone, so that the same numbers give the same sum whatever else is computed with them.
    sums = [amount[:, begin:behind].sum(axis=1) for begin, behind in zip(first, last, strict=True)]
    return np.stack(sums, axis=1) if sums else np.zeros((len(amount), 0))
