"""Metres of UTM zone 33N against published points and the projection's own formula, and positions that are none."""

from __future__ import annotations

from math import cos, radians, sin, sqrt, tan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.coordinates import PositionError, Reference, position, reference

METRE = 1 / 111_000


def easting_northing(longitude: float, latitude: float) -> tuple[float, float]:
    """Transverse Mercator after Snyder, Map Projections: A Working Manual (USGS 1395), page 61, on GRS 80."""
    a, f, k0 = 6_378_137.0, 1 / 298.257222101, 0.9996
    e2 = f * (2 - f)
    prime = e2 / (1 - e2)
    phi = radians(latitude)
    n, t, c = a / sqrt(1 - e2 * sin(phi) ** 2), tan(phi) ** 2, prime * cos(phi) ** 2
    s = radians(longitude - 15) * cos(phi)
    m = a * (
        (1 - e2 / 4 - 3 * e2**2 / 64 - 5 * e2**3 / 256) * phi
        - (3 * e2 / 8 + 3 * e2**2 / 32 + 45 * e2**3 / 1024) * sin(2 * phi)
        + (15 * e2**2 / 256 + 45 * e2**3 / 1024) * sin(4 * phi)
        - (35 * e2**3 / 3072) * sin(6 * phi)
    )
    x = s + (1 - t + c) * s**3 / 6 + (5 - 18 * t + t**2 + 72 * c - 58 * prime) * s**5 / 120
    y = s**2 / 2 + (5 - t + 9 * c + 4 * c**2) * s**4 / 24 + (61 - 58 * t + t**2 + 600 * c - 330 * prime) * s**6 / 720
    return 500_000 + k0 * n * x, k0 * (m + n * tan(phi) * y)


def test_a_point_that_rostock_publishes_in_both_systems():
    """rostock/datenwerft: VALID_POINT_DB = Point(307845, 6005103), VALID_POINT_VIEW = 'POINT(12.057 54.158)'."""
    assert position(307845, 6005103, Reference.UTM33) == pytest.approx((12.057, 54.158), abs=0.0006)


def test_rostocks_new_market_comes_back_from_the_formula():
    market = (12.1405, 54.0884)
    easting, northing = easting_northing(*market)
    assert position(easting, northing, Reference.UTM33) == pytest.approx(market, abs=METRE / 10)


@given(st.floats(12, 18), st.floats(47, 70))
def test_the_library_agrees_with_the_formula(longitude: float, latitude: float):
    easting, northing = easting_northing(longitude, latitude)
    assert position(easting, northing, Reference.UTM33) == pytest.approx((longitude, latitude), abs=METRE / 10)


def test_the_zone_before_the_easting_is_understood():
    assert position(33307845, 6005103, Reference.UTM33) == position(307845, 6005103, Reference.UTM33)


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ("EPSG:25833", Reference.UTM33),
        ("25833", Reference.UTM33),
        (25833, Reference.UTM33),
        ("epsg:5650", Reference.UTM33),
        ("urn:ogc:def:crs:EPSG::25833", Reference.UTM33),
        ("urn:ogc:def:crs:EPSG:6.9:4326", Reference.DEGREES),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", Reference.DEGREES),
        ("http://www.opengis.net/def/crs/EPSG/0/25833", Reference.UTM33),
        ({"type": "name", "properties": {"name": "EPSG:25833"}}, Reference.UTM33),
    ],
)
def test_a_reference_system_has_many_spellings(declared: Any, told: Reference):
    assert reference(declared) is told


@pytest.mark.parametrize("declared", ["EPSG:31468", "", None, {}, {"properties": None}, [25833], "metres"])
def test_another_reference_system_is_refused(declared: Any):
    with pytest.raises(PositionError, match="EPSG:4326 and EPSG:25833"):
        reference(declared)


@pytest.mark.parametrize(
    ("first", "second", "told", "words"),
    [
        (307845, 6005103, Reference.DEGREES, "look like metres of UTM zone 33N: declare EPSG:25833"),
        (33307845, 6005103, Reference.DEGREES, "declare EPSG:25833"),
        (1234, 5678, Reference.DEGREES, "out of range"),
        (54.09, 12.13, Reference.DEGREES, "swapped"),
        (0, 0, Reference.DEGREES, "unknown"),
        (12.13, 54.09, Reference.UTM33, "degrees where metres"),
        (0, 0, Reference.UTM33, "degrees where metres"),
        (6005103, 307845, Reference.UTM33, "swapped"),
        (4502000, 5993000, Reference.UTM33, "outside UTM zone 33N"),
        (32307845, 6005103, Reference.UTM33, "outside UTM zone 33N"),
        (-307845, 6005103, Reference.UTM33, "outside UTM zone 33N"),
        (307845, 60051030, Reference.UTM33, "outside UTM zone 33N"),
    ],
)
def test_what_is_no_place_is_told(first: float, second: float, told: Reference, words: str):
    with pytest.raises(PositionError, match=words):
        position(first, second, told)


def test_nothing_is_asked_of_any_network():
    from pyproj.network import is_network_enabled  # type: ignore[attr-defined]  # noqa: PLC0415

    position(307845, 6005103, Reference.UTM33)
    assert not is_network_enabled()
