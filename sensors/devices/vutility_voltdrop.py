"""Vutility VoltDrop: voltage, current and energy of three phases without a meter.

All bits set say that nothing was measured. The energy falls where more is fed in than drawn: it is no meter's reading
behind a plant.
"""

from __future__ import annotations

from math import nan

from sensors.device import DeviceExample, DeviceModel, Field

MODEL = DeviceModel(
    name="vutility_voltdrop",
    vendor="Vutility",
    model="VoltDrop",
    source="the-real-vutility/payload-codecs voltdrop_direct/index-readme.md",
    fields={
        **{f"voltageL{phase}": Field(property=f"voltage_l{phase}", missing=(1023.984375,)) for phase in (1, 2, 3)},
        **{f"currentL{phase}": Field(property=f"current_l{phase}", missing=(4095.9375,)) for phase in (1, 2, 3)},
        "activeEnergyAccumulation": Field(property="total_active_energy_import", unit="Wh"),
        "averagePowerFactor": Field(property="power_factor", unit="%"),
        "capacitorVoltage": Field(property="battery_voltage"),
    },
    codec="vutility_voltdrop.js",
    examples=(
        DeviceExample(
            kind="energy_meter",
            fields={
                "voltageL1": 407.92,
                "voltageL2": 408.12,
                "voltageL3": 408.36,
                "powerFactorL1": 89,
                "powerFactorL2": 96,
                "powerFactorL3": 92,
                "capacitorVoltage": 3.86,
            },
            results={"voltage_l1": 407.92, "voltage_l2": 408.12, "voltage_l3": 408.36, "battery_voltage": 3.86},
            source="the-real-vutility/payload-codecs voltdrop_direct/index-readme.md",
        ),
        DeviceExample(
            kind="energy_meter",
            fields={"activeEnergyAccumulation": 12_500, "averagePowerFactor": 93},
            results={"total_active_energy_import": 12.5, "power_factor": 0.93},
            source="the-real-vutility/payload-codecs voltdrop_direct/index-readme.md; the values are made up",
        ),
        DeviceExample(
            kind="energy_meter",
            fields={"voltageL1": 1023.984375, "currentL1": 4095.9375, "capacitorVoltage": 5, "temperatureCelsius": 80},
            results={"voltage_l1": nan, "current_l1": nan, "battery_voltage": 5.0},
            source="chirpstack/chirpstack-device-profiles vendors/vutility, all bits set",
        ),
    ),
)
