"""Where the city lies, as far as its clocks and public holidays are concerned."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Region:
    """A zone of time and a Land."""

    zone: str = "Europe/Berlin"
    land: str = "MV"
    """As the library ``holidays`` names it."""
