"""The tree of topics: ``smilecity/alerts/v1/<operator>/<domain>/<rule>/<thing>``, and what stands beside it.

A name becomes one level of a topic by percent encoding (RFC 3986), so that '/', '+', '#', spaces and umlauts can be in
it and a level is the same wherever it is typed: 'Stadtentsorgung Rostock' is ``Stadtentsorgung%20Rostock``.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from storage.alert import Alert

ROOT = "smilecity/alerts/v1"
HEARTBEAT = f"{ROOT}/heartbeat"
ALERTS = f"{ROOT}/+/+/+/+"
"""Filter of all alerts."""
ACKNOWLEDGEMENTS = f"{ROOT}/+/ack"
"""Filter of what operators say."""
NOBODY = "-"
"""Level of an empty name."""
LONGEST = 512
"""Bytes of a level; four of them stay far below the 65 535 of a topic."""


def level(name: str) -> str:
    """Write a name as a level of a topic: no two names are the same one, and none is a wildcard."""
    if name in {"", NOBODY}:
        return "%2D" if name else NOBODY
    escaped = quote(name, safe=":", errors="replace")
    if len(escaped) <= LONGEST:
        return escaped
    digest = sha256(name.encode(errors="replace")).hexdigest()
    return f"{escaped[: LONGEST - len(digest) - 2]}%~{digest}"


def topic_of(alert: Alert) -> str:
    """Name the topic of an alert."""
    return "/".join([ROOT, *map(level, (alert.operator, alert.domain, alert.rule, alert.thing))])


def operator_level(topic: str) -> str:
    """Give the level of the operator in a topic of the tree."""
    return topic.removeprefix(f"{ROOT}/").split("/", maxsplit=1)[0]


def ack_topic(operator: str) -> str:
    """Name where an operator acknowledges."""
    return f"{ROOT}/{level(operator)}/ack"


def reply_topic(operator: str) -> str:
    """Name where it is told what became of that, by the operator's level."""
    return f"{ROOT}/{operator}/reply"
