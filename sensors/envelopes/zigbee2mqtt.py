"""Zigbee2MQTT: ``zigbee2mqtt/{friendly_name}``, where the friendly name may contain ``/``.

``linkquality`` is 0..255 and no level in dBm: it stays a field. ``last_seen`` is there only where its setting says so.
What the bridge says of itself, availability, and the commands of others on ``set`` and ``get`` are no measurements.
"""

from __future__ import annotations

from typing import Any

import msgspec

from sensors.clock import city_milliseconds
from sensors.envelope import Envelope, EnvelopeExample, UnreadableError, Uplink, first_time, parse
from sensors.envelopes._fields import flattened
from sensors.eui import device_id

_DECODER = msgspec.json.Decoder(dict[str, Any])
_NO_FIELDS = {"last_seen", "device"}
_NO_READINGS = {"availability", "set", "get"}


def open_state(payload: bytes, topic: str) -> tuple[Uplink, ...]:
    """Open one device's state. Raises UnreadableError, among others for the attribute output, which names no device."""
    name = topic.split("/", 1)[-1]
    levels = name.split("/")
    if not payload or levels[0] == "bridge" or not _NO_READINGS.isdisjoint(levels[-2:]):
        return ()
    told = _told(payload)
    charge = told.get("battery")
    uplink = Uplink(
        device=device_id(name.removeprefix("0x") if _is_address(name) else name),
        alias=_address(told.get("device")) or name,
        time=first_time((told.get("last_seen"),), city_milliseconds),
        fields=flattened({name: value for name, value in told.items() if name not in _NO_FIELDS}),
        battery=charge if isinstance(charge, int | float) and not isinstance(charge, bool) else None,
    )
    return (uplink,)


def _told(payload: bytes) -> dict[str, Any]:
    try:
        return parse(_DECODER, payload)
    except UnreadableError as error:
        if error.reason != "not_an_object":
            raise
        sentence = "a single attribute does not tell its device. Set 'output: json' in Zigbee2MQTT's configuration."
        raise UnreadableError(error.reason, sentence) from None


def _is_address(name: str) -> bool:
    return len(name) == 18 and name.startswith("0x")


def _address(device: Any) -> str:
    """Give the device's EUI where the state includes it (``include_device_information``)."""
    address = device.get("ieeeAddr") if isinstance(device, dict) else None
    return device_id(address.removeprefix("0x")) if isinstance(address, str) else ""


_SENSOR = EnvelopeExample(
    topic="zigbee2mqtt/my_plug",
    payload=b'{"battery":91,"voltage":2985,"temperature":23.5,"humidity":46.08,"pressure":915.5,"linkquality":10}',
    uplink={
        "device": "my_plug",
        "time": None,
        "fields": {
            "battery": 91,
            "voltage": 2985,
            "temperature": 23.5,
            "humidity": 46.08,
            "pressure": 915.5,
            "linkquality": 10,
        },
        "battery": 91,
        "rssi": None,
    },
    source="formats survey, Zigbee2MQTT message 1 (its test suite, code index 6448042532); the name is made up",
)

_BRIDGE = EnvelopeExample(
    topic="zigbee2mqtt/bridge/state",
    payload=b"online",
    source="Koenkk/zigbee2mqtt.io docs/guide/usage/mqtt_topics_and_messages.md",
)

ENVELOPE = Envelope(
    name="zigbee2mqtt",
    title="Zigbee2MQTT",
    topics=("zigbee2mqtt/#",),
    open=open_state,
    source="Koenkk/zigbee2mqtt.io docs/guide/usage/mqtt_topics_and_messages.md",
    examples=(_SENSOR, _BRIDGE),
)
