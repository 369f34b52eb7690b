"""How long lamps burn, in the night and by day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from processing.sun import MS_PER_DAY, Daylight, daylight
from processing.windows import cut, held_until, overlap, worst_flag

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given
    from processing.rows import Rows
    from processing.windows import Cut

MARGIN = 30 * 60_000
"""Milliseconds around sunrise and sunset in which lamps may be on or off: twilight, dark weather. Our definition."""


@dataclass(frozen=True, slots=True)
class Burning:
    """How long the lamps of s cabinets burned in m windows, in milliseconds; every matrix has shape (s, m)."""

    on: NDArray[np.float64]
    night: NDArray[np.int64]
    """From sunset to sunrise, within the window."""
    by_day: NDArray[np.int64]
    """On, though the sun rose more than half an hour ago and will not set for another."""
    dark: NDArray[np.int64]
    """Off, though the sun set more than half an hour ago and will not rise for another."""
    coverage: NDArray[np.float64]
    samples: NDArray[np.int64]
    quality: NDArray[np.uint8]


def burning(given: Given, name: str) -> Burning:
    """Tell how long a state that is 1 or 0 was which, by day and in the night of each place."""
    rows, hold = given.rows[name], given.max_hold(name)
    pieces, until = cut(rows, given.edges), held_until(rows, hold)
    on = rows.value > 0
    sun = _sun(given, rows, until)
    day, night = sun.lasting(MARGIN), sun.lasting(-MARGIN)
    width = np.diff(pieces.edges)
    light = np.diff(_at_edges(sun, pieces), axis=1)
    unlit = overlap(pieces, until, (~on).astype(np.float64))
    return Burning(
        on=overlap(pieces, until, on.astype(np.float64)),
        night=width - light,
        by_day=daylit(pieces, until, on, day),
        dark=np.maximum(unlit.astype(np.int64) - daylit(pieces, until, ~on, night), 0),
        coverage=overlap(pieces, until) / width,
        samples=pieces.samples,
        quality=worst_flag(pieces, until),
    )


def _sun(given: Given, rows: Rows, until: NDArray[np.int64]) -> Daylight:
    """Tell sunrise and sunset on all days that matter."""
    times = np.concatenate([given.edges.view(np.int64), rows.time, until])
    first, last = int(times.min()) // MS_PER_DAY - 2, int(times.max()) // MS_PER_DAY + 2
    return daylight(given.places, first, last - first + 1)


def _at_edges(sun: Daylight, pieces: Cut) -> NDArray[np.int64]:
    """Give the daylight until each edge; shape (s, m + 1)."""
    places = np.arange(pieces.shape[0])[:, np.newaxis]
    return sun.until(*np.broadcast_arrays(places, pieces.edges[np.newaxis, :]))


def daylit(pieces: Cut, until: NDArray[np.int64], which: NDArray[np.bool_], sun: Daylight) -> NDArray[np.int64]:
    """Add up the daylight of each place while the chosen rows, shape (n,), hold. [ms], shape (s, m).

    In whole milliseconds, so that a window alone comes out as among many.
    """
    rows = pieces.rows
    held = np.where(which, sun.until(rows.series, until) - sun.until(rows.series, rows.time), 0)
    upto = np.concatenate([[0], np.cumsum(held)])
    edge = pieces.begin[:, 1:-1]
    last = np.where(edge > pieces.begin[:, :1], edge - 1, -1)
    beyond = np.append(until, 0)[last]
    over = np.append(which, False)[last] & (last >= 0) & (beyond > pieces.edges)
    places = np.broadcast_to(np.arange(pieces.shape[0])[:, np.newaxis], edge.shape)
    reached = np.where(over, beyond, pieces.edges)
    passed = upto[edge] - (sun.until(places, reached) - _at_edges(sun, pieces))
    lit: NDArray[np.int64] = np.diff(passed, axis=1)
    return lit
