"""How many vehicles left a car park in a window, by its counter."""

from __future__ import annotations

from processing.indicators._barriers import vehicles_counted
from processing.metering import LEFT

INDICATOR = vehicles_counted("vehicles_left", "Departures at barriers", "Ausfahrten", "drove out", LEFT)
