"""Which things are neighbours of which: the nearest within a radius, or those of the same group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FEWEST = 3
"""Peers that must have spoken for their median to mean something. Our definition."""
MOST = 8
"""Peers that are asked, the nearest ones. Our definition."""
RADIUS_M = 2000.0
_METRES_PER_DEGREE = 111_320.0
"""Along a meridian, and along the equator."""
_BLOCK = 256


@dataclass(frozen=True, slots=True)
class Peers:
    """The peers of s things."""

    of: NDArray[np.int64]
    """Index of each peer, -1 where there are fewer; shape (s, k)."""


def nearest(places: NDArray[np.float64], radius_m: float = RADIUS_M, most: int = MOST) -> Peers:
    """Find the nearest others within a radius. ``places`` are longitude and latitude, shape (s, 2).

    Distances are those of a plane: over a city they are right to a thousandth.
    """
    metres = _plane(places)
    order = np.argsort(metres[:, 1], kind="stable")
    north = metres[order, 1]
    found = np.full((len(places), most), -1, dtype=np.int64)
    for block in range(0, len(order), _BLOCK):
        mine = order[block : block + _BLOCK]
        low, high = np.searchsorted(north, [north[block] - radius_m, metres[mine[-1], 1] + radius_m])
        found[mine] = _closest(metres, mine, np.sort(order[low : high + 1]), radius_m, most)
    return Peers(found)


def _closest(
    metres: NDArray[np.float64], mine: NDArray[np.int64], others: NDArray[np.int64], radius_m: float, most: int
) -> NDArray[np.int64]:
    """Choose among others; of two that are equally far the one with the lower index."""
    away = np.hypot(*(metres[mine, np.newaxis] - metres[others]).transpose(2, 0, 1))
    away[(mine[:, np.newaxis] == others) | (away > radius_m)] = np.inf
    count = min(most, len(others))
    chosen = np.argsort(away, axis=1, kind="stable")[:, :count]
    near = np.where(np.isinf(np.take_along_axis(away, chosen, axis=1)), -1, others[chosen])
    return np.pad(near, ((0, 0), (0, most - count)), constant_values=-1)


def _plane(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lay longitude and latitude into a plane. [m], shape (s, 2)."""
    middle = np.radians(places[:, 1].mean()) if len(places) else 0.0
    metres: NDArray[np.float64] = places * _METRES_PER_DEGREE * np.array([np.cos(middle), 1.0])
    return metres


def alike(groups: Sequence[str], most: int = MOST) -> Peers:
    """Take the others of the same group, those that follow in the list first; an empty name is no group."""
    names, group = np.unique(np.array(groups, dtype=np.str_), return_inverse=True)
    order = np.argsort(group, kind="stable")
    size = np.bincount(group, minlength=len(names))
    begin = np.cumsum(size) - size
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - begin[group[order]]
    step = np.arange(1, most + 1)
    place = begin[group][:, np.newaxis] + (rank[:, np.newaxis] + step) % np.maximum(size[group], 1)[:, np.newaxis]
    real = (step < size[group][:, np.newaxis]) & (np.array(groups, dtype=np.str_) != "")[:, np.newaxis]
    return Peers(np.where(real, order[np.minimum(place, len(order) - 1)] if len(order) else -1, -1))
