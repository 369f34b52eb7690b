"""In which part of the time a car park was full: 95 % of its spaces or more were taken."""

from __future__ import annotations

from processing.indicators._share_of_time import time_taken
from processing.lots import FULL

INDICATOR = time_taken("full_share", "Share of time full", "Zeitanteil voll", FULL)
