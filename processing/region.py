"""Where the city lies, as far as its clocks and public holidays are concerned."""

from __future__ import annotations

from dataclasses import dataclass

LANDS = (
    *("BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV", "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH"),
    "Augsburg",
)
"""As the library ``holidays`` names them: the Länder by ISO 3166-2, and the one city that has a public holiday more."""


@dataclass(frozen=True, slots=True)
class Region:
    """A zone of time and a Land."""

    zone: str = "Europe/Berlin"
    land: str = "MV"
    """One of ``LANDS``."""
