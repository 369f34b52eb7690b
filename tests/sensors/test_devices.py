"""Device models: every declaration is well formed and every example comes true, from bytes to results."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from sensors import devices as package
from sensors.devices import models
from sensors.discovery import module_names
from sensors.interpret import in_unit_of, own_time, plan_of, results_of
from sensors.kinds import kinds, properties

if TYPE_CHECKING:
    from sensors.device import DeviceExample, DeviceModel

MODELS = list(models().values())
EXAMPLES = [pytest.param(model, example, id=model.name) for model in MODELS for example in model.examples]


def decoded(name: str, payload: str, port: int = 85) -> dict[str, Any]:
    decode = models()[name].decode
    assert decode is not None
    return dict(decode(bytes.fromhex(payload), port))


def test_a_model_is_found_by_its_file():
    assert tuple(models()) == module_names(package)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_model_is_well_formed(model: DeviceModel):
    assert re.fullmatch(r"[a-z][a-z0-9_]*", model.name)
    assert model.model
    assert model.source
    assert model.examples
    assert {meaning.property for meaning in model.fields.values()} <= set(properties())
    assert set(model.zero_when_absent) <= set(model.fields)
    assert {meaning.per for meaning in model.fields.values()} - {""} <= set(model.required)
    assert all(word == word.casefold() for meaning in model.fields.values() for word in meaning.words)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_every_unit_of_a_model_becomes_that_of_its_property(model: DeviceModel):
    for meaning in model.fields.values():
        in_unit_of(properties()[meaning.property], meaning)


@pytest.mark.parametrize(("model", "example"), EXAMPLES)
def test_an_example_comes_true(model: DeviceModel, example: DeviceExample):
    assert example.source
    if example.payload:
        assert model.decode is not None
        assert dict(model.decode(example.payload, example.port)) == dict(example.fields)
    plan = plan_of(model.name, example.kind, flat=not model.fields)
    assert results_of(plan, example.fields, example.site) == pytest.approx(dict(example.results), nan_ok=True)
    assert own_time(model.time, example.fields) == example.time


@pytest.mark.parametrize(("model", "example"), EXAMPLES)
def test_true_numbers_as_strings_and_integers_as_floats_mean_the_same(model: DeviceModel, example: DeviceExample):
    def rewritten(value: Any, how: Any) -> Any:
        return how(value) if isinstance(value, int) and not isinstance(value, bool) else value

    plan = plan_of(model.name, example.kind, flat=not model.fields)
    for how in (float, str):
        fields = {name: rewritten(value, how) for name, value in example.fields.items()}
        assert results_of(plan, fields, example.site) == pytest.approx(dict(example.results), nan_ok=True)


@pytest.mark.parametrize("model", [model for model in MODELS if model.fields], ids=lambda model: model.name)
def test_a_model_observes_at_least_one_kind(model: DeviceModel):
    told = {meaning.property for meaning in model.fields.values()}
    assert any(told & {prop.name for prop in kind.properties} for kind in kinds().values())


def test_every_bosch_frame_with_a_state_tells_it():
    assert decoded("bosch_parking_lot_sensor", "01", 1)["occupied"] is True
    assert decoded("bosch_parking_lot_sensor", "00", 2)["occupied"] is False
    assert decoded("bosch_parking_lot_sensor", "240300007503000000000000001d020301", 3)["occupied"] is True


def test_a_bosch_frame_about_the_device_alone_tells_nothing():
    assert decoded("bosch_parking_lot_sensor", "0102030405", 5) == {}


def test_a_milesight_frame_of_device_information_tells_nothing():
    power_on = "ff0bffff0101ff166329c42903640033ff090100ff0a0101ff0f00"
    assert decoded("milesight_em400_udl", power_on) == {}


def test_a_milesight_answer_to_a_command_ends_the_frame():
    assert decoded("milesight_em310_udl", "01755cff1001") == {"battery": 92}
    assert decoded("milesight_em310_udl", "fe03b004") == {}


def test_a_channel_of_another_product_is_refused_and_behind_a_known_one_ends_the_frame():
    with pytest.raises(ValueError, match="another model"):
        decoded("milesight_em310_udl", "0367f800")
    assert decoded("milesight_em310_udl", "01755c0367f800") == {"battery": 92}


def test_em300_di_counts_pulses():
    assert decoded("milesight_em300_di", "05c815cd5b07") == {"pulse": 123_456_789}


def test_em300_di_remembers_converted_counts():
    record = "21ce" + "dff40b65" + "1001" + "5d" + "00" + "02" + "00" + "0a000a00" + "0080ec44"
    assert decoded("milesight_em300_di", record)["history"] == [
        {"timestamp": 1_695_282_399, "temperature": 27.2, "humidity": 46.5, "pulse": 1892}
    ]


def test_em500_udl_remembers_distances():
    assert decoded("milesight_em500_udl", "20ce9e744663d204")["history"] == [
        {"timestamp": 1_665_561_758, "distance": 1234}
    ]


def test_em500_udl_reads_past_a_mutation_alarm():
    assert decoded("milesight_em500_udl", "83e91e000a000201756403821e00") == {"battery": 100, "distance": 30}


def test_yobiiq_ports_without_registers_tell_nothing():
    assert decoded("yobiiq_em4301", "ff090108ff0a0105", 50) == {}
    assert decoded("yobiiq_em4301", "00", 0) == {}
    assert decoded("yobiiq_em4301", "00", 99) == {}


def test_yobiiq_power_may_be_negative():
    assert decoded("yobiiq_em4301", "fe13ffffff9c", 3) == {"activePowerL123": -100}


@pytest.mark.parametrize(
    ("name", "payload", "port"),
    [
        ("bosch_parking_lot_sensor", "", 1),
        ("bosch_parking_lot_sensor", "0000", 3),
        ("milesight_em310_udl", "0382", 85),
        ("milesight_em400_tld", "0367f8", 85),
        ("yobiiq_em4301", "010400", 1),
        ("yobiiq_em4301", "01ff00000000", 1),
    ],
)
def test_a_frame_that_cannot_be_read_is_refused(name: str, payload: str, port: int):
    with pytest.raises(ValueError, match=r"."):
        decoded(name, payload, port)
