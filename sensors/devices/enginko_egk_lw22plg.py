"""Enginko EGK-LW22PLG: a metering plug. Energy is in Wh, power in W."""

from __future__ import annotations

from typing import Any

from sensors.device import DeviceExample, DeviceModel, Field

METERING = 0x09


def decode(payload: bytes, _port: int) -> dict[str, Any]:
    """Read the active energy (Wh) of a metering frame, and the power (W) of the long one."""
    if payload[:1] != bytes([METERING]):
        return {}
    if len(payload) < 9:
        raise ValueError(f"a metering frame of {len(payload)} bytes is too short")
    fields = {"activeEnergy": int.from_bytes(payload[5:9], "little", signed=True)}
    if len(payload) > 21:
        fields["activePower"] = int.from_bytes(payload[17:19], "little", signed=True)
    return fields


MODEL = DeviceModel(
    name="enginko_egk_lw22plg",
    vendor="Enginko (mcf88)",
    model="EGK-LW22PLG",
    source="akenza-io/device-type-library types/enginko/EGK-LW22PLG",
    fields={
        "activeEnergy": Field(property="total_active_energy_import", unit="Wh", times="transformer_ratio"),
        "activePower": Field(property="active_power", unit="W", times="transformer_ratio"),
    },
    decode=decode,
    examples=(
        DeviceExample(
            kind="energy_meter",
            payload=bytes.fromhex("092f2725246be100003edefeff49d4010043772f00"),
            port=1,
            fields={"activeEnergy": 57_707},
            results={"total_active_energy_import": 57.707},
            source="akenza-io/device-type-library types/enginko/EGK-LW22PLG/uplink.spec.js",
        ),
        DeviceExample(
            kind="energy_meter",
            fields={
                "activation": 3_110_723,
                "activeEnergy": 57_707,
                "apparentEnergy": 119_881,
                "reactiveEnergy": -74_178,
            },
            results={"total_active_energy_import": 1731.21},
            site={"transformer_ratio": 30},
            source="akenza-io/device-type-library types/enginko/EGK-LW22PLG/uplink.spec.js, behind transformers 150/5",
        ),
    ),
)
