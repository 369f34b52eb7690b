"""Things, devices and messages so small that a test shows them whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sensors.model import Device, Message, Thing

if TYPE_CHECKING:
    from sensors.decode import Decoded

RECEIVED = 1_800_000_000_000
"""2027-01-15T08:00:00Z in milliseconds."""

SITES: dict[str, dict[str, Any]] = {
    "parking_spot": {},
    "parking_lot": {"capacity": 350},
    "waste_container": {"distance_empty_mm": 3000, "distance_full_mm": 300},
    "energy_meter": {"pulses_per_kwh": 1000, "max_power_kw": 400},
}


def thing(kind: str, identity: str = "t", **site: Any) -> Thing:
    return Thing(
        id=identity, name=identity, kind=kind, longitude=12.1, latitude=54.1, properties={**SITES.get(kind, {}), **site}
    )


def device(identity: str, model: str, kind: str, *, of: str = "t", **site: Any) -> Device:
    return Device(id=identity, model=model, thing=thing(kind, of, **site))


def by_id(*devices: Device) -> dict[str, tuple[Device, ...]]:
    known: dict[str, tuple[Device, ...]] = {}
    for each in devices:
        known[each.id] = (*known.get(each.id, ()), each)
    return known


def message(topic: str, payload: Any, received: int = RECEIVED) -> Message:
    written = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Message("broker", topic, written, received)


def results(decoded: Decoded) -> dict[str, float]:
    """Give the results of a batch in which every property occurs once."""
    names = [decoded.batch.datastreams[place].observed_property for place in decoded.batch.datastream]
    assert len(names) == len(set(names))
    return dict(zip(names, decoded.batch.result.tolist(), strict=True))


def flags(decoded: Decoded) -> dict[str, int]:
    names = [decoded.batch.datastreams[place].observed_property for place in decoded.batch.datastream]
    return dict(zip(names, decoded.batch.quality.tolist(), strict=True))


def times(decoded: Decoded) -> list[int]:
    return [int(time) for time in decoded.batch.phenomenon_time.astype("int64")]


def reasons(decoded: Decoded) -> list[str]:
    return [why.reason for _, why in decoded.rejected]
