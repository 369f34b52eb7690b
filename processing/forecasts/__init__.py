"""One file per forecast, found by discovery."""

from __future__ import annotations

import sys
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from processing.forecast import indicators_of
from sensors.discovery import declarations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processing.forecast import Forecast
    from processing.indicator import Indicator


@cache
def forecasts() -> Mapping[str, Forecast]:
    """Give every forecast by its name, in the alphabetical order of their files."""
    found = declarations(sys.modules[__name__], "FORECAST")
    return MappingProxyType({forecast.name: forecast for forecast in found})


@cache
def forecast_indicators() -> tuple[Indicator, ...]:
    """Give the indicators that follow from all forecasts."""
    return tuple(one for forecast in forecasts().values() for one in indicators_of(forecast))
