"""Which decoder could not read a message: the version of Smile City, and each declaration that took part.

Written as text: ``0.1.0 milesight_em310_udl@3f9c01ab``. A model's mark is made of what it declares, the file of its own
decoder and the vendor's codec; a city's own message format has one, too (``format:bins@90ab12cd``). Where one of them
changes, what was rejected may be read now.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
from contextlib import suppress
from dataclasses import fields
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from sensors.codec import Codec, codec
from sensors.devices import models
from sensors.envelope import UnreadableError
from sensors.plain_format import PlainFormat
from sensors.topics import envelope_of, listening

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sensors.device import DeviceModel
    from sensors.envelope import Envelope
    from sensors.model import Device, Message

_FORMAT = "format:"
_NOT_READ = {"decode", "examples", "source"}
"""What of a model changes no reading, or is not text."""
_marks: dict[str, tuple[DeviceModel, Codec | None, str]] = {}
"""By model its mark, as long as model and codec are the same: worked out once, not per message."""


@cache
def smile_city() -> str:
    """Give the version of Smile City."""
    return version("smilecity")


def decoder_of(message: Message, devices: Sequence[Device] = ()) -> str:
    """Name what a message is read by, where it could be read far enough to know the device."""
    names = dict.fromkeys(device.model for device in devices)
    return " ".join((smile_city(), *_format_of(message), *(f"{name}@{_mark(name)}" for name in names)))


def is_older(decoder: str, devices: Sequence[Device] = ()) -> bool:
    """Tell whether what took part has changed, or a model would take part now that did not: the device is known."""
    then, *took_part = decoder.split(" ")
    marks = dict(each.rsplit("@", 1) for each in took_part if "@" in each)
    changed = any(_mark_now(name) != mark for name, mark in marks.items())
    return then != smile_city() or changed or any(device.model not in marks for device in devices)


def _mark_now(name: str) -> str:
    if not name.startswith(_FORMAT):
        return _mark(name)
    return next((_digest(own) for each in listening() if (own := _own(each)) and _FORMAT + own.name == name), "")


def _mark(name: str) -> str:
    """Give a model's mark, empty where there is no such model."""
    model = models().get(name)
    if model is None:
        return ""
    known, by = _marks.get(name), codec(model.codec) if model.codec else None
    if known is None or known[0] is not model or known[1] is not by:
        known = _marks[name] = (model, by, _digest(*_said(model), by.source if by else ""))
    return known[2]


def _said(model: DeviceModel) -> list[Any]:
    """Give what a model declares, and the files that read its bytes."""
    said = {each.name: getattr(model, each.name) for each in fields(model) if each.name not in _NOT_READ}
    said["zero_when_absent"] = {name: sorted(ports) for name, ports in model.zero_when_absent.items()}
    modules = {getattr(model.decode, "__module__", ""), f"sensors.devices.{model.name}"} if model.decode else set()
    return [said, *(_source(name) for name in sorted(modules))]


def _source(module: str) -> str:
    with suppress(OSError, TypeError, KeyError):
        return inspect.getsource(sys.modules[module])
    return ""


def _format_of(message: Message) -> list[str]:
    """Name the city's own format that a message is of; none for a network's envelope, which has no mark of its own."""
    with suppress(UnreadableError):
        own = _own(envelope_of(message.topic, message.source))
        return [] if own is None else [f"{_FORMAT}{own.name}@{_digest(own)}"]
    return []


def _own(envelope: Envelope) -> PlainFormat | None:
    owner = getattr(envelope.open, "__self__", None)
    return owner if isinstance(owner, PlainFormat) else None


def _digest(*said: Any) -> str:
    return hashlib.sha256(repr(said).encode(errors="backslashreplace")).hexdigest()[:8]
