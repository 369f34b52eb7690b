"""What a device itself sends: its port, its bytes, and the fields that the vendor's codec would make of them.

Layouts: Bosch parking lot sensor, TheThingsNetwork/lorawan-devices vendor/bosch/tps110-0292-codec.yaml; Milesight
EM310-UDL and EM400-UDL, Milesight-IoT/SensorDecoders em-series; Yobiiq EM4301, thingsboard/data-converters
VENDORS/Yobiiq/EM4301.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, NamedTuple

from simulators.uplink import Frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulators.places import Place


class Telegram(NamedTuple):
    """One frame as the device sends it, and as its codec reads it."""

    port: int
    payload: bytes
    fields: dict[str, Any]


def telegram(place: Place, frame: Frame, reading: list[int], sampled: int) -> Telegram:
    """Write a LoRaWAN device's frame; ``reading`` is what ``Frame`` names, ``sampled`` ms since 1970 UTC."""
    if frame is Frame.CONTAINER:
        return _MILESIGHT[place.model](*reading)
    return _FRAMES[frame](reading, sampled // 1000)


def flat(frame: Frame, reading: list[int]) -> dict[str, Any]:
    """Write a reading as flat fields named like the observed properties, in their units."""
    if frame is Frame.LOT:
        return {"available_spot_number": reading[0]}
    if frame is Frame.BARRIERS:
        return {"available_spot_number": reading[0], "vehicles_in": reading[1], "vehicles_out": reading[2]}
    if frame is Frame.METER:
        return {"total_active_energy_import": reading[0] / 1000, "active_power": reading[1] / 1000}
    raise ValueError(f"no plain device sends {frame.name}")


def _space_change(reading: list[int], _second: int) -> Telegram:
    occupied = reading[0]
    return Telegram(1, bytes([occupied]), {"type": "parking status", "occupied": bool(occupied)})


def _space_heartbeat(reading: list[int], _second: int) -> Telegram:
    occupied, warm, _ = reading
    fields = {"type": "heartbeat", "occupied": bool(occupied), "temperature": warm}
    return Telegram(2, struct.pack(">Bb", occupied, warm), fields)


def _em310(distance: int, _warm: int, battery: int) -> Telegram:
    payload = struct.pack("<2sB2sH2sB", b"\x01\x75", battery, b"\x03\x82", distance, b"\x04\x00", 0)
    return Telegram(85, payload, {"distance": distance, "position": "normal", "battery": battery})


def _em400(distance: int, warm: int, battery: int) -> Telegram:
    head = struct.pack("<2sB2sh", b"\x01\x75", battery, b"\x03\x67", warm)
    payload = head + struct.pack("<2sH2sB", b"\x04\x82", distance, b"\x05\x00", 0)
    fields = {"battery": battery, "temperature": warm / 10, "distance": distance, "position": "normal"}
    return Telegram(85, payload, fields)


_MILESIGHT: dict[str, Callable[[int, int, int], Telegram]] = {
    "milesight_em310_udl": _em310,
    "milesight_em400_udl": _em400,
}


def _meter_energy(reading: list[int], second: int) -> Telegram:
    energy = reading[0]
    payload = struct.pack(">2sI2sI2sI", b"\x01\x01", second + 1, b"\x02\x03", second, b"\x03\x04", energy)
    payload += struct.pack(">2sI2sI2sI2sB", b"\x04\x05", 0, b"\x05\x06", 0, b"\x06\x07", 0, b"\x0b\x0a", 0)
    fields = {
        "timestamp": second + 1,
        "dataloggerTimestamp": second,
        "activeEnergyImportL123T1": energy,
        "activeEnergyImportL123T2": 0,
        "activeEnergyExportL123T1": 0,
        "activeEnergyExportL123T2": 0,
        "modbusErrorCode": 0,
    }
    return Telegram(1, payload, fields)


def _meter_power(reading: list[int], second: int) -> Telegram:
    power = reading[0]
    payload = struct.pack(">2sI2si", b"\xfe\x03", second, b"\xfe\x13", power)
    return Telegram(3, payload, {"dataloggerTimestamp": second, "activePowerL123": power})


_FRAMES: dict[Frame, Callable[[list[int], int], Telegram]] = {
    Frame.SPACE_CHANGE: _space_change,
    Frame.SPACE_HEARTBEAT: _space_heartbeat,
    Frame.METER_ENERGY: _meter_energy,
    Frame.METER_POWER: _meter_power,
}
