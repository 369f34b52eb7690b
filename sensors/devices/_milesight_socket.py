"""Milesight's metering sockets (WS51x, WS52x): what they call power consumption is energy in Wh, current is in mA.

Source: Milesight-IoT/SensorDecoders ws-series (README of each product).
"""

from __future__ import annotations

from sensors.device import Field
from sensors.devices._milesight import PASS, put, reader

FIELDS = {
    "power_consumption": Field(property="total_active_energy_import", unit="Wh"),
    "powerConsumption": Field(property="total_active_energy_import", unit="Wh"),
    "active_power": Field(property="active_power", unit="W"),
    "power": Field(property="active_power", unit="W"),
    "voltage": Field(property="voltage_l1"),
    "current": Field(property="current_l1", unit="mA"),
    "power_factor": Field(property="power_factor", unit="%"),
    "factor": Field(property="power_factor", unit="%"),
}
"""Both the vendor's names and those of akenza-io/device-type-library."""

decode = reader(
    {
        (0x03, 0x74): (2, put("voltage", scale=10)),
        (0x04, 0x80): (4, put("active_power")),
        (0x05, 0x81): (1, put("power_factor")),
        (0x06, 0x83): (4, put("power_consumption")),
        (0x07, 0xC9): (2, put("current")),
        (0x08, 0x70): (1, PASS),
    }
)
