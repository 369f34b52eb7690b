"""A city's own device models: TOML becomes a model that decodes, and every mistake a sentence."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

import pytest

from sensors.decode import decode
from sensors.devices import models, products
from sensors.own_models import ModelError, know, model_of
from tests.sensors.cities import by_id, device, message, reasons, results

if TYPE_CHECKING:
    from collections.abc import Iterator

BIN = """
name = "harbour_bin"
vendor = "Hafenbau"
model = "Bin 3"
codec = "harbour_bin.js"
codec_wins = true

[fields]
temp = "temperature"

[fields.abstand]
property = "distance"
unit = "cm"
missing = [511]
words = { "Kein Echo" = nan }

[[examples]]
kind = "waste_container"
fields = { abstand = 90, temp = 21.5 }
results = { distance = 900, temperature = 21.5 }

[[examples]]
kind = "waste_container"
fields = { abstand = "kein echo" }
results = { distance = nan }
"""

METER = """
name = "pulse_box"
[fields.zaehler]
property = "total_active_energy_import"
per = "pulses_per_kwh"
plus = ["zaehler_2"]
"""


@pytest.fixture(autouse=True)
def nothing_stays_known() -> Iterator[None]:
    yield
    know(())


def test_a_declared_model_is_one():
    model = model_of(BIN)
    assert (model.name, model.vendor, model.model) == ("harbour_bin", "Hafenbau", "Bin 3")
    assert (model.codec, model.codec_wins) == ("harbour_bin.js", True)
    assert set(model.fields) == {"temp", "abstand"}
    assert list(model.fields["abstand"].missing) == [511.0]
    assert isnan(model.fields["abstand"].words["kein echo"])


def test_what_is_divided_by_must_be_known_of_the_site():
    assert model_of(METER).required == ("pulses_per_kwh",)


def test_a_known_model_decodes():
    know([model_of(BIN.replace("codec_wins = true", ""))])
    assert set(models()) - set(products()) == {"harbour_bin"}
    sent = message(
        "application/a/device/0102030405060708/event/up",
        {"deviceInfo": {"devEui": "0102030405060708"}, "fPort": 1, "object": {"abstand": 150, "temp": 4}},
    )
    decoded = decode([sent], by_id(device("0102030405060708", "harbour_bin", "waste_container")))
    assert results(decoded) == pytest.approx(
        {"distance": 1500, "temperature": 4, "filling_level": 100 * (3000 - 1500) / 2700}
    )
    know(())
    assert set(models()) == set(products())
    decoded = decode([sent], by_id(device("0102030405060708", "harbour_bin", "waste_container")))
    assert reasons(decoded) == ["unknown_model"]


def test_a_changed_model_counts_from_then_on():
    sent = message("city/waste/bin", {"abstand": 150})
    bins = by_id(device("bin", "harbour_bin", "waste_container"))
    know([model_of(BIN)])
    assert results(decode([sent], bins))["distance"] == 1500
    know([model_of(BIN.replace('"cm"', '"mm"').split("[[examples]]")[0])])
    assert results(decode([sent], bins))["distance"] == 150


def test_the_products_of_the_package_stay():
    know([model_of(BIN)])
    assert set(models()) == {*products(), "harbour_bin"}


def test_a_name_is_given_once():
    with pytest.raises(ModelError, match="two files declare the model 'harbour_bin'"):
        know([model_of(BIN), model_of(BIN)])


@pytest.mark.parametrize(
    ("wrong", "right", "words"),
    [
        ('name = "harbour_bin"', 'name = "Harbour Bin"', "must be of small letters"),
        ('name = "harbour_bin"', 'name = "plain"', "comes with Smile City: choose another"),
        ('name = "harbour_bin"', "", "'name' is missing"),
        ('name = "harbour_bin"', "name = 3", "expected `str`, got `int`"),
        ('name = "harbour_bin"', "name = ", "it is no TOML"),
        ('vendor = "Hafenbau"', 'vendr = "Hafenbau"', "'vendr' is unknown. Did you mean 'vendor'?"),
        ('codec = "harbour_bin.js"', "", "its codec is to win, but it names none"),
        ('unit = "cm"', 'unitt = "cm"', "is unknown. Did you mean 'unit'?"),
        ('unit = "cm"', 'unit = "cmm"', "field 'abstand': 'cmm' is no UCUM unit"),
        ('unit = "cm"', 'unit = "kWh"', "field 'abstand': 'kWh' cannot become 'mm'"),
        ('unit = "cm"', 'unit = "mm"', "example 1: 'distance' should be 900 and comes out as 90"),
        ('property = "distance"', 'property = "distanz"', "no property is called 'distanz'. Did you mean 'distance'?"),
        ('temp = "temperature"', 'temp = "temprature"', "Did you mean 'temperature'?"),
        ('temp = "temperature"', 'tmp = "temperature"', "'temperature' should be 21.5 and comes out as absent"),
        ('kind = "waste_container"', 'kind = "waste_bin"', "no sensor kind is called 'waste_bin'"),
        ("abstand = 90, temp = 21.5", 'abstand = "weit"', "example 1: 'abstand' is 'weit'"),
        ("missing = [511]", 'missing = ["511"]', "expected `float`, got `str`"),
        ("missing = [511]", "missing = 511", "expected `array`, got `int`"),
    ],
)
def test_every_mistake_is_a_sentence(wrong: str, right: str, words: str):
    assert wrong in BIN
    with pytest.raises(ModelError) as caught:
        model_of(BIN.replace(wrong, right, 1))
    assert words in str(caught.value)


def test_zero_when_absent_names_a_field():
    text = 'name = "x"\nzero_when_absent = { ocupied = [1] }\n[fields]\noccupied = "occupied"\n'
    with pytest.raises(ModelError, match="'ocupied', which is no field of it"):
        model_of(text)
    model = model_of(text.replace("ocupied =", "occupied =", 1))
    assert model.zero_when_absent == {"occupied": frozenset({1})}


def test_a_model_without_fields_is_none():
    with pytest.raises(ModelError, match="declares no field"):
        model_of('name = "x"\n[fields]\n')
