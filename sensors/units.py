"""Units: how a number in one UCUM unit becomes a number in another, asked when declarations are loaded.

UCUM is the Unified Code for Units of Measure (ucum.org); the arithmetic is that of pint, read through ucumvert. Only
this file knows them. ``kWh`` and its like are no UCUM codes (that would be ``kW.h``), yet everybody
writes them: they are understood.
"""

from __future__ import annotations

import re
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ANNOTATION = re.compile(r"\{[^{}]*\}")
"""UCUM: what stands in braces is a remark, and a remark alone is the unit 1."""
_HOURS = re.compile(r"([kMG]?)(W|VA|var)h")
_REACTIVE = re.compile(r"([kMG]?)var")

SIGNS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "Cel": frozenset({"°c", "℃", "c"}),
        "[degF]": frozenset({"°f", "℉", "f"}),
        "deg": frozenset({"°"}),
        "m3": frozenset({"m³"}),
        "[psi]": frozenset({"psi"}),
    }
)
"""How people and codecs write a unit that UCUM spells otherwise, in lower case."""


class UnitError(ValueError):
    """A unit that is none, or one that cannot become the other: its text is a sentence."""


def conversion(unit: str, wanted: str) -> tuple[float, float]:
    """Give scale and offset with which a number in ``unit`` is one in ``wanted``: value * scale + offset.

    Raises UnitError when either is no unit or they measure different things.
    """
    if unit == wanted:
        return 1.0, 0.0
    given, target = _known(unit), _known(wanted)
    if given.dimensionality != target.dimensionality:
        raise UnitError(f"'{unit}' cannot become '{wanted}': they measure different things")
    offset = _converted(0.0, given, target)
    # far from zero the offset of a temperature costs the scale no digits
    scale = (_converted(1e6, given, target) - offset) / 1e6 if offset else _converted(1.0, given, target)
    return _rounded(scale), _rounded(offset)


def check(unit: str) -> None:
    """Raise UnitError when a code is no unit."""
    _known(unit)


def writes(sign: str, unit: str) -> bool:
    """Tell whether a sign behind a number is a way of writing a unit: ``℃`` writes ``Cel``."""
    return sign == unit or sign.casefold() in SIGNS.get(unit, ())


def spelled_out(unit: str) -> str:
    """Write a unit as UCUM does: ``kWh`` is ``kW.h`` there."""
    spelled = _HOURS.sub(r"\1\2.h", unit) if _HOURS.fullmatch(unit) else unit
    return spelled.replace("VA", "V.A") if "VA" in spelled else _REACTIVE.sub(r"\1V.A", spelled)


def _converted(value: float, given: Any, target: Any) -> float:
    return float(_registry().Quantity(value, given.units).to(target.units).magnitude)


def _rounded(number: float) -> float:
    """Take away what floating point added behind the fifteenth digit: 0.001 stays 0.001."""
    return float(f"{number:.15g}")


@cache
def _known(unit: str) -> Any:
    """Give the quantity 1 in a unit."""
    from ucumvert import parser  # noqa: PLC0415 - see below

    code = ANNOTATION.sub("", spelled_out(unit)) or "1"
    try:
        quantity = _registry().from_ucum(code)
    except (parser.InvalidUcumError, AttributeError, TypeError) as error:
        raise UnitError(f"'{unit}' is no UCUM unit: write for example mm, Cel, kW.h, m3 or {{pulse}}") from error
    return quantity


@cache
def _registry() -> Any:
    """Make the registry of units, once and only when something has to be converted, half a second."""
    from ucumvert import PintUcumRegistry  # noqa: PLC0415 - half a second, for those who convert

    return PintUcumRegistry()
