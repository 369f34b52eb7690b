"""Shelly, second generation and later: RPC notifications and status topics below a prefix that may contain ``/``.

A notification tells only what changed, to be laid over the last status. The values of one component, and those of its
likes (``em1:0``, ``em1:1``), are told together, so that a sum over phases is of all phases. ``params.ts`` counts from
boot until the clock is set; status topics have no time. Energy is in Wh: ``switch:0.aenergy.total``.
"""

from __future__ import annotations

from typing import Any

import msgspec

from sensors.clock import city_milliseconds
from sensors.envelope import Envelope, EnvelopeExample, Gateway, Uplink, first_time, parse
from sensors.envelopes._fields import flattened
from sensors.envelopes._status import Components, LastStatus

DEEPEST_PREFIX = 4
"""Levels of a prefix that the default topics cover; a filter cannot say 'any number, and then'."""
_NO_COMPONENTS = frozenset({"script", "ui", "schedule", "bthome", "virtual", "group", "object", "service"})
"""Numbered parts of a device that measure nothing."""


class _Notification(msgspec.Struct, gc=False):
    params: dict[str, Any]
    src: str = ""
    method: str = ""


_NOTIFICATION = msgspec.json.Decoder(_Notification)
_COMPONENT = msgspec.json.Decoder(dict[str, Any])
_LAST = LastStatus()


def open_message(payload: bytes, topic: str) -> tuple[Uplink, ...]:
    """Open a notification or a status; what tells no component's values carries nothing. Raises UnreadableError."""
    if topic.endswith("/events/rpc"):
        return _notified(parse(_NOTIFICATION, payload), topic.removesuffix("/events/rpc"))
    prefix, _, component = topic.rpartition("/status/")
    if prefix and _measures(component) and payload:
        return _status(prefix, component, parse(_COMPONENT, payload))
    return ()


def _notified(told: _Notification, prefix: str) -> tuple[Uplink, ...]:
    changed = {name: value for name, value in told.params.items() if _measures(name) and isinstance(value, dict)}
    if told.method not in {"NotifyStatus", "NotifyFullStatus"} or not changed:
        return ()
    time = first_time((told.params.get("ts"),), city_milliseconds)
    if told.method == "NotifyFullStatus":
        status = _LAST.replaced(prefix, told.src, changed, time)
    else:
        status = _LAST.overlaid(prefix, told.src, changed, time)
    wifi = told.params.get("wifi")
    gateways = (Gateway(rssi=wifi.get("rssi")),) if isinstance(wifi, dict) else ()
    return (_uplink(told.src or prefix, prefix, status, time, gateways),)


def _status(prefix: str, component: str, told: dict[str, Any]) -> tuple[Uplink, ...]:
    """Open a component's whole status. The device is named as in its notifications, once there was one."""
    status = _LAST.overlaid(prefix, "", {component: told}, None, whole=True)
    return (_uplink(_LAST.source(prefix) or prefix, prefix, status, None, ()),)


def _uplink(device: str, prefix: str, status: Components, time: int | None, gateways: tuple[Gateway, ...]) -> Uplink:
    fields = flattened(status)
    charge = fields.get("devicepower:0.battery.percent")
    battery = charge if isinstance(charge, int | float) and not isinstance(charge, bool) else None
    return Uplink(device=device, alias=prefix, time=time, fields=fields, gateways=gateways, battery=battery)


def _measures(component: str) -> bool:
    kind, numbered, _ = component.partition(":")
    return bool(numbered) and kind not in _NO_COMPONENTS


_CHANGED = EnvelopeExample(
    topic="shellyemg3/events/rpc",
    payload=(
        b'{"src":"shellyemg3-dcb4d9c564f4","dst":"shellyemg3/events","method":"NotifyStatus","params":'
        b'{"ts":1788820998.37,"em1:0":{"id":0,"current":16.714,"act_power":-1899.8,"voltage":117.6}}}'
    ),
    uplink={
        "device": "shellyemg3-dcb4d9c564f4",
        "alias": "shellyemg3",
        "time": 1_788_820_998_370,
        "fields": {"em1:0.id": 0, "em1:0.current": 16.714, "em1:0.act_power": -1899.8, "em1:0.voltage": 117.6},
    },
    source="formats survey, Shelly message 5 (public source file, code index 65941548158)",
)

_STATUS = EnvelopeExample(
    topic="shellies/plus1pm/status/switch:0",
    payload=(
        b'{"id":0, "source":"init", "output":false, "apower":0.0, "voltage":232.7, "current":0.000, '
        b'"aenergy":{"total":0.000,"by_minute":[0.000,0.000,0.000],"minute_ts":1661517385}}'
    ),
    uplink={
        "alias": "shellies/plus1pm",
        "time": None,
        "fields": {
            "switch:0.id": 0,
            "switch:0.source": "init",
            "switch:0.output": False,
            "switch:0.apower": 0.0,
            "switch:0.voltage": 232.7,
            "switch:0.current": 0.0,
            "switch:0.aenergy.total": 0.0,
            "switch:0.aenergy.by_minute.1": 0.0,
            "switch:0.aenergy.by_minute.2": 0.0,
            "switch:0.aenergy.by_minute.3": 0.0,
            "switch:0.aenergy.minute_ts": 1_661_517_385,
        },
    },
    source="formats survey, Shelly message 1, shortened (public source file, code index 12705458817)",
)

_FULL = EnvelopeExample(
    topic="hof/zaehler/events/rpc",
    payload=(
        b'{"src":"shellypro3em-0cb815fc4e1c","dst":"hof/zaehler/events","method":"NotifyFullStatus","params":'
        b'{"ts":1735500000.5,"em:0":{"id":0,"a_act_power":500.0,"b_act_power":600.0,"c_act_power":400.0,'
        b'"total_act_power":1500.0},"wifi":{"status":"got ip","ssid":"net","rssi":-61},"script:1":{"id":1}}}'
    ),
    uplink={
        "device": "shellypro3em-0cb815fc4e1c",
        "alias": "hof/zaehler",
        "time": 1_735_500_000_500,
        "rssi": -61.0,
        "fields": {
            "em:0.id": 0,
            "em:0.a_act_power": 500.0,
            "em:0.b_act_power": 600.0,
            "em:0.c_act_power": 400.0,
            "em:0.total_act_power": 1500.0,
        },
    },
    source="shelly-api-docs.shelly.cloud Gen2 General/Notifications, Components EM and WiFi; the values are made up",
)

_BOOTED = EnvelopeExample(
    topic="shellies/plus1pm/events/rpc",
    payload=(
        b'{"src":"shellyplus1pm-4417939341dc","dst":"shellies/plus1pm/events","method":"NotifyStatus",'
        b'"params":{"ts":1.61,"mqtt":{"connected":true}}}'
    ),
    source="formats survey, Shelly message 3 (public source file, code index 12705458817)",
)

_WILL = EnvelopeExample(
    topic="shellies/plus1pm/online",
    payload=b"false",
    source="shelly-api-docs.shelly.cloud Gen2 Components/Mqtt: the last will, retained",
)

_PREFIXES = tuple("/".join("+" * levels) for levels in range(1, DEEPEST_PREFIX + 1))

ENVELOPE = Envelope(
    name="shelly",
    title="Shelly Gen2 and later",
    topics=tuple(f"{prefix}/{rest}" for prefix in _PREFIXES for rest in ("events/rpc", "status/+", "online")),
    open=open_message,
    source="shelly-api-docs.shelly.cloud Gen2 General/Notifications, Components/Mqtt, EM, EM1, Switch, DevicePower",
    examples=(_CHANGED, _STATUS, _FULL, _BOOTED, _WILL),
)
