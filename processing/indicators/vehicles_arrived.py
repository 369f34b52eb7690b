"""How many vehicles drove into a car park in a window, by its counter."""

from __future__ import annotations

from processing.indicators._barriers import vehicles_counted
from processing.metering import ARRIVED

INDICATOR = vehicles_counted("vehicles_arrived", "Arrivals at barriers", "Einfahrten", "drove in", ARRIVED)
