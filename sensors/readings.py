"""Turns one opened uplink of a known device into its readings: results by property, each reading with its time.

The network's fields come first; where they tell nothing, the device's own bytes are decoded here: by the model's own
decoder, else by the vendor's codec, which a model may also let win over the network's fields.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sensors.clock import AHEAD, UNSYNCHRONISED, instant
from sensors.codec import CodecError, codec
from sensors.device import FieldError
from sensors.envelope import UnreadableError
from sensors.hint import did_you_mean
from sensors.interpret import Plan, derived, own_time, plan_of, results_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sensors.envelope import Uplink
    from sensors.model import Device, Thing

BATTERY = "battery"
"""The property that a network may tell beside the measurements."""
RADIO = "observe_radio"
"""Site property: true where strength and noise of the radio are kept, two more observations with every message."""

Reading = tuple[int | None, dict[str, float]]
"""Milliseconds since 1970 UTC, None where nobody told a time, and results by property."""


def readings_of(uplink: Uplink, device: Device, received: int) -> list[Reading]:
    """Give the readings in an uplink; none for a frame that carries no observation. Raises UnreadableError.

    Of a reading's fields those that can be read count; only when none can is the uplink refused. A remembered reading
    whose time cannot be true is left out: it is not known when it was.
    """
    if uplink.ago is not None:
        uplink.time = received - uplink.ago
    plan = plan_of(device.model, device.thing.kind, flat=uplink.flat)
    readings = _measured(plan, uplink, device.thing, received)
    charge = _charge(uplink)
    if charge is not None and plan.observes(BATTERY) and not any(BATTERY in told for _, told in readings):
        readings.append((uplink.time, {BATTERY: charge}))
    if readings and device.thing.properties.get(RADIO) is True and not uplink.flat:
        readings += _of_radio(plan, uplink)
    return readings


def _of_radio(plan: Plan, uplink: Uplink) -> list[Reading]:
    """Give what the best gateway tells of the radio."""
    told = {"rssi": uplink.rssi, "snr": uplink.snr}
    results = {name: float(value) for name, value in told.items() if value is not None and plan.observes(name)}
    return [(uplink.time, results)] if results else []


def _charge(uplink: Uplink) -> float | None:
    """Give what the network says of the battery, where that is a number that can be written."""
    try:
        charge = math.nan if uplink.battery is None else float(uplink.battery)
    except OverflowError:
        return None
    return charge if math.isfinite(charge) else None


def _measured(plan: Plan, uplink: Uplink, thing: Thing, received: int) -> list[Reading]:
    if uplink.flat:
        return _of_flat(plan, uplink, thing, received)
    if plan.model.codec_wins and uplink.base64:
        return _told(plan, _by_codec(plan, uplink, received), uplink.time, thing, received)
    if uplink.fields is None:
        return _of_bytes(plan, uplink, thing, received) if uplink.base64 else []
    return _of_network(plan, uplink, uplink.fields, thing, received)


def _of_flat(plan: Plan, uplink: Uplink, thing: Thing, received: int) -> list[Reading]:
    fields = uplink.fields or {}
    readings = _told(plan, fields, uplink.time, thing, received)
    if not readings and fields and not plan.reads(fields) and plan.model.history not in fields:
        name = min(fields)
        hint = did_you_mean(name, (step.name for step in plan.steps))
        raise UnreadableError("unknown_field", f"'{name[:60]}' is no field of a {plan.kind.name}.{hint}")
    return readings


def _of_network(plan: Plan, uplink: Uplink, fields: dict[str, Any], thing: Thing, received: int) -> list[Reading]:
    """Read the network's fields, and the bytes too where the fields tell nothing or leave out what is always sent."""
    decodable = plan.model.decode is not None and uplink.base64 != ""
    lacking = _left_out(plan, fields, uplink.port)
    if lacking:
        zeros = dict.fromkeys(lacking, 0)
        fields = (_decoded(plan, uplink, received) if decodable else zeros) | fields
    try:
        readings = _told(plan, fields, uplink.time, thing, received)
    except UnreadableError:
        if not decodable:
            raise
        readings = []
    return readings if readings or not decodable else _of_bytes(plan, uplink, thing, received)


def _of_bytes(plan: Plan, uplink: Uplink, thing: Thing, received: int) -> list[Reading]:
    return _told(plan, _decoded(plan, uplink, received), uplink.time, thing, received)


def _decoded(plan: Plan, uplink: Uplink, received: int) -> dict[str, Any]:
    model = plan.model
    if model.decode is None and model.codec:
        return _by_codec(plan, uplink, received)
    if model.decode is None:
        detail = (
            f"the network sent only bytes, and the model '{model.name}' has no decoder. Set a codec in the network."
        )
        raise UnreadableError("no_decoder", detail)
    payload = uplink.payload
    try:
        return dict(model.decode(payload, uplink.port))
    except ValueError as error:
        shown = f"{payload[:32].hex()} on port {uplink.port}"
        raise UnreadableError("unreadable", f"the bytes {shown} are no frame of a {model.name}: {error}.") from None


def _by_codec(plan: Plan, uplink: Uplink, received: int) -> dict[str, Any]:
    """Read the bytes by the codec that the model names. Raises UnreadableError no_codec or codec_error."""
    name = plan.model.codec
    known = codec(name)
    if known is None:
        detail = (
            f"the model '{plan.model.name}' needs the codec '{name}', which is not there. Put that file into the "
            "folder of codecs ('codecs' in the data folder, or what SMILECITY_CODECS names) and start again."
        )
        raise UnreadableError("no_codec", detail)
    payload = uplink.payload
    try:
        return known.decode(payload, uplink.port, received if uplink.time is None else uplink.time)
    except CodecError as error:
        shown = f"{payload[:32].hex()} on port {uplink.port}"
        raise UnreadableError("codec_error", f"the codec '{name}' did not read the bytes {shown}: {error}.") from None


def _left_out(plan: Plan, fields: Mapping[str, Any], port: int) -> list[str]:
    """Name the fields that the device always sends on this port, and that are absent under any name."""
    return [
        name
        for name, ports in plan.model.zero_when_absent.items()
        if port in ports and not any(name in fields for name in plan.names_of(plan.model.fields[name].property))
    ]


def _told(plan: Plan, fields: Mapping[str, Any], time: int | None, thing: Thing, received: int) -> list[Reading]:
    """Read what fields tell: the reading itself and those remembered. Raises UnreadableError when none can be read."""
    readings: list[Reading] = []
    wrong: FieldError | None = None
    for entry, own in _entries(plan, fields, time, received):
        site = thing.properties if not thing.calibrations else thing.site(instant(own, received))
        try:
            results = results_of(plan, entry, site)
        except FieldError as error:
            wrong = error
            continue
        if results:
            if plan.kind.derive is not None:
                results |= derived(plan, results, site)
            readings.append((own, results))
    if wrong is not None and not readings:
        raise UnreadableError(wrong.reason, f"{wrong}.")
    if not readings and _remembered(plan, fields):
        _refuse_undated(plan, fields, received)
    return readings


def _entries(
    plan: Plan, fields: Mapping[str, Any], time: int | None, received: int
) -> list[tuple[Mapping[str, Any], int | None]]:
    """Give the reading itself and the remembered ones that have a time which can be true."""
    own = own_time(plan.model.time, fields) if plan.model.time else None
    entries: list[tuple[Mapping[str, Any], int | None]] = [(fields, time if own is None else own)]
    for entry in _remembered(plan, fields):
        when = _when(plan, entry, received)
        if when is not None:
            entries.append((entry, when))
    return entries


def _remembered(plan: Plan, fields: Mapping[str, Any]) -> list[Any]:
    remembered = fields.get(plan.model.history) if plan.model.history else None
    return remembered if isinstance(remembered, list) else []


def _refuse_undated(plan: Plan, fields: Mapping[str, Any], received: int) -> None:
    """Refuse an uplink that only remembers, and not one of whose readings is known when it was."""
    if all(_when(plan, entry, received) is None for entry in _remembered(plan, fields)):
        detail = "its remembered readings have times that cannot be true. Let the network set the device's clock."
        raise UnreadableError("bad_time", detail)


def _when(plan: Plan, entry: Any, received: int) -> int | None:
    if not isinstance(entry, dict):
        return None
    try:
        when = own_time((plan.model.history_time,), entry)
    except UnreadableError:
        return None
    return when if when is not None and UNSYNCHRONISED <= when <= received + AHEAD else None
