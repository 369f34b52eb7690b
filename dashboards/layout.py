"""Where panels stand: from left to right, and under each other where they no longer fit; 24 columns wide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COLUMNS = 24
HEADING = 1
"""Height of a row's heading."""


@dataclass(frozen=True, slots=True)
class Position:
    """A rectangle in the grid."""

    x: int
    y: int
    width: int
    height: int


def laid(sizes: Iterable[tuple[int, int]], top: int) -> Iterator[Position]:
    """Lay out panels of some widths and heights from a line of the grid on."""
    x = 0
    line = bottom = top
    for width, height in sizes:
        if x + width > COLUMNS:
            x, line = 0, bottom
        yield Position(x, line, width, height)
        x += width
        bottom = max(bottom, line + height)
