"""Bands of forecasts: what such forecasts were off by when they came true or not, at the same hours, in the last weeks.

A model fits the weeks that it learned from better than the one to come, so what it leaves over there says too little.
These errors are those of forecasts as they were made, so many windows ahead, and of that which is served: the model, or
a naive one. Of n of them the next lies below the one of rank (n + 1) / 10 with a probability of one in ten, if they are
alike. Source: split conformal prediction (Lei et al. 2018, J. Am. Stat. Assoc. 113, 1094); between ranks: R type 6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from processing.past import Past

DAYS = 28
"""Local days that errors are looked for in."""
TAIL = 10
"""One in so many lies below the band, one in so many above."""
FEWEST = TAIL - 1
"""Errors that must be known: of fewer the next may well lie beyond all."""
AROUND = {"15min": (-4, 0, 4), "hour": (0,), "day": (0,)}
"""Windows around the same hour of each day whose errors count, by the kind of window: of quarter hours those an hour
before and after. What is foretold for a day later is off by the same from hour to hour; so many are not more cases."""


ROUNDING = 1e-6
"""What is not told apart. One space that is always free comes out as 0.9999999999999998 of a share and a size. What
rounding takes from 100 000 spaces is 1e-10; a space that is taken for a millisecond of a quarter hour is 1.1e-6."""


class Band(NamedTuple):
    """Where what is forecast will lie, NaN where too little is known; every matrix has shape (s, m)."""

    low: NDArray[np.float64]
    """One in ten lies below."""
    high: NDArray[np.float64]
    """One in ten lies above."""
    chance: NDArray[np.float64]
    """In which part of the earlier cases it would have come to so much or more. [1]"""


def earlier(past: Past, start: NDArray[np.int64], step: int, around: Sequence[int]) -> NDArray[np.int64]:
    """Find windows at the same hour of earlier days, of which by the end of each window it was known what came.

    ``start`` are those of m windows [ms]. Gives places in the past, -1 for none; shape (m, days * around).
    """
    days = np.stack([past.days_before(start, day) for day in range(1, DAYS + 1)], axis=1)[:, :, np.newaxis]
    place = np.where(days >= 0, days + np.array(around), -1).reshape(len(start), DAYS * len(around))
    return np.where(place + step <= past.place(start)[:, np.newaxis], place, -1)


def band(
    value: NDArray[np.float64],
    errors: NDArray[np.float64],
    chosen: NDArray[np.intp],
    places: NDArray[np.int64],
    least: float = np.nan,
) -> Band:
    """Lay a band around what is served, shape (s, m), by the errors of the forecast that it is of.

    ``errors`` are by how much what then was exceeded what each of c forecasts had said, shape (c, s, g); ``chosen`` is
    which of them is served, shape (s, m); ``places`` are the windows whose errors count, shape (m, k).
    """
    padded = np.concatenate([errors, np.full((*errors.shape[:2], 1), np.nan)], axis=2)
    # One thing after the other: of all at once there would be a hundred errors for each window.
    found = [_of_one(*one, places, least) for one in zip(value, padded.swapaxes(0, 1), chosen, strict=True)]
    low, high, chance = np.array(found).reshape(len(value), 3, len(places)).swapaxes(0, 1)
    return Band(low, high, chance)


def reached(value: NDArray[np.float64], least: NDArray[np.float64] | float) -> NDArray[np.bool_]:
    """Tell what comes to so much or more, but for what rounding takes away; same shape."""
    found: NDArray[np.bool_] = value >= least - ROUNDING
    return found


def _of_one(
    value: NDArray[np.float64],
    errors: NDArray[np.float64],
    chosen: NDArray[np.intp],
    places: NDArray[np.int64],
    least: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    ordered = np.sort(errors[chosen[:, np.newaxis], places], axis=1)
    known = np.count_nonzero(~np.isnan(ordered), axis=1)
    many = np.count_nonzero(reached(value[:, np.newaxis] + ordered, least), axis=1)
    enough = known >= FEWEST
    chance = np.divide(many, known, out=np.full(len(value), np.nan), where=enough & ~np.isnan(value))
    rank = np.where(enough, known + 1, TAIL)
    low, high = (_ranked(ordered, each, known) for each in (rank, (TAIL - 1) * rank))
    return value + low, value + high, chance


def _ranked(ordered: NDArray[np.float64], tenths: NDArray[np.int64], known: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give what has a rank, in parts of ten, among ordered samples, interpolated; NaN where too few are known."""
    rank, part = np.divmod(tenths, TAIL)
    lower, upper = (
        np.take_along_axis(ordered, np.clip(place, 0, ordered.shape[1] - 1)[:, np.newaxis], axis=1)[:, 0]
        for place in (rank - 1, np.minimum(rank, known - 1))
    )
    found: NDArray[np.float64] = np.where(known >= FEWEST, lower + part / TAIL * (upper - lower), np.nan)
    return found
