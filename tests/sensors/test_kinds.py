"""The catalogue of kinds: every declaration is well formed, and every example comes true."""

import re

import pytest

from sensors import kinds as package
from sensors.discovery import module_names
from sensors.kinds import kinds, properties
from sensors.model import KindExample, ObservedProperty, SensorKind

KINDS = list(kinds().values())
PROPERTIES = list(properties().values())
EXAMPLES = [pytest.param(kind, example, id=kind.name) for kind in KINDS for example in kind.examples]

SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
UCUM = re.compile(r"1|%|kWh|(\{[a-z]+\}|[A-Za-z]+[0-9]*)([./](\{[a-z]+\}|[A-Za-z]+[0-9]*))*")


def test_the_kinds_of_the_first_light_are_there():
    assert set(kinds()) >= {"parking_spot", "parking_lot", "waste_container", "energy_meter"}


def test_a_kind_is_found_by_its_file():
    assert tuple(kinds()) == module_names(package)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_is_well_formed(kind: SensorKind):
    assert SNAKE.fullmatch(kind.name)
    assert SNAKE.fullmatch(kind.domain)
    assert kind.title
    assert kind.title_de
    assert kind.title != kind.title_de
    assert kind.examples
    names = [prop.name for prop in kind.properties]
    assert len(names) == len(set(names)) > 0
    assert all(SNAKE.fullmatch(name) and sentence for name, sentence in kind.site.items())
    assert set(kind.required) <= set(kind.site)
    assert {prop.suspect_above_site for prop in kind.properties} - {""} <= set(kind.site)


@pytest.mark.parametrize("prop", PROPERTIES, ids=lambda prop: prop.name)
def test_a_property_is_well_formed(prop: ObservedProperty):
    assert SNAKE.fullmatch(prop.name)
    assert UCUM.fullmatch(prop.unit), prop.unit
    assert prop.title
    assert prop.title_de
    assert prop.title != prop.title_de
    assert prop.description.endswith(".")
    assert prop.source
    assert prop.max_hold.total_seconds() > 0


@pytest.mark.parametrize("prop", PROPERTIES, ids=lambda prop: prop.name)
def test_ranges_are_ordered_and_the_doubted_lies_within_the_possible(prop: ObservedProperty):
    assert prop.fail is not None
    low, high = prop.fail
    inner_low, inner_high = prop.suspect or prop.fail
    assert low <= inner_low < inner_high <= high


@pytest.mark.parametrize("prop", [prop for prop in PROPERTIES if prop.categories], ids=lambda prop: prop.name)
def test_categories_are_the_codes_of_the_possible_range(prop: ObservedProperty):
    assert list(prop.fail or ()) == [0, len(prop.categories) - 1]
    assert len(set(prop.categories)) == len(prop.categories)
    assert prop.unit == "1"


def test_one_name_means_one_thing():
    met: dict[str, ObservedProperty] = {}
    for kind in KINDS:
        for prop in kind.properties:
            assert met.setdefault(prop.name, prop) == prop, kind.name
    assert met == dict(properties())


@pytest.mark.parametrize(("kind", "example"), EXAMPLES)
def test_an_example_comes_true(kind: SensorKind, example: KindExample):
    assert set(example.reading) <= {prop.name for prop in kind.properties}
    derived = kind.derive(example.reading, example.site) if kind.derive else {}
    assert derived == pytest.approx(dict(example.derived))


@pytest.mark.parametrize("distance", [-5.0, 0.0, 10_000.0, 65_535.0])
def test_an_error_code_of_the_sensor_is_neither_full_nor_empty(distance: float):
    container = kinds()["waste_container"]
    assert container.derive is not None
    assert container.derive({"distance": distance}, {"distance_empty_mm": 1500, "distance_full_mm": 300}) == {}


def test_a_site_that_contradicts_itself_is_objected_to():
    objection = kinds()["waste_container"].objection
    assert objection is not None
    assert objection({"distance_empty_mm": 1500, "distance_full_mm": 300}) == ""
    assert "greater" in objection({"distance_empty_mm": 300, "distance_full_mm": 300})
