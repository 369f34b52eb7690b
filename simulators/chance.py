"""Repeatable randomness: every draw belongs to a seed, a name and a day, never to what was drawn before it.

So a day of the city comes out the same whether it is asked for alone, in a year, or twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def stream(seed: int, name: str, day: int = 0) -> np.random.Generator:
    """Open the random stream of one name on one day (days since 1970, not negative)."""
    return np.random.default_rng([seed, crc32(name.encode()), day])


def wander(seed: int, name: str, day: int, *, rows: int, knots: int, steps: int) -> NDArray[np.float64]:
    """Give smooth noise over one day: straight lines between standard normal knots, continuous over midnight.

    ``knots`` a day must divide ``steps``. [1], shape (rows, steps)
    """
    today = stream(seed, name, day).standard_normal((rows, knots))
    tomorrow = stream(seed, name, day + 1).standard_normal((rows, knots))[:, :1]
    ends = np.concatenate([today, tomorrow], axis=1)
    along = np.arange(steps // knots) * knots / steps
    return (ends[:, :-1, None] + np.diff(ends)[:, :, None] * along).reshape(rows, steps)


def scatter(seed: int, purpose: int, *columns: NDArray[Any]) -> NDArray[np.float64]:
    """Draw a number in [0, 1) for each row, which follows from the row alone (splitmix64); shape (n,)."""
    mixed = np.full(columns[0].shape, (seed * 16 + purpose) % 2**64, dtype=np.uint64)
    for column in columns:
        mixed += column.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    result: NDArray[np.float64] = (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return result
