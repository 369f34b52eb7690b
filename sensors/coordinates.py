"""Where a position lies: metres of UTM zone 33N become degrees, and what can be no place is told.

Rostock surveys in ETRS89 / UTM zone 33N (EPSG:25833); the platform knows longitude and latitude (WGS 84). ETRS89 and
WGS 84 differ by less than a metre here and are taken for the same. Only this file knows pyproj, which computes and
reads nothing from any network. A number alone says nothing of its unit: metres must be declared.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cache
from typing import Any

DEGREES_OF_GERMANY = ((5.8, 15.1), (47.2, 55.1))
"""Longitudes and latitudes. A point that lies here once its numbers change places was written the wrong way round."""
EASTINGS = (100_000.0, 900_000.0)
NORTHINGS = (5_100_000.0, 9_400_000.0)
"""Metres of UTM zone 33N, from the Alps to Spitsbergen: wider than where EPSG:25833 is used."""
ZONE = 33_000_000.0
"""German registers write the zone's number before the easting (EPSG:5650): 33 307845."""

_CODE = re.compile(r"(?:urn:ogc:def:crs:)?(?:EPSG|OGC)(?::[\w.]*)?:(\w+)", re.IGNORECASE)
_URL = re.compile(r"https?://www\.opengis\.net/def/crs/(?:EPSG|OGC)/[\w.]+/(\w+)", re.IGNORECASE)


class PositionError(ValueError):
    """A position that cannot be taken: its text says why, to stand behind a name and a colon."""


class Reference(Enum):
    """In what a position is told."""

    DEGREES = "longitude and latitude in degrees"
    UTM33 = "easting and northing in metres of UTM zone 33N"


_REFERENCES = {
    "CRS84": Reference.DEGREES,
    "4326": Reference.DEGREES,
    "4258": Reference.DEGREES,
    "25833": Reference.UTM33,
    "32633": Reference.UTM33,
    "5650": Reference.UTM33,
}


def reference(declared: Any) -> Reference:
    """Understand a declared reference system: a code, an OGC URN or URL, or GeoJSON's old ``crs`` member.

    >>> reference("urn:ogc:def:crs:EPSG::25833")
    <Reference.UTM33: 'easting and northing in metres of UTM zone 33N'>

    Raises PositionError for any other.
    """
    if isinstance(declared, dict):
        named = declared.get("properties")
        declared = named.get("name") if isinstance(named, dict) else None
    text = str(declared).strip()
    found = _CODE.fullmatch(text) or _URL.fullmatch(text)
    known = _REFERENCES.get(found[1].upper() if found else text.upper())
    if known is None:
        raise PositionError(f"the reference system {text[:60]!r} is not understood: EPSG:4326 and EPSG:25833 are")
    return known


def position(
    first: float, second: float, told: Reference, order: str = "longitude first, then latitude"
) -> tuple[float, float]:
    """Give longitude and latitude of two numbers told in a reference system.

    ``order`` says in the sentence about swapped numbers how they must stand. Raises PositionError for what is no place.
    """
    if told is Reference.UTM33:
        return _of_metres(first, second)
    _check_degrees(first, second, order)
    return first, second


def _check_degrees(longitude: float, latitude: float, order: str) -> None:
    place = f"[{longitude:.10g}, {latitude:.10g}]"
    if longitude == latitude == 0:
        raise PositionError("its coordinates are [0, 0], which stands for unknown: give the real place")
    if _within(DEGREES_OF_GERMANY, latitude, longitude) or (
        abs(latitude) > 90 >= abs(longitude) and abs(latitude) <= 180
    ):
        raise PositionError(f"its coordinates {place} are swapped: {order}")
    if abs(longitude) > 180 or abs(latitude) > 90:
        looks = _within((EASTINGS, NORTHINGS), _unzoned(longitude), latitude)
        hint = "; they look like metres of UTM zone 33N: declare EPSG:25833" if looks else ""
        raise PositionError(
            f"its coordinates {place} are out of range: longitude -180 to 180, latitude -90 to 90{hint}"
        )


def _of_metres(easting: float, northing: float) -> tuple[float, float]:
    place = f"[{easting:.10g}, {northing:.10g}]"
    if _within((EASTINGS, NORTHINGS), northing, easting):
        raise PositionError(
            f"its coordinates {place} are swapped: easting first (Rechtswert), then northing (Hochwert)"
        )
    if abs(easting) <= 180 and abs(northing) <= 90:
        raise PositionError(f"its coordinates {place} are degrees where metres of UTM zone 33N are declared")
    metres = _unzoned(easting)
    if not _within((EASTINGS, NORTHINGS), metres, northing):
        raise PositionError(
            f"its coordinates {place} lie outside UTM zone 33N: easting {EASTINGS[0]:.0f} to {EASTINGS[1]:.0f}, "
            f"northing {NORTHINGS[0]:.0f} to {NORTHINGS[1]:.0f}"
        )
    longitude, latitude = _projection().transform(metres, northing)
    return round(longitude, 8), round(latitude, 8)


def _unzoned(easting: float) -> float:
    return easting - ZONE if easting >= ZONE else easting


def _within(area: tuple[tuple[float, float], tuple[float, float]], first: float, second: float) -> bool:
    (west, east), (south, north) = area
    return west <= first <= east and south <= second <= north


@cache
def _projection() -> Any:
    """Make the projection once, when the first metres come: loading the library takes a third of a second."""
    from pyproj import Transformer  # noqa: PLC0415 - see above
    from pyproj.network import set_network_enabled  # type: ignore[attr-defined]  # noqa: PLC0415

    set_network_enabled(False)
    return Transformer.from_crs("EPSG:25833", "EPSG:4326", always_xy=True)
