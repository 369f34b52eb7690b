"""What a building would usually take in each hour: by the hour of the week and the temperature outside.

The model is that of time of week and temperature: a constant for each of the 168 local hours of the week, public
holidays counting as Sundays, and a line of the outdoor temperature that bends at fixed temperatures. It is fitted by
least squares to the twelve local months before the month of the window, a pure function of these rows: for every day of
a month it is the same, whenever and beside whatever it is computed. Source: time-of-week and temperature model
(Mathieu, Price, Kiliccote, Piette 2011, IEEE Trans. Smart Grid 2, 507; text not at hand); fixed bends: our definition.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.calendar import edges
from processing.local import DayType, local, months_before
from processing.past import quantile
from processing.reduction import laid_out
from processing.within import within
from sensors.model import TIME
from sensors.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from processing.indicator import Given

ENERGY, TEMPERATURE = "energy_hour", "mean_outdoor_temperature_hour"
MONTHS = 12
LOOKBACK = timedelta(days=366 + 31, hours=2)
BENDS = (5.0, 10.0, 15.0, 20.0, 25.0)
"""Temperatures at which the line bends. [Cel]"""
HOURS = 168
SUNDAY = 6 * 24
ENOUGH = 0.75
"""Part of the hours of twelve months that must be known."""
MILD = 15.0
"""Temperature that stands for that of a building of which no weather station is known. [Cel]"""
LEAST_SCALE = 0.02
"""Part of the mean load below which scatter is not taken to lie. Our definition."""
NORMAL = 1.4826
"""By which a median absolute deviation is that of a normal distribution."""
CV_RMSE, NMBE = 30.0, 10.0
"""Per cent up to which an hourly model is accepted: ASHRAE Guideline 14. Residuals of least squares with a constant for
each hour of the week add up to 0 in each, so that over the months of the fit the bias never comes near its limit."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours that follow each other, of s buildings."""

    start: NDArray[np.int64]
    """[ms], shape (h,)."""
    of_week: NDArray[np.int64]
    """0 .. 167, those of public holidays as of Sundays; shape (h,)."""
    energy: NDArray[np.float64]
    """NaN where it is not known or doubted. [kWh], shape (s, h)."""
    temperature: NDArray[np.float64]
    """[Cel], shape (s, h)."""

    @classmethod
    def of(cls, given: Given, begin: np.datetime64) -> Hours:
        """Lay the inputs out by hour, from an instant to the end of the windows."""
        cover = edges("hour", begin, given.edges[-1], given.zone)
        start = cover.astype(TIME).view(np.int64)[:-1]
        laid = laid_out(given.rows[ENERGY], cover)
        sure = (laid.quality == Quality.GOOD) | (laid.quality == Quality.UNKNOWN)
        energy = np.where(sure, laid.value, np.nan)
        return cls(start, hour_of_week(start, given), energy, laid_out(given.rows[TEMPERATURE], cover).value)

    @property
    def mild(self) -> NDArray[np.bool_]:
        """Tell of which buildings no temperature is known at all; shape (s, 1)."""
        return np.asarray(np.isnan(self.temperature).all(axis=1, keepdims=True))

    @property
    def told(self) -> NDArray[np.bool_]:
        """Tell of which hours all is known that a model is made of; shape (s, h)."""
        return np.asarray(~np.isnan(self.energy) & (self.mild | ~np.isnan(self.temperature)))

    def of_buildings(self, chosen: NDArray[np.int64]) -> Hours:
        """Take some buildings, by index."""
        return replace(self, energy=self.energy[chosen], temperature=self.temperature[chosen])

    def between(self, begin: int, end: int) -> Hours:
        """Take the hours that begin in [begin, end) [ms]."""
        first, last = np.searchsorted(self.start, [begin, end])
        return Hours(
            self.start[first:last],
            self.of_week[first:last],
            self.energy[:, first:last],
            self.temperature[:, first:last],
        )


def hour_of_week(start: NDArray[np.int64], given: Given) -> NDArray[np.int64]:
    """Tell the local hour of the week of instants [ms], on public holidays that of a Sunday; shape (h,)."""
    there = local(start, given.zone)
    sunday = there.day_type(given.land) == DayType.SUNDAY
    return np.where(sunday, SUNDAY + there.hour.astype(np.int64), there.hour_of_week)


@dataclass(frozen=True, slots=True)
class Model:
    """What was learnt of s buildings."""

    base: NDArray[np.float64]
    """Of each hour of the week what does not hang on the temperature, NaN where it is not known; (s, 168). [kWh]"""
    slopes: NDArray[np.float64]
    """Shape (s, 1 + bends). [kWh/K]"""
    mild: NDArray[np.bool_]
    """Whose temperature is not known at all; shape (s, 1)."""
    typical: NDArray[np.float64]
    """What the temperature adds on average in each hour of the week; shape (s, 168). [kWh]"""
    scale: NDArray[np.float64]
    """Robust standard deviation of the residuals of each hour of the week; shape (s, 168). [kWh]"""
    cv_rmse: NDArray[np.float64]
    """Per cent, shape (s,)."""
    nmbe: NDArray[np.float64]
    """Per cent, 0 but for rounding; shape (s,)."""
    parameters: NDArray[np.int64]

    @property
    def accepted(self) -> NDArray[np.bool_]:
        """Tell whose model is good enough; shape (s,)."""
        return np.asarray((self.cv_rmse <= CV_RMSE) & (np.abs(self.nmbe) <= NMBE))

    def expected(self, hours: Hours) -> NDArray[np.float64]:
        """Tell what hours would usually take; NaN where that is not known. [kWh], shape (s, h)."""
        return self.base[:, hours.of_week] + self.by_weather(hours)

    def by_weather(self, hours: Hours) -> NDArray[np.float64]:
        """Tell what the temperature adds in each hour. [kWh], shape (s, h)."""
        temperature = np.where(self.mild, MILD, hours.temperature)
        added = np.zeros(temperature.shape)
        for number, feature in enumerate(_features(temperature)):
            added += self.slopes[:, number, np.newaxis] * feature
        return added


@dataclass(frozen=True, slots=True)
class Month:
    """A local month in which windows begin, and what was learnt for it of the buildings that enough is known of."""

    windows: NDArray[np.int64]
    """Index of the windows, shape (w,)."""
    known: NDArray[np.float64]
    """Part of the hours that is known of each building, shape (s,)."""
    buildings: NDArray[np.int64]
    """Index of those with a model, shape (b,)."""
    model: Model
    """Of the b buildings."""
    hours: Hours
    """Of the b buildings all hours, those of the windows too."""

    def cells(self) -> tuple[NDArray[np.int64], ...]:
        """Give where the windows of the buildings lie in a matrix of shape (s, m)."""
        return np.ix_(self.buildings, self.windows)


def models(given: Given) -> Iterator[Month]:
    """Learn the models of the local months in which windows begin."""
    starts = given.edges[:-1].view(np.int64)
    if not len(starts):
        return
    month = months_before(starts, 0, given.zone)
    every = Hours.of(given, months_before(month[:1], MONTHS, given.zone).view(TIME)[0])
    for first in np.unique(month):
        begin = int(months_before(np.array([first]), MONTHS, given.zone)[0])
        learnt = every.between(begin, int(first))
        known = np.count_nonzero(learnt.told, axis=1) / max(len(learnt.start), 1)
        some = np.flatnonzero(known >= ENOUGH)
        model = fit(learnt.of_buildings(some))
        yield Month(np.flatnonzero(month == first), known, some, model, every.of_buildings(some))


def fit(hours: Hours) -> Model:
    """Fit the model by least squares to the known hours of each building."""
    mild, use = hours.mild, hours.told
    temperature = np.where(mild, MILD, hours.temperature)
    groups = _Groups.of(hours.of_week, use)
    features = [np.where(use, feature, 0.0) for feature in _features(np.nan_to_num(temperature))]
    means = [groups.mean(feature) for feature in features]
    level = groups.mean(np.where(use, hours.energy, 0.0))
    slopes, rank = _slopes(hours, use, level, features, means)
    typical = np.einsum("sk,ksw->sw", slopes, np.array(means))
    base = np.where(groups.count > 0, level - typical, np.nan)
    parameters = np.count_nonzero(groups.count, axis=1) + rank
    by_weather = np.einsum("sk,ksh->sh", slopes, np.array(features))
    found = np.where(use, base[:, hours.of_week] + by_weather, np.nan)
    cv_rmse, nmbe = quality_of_fit(np.where(use, hours.energy, np.nan), found, parameters)
    scale = _scale(groups, hours.energy - found)
    return Model(base, slopes, mild, typical, scale, cv_rmse, nmbe, parameters)


def quality_of_fit(
    actual: NDArray[np.float64], fitted: NDArray[np.float64], parameters: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give CV(RMSE) and NMBE over the last axis, NaN left out: (y - f) with n - p degrees of freedom. [%], shape (s,).

    CV(RMSE) = sqrt(sum((y - f)^2) / (n - p)) / mean(y); NMBE = sum(y - f) / ((n - p) * mean(y)), greater than 0 where
    more was taken than fitted. NaN where n - p is not above 0 or nothing was taken. Source: ASHRAE Guideline 14.
    """
    rest = actual - fitted
    told = ~np.isnan(rest)
    count = np.count_nonzero(told, axis=-1)
    mean = np.where(told, actual, 0.0).sum(axis=-1) / np.maximum(count, 1)
    free = count - parameters
    some = (free > 0) & (mean > 0)
    square, total = (np.where(told, each, 0.0).sum(axis=-1) for each in (rest**2, rest))
    whole = np.where(some, free * mean, np.nan)
    return 100 * np.sqrt(square / np.where(some, free, np.nan)) / np.where(some, mean, np.nan), 100 * total / whole


def _features(temperature: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """Give the temperature, and how far it lies beyond each bend. [K], same shape."""
    yield temperature
    yield from (np.maximum(temperature - bend, 0.0) for bend in BENDS)


@dataclass(frozen=True, slots=True)
class _Groups:
    """Hours by the hour of the week that they are."""

    order: NDArray[np.int64]
    """Indexes of the hours, by hour of the week and time; shape (h,)."""
    begin: NDArray[np.int64]
    """Where each hour of the week begins and the last one ends in this order; shape (169,)."""
    count: NDArray[np.int64]
    """Known hours of each, shape (s, 168)."""

    @classmethod
    def of(cls, of_week: NDArray[np.int64], use: NDArray[np.bool_]) -> _Groups:
        order = np.argsort(of_week, kind="stable")
        begin = np.searchsorted(of_week[order], np.arange(HOURS + 1))
        upto = _running(use[:, order].astype(np.float64))
        return cls(order, begin, np.rint(upto[:, begin[1:]] - upto[:, begin[:-1]]).astype(np.int64))

    def mean(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Average a matrix, shape (s, h), 0 where it does not count, by hour of the week; shape (s, 168)."""
        total = self.laid(matrix, 0.0).sum(axis=-1)
        average: NDArray[np.float64] = total / np.maximum(self.count, 1)
        return average

    def laid(self, matrix: NDArray[np.float64], fill: float) -> NDArray[np.float64]:
        """Lay a matrix, shape (s, h), out by hour of the week; shape (s, 168, most weeks)."""
        return within(matrix[:, self.order], self.begin[:-1], self.begin[1:], fill)


def _running(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([np.zeros((len(matrix), 1)), np.cumsum(matrix, axis=1)], axis=1)


def _slopes(
    hours: Hours,
    use: NDArray[np.bool_],
    level: NDArray[np.float64],
    features: list[NDArray[np.float64]],
    means: list[NDArray[np.float64]],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Solve the normal equations of what varies within the hours of the week: slopes (s, k), and their rank (s,).

    Where the temperature never came to a bend, or never changed, the least slopes are taken.
    """
    beside = np.where(use, hours.energy - level[:, hours.of_week], 0.0)
    varying = [
        np.where(use, feature - mean[:, hours.of_week], 0.0) for feature, mean in zip(features, means, strict=True)
    ]
    gram = np.array([[np.vecdot(one, other) for other in varying] for one in varying]).transpose(2, 0, 1)
    right = np.array([np.vecdot(one, beside) for one in varying]).T
    inverse = np.linalg.pinv(gram, rcond=1e-10, hermitian=True)
    rank = np.linalg.matrix_rank(gram, tol=1e-10 * np.abs(gram).max(axis=(1, 2), initial=1e-10), hermitian=True)
    return np.einsum("skj,sj->sk", inverse, right), np.asarray(rank, dtype=np.int64)


def _scale(groups: _Groups, rest: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give 1.4826 times the median absolute deviation of the residuals by hour of the week. [kWh], shape (s, 168)."""
    laid = groups.laid(rest, np.nan)
    middle = quantile(laid, 0.5)
    deviation: NDArray[np.float64] = NORMAL * quantile(np.abs(laid - middle[..., np.newaxis]), 0.5)
    return deviation
