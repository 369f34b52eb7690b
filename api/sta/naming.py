"""Ids and links: what an entity is called, and where it is.

Ids are texts: that of a thing as the register has it, ``thing/property`` of a datastream, and behind that the
milliseconds since 1970 of an observation. They say what they mean, and stay when a catalogue is restored.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from sensors.model import Datastream

_PLAIN = "/:@!$*,;=.~"
"""Signs that a path may have besides letters and digits (RFC 3986); quotes and parentheses would end an id."""


_CLEAN = re.compile(r"[A-Za-z0-9_\-/:.]*")


def key(name: str) -> str:
    """Write an id for an address: in quotes, quotes doubled, and percent-encoded."""
    if _CLEAN.fullmatch(name):
        return f"('{name}')"
    return f"('{quote(name.replace(chr(39), 2 * chr(39)), safe=_PLAIN)}')"


def observation_id(stream: Datastream, time: int) -> str:
    """Name an observation. [ms since 1970 UTC]."""
    return f"{stream.name}/{time}"


def parted(name: str) -> tuple[str, int] | None:
    """Take the name of an observation apart into that of its datastream and its time; None where it is no such name."""
    stream, _, time = name.rpartition("/")
    if not stream or not time.isascii() or not time.removeprefix("-").isdigit() or len(time) > 15:
        return None
    return stream, int(time)
