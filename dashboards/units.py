"""UCUM units as Grafana's: one table, whose right side Grafana knows, or writes behind the number as it stands."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SHARE = "percentunit"
COUNT = "none"
UNITS: Mapping[str, str] = MappingProxyType(
    {
        "1": SHARE,
        "%": "percent",
        "%/d": "suffix:%/d",
        "A": "amp",
        "A.h": "suffix:Ah",
        "By": "bytes",
        "Cel": "celsius",
        "Hz": "hertz",
        "K": "kelvin",
        "K.d": "suffix:K·d",
        "L": "litre",
        "V": "volt",
        "[ppth]": "suffix:‰",
        "d": "d",
        "dB": "dB",
        "h": "h",
        "kW": "kwatt",
        "kW.h/K/d": "suffix:kWh/(K·d)",
        "kW.h/K/d/m2": "suffix:kWh/(K·d·m²)",
        "kW.h/m2": "suffix:kWh/m²",
        "kW.h/m2/a": "suffix:kWh/(m²·a)",
        "kW.h/{inhabitant}/a": "suffix:kWh/a",
        "kWh": "kwatth",
        "kg": "masskg",
        "kvarh": "suffix:kvarh",
        "m3": "m3",
        "m3/h": "suffix:m³/h",
        "min": "m",
        "mm": "lengthmm",
        "s": "s",
        "{message}/s": "suffix:/s",
        "{observation}/s": "suffix:/s",
        "{change}/s": "suffix:/s",
    }
)
_REMARK = re.compile(r"\{([^{}]+)\}")


def grafana_unit(ucum: str) -> str:
    """Name Grafana's unit for a UCUM code; of remarks, which are numbers of something, there is none.

    Raises ValueError for a unit that the table has not.
    """
    if ucum in UNITS:
        return UNITS[ucum]
    if ucum.startswith("{"):
        said = _REMARK.sub("", ucum).strip("./")
        return f"suffix:{said}" if said else COUNT
    raise ValueError(f"no unit of Grafana is known for '{ucum}': add it to dashboards/units.py")
