"""In which part of the time a car park was busy: 85 % of its spaces or more were taken."""

from __future__ import annotations

from processing.indicators._share_of_time import time_taken
from processing.lots import BUSY

INDICATOR = time_taken("busy_share", "Share of time busy", "Zeitanteil stark belegt", BUSY)
