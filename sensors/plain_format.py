"""A city's own JSON format, declared in a few lines instead of written as an envelope.

A path leads to a part of the message: ``meter.id`` into objects, ``values.1`` to the first entry of a list, and
``topic:2`` to the second level of the topic, ``topic:-1`` to its last. In a file::

    name = "bins"
    topics = ["stadt/abfall/+"]
    device = "topic:-1"
    time = "zeit"
    values = { filling_level = "messwert.fuellstand" }
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

import msgspec

from sensors.clock import city_milliseconds
from sensors.envelope import Envelope, UnreadableError, Uplink, at_most, first_time, parse
from sensors.envelopes._fields import flattened
from sensors.eui import device_id

if TYPE_CHECKING:
    from sensors.envelope import EnvelopeExample

MOST = 4096
"""Readings of one message."""
_LEVEL = "topic:"
_DECODER = msgspec.json.Decoder(dict[str, Any] | list[dict[str, Any]])


class PlainFormat(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where in a JSON message the device, the time and the values are."""

    name: str
    topics: tuple[str, ...]
    device: str
    """Path to the device's name."""
    time: str = ""
    """Path to the time of the reading; without one the time of receipt is taken."""
    values: dict[str, str] = {}
    """Field names, as a device model or the properties have them, and the path of each; none: every field as it is."""
    each: str = ""
    """Path to a list of readings, in each of which the other paths begin; ``.`` where the message itself is the list.

    What is not in the reading is looked for in the message around it.
    """
    battery: str = ""
    """Path to the charge left, in percent."""
    title: str = ""
    source: str = "the city's own definition"

    def __post_init__(self) -> None:
        """Raise ValueError for a format that could never be read."""
        if not self.topics:
            raise ValueError(f"'{self.name}' listens on no topic. Name one, such as topics = ['stadt/abfall/+']")
        for path in (self.device, self.time, self.battery, *self.values.values()):
            if path.startswith(_LEVEL) and not _is_level(path):
                raise ValueError(f"'{path}' is no level of a topic. Write topic:1 for the first, topic:-1 for the last")

    def envelope(self, *examples: EnvelopeExample) -> Envelope:
        """Make the envelope that listens on the format's topics."""
        return Envelope(
            name=self.name,
            title=self.title or self.name,
            topics=self.topics,
            open=self.open,
            source=self.source,
            examples=examples,
        )

    def open(self, payload: bytes, topic: str) -> tuple[Uplink, ...]:
        """Open one message. Raises UnreadableError."""
        if not payload:
            return ()
        told = parse(_DECODER, payload)
        around = told if isinstance(told, dict) else {}
        readings = self._readings(told)
        at_most(MOST, readings, "readings")
        return tuple(self._uplink(reading, around, topic) for reading in readings)

    def _readings(self, told: dict[str, Any] | list[dict[str, Any]]) -> list[dict[str, Any]]:
        inner = _at(told, self.each) if self.each not in {"", "."} else told
        wanted: type = list if self.each else dict
        if not isinstance(inner, wanted):
            place = f"at '{self.each}'" if self.each not in {"", "."} else "as the whole message"
            shape = "a list" if self.each else "an object"
            raise UnreadableError("unreadable", f"the format '{self.name}' needs {shape} {place}, which is not there.")
        readings = inner if isinstance(inner, list) else [inner]
        return [reading for reading in readings if isinstance(reading, dict)]

    def _uplink(self, reading: dict[str, Any], around: dict[str, Any], topic: str) -> Uplink:
        def find(path: str) -> Any:
            if path.startswith(_LEVEL):
                return _level(topic, path)
            found = _at(reading, path) if path else None
            return _at(around, path) if found is None and path else found

        device = find(self.device)
        if isinstance(device, bool) or not isinstance(device, str | int) or device == "":
            sentence = f"the format '{self.name}' looks for the device at '{self.device}', where no name is."
            raise UnreadableError("unreadable", sentence)
        charge = find(self.battery)
        return Uplink(
            device=device_id(str(device)[:256]),
            alias=str(device)[:256],
            time=first_time((find(self.time),), city_milliseconds),
            fields=self._fields(reading, find),
            battery=float(charge) if _is_number(charge) else None,
            flat=True,
        )

    def _fields(self, reading: dict[str, Any], find: Any) -> dict[str, Any]:
        if self.values:
            told = {name: find(path) for name, path in self.values.items()}
            return {name: value for name, value in told.items() if value is not None}
        named = {self.device, self.time, self.battery}
        return {name: value for name, value in flattened(reading).items() if name not in named}


def format_of(text: str) -> PlainFormat:
    """Read a format from TOML. Raises ValueError with a sentence."""
    try:
        return msgspec.toml.decode(text, type=PlainFormat)
    except (msgspec.DecodeError, ValueError) as error:
        raise ValueError(f"this is no format: {error}. It needs name, topics and device") from None


def _at(told: Any, path: str) -> Any:
    """Follow a path; None where it leads to nothing."""
    if isinstance(told, dict) and path in told:
        return told[path]
    for step in path.split("."):
        told = _step(told, step)
        if told is None:
            return None
    return told


def _step(told: Any, step: str) -> Any:
    if isinstance(told, dict):
        return told.get(step)
    if isinstance(told, list) and step.isascii() and step.isdigit() and len(step) < 6 and 0 < int(step) <= len(told):
        return told[int(step) - 1]
    return None


def _is_level(path: str) -> bool:
    number = path.removeprefix(_LEVEL).removeprefix("-")
    return number.isascii() and number.isdigit() and len(number) < 4 and int(number) > 0


def _level(topic: str, path: str) -> str | None:
    levels, number = topic.split("/"), int(path.removeprefix(_LEVEL))
    place = number - 1 if number > 0 else len(levels) + number
    return levels[place] if 0 <= place < len(levels) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e6 and isfinite(value)
