"""Words that devices of several vendors use for one thing."""

from __future__ import annotations

OCCUPANCY = {"free": 0.0, "warm": 0.0, "occupied": 1.0, "false": 0.0, "true": 1.0, "off": 0.0, "on": 1.0}
"""A ``warm`` space has just been left (akenza-io/device-type-library types/bosch/parkingLotSensor)."""
