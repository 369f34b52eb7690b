"""Repeatable randomness: every draw belongs to a seed, a name and a day, never to what was drawn before it.

So a day of the city comes out the same whether it is asked for alone, in a year, or twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
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
