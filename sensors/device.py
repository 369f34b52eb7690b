"""What one product's uplink fields mean: ``DeviceModel``, its fields, and how a field's value is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite, nan
from typing import Any

from sensors.hint import shown
from sensors.model import nothing
from sensors.units import writes

_WITH_UNIT = re.compile(
    r"(?P<number>[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)\s*(?P<unit>[^\s\d]\S{0,15})?", re.ASCII | re.IGNORECASE
)

Decoder = Callable[[bytes, int], Mapping[str, Any]]
"""Bytes and port to fields: nothing for a frame without measurements, ValueError for one that it cannot read."""


class FieldError(ValueError):
    """A field whose value cannot become a result: its text is a sentence, ``reason`` the code it is counted under."""

    def __init__(self, detail: str, reason: str = "bad_value") -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What one field of an uplink means: result = (value + plus - minus) * scale / site[per] + offset.

    That is in ``unit``, and becomes a result in the property's unit; how is worked out once, when the declaration is
    loaded.
    """

    property: str
    unit: str = ""
    """UCUM code of the unit: ``Wh``, ``mV``, ``[degF]``. Empty means the property's own."""
    scale: float = 1.0
    offset: float = 0.0
    """Added after the scale."""
    plus: tuple[str, ...] = ()
    """Fields counted in where they are present: the second tariff of a meter."""
    minus: tuple[str, ...] = ()
    """Fields counted off where they are present: what is fed in."""
    per: str = ""
    """Site property that the value is divided by: pulses per kilowatt hour."""
    times: str = ""
    """Site property that the value is multiplied by where the site has it: the ratio of current transformers."""
    words: Mapping[str, float] = field(default_factory=nothing)
    """Lower-case words and the value each stands for; NaN for a word that says that nothing was measured."""
    missing: tuple[float, ...] = ()
    """Values by which the device says that it measured nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceExample:
    """What a device sent, the fields in it and the results at a site; every example is a test.

    ``payload`` empty means that only fields are given; ``time`` is the device's own time in milliseconds since 1970.
    """

    kind: str
    fields: Mapping[str, Any]
    results: Mapping[str, float]
    source: str
    payload: bytes = b""
    port: int = 1
    site: Mapping[str, Any] = field(default_factory=nothing)
    time: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceModel:
    """One product: what its fields mean, whoever decoded the bytes, and how to decode them ourselves."""

    name: str
    vendor: str
    model: str
    source: str
    """Where the meaning of fields and bytes comes from."""
    fields: Mapping[str, Field]
    """Field name to meaning. Of several fields for one property the first one present counts.

    ``ENERGY.Total`` is ``Total`` within ``ENERGY``; ``*.Total_in`` is ``Total_in`` within whatever it stands in.
    """
    decode: Decoder | None = None
    """Reads the device's own bytes, used where the network's codec gave nothing."""
    codec: str = ""
    """File in the folder of codecs that reads the device's own bytes where neither network nor ``decode`` does."""
    codec_wins: bool = False
    """Whether what ``codec`` reads counts even where the network delivers fields."""
    time: tuple[str, ...] = ()
    """Fields that hold the device's own time of the reading; the first one present counts."""
    history: str = ""
    """Field that holds earlier readings as a list of objects with their own times."""
    history_time: str = "timestamp"
    error: str = ""
    """Field that says, when it is not 0, that the other values of the uplink are worth nothing."""
    zero_when_absent: Mapping[str, frozenset[int]] = field(default_factory=nothing)
    """Fields that a network may leave out when they are 0, and the ports on which the device always sends them."""
    required: tuple[str, ...] = ()
    """Site properties, numbers all, without which this model says nothing of its thing."""
    examples: tuple[DeviceExample, ...] = ()


def told(fields: Mapping[str, Any], name: str) -> Any:
    """Give the value of a field, None where it is not there; a dotted name leads into nested objects."""
    value = fields.get(name)
    if value is not None or "." not in name:
        return value
    first, rest = name.split(".", 1)
    if first != "*":
        inner = fields.get(first)
        return told(inner, rest) if isinstance(inner, dict) else None
    found = (value for key, value in fields.items() if key.partition(".")[2] == rest)
    nested = (told(inner, rest) for inner in fields.values() if isinstance(inner, dict))
    return next((each for each in (*found, *nested) if each is not None), None)


def number(value: Any, meaning: Field, name: str) -> float:
    """Read a field's value, in its unit: number, boolean, word, ``"13.25"``, ``"22 ℃"``, or ``{"value": ...}`` object.

    NaN where the device says that it measured nothing. Raises FieldError for anything else.
    """
    usual = type(value) is float and isfinite(value)
    if not usual and isinstance(value, str) and (word := value.strip().casefold()) in meaning.words:
        return meaning.words[word]
    result = value if usual else _finite(_unwrapped(value, meaning, name), name)
    return nan if result in meaning.missing else result


def _finite(value: Any, name: str) -> float:
    try:
        result = float(value)
    except OverflowError:
        result = nan
    if not isfinite(result):
        raise FieldError(f"'{name}' is {shown(value)}, which is no number a sensor can measure")
    return result


def _unwrapped(value: Any, meaning: Field, name: str) -> float:
    if isinstance(value, bool | int | float):
        return float(value) if isinstance(value, bool) else value
    if isinstance(value, dict):
        return _from_object(value, meaning, name)
    if isinstance(value, str):
        return _from_text(value, meaning, name)
    raise FieldError(f"'{name}' is {shown(value)}, but a number is needed")


def _from_object(value: dict[str, Any], meaning: Field, name: str) -> float:
    inner = value.get("value", value.get("data"))
    if inner is None or isinstance(inner, dict):
        raise FieldError(f"'{name}' is {shown(value)}, but a number is needed")
    return number(inner, meaning, name)


def _from_text(value: str, meaning: Field, name: str) -> float:
    told = _WITH_UNIT.fullmatch(value.strip())
    if told is None:
        known = f" or one of {', '.join(meaning.words)}" if meaning.words else ""
        raise FieldError(f"'{name}' is {shown(value)}, but a number{known} is needed")
    if told["unit"] and not writes(told["unit"], meaning.unit):
        wanted = f" in {meaning.unit}" if meaning.unit else " without a unit"
        raise FieldError(f"'{name}' is {shown(value)}, but a number{wanted} is needed")
    return float(told["number"])
