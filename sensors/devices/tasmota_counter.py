"""Tasmota counting the pulses of a water or gas meter."""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field

MODEL = DeviceModel(
    name="tasmota_counter",
    vendor="Tasmota",
    model="COUNTER",
    source="arendst/Tasmota docs: Buttons and Switches, Counter",
    fields={
        "COUNTER.C1": Field(property="total_volume", per="pulses_per_m3"),
    },
    required=("pulses_per_m3",),
    examples=(
        DeviceExample(
            kind="water_meter",
            fields={"COUNTER": {"C1": 0}},
            results={"total_volume": 0.0},
            site={"pulses_per_m3": 1000},
            source="formats survey, Tasmota message 6 (public source file, code index 1925166245)",
        ),
    ),
)
