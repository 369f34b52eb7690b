"""Yobiiq EM4301 three-phase energy meter, directly connected or with current transformers.

Its energy frame comes with two times: ``dataloggerTimestamp``, the quarter hour that the registers were copied at, and
``timestamp``, when the frame was made. The first is the event time where both are there. The two tariffs are one total.
Power is taken from ``activePowerL123`` (W): published codecs contradict each other on the unit of
``totalSystemActivePower``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sensors.device import DeviceExample, DeviceModel, Field

MEASUREMENTS = range(1, 11)
"""Ports on which registers are sent; port 50 tells of the device, port 0 of the network."""
_MODBUS_ERROR = (0x0B, 0x0A)


class _Register(NamedTuple):
    size: int
    name: str = ""
    """Registers without a name are read past."""
    signed: bool = False
    divisor: int = 1


_REGISTERS = {
    **{kind: _Register(4) for kind in (0x00, *range(0x08, 0x13), *range(0x17, 0x1D), *range(0x24, 0x2C))},
    **{kind: _Register(2) for kind in (0x20, 0x21, 0x22, 0xF0, 0xF1, 0xF2)},
    **{kind: _Register(1) for kind in (0x1D, 0x1E, 0x1F)},
    0x01: _Register(4, "timestamp"),
    0x03: _Register(4, "dataloggerTimestamp"),
    0x04: _Register(4, "activeEnergyImportL123T1"),
    0x05: _Register(4, "activeEnergyImportL123T2"),
    0x06: _Register(4, "activeEnergyExportL123T1"),
    0x07: _Register(4, "activeEnergyExportL123T2"),
    0x0C: _Register(4, "voltageL1N", divisor=10),
    0x0D: _Register(4, "voltageL2N", divisor=10),
    0x0E: _Register(4, "voltageL3N", divisor=10),
    0x10: _Register(4, "currentL1"),
    0x11: _Register(4, "currentL2"),
    0x12: _Register(4, "currentL3"),
    0x23: _Register(2, "frequency", divisor=100),
    0x13: _Register(4, "activePowerL123", signed=True),
    0x14: _Register(4, "activePowerL1", signed=True),
    0x15: _Register(4, "activePowerL2", signed=True),
    0x16: _Register(4, "activePowerL3", signed=True),
}


def decode(payload: bytes, port: int) -> dict[str, Any]:
    """Read the registers of a measurement frame: a byte of place, one of type, a big-endian value. Wh, W, V, mA, Hz.

    Raises ValueError for a register that is not known: its length is not known either.
    """
    if port not in MEASUREMENTS or len(payload) < 2:
        return {}
    fields: dict[str, Any] = {}
    place = 0
    while place + 2 <= len(payload):
        channel, kind = payload[place], payload[place + 1]
        register = _register(channel, kind)
        value = payload[place + 2 : place + 2 + register.size]
        if len(value) < register.size:
            raise ValueError(f"register {kind:02x} needs {register.size} bytes, {len(value)} are left")
        if register.name:
            fields[register.name] = _read(value, register)
        place += 2 + register.size
    return fields


def _read(value: bytes, register: _Register) -> float:
    raw = int.from_bytes(value, signed=register.signed)
    return raw / register.divisor if register.divisor != 1 else raw


def _register(channel: int, kind: int) -> _Register:
    if (channel, kind) == _MODBUS_ERROR:
        return _Register(1, "modbusErrorCode")
    if kind not in _REGISTERS:
        raise ValueError(f"register {kind:02x} is not one of this product: is it another model?")
    return _REGISTERS[kind]


_CONVERTERS = "thingsboard/data-converters VENDORS/Yobiiq/EM4301/ChirpStack/uplink"
_PROFILES = "chirpstack/chirpstack-device-profiles vendors/yobiiq/codecs/test_decode_em4301.json"

MODEL = DeviceModel(
    name="yobiiq_em4301",
    vendor="Yobiiq",
    model="EM4301",
    source=f"{_PROFILES}; {_CONVERTERS}",
    fields={
        "activeEnergyImportL123T1": Field(
            property="total_active_energy_import", unit="Wh", plus=("activeEnergyImportL123T2",)
        ),
        "activeEnergyExportL123T1": Field(
            property="total_active_energy_export", unit="Wh", plus=("activeEnergyExportL123T2",)
        ),
        **{f"voltageL{phase}N": Field(property=f"voltage_l{phase}") for phase in (1, 2, 3)},
        **{f"currentL{phase}": Field(property=f"current_l{phase}", unit="mA") for phase in (1, 2, 3)},
        "frequency": Field(property="frequency"),
        "activePowerL123": Field(property="active_power", unit="W"),
    },
    decode=decode,
    time=("dataloggerTimestamp", "timestamp"),
    error="modbusErrorCode",
    examples=(
        DeviceExample(
            kind="energy_meter",
            payload=bytes.fromhex("0101673b240c0203673b21b4030403080f040405000000000506000000000607000000000b0a00"),
            port=1,
            fields={
                "timestamp": 1_731_929_100,
                "dataloggerTimestamp": 1_731_928_500,
                "activeEnergyImportL123T1": 50_859_780,
                "activeEnergyImportL123T2": 0,
                "activeEnergyExportL123T1": 0,
                "activeEnergyExportL123T2": 0,
                "modbusErrorCode": 0,
            },
            results={"total_active_energy_import": 50_859.78, "total_active_energy_export": 0.0},
            time=1_731_928_500_000,
            source=f"{_CONVERTERS}/payload_01.json",
        ),
        DeviceExample(
            kind="energy_meter",
            payload=bytes.fromhex("fe0365d77304fe1300050e6bfe14000189d1fe150001e17efe160001a31bfef02023"),
            port=3,
            fields={
                "dataloggerTimestamp": 1_708_618_500,
                "activePowerL123": 331_371,
                "activePowerL1": 100_817,
                "activePowerL2": 123_262,
                "activePowerL3": 107_291,
            },
            results={"active_power": 331.371},
            time=1_708_618_500_000,
            source=f"{_CONVERTERS}/payload_03.json, shortened",
        ),
        DeviceExample(
            kind="energy_meter",
            payload=bytes.fromhex("010c000008fc01100000138801231388"),
            port=1,
            fields={"voltageL1N": 230.0, "currentL1": 5000, "frequency": 50.0},
            results={"voltage_l1": 230.0, "current_l1": 5.0, "frequency": 50.0},
            source=f"{_PROFILES}, shortened",
        ),
        DeviceExample(
            kind="energy_meter",
            fields={
                "activeEnergyImportL123T1": {"data": 12_345_678, "unit": "Wh"},
                "activeEnergyImportL123T2": {"data": 10_000, "unit": "Wh"},
            },
            results={"total_active_energy_import": 12_355.678},
            source=_PROFILES,
        ),
    ),
)
