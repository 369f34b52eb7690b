"""Nested JSON as one level of fields: ``{"ENERGY": {"Total": 1}}`` is ``{"ENERGY.Total": 1}``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sensors.envelope import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEEPEST = 8
"""Levels of nesting that are followed: no device needs more."""
MOST = 1024
"""Fields of one uplink: no device measures more at once."""


def flattened(told: Mapping[str, Any]) -> dict[str, Any]:
    """Give every value under the dotted path that leads to it; entries of lists are numbered from 1, as phases are.

    Null is a field that is not there. Raises UnreadableError for what is nested too deep, or has too many fields.
    """
    fields: dict[str, Any] = {}
    for name, value in _leaves(told, DEEPEST):
        fields[name] = value
        if len(fields) > MOST:
            raise UnreadableError("too_large", f"the message has more than {MOST} fields, which no device measures.")
    return fields


def _leaves(told: Mapping[str, Any], depth: int) -> Iterator[tuple[str, Any]]:
    for name, value in told.items():
        if isinstance(value, dict | list):
            yield from ((f"{name}.{below}", leaf) for below, leaf in _leaves(_within(value, depth), depth - 1))
        elif value is not None:
            yield name, value


def _within(value: dict[str, Any] | list[Any], depth: int) -> Mapping[str, Any]:
    if depth <= 1:
        raise UnreadableError("unreadable", f"the message is nested deeper than {DEEPEST} levels, as no device's is.")
    return value if isinstance(value, dict) else {str(place): entry for place, entry in enumerate(value, start=1)}
