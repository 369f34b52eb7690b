"""Models that forecast from weeks past: simple ones, that anybody can follow and that are hard to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.forecast import WEEKS
from processing.past import mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from processing.past import Past

FEWEST_WEEKS = 2
"""Weeks that must be known for a profile."""


def by_week(
    past: Past, now: NDArray[np.int64], step: int, around: Sequence[int] = (-8, -4, 0, 4, 8)
) -> NDArray[np.float64]:
    """Take the usual course of this weekday and hour, and let today's deviation from it fade. Shape (s, m).

    The usual course is the mean of the last four weeks. How much of a deviation is left so many steps later is the
    slope through the origin of what was left of it in those weeks, here and some windows ``around``, within 0..1.
    Source: seasonal naive with autoregressive errors (Hyndman and Athanasopoulos, Forecasting: Principles and Practice,
    sections 5.2 and 10.1).
    """
    then = _weeks(past, now, around)
    before, after = past.at(then), past.at(np.where(then >= 0, then + step, -1))
    usual, coming = mean(before, FEWEST_WEEKS), mean(after, FEWEST_WEEKS)
    deviation, left = before - usual[..., np.newaxis], after - coming[..., np.newaxis]
    deviation, left = (_flat(each) for each in (deviation, left))
    fades = _slope(deviation, left)
    middle = list(around).index(0)
    value: NDArray[np.float64] = coming[..., middle] + fades * (past.at(now) - usual[..., middle])
    return value


def by_rise(
    past: Past, now: NDArray[np.int64], step: int, around: Sequence[int] = (-2, -1, 0, 1, 2)
) -> NDArray[np.float64]:
    """Let a level rise as it usually does from this weekday and hour on; a fall was an emptying and teaches nothing."""
    then = _weeks(past, now, around)
    rises = _flat(past.at(np.where(then >= 0, then + step, -1)) - past.at(then))
    rises = np.where(rises < 0, np.nan, rises)
    enough = np.count_nonzero(~np.isnan(rises), axis=-1) > FEWEST_WEEKS * len(around) // 2
    level: NDArray[np.float64] = np.where(enough, past.at(now), np.nan) + mean(rises)
    return level


def _weeks(past: Past, now: NDArray[np.int64], around: Sequence[int]) -> NDArray[np.int64]:
    """Find the same weekday and hour of the last weeks, and windows around; -1 for none. Shape (m, around, weeks)."""
    start = np.append(past.start, 0)[now]
    found = np.stack([past.weeks_before(start, week) for week in range(1, WEEKS + 1)], axis=-1)
    found = np.where(now[:, np.newaxis] >= 0, found, -1)[:, np.newaxis, :]
    return np.where(found >= 0, found + np.array(around)[:, np.newaxis], -1)


def _flat(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    return samples.reshape(*samples.shape[:-2], samples.shape[-2] * samples.shape[-1])


def _slope(deviation: NDArray[np.float64], left: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fit left = slope * deviation over the last axis, within 0..1; 1, nothing fades, where nothing deviated."""
    both = ~np.isnan(deviation) & ~np.isnan(left)
    own = np.where(both, deviation, 0.0)
    square = (own * own).sum(axis=-1)
    shared = (own * np.where(both, left, 0.0)).sum(axis=-1)
    slope: NDArray[np.float64] = np.divide(shared, square, out=np.ones(square.shape), where=square > 0)
    return np.clip(slope, 0.0, 1.0)
