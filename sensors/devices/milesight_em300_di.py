"""Milesight EM300-DI: a pulse counter beside a meter, with temperature and a memory of readings.

The count is cumulative; what a pulse is worth stands on the meter, so the thing needs the site property
``pulses_per_kwh``. From firmware 1.3 on the device multiplies by a conversion set in it: our decoder takes that back,
the vendor's fields do not carry the count then.
"""

from __future__ import annotations

import struct
from typing import Any

from sensors.device import DeviceExample, DeviceModel, Field
from sensors.devices._milesight import PASS, put, put_temperature, reader, unsigned

_COUNTER = 2
"""The mode byte of a remembered reading when the input counts pulses."""


def _put_converted(value: bytes, fields: dict[str, Any]) -> None:
    """Take back the conversion: tenths of units, tenths of pulses, and the converted total as a float."""
    units, pulses, total = struct.unpack_from("<HHf", value)
    if units and pulses:
        fields["pulse"] = round(total * pulses / units)


def _put_history(value: bytes, fields: dict[str, Any]) -> None:
    reading: dict[str, Any] = {"timestamp": unsigned(value[:4]), "humidity": value[6] / 2}
    put_temperature(value[4:6], reading)
    if value[7] == _COUNTER:
        reading["pulse"] = unsigned(value[9:13])
    fields.setdefault("history", []).append(reading)


def _put_converted_history(value: bytes, fields: dict[str, Any]) -> None:
    reading: dict[str, Any] = {"timestamp": unsigned(value[:4]), "humidity": value[6] / 2}
    put_temperature(value[4:6], reading)
    if value[8] == _COUNTER:
        _put_converted(value[10:18], reading)
    fields.setdefault("history", []).append(reading)


_DECODE = reader(
    {
        (0x03, 0x67): (2, put_temperature),
        (0x04, 0x68): (1, put("humidity", scale=2)),
        (0x05, 0x00): (1, PASS),
        (0x05, 0xC8): (4, put("pulse")),
        (0x05, 0xE1): (8, _put_converted),
        (0x85, 0x00): (2, PASS),
        (0x85, 0xE1): (9, _put_converted),
        (0x20, 0xCE): (13, _put_history),
        (0x21, 0xCE): (18, _put_converted_history),
    }
)

_SITE = {"pulses_per_kwh": 1000}

MODEL = DeviceModel(
    name="milesight_em300_di",
    vendor="Milesight",
    model="EM300-DI",
    source="Milesight-IoT/SensorDecoders em-series/em300-di",
    fields={
        "pulse": Field(property="total_active_energy_import", per="pulses_per_kwh"),
        "temperature": Field(property="temperature"),
        "battery": Field(property="battery"),
        "batteryLevel": Field(property="battery"),
    },
    decode=_DECODE,
    history="history",
    required=("pulses_per_kwh",),
    examples=(
        DeviceExample(
            kind="energy_meter",
            payload=bytes.fromhex("01755c0367340104686520ce9e74466310015d020000010000"),
            port=85,
            fields={
                "battery": 92,
                "temperature": 30.8,
                "humidity": 50.5,
                "history": [{"temperature": 27.2, "humidity": 46.5, "pulse": 256, "timestamp": 1_665_561_758}],
            },
            results={"battery": 92.0},
            site=_SITE,
            source="Milesight-IoT/SensorDecoders em-series/em300-di/README.md",
        ),
        DeviceExample(
            kind="energy_meter",
            fields={"temperature": 27.2, "humidity": 46.5, "gpio_type": "pulse", "pulse": 256},
            results={"total_active_energy_import": 0.256},
            site=_SITE,
            source="thingsboard/data-converters VENDORS/Milesight/EM300-DI/ChirpStack/uplink/payload.json",
        ),
        DeviceExample(
            kind="energy_meter",
            payload=bytes.fromhex("05e10a0088023393bb44"),
            port=85,
            fields={"pulse": 97_239},
            results={"total_active_energy_import": 97.239},
            site=_SITE,
            source="Milesight-IoT/SensorDecoders em-series/em300-di-hall/README.md: 1500.6 units of 64.8 pulses each",
        ),
    ),
)
