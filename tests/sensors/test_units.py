"""Units: what a declaration says becomes a scale and an offset, or a sentence."""

from __future__ import annotations

import pytest

from sensors import units
from sensors.device import Field
from sensors.interpret import in_unit_of
from sensors.kinds import properties
from sensors.units import UnitError, conversion, writes


@pytest.mark.parametrize(
    ("unit", "wanted", "expected"),
    [
        ("mm", "mm", (1.0, 0.0)),
        ("cm", "mm", (10.0, 0.0)),
        ("m", "mm", (1000.0, 0.0)),
        ("[in_i]", "mm", (25.4, 0.0)),
        ("mV", "V", (0.001, 0.0)),
        ("Wh", "kWh", (0.001, 0.0)),
        ("W.h", "kW.h", (0.001, 0.0)),
        ("MJ", "kWh", (1 / 3.6, 0.0)),
        ("varh", "kvarh", (0.001, 0.0)),
        ("L/h", "m3/h", (0.001, 0.0)),
        ("Pa", "hPa", (0.01, 0.0)),
        ("1", "%", (100.0, 0.0)),
        ("{pulse}", "1", (1.0, 0.0)),
        ("K", "Cel", (1.0, -273.15)),
        ("[degF]", "Cel", (5 / 9, -160 / 9)),
    ],
)
def test_a_unit_becomes_another_by_scale_and_offset(unit: str, wanted: str, expected: tuple[float, float]):
    assert conversion(unit, wanted) == pytest.approx(expected, rel=1e-13)


def test_a_decimal_prefix_costs_no_digit():
    assert conversion("Wh", "kWh") == (0.001, 0.0)


@pytest.mark.parametrize(("unit", "wanted"), [("Wh", "mm"), ("cm", "kWh"), ("V", "A"), ("Cel", "%")])
def test_what_measures_something_else_is_a_sentence(unit: str, wanted: str):
    with pytest.raises(UnitError, match=f"'{unit}' cannot become '{wanted}'"):
        conversion(unit, wanted)


@pytest.mark.parametrize("unit", ["Whh", "celsius", "(((", "{", "mm.", "km per hour"])
def test_what_is_no_unit_is_a_sentence(unit: str):
    with pytest.raises(UnitError, match="no UCUM unit"):
        units.check(unit)


def test_signs_that_people_write_are_known():
    assert writes("℃", "Cel")
    assert writes("mm", "mm")
    assert not writes("MW", "mW")


def test_a_wrong_unit_in_a_declaration_is_found_when_it_is_loaded():
    with pytest.raises(UnitError, match="'kWh' cannot become 'mm'"):
        in_unit_of(properties()["distance"], Field(property="distance", unit="kWh"))


def test_scale_and_offset_of_a_field_are_in_its_own_unit():
    meaning = in_unit_of(
        properties()["temperature"], Field(property="temperature", unit="[degF]", scale=0.1, offset=32.0)
    )
    assert 680 * meaning.scale + meaning.offset == pytest.approx(37.7777777777)  # 68 + 32 = 100 degrees Fahrenheit


def test_every_unit_of_every_property_is_one():
    for prop in properties().values():
        units.check(prop.unit)
