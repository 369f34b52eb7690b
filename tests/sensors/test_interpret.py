"""Fields become results in the properties' units."""

from __future__ import annotations

from math import isnan

import pytest

from sensors.device import FieldError
from sensors.envelope import UnreadableError
from sensors.interpret import derived, own_time, plan_of, results_of

METER = plan_of("yobiiq_em4301", "energy_meter", flat=False)
BIN = plan_of("milesight_em400_tld", "waste_container", flat=False)


def test_a_plan_takes_only_what_the_kind_observes():
    assert [step.name for step in BIN.steps] == ["distance", "temperature", "battery", "batteryLevel", "position"]
    spot = plan_of("milesight_em400_tld", "parking_spot", flat=False)
    assert [step.name for step in spot.steps] == ["temperature", "battery", "batteryLevel"]


def test_what_did_not_happen_is_no_observation():
    fields = {"distance": 2116, "temperature": 25.7}
    assert results_of(BIN, {**fields, "position": "normal"}, {}) == fields
    assert results_of(BIN, {**fields, "position": "tilt"}, {}) == {**fields, "tilted": 1.0}


def test_flat_fields_may_be_named_as_the_properties():
    names = [step.name for step in plan_of("yobiiq_em4301", "energy_meter", flat=True).steps]
    assert names[0] == "activeEnergyImportL123T1"
    assert set(names) > {prop.name for prop in METER.kind.properties}


def test_unknown_names_are_refused_with_the_nearest():
    with pytest.raises(UnreadableError, match="Did you mean 'yobiiq_em4301'"):
        plan_of("yobiiq_em430", "energy_meter", flat=False)
    with pytest.raises(UnreadableError, match="Did you mean 'energy_meter'"):
        plan_of("yobiiq_em4301", "energy_metre", flat=False)


def test_the_first_field_present_counts():
    spot = plan_of("bosch_parking_lot_sensor", "parking_spot", flat=False)
    assert results_of(spot, {"occupancyStatus": "WARM", "occupancy": 1}, {}) == {"occupied": 1.0}
    assert results_of(spot, {"occupancyStatus": "WARM", "occupancy": None}, {}) == {"occupied": 0.0}


def test_no_fields_are_no_results():
    assert results_of(METER, {}, {}) == {}


def test_the_first_complaint_is_raised_only_when_nothing_can_be_read():
    assert results_of(BIN, {"distance": "far", "battery": 5}, {}) == {"battery": 5.0}
    with pytest.raises(FieldError, match="'distance'"):
        results_of(BIN, {"distance": "far", "battery": []}, {})


@pytest.mark.parametrize(
    ("code", "silent"), [(0, False), (0.0, False), ("0", False), (None, False), (4, True), ("e", True)]
)
def test_a_devices_error_code_silences_the_reading(code: object, silent: bool):  # noqa: FBT001 - a table
    results = results_of(METER, {"activePowerL123": 1000, "modbusErrorCode": code}, {})
    assert isnan(results["active_power"]) is silent


def test_nothing_follows_from_what_cannot_be():
    site = {"distance_empty_mm": 1500, "distance_full_mm": 300}
    assert derived(BIN, {"distance": 900.0}, site) == {"filling_level": 50.0}
    assert derived(BIN, {"distance": 0.0}, site) == derived(BIN, {"distance": float("nan")}, site) == {}
    assert derived(METER, {"active_power": 1.0}, {}) == {}


def test_the_first_time_told_is_taken():
    assert own_time(("a", "b"), {"a": None, "b": 1_731_928_500}) == 1_731_928_500_000
    assert own_time(("a", "b"), {}) is None
    with pytest.raises(UnreadableError, match=r"'a': .*has no zone"):
        own_time(("a", "b"), {"a": "2024-11-18T11:35:00", "b": 5})
