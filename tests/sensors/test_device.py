"""One field's value becomes a number, or a sentence."""

from __future__ import annotations

from math import isnan, nan
from typing import Any

import pytest

from sensors.device import Field, FieldError, number, told

OCCUPIED = Field(property="occupied", words={"free": 0.0, "occupied": 1.0})
DISTANCE = Field(property="distance", missing=(65535.0,))


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, 1.0), (1.5, 1.5), (True, 1.0), (False, 0.0), ("13.25", 13.25), (" 7 ", 7.0), ("Free", 0.0), ("OCCUPIED", 1.0)],
)
def test_numbers_booleans_and_words_are_read(value: Any, expected: float):
    assert number(value, OCCUPIED, "occupied") == expected


def test_a_value_with_its_unit_beside_it_is_read():
    assert number({"data": 12, "unit": "Wh"}, DISTANCE, "energy") == 12.0
    assert number({"value": "12"}, DISTANCE, "energy") == 12.0


def test_a_value_that_stands_for_no_reading_is_missing():
    assert isnan(number(65535, DISTANCE, "distance"))
    assert isnan(number("65535", DISTANCE, "distance"))


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("1700 mm", "mm", 1700.0),
        ("1700mm", "mm", 1700.0),
        ("22 ℃", "Cel", 22.0),
        ("-3.5 °C", "Cel", -3.5),
        ("0 °", "deg", 0.0),
        ("87%", "%", 87.0),
        ("3.6 V", "V", 3.6),
        (".5", "V", 0.5),
        ("1e3", "", 1000.0),
    ],
)
def test_a_text_with_its_unit_is_read(value: str, unit: str, expected: float):
    assert number(value, Field(property="x", unit=unit), "x") == expected


@pytest.mark.parametrize(("value", "unit"), [("1.7 m", "mm"), ("3600 mV", "V"), ("5 MW", "mW"), ("1700 mm", "")])
def test_a_text_in_another_unit_than_the_declared_one_is_a_sentence(value: str, unit: str):
    with pytest.raises(FieldError, match=f"'x' is '{value}', but a number (in {unit}|without a unit) is needed"):
        number(value, Field(property="x", unit=unit), "x")


def test_a_word_may_say_that_nothing_was_measured():
    assert isnan(number("No Sensor", Field(property="distance", words={"no sensor": nan}), "distance"))


@pytest.mark.parametrize(
    "value",
    ["2799 mm", "12,5", "No Sensor", "", "nan", "Infinity", "1_000", [], [1], {}, {"value": {}}, {"value": None}],
)
def test_anything_else_is_a_sentence(value: Any):
    with pytest.raises(FieldError, match="'distance'"):
        number(value, DISTANCE, "distance")


@pytest.mark.parametrize("value", [10**400, float("inf"), float("nan")])
def test_numbers_that_no_sensor_measures_are_a_sentence(value: float):
    with pytest.raises(FieldError, match="no number a sensor can measure"):
        number(value, DISTANCE, "distance")


def test_a_value_nested_beyond_all_depth_is_a_short_sentence():
    value: list[Any] = []
    for _ in range(5000):
        value = [value]
    with pytest.raises(FieldError, match="but a number is needed") as caught:
        number(value, DISTANCE, "distance")
    assert len(str(caught.value)) < 100


def test_the_sentence_names_the_words_that_would_be_understood():
    with pytest.raises(FieldError, match="free, occupied"):
        number("blue", OCCUPIED, "occupied")


@pytest.mark.parametrize(
    ("fields", "name", "expected"),
    [
        ({"ENERGY.Total": 1}, "ENERGY.Total", 1),
        ({"ENERGY": {"Total": 1}}, "ENERGY.Total", 1),
        ({"a": {"b.c": 1}}, "a.b.c", 1),
        ({"MT631": {"Total_in": 1}}, "*.Total_in", 1),
        ({"MT631.Total_in": 1}, "*.Total_in", 1),
        ({"Total_in": 1}, "*.Total_in", None),
        ({"ENERGY": 7}, "ENERGY.Total", None),
        ({}, "ENERGY.Total", None),
        ({"x": 0}, "x", 0),
    ],
)
def test_a_dotted_name_leads_into_nested_objects(fields: dict[str, Any], name: str, expected: Any):
    assert told(fields, name) == expected
