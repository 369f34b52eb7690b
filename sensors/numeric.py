"""Which numbers of a site can be computed with: finite, of a size that means something, spans of time within ten years.

A site is told by people and by registers. One nonsense number is refused where it is told; where it is known already it
counts as not told, so that it harms nobody else.
"""

from __future__ import annotations

from math import isfinite, nan
from typing import TYPE_CHECKING, Any, TypeGuard

from sensors.hint import shown

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

CHECKS = "checks"
"""Site property: thresholds of this thing alone, by observed property: ``{"filling_level": {"spike": 15}}``."""
GREATEST = 1e15
"""Nothing that a city measures is greater, and whole numbers up to it are exact as floating point numbers."""
LONGEST_WHOLE = 2**63 - 1
"""A longer whole number is none that a reader of JSON need understand (RFC 8259, section 6)."""
_HOURS = 10 * 8_766.0
SPANS = {"_hours": _HOURS, "_minutes": 60 * _HOURS}
"""The longest span that a threshold of time may be, by the end of its name: ten years."""


def is_number(value: Any) -> TypeGuard[float]:
    """Tell whether a value is a number that can be computed with."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -GREATEST <= value <= GREATEST


def number(value: Any, otherwise: float = nan) -> float:
    """Read a number that somebody told; what is none, or nonsense, is not known."""
    return float(value) if is_number(value) else otherwise


def threshold(name: str, value: Any) -> float:
    """Read a threshold of a check, NaN where it is none, or a span of time that is negative or beyond ten years."""
    limit = _longest(name)
    told = number(value)
    return told if limit is None or 0 <= told <= limit else nan


def objection(known: Container[str], site: Mapping[str, Any]) -> str:
    """Give a sentence where a site tells a number that nobody can compute with, else ``""``.

    ``known`` are the properties that a kind computes with; of any other a whole number may be a name, 64 bits long.
    """
    for name, value in site.items():
        for path, each in _within(name, value):
            wrong = _wrong(path, each, computed=name in known or name == CHECKS)
            if wrong:
                return wrong
    return ""


def _wrong(path: str, value: float, *, computed: bool) -> str:
    whole = isinstance(value, int)
    if not whole and not isfinite(value):
        return f"'{path}' is {shown(value)}, but must be a finite number"
    if not is_number(value) and (computed or not whole or abs(value) > LONGEST_WHOLE):
        way = ": write it as text if it is a name" if whole and not computed else ""
        return f"'{path}' is {shown(value)}, but must be within {-GREATEST:.0e} .. {GREATEST:.0e}{way}"
    limit = _longest(path) if path.startswith(f"{CHECKS}.") else None
    if limit is not None and not 0 <= value <= limit:
        return f"'{path}' is {shown(value)}, but must be within 0 .. {limit:,.0f}: ten years"
    return ""


def _longest(name: str) -> float | None:
    return next((limit for unit, limit in SPANS.items() if name.endswith(unit)), None)


def _within(name: str, value: Any) -> Iterator[tuple[str, float]]:
    """Give all numbers in a value, each with the path to it, however deep it is."""
    waiting = [(name, value)]
    while waiting:
        path, each = waiting.pop()
        if isinstance(each, dict):
            waiting += [(f"{path}.{key}", inner) for key, inner in each.items()]
        elif isinstance(each, list | tuple):
            waiting += [(f"{path}[{place}]", inner) for place, inner in enumerate(each)]
        elif isinstance(each, int | float) and not isinstance(each, bool):
            yield path, each
