"""What lies in each window as a third axis: the quarter hours of days, the days of years."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def within(
    matrix: NDArray[np.float64], begin: NDArray[np.int64], end: NDArray[np.int64], fill: float = np.nan
) -> NDArray[np.float64]:
    """Lay columns [begin, end) of a matrix, shape (s, q), out by window; begin and end have shape (m,).

    Windows may overlap and differ in length: shorter ones are filled up. Shape (s, m, most columns of a window).
    """
    place = begin[:, np.newaxis] + np.arange(max(int((end - begin).max(initial=0)), 0))
    inside = place < end[:, np.newaxis]
    padded = np.concatenate([matrix, np.full((len(matrix), 1), fill)], axis=1)
    found: NDArray[np.float64] = padded[:, np.where(inside, place, -1)]
    return found


def sums(laid: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add up over the last axis what is known, 0 where nothing is. Shape (s, m).

    One after the other: by how much a shorter window was filled up must not show in the last bit.
    """
    running = np.cumsum(np.nan_to_num(laid), axis=-1)
    return running[..., -1] if laid.shape[-1] else np.zeros(laid.shape[:-1])


def known(laid: NDArray[np.float64]) -> NDArray[np.int64]:
    """Count over the last axis what is known. Shape (s, m)."""
    return np.asarray(np.count_nonzero(~np.isnan(laid), axis=-1), dtype=np.int64)
