"""One file per indicator, found by discovery."""

from __future__ import annotations

import sys
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from processing.forecasts import forecast_indicators
from processing.reduction import formulas
from sensors.discovery import declarations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processing.indicator import Indicator
    from sensors.model import ObservedProperty


@cache
def indicators() -> Mapping[str, Indicator]:
    """Give every indicator by its name, in the alphabetical order of their files."""
    found = declarations(sys.modules[__name__], "INDICATOR")
    return MappingProxyType({indicator.name: indicator for indicator in found})


@cache
def with_forecasts() -> tuple[Indicator, ...]:
    """Give every indicator, and those that forecasts are made of."""
    return (*indicators().values(), *forecast_indicators())


@cache
def every_formula() -> tuple[Indicator, ...]:
    """Give what is declared and what follows from it: long windows, and the values of groups."""
    return tuple(formulas(with_forecasts()))


@cache
def window_of() -> Mapping[str, str]:
    """Name the kind of window that the results of each derived property are of; events are of none."""
    return MappingProxyType(
        {
            one.property_name(window, part): window
            for one in with_forecasts()
            for window in one.every_window()
            for part in ("", *(part.name for part in one.parts))
        }
    )


@cache
def indicator_of() -> Mapping[str, Indicator]:
    """Give the indicator that makes each derived property."""
    return MappingProxyType({prop.name: one for one in with_forecasts() for prop in one.observed_properties()})


@cache
def kinds_of() -> Mapping[str, frozenset[str]]:
    """Name the kinds of things that each derived property is made for."""
    found: dict[str, frozenset[str]] = {}
    for one in with_forecasts():
        for prop in one.observed_properties():
            found[prop.name] = found.get(prop.name, frozenset()) | frozenset(one.kinds)
    return MappingProxyType(found)


@cache
def derived_properties() -> Mapping[str, ObservedProperty]:
    """Give what the indicators' results observe, by property name: one per indicator and kind of window."""
    found = [declared for one in with_forecasts() for declared in one.observed_properties()]
    return MappingProxyType({prop.name: prop for prop in found})
