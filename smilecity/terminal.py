"""Draws curves as text, by plotext, which the extra ``smilecity[pictures]`` brings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

try:
    import plotext
except ModuleNotFoundError as absent:
    raise ValueError("pictures need plotext: pip install 'smilecity[pictures]'") from absent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smilecity.curve import Curve

TICKS = 5
COLOURS = ("blue", "orange", "gray", "green", "magenta")


def drawn(curves: Sequence[Curve], zone: str, width: int, height: int, *, colour: bool) -> str:
    """Draw curves over one axis of time, in the hours of a zone; at least one of them must have a row."""
    plotext.clear_figure()
    plotext.plotsize(width, height)
    plotext.title(curves[0].axis)
    for number, curve in enumerate(curves):
        seconds = curve.time.astype("datetime64[ms]").astype(np.int64) / 1000
        style = {"label": curve.thing, "marker": "braille", "color": COLOURS[number % len(COLOURS)]}
        plotext.plot(*_stepped(seconds, curve.value, steps=curve.steps), **style)
    plotext.xticks(*_ticks(curves, ZoneInfo(zone)))
    text = plotext.build()
    return str(text if colour else plotext.uncolorize(text))


def _stepped(
    time: np.ndarray[tuple[int], np.dtype[np.float64]],
    value: np.ndarray[tuple[int], np.dtype[np.float64]],
    *,
    steps: bool,
) -> tuple[list[float], list[float]]:
    """Give the corners of a curve; one of steps stays where it is until the next row."""
    if not steps:
        return time.tolist(), value.tolist()
    return np.repeat(time, 2)[1:].tolist(), np.repeat(value, 2)[:-1].tolist()


def _ticks(curves: Sequence[Curve], zone: ZoneInfo) -> tuple[list[float], list[str]]:
    first = min(curve.time[0] for curve in curves if len(curve.time))
    last = max(curve.time[-1] for curve in curves if len(curve.time))
    ends = np.array([first, last]).astype("datetime64[ms]").astype(np.int64) / 1000
    at = np.linspace(ends[0], ends[1], TICKS).tolist()
    return at, [_hour(second, zone) for second in at]


def _hour(second: float, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(second, UTC).astimezone(zone):%d %b %H:%M}"
