"""Which devices a message names: in its topic, and anywhere in it, also where nobody could read it that far."""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING

from sensors.eui import device_id

if TYPE_CHECKING:
    from collections.abc import Collection

    from sensors.model import Message

LEVELS = 12
"""Of a topic that are looked at."""
LOOKED_AT = 64 * 1024
"""Bytes of a payload that are looked at."""
_EUI = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{2}(?:([-:]?)[0-9A-Fa-f]{2})(?:\1[0-9A-Fa-f]{2}){6}(?![0-9A-Fa-f])")
_WORDS = re.compile(r'"([^"\\]{1,200})"|([\w.:-]{4,200})')
"""What stands between quotation marks, and what has no blank in it: four letters at least, for a number is no name."""


def spelled(name: str) -> str:
    """Spell a device's id as every other spelling of it is spelled."""
    return device_id(name.strip()).casefold()


def named_in_topic(topic: str) -> tuple[str, ...]:
    """Spell all that may be a device's id in a topic: its levels, several with ``/`` between, and EUIs in them."""
    levels = topic.split("/")[:LEVELS]
    spans = ["/".join(levels[first:end]) for first, end in combinations(range(len(levels) + 1), 2)]
    return _spelled([*spans, *_euis(topic)])


def named_in(message: Message) -> tuple[str, ...]:
    """Spell all that may be a device's id in a message, its payload included."""
    text = message.payload[:LOOKED_AT].decode("utf-8", "replace")
    words = [one or other for one, other in _WORDS.findall(text)]
    return tuple(dict.fromkeys((*named_in_topic(message.topic), *_spelled([*words, *_euis(text)]))))


def addressed(topic: str, known: Collection[str]) -> str:
    """Give the device, of those that are known, that a topic names; empty where none is, or several are."""
    spans = named_in_topic(topic)
    found = {name for name in (*topic.split("/")[:LEVELS], *spans) if name in known}
    return found.pop() if len({spelled(name) for name in found}) == 1 else ""


def _euis(text: str) -> list[str]:
    return [found.group() for found in _EUI.finditer(text)]


def _spelled(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(spelled(name) for name in names if name))
