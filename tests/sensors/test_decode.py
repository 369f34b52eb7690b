"""A batch of messages becomes observations: the right values, times and flags, and a reason for everything else."""

from __future__ import annotations

import base64
import json
from math import inf, isfinite, nan
from typing import Any

import numpy as np
import pytest

from sensors.decode import LARGEST, decode
from sensors.model import Datastream, Message
from sensors.quality import Quality
from tests.sensors.cities import RECEIVED, by_id, device, flags, message, reasons, results, times

EUI = "24e124713c401925"
UP = f"application/a/device/{EUI}/event/up"
TIME = "2026-03-29T01:00:00Z"
AT = 1_774_746_000_000

LOT = device("lot", "plain", "parking_lot", of="lot")
SPOT = device("spot", "plain", "parking_spot", of="spot")
BIN = device("bin", "plain", "waste_container", of="bin")
METER = device("meter", "plain", "energy_meter", of="meter")
PLAIN = by_id(LOT, SPOT, BIN, METER)


def event(payload: str = "", port: int = 85, **more: Any) -> Message:
    """Make a ChirpStack uplink that carries bytes given in hex."""
    data = base64.b64encode(bytes.fromhex(payload)).decode()
    said = {"time": TIME, "deviceInfo": {"devEui": EUI}, "fCnt": 7, "fPort": port, "data": data, **more}
    return message(UP, said)


def flat(topic: str, **fields: Any) -> Message:
    return message(topic, {"time": TIME, **fields})


def test_no_messages_give_an_empty_batch():
    decoded = decode([], PLAIN)
    assert len(decoded.batch) == len(decoded.message) == len(decoded.empty) == 0
    assert decoded.rejected == ()
    assert decoded.batch.phenomenon_time.dtype == "datetime64[ms]"
    assert decoded.message.dtype == decoded.empty.dtype == np.int32


def test_one_flat_reading():
    decoded = decode([flat("city/parking/lot", available_spot_number=112)], PLAIN)
    batch = decoded.batch
    assert batch.datastreams == (Datastream("lot", "available_spot_number"),)
    assert batch.result.tolist() == [112.0]
    assert batch.phenomenon_time.astype(str).tolist() == ["2026-03-29T01:00:00.000"]
    assert batch.result_time.astype("int64").tolist() == [RECEIVED]
    assert batch.quality.tolist() == [Quality.GOOD]
    assert batch.revision.tolist() == [0]
    assert decoded.message.tolist() == [0]


def test_rows_know_their_message_and_equal_streams_share_a_place():
    sent = [
        flat("city/waste/bin", distance=1650, battery=90),
        flat("city/waste/unheard", distance=1),
        flat("city/parking/spot", firmware="1.2", occupied=None),
        flat("city/waste/bin", distance=1110),
    ]
    decoded = decode(sent, PLAIN)
    assert decoded.message.tolist() == [0, 0, 0, 3, 3]
    assert decoded.batch.datastream.tolist() == [0, 1, 2, 0, 2]
    assert [stream.observed_property for stream in decoded.batch.datastreams] == [
        "distance",
        "battery",
        "filling_level",
    ]
    assert decoded.batch.result.tolist() == [1650, 90, 50, 1110, 70]
    assert [index for index, _ in decoded.rejected] == [1]
    assert decoded.empty.tolist() == [2]
    assert not any(stream.derived for stream in decoded.batch.datastreams)


def test_bytes_are_decoded_where_the_network_has_no_codec():
    decoded = decode(
        [event("01755c0367010104824408050001")], by_id(device(EUI, "milesight_em400_tld", "waste_container"))
    )
    # It is tilted, so that the distance tells nothing of the content.
    assert results(decoded) == pytest.approx({"distance": 2116, "temperature": 25.7, "battery": 92, "tilted": 1})
    upright = decode(
        [event("01755c0367010104824408050000")], by_id(device(EUI, "milesight_em400_tld", "waste_container"))
    )
    assert results(upright) == pytest.approx(
        {"distance": 2116, "temperature": 25.7, "battery": 92, "filling_level": 100 * 884 / 2700}
    )
    assert set(decoded.batch.revision.tolist()) == {7}


def test_the_networks_fields_go_before_the_bytes():
    known = by_id(device(EUI, "milesight_em310_udl", "waste_container"))
    decoded = decode([event("01755c", object={"distance": 594.0, "position": "normal", "battery": "69"})], known)
    assert results(decoded)["distance"] == 594
    assert results(decoded)["battery"] == 69


def test_the_bytes_help_where_the_networks_fields_tell_nothing_or_nonsense():
    known = by_id(device(EUI, "milesight_em310_udl", "waste_container"))
    for wrong in ({"error": "codec failed"}, {"distance": "No Sensor"}):
        assert results(decode([event("01755c", object=wrong)], known)) == {"battery": 92}


def test_every_frame_of_a_parking_sensor_observes_the_state():
    known = by_id(device(EUI, "bosch_parking_lot_sensor", "parking_spot"))
    startup = "00000000990200d100050000001d020200"
    decoded = decode([event("01", 1), event("0112", 2), event(startup, 3)], known)
    names = [decoded.batch.datastreams[place].observed_property for place in decoded.batch.datastream]
    assert list(zip(names, decoded.batch.result.tolist(), strict=True)) == [
        ("occupied", 1),
        ("occupied", 1),
        ("temperature", 18),
        ("occupied", 0),
    ]


def test_what_the_network_left_out_comes_from_the_bytes_and_without_them_is_zero():
    known = by_id(device(EUI, "bosch_parking_lot_sensor", "parking_spot"))
    heard: dict[str, Any] = {"object": {"type": "heartbeat", "temperature": 18}}
    assert results(decode([event("0112", 2, **heard)], known)) == {"occupied": 1, "temperature": 18}
    assert results(decode([event("", 2, **heard)], known)) == {"occupied": 0, "temperature": 18}
    assert results(decode([event("", 5, **heard)], known)) == {"temperature": 18}
    assert results(decode([event("", 2, object={"occupancy": 1})], known)) == {"occupied": 1}


def test_a_device_information_frame_is_empty():
    known = by_id(device(EUI, "milesight_em310_udl", "waste_container"))
    decoded = decode([event("ff0bffff0101"), event("", 0)], known)
    assert decoded.empty.tolist() == [0, 1]
    assert len(decoded.batch) == len(decoded.rejected) == 0


def test_a_device_is_known_by_its_identifier_in_any_spelling_or_by_its_name():
    for name in (EUI, EUI.upper(), "north gate"):
        said: dict[str, Any] = {"deviceInfo": {"devEui": EUI.upper(), "deviceName": "north gate"}}
        assert len(
            decode([event("01755c", **said)], by_id(device(name, "milesight_em310_udl", "waste_container"))).batch
        )


def test_the_meters_own_time_is_the_time_of_its_reading():
    known = by_id(device(EUI, "yobiiq_em4301", "energy_meter"))
    decoded = decode([event("0101673b240c0203673b21b4030403080f040405000000000b0a00", 1)], known)
    assert results(decoded) == pytest.approx({"total_active_energy_import": 50_859.78})
    assert times(decoded) == [1_731_928_500_000]


def test_tariffs_are_summed_and_watts_become_kilowatts():
    known = by_id(device(EUI, "yobiiq_em4301", "energy_meter"))
    said = {"activeEnergyImportL123T1": 1000, "activeEnergyImportL123T2": 500.0, "activePowerL123": "2500"}
    assert results(decode([event(object=said)], known)) == {"total_active_energy_import": 1.5, "active_power": 2.5}


def test_a_meter_that_could_not_be_read_says_nothing():
    known = by_id(device(EUI, "yobiiq_em4301", "energy_meter"))
    decoded = decode([event(object={"activeEnergyImportL123T1": 1000, "modbusErrorCode": 4})], known)
    assert np.isnan(decoded.batch.result).tolist() == [True]
    assert decoded.batch.quality.tolist() == [Quality.MISSING]


def test_remembered_readings_have_their_own_times():
    known = by_id(device(EUI, "milesight_em300_di", "energy_meter"))
    remembered = [{"timestamp": 1_665_561_758, "pulse": 256}, {"timestamp": 12, "pulse": 300}, "broken", {"pulse": 3}]
    decoded = decode([event(object={"pulse": 1000, "history": remembered})], known)
    assert decoded.batch.result.tolist() == [1.0, 0.256]
    assert times(decoded) == [AT, 1_665_561_758_000]


def test_pulses_need_to_know_what_they_are_worth():
    known = by_id(device(EUI, "milesight_em300_di", "energy_meter", pulses_per_kwh=None))
    decoded = decode([event("05c8e8030000")], known)
    assert reasons(decoded) == ["missing_site"]
    assert "pulses_per_kwh" in decoded.rejected[0][1].detail


def test_a_value_that_stands_for_no_reading_is_missing_and_implies_nothing():
    known = by_id(device(EUI, "milesight_em310_udl", "waste_container"))
    decoded = decode([event("01755c0382ffff")], known)
    assert flags(decoded) == {"distance": Quality.MISSING, "battery": Quality.GOOD}
    assert np.isnan(results(decoded)["distance"])


@pytest.mark.parametrize(
    ("topic", "fields", "expected"),
    [
        ("city/waste/bin", {"distance": 0}, {"distance": Quality.FAIL}),
        ("city/waste/bin", {"distance": 10_000}, {"distance": Quality.FAIL}),
        ("city/waste/bin", {"filling_level": 40}, {"filling_level": Quality.GOOD}),
        ("city/waste/bin", {"temperature": 90}, {"temperature": Quality.SUSPECT}),
        ("city/parking/lot", {"available_spot_number": -1}, {"available_spot_number": Quality.FAIL}),
        ("city/parking/lot", {"available_spot_number": 350}, {"available_spot_number": Quality.GOOD}),
        ("city/parking/lot", {"available_spot_number": 8055}, {"available_spot_number": Quality.SUSPECT}),
        ("city/energy/meter", {"active_power": 401}, {"active_power": Quality.SUSPECT}),
        ("city/energy/meter", {"active_power": -3}, {"active_power": Quality.GOOD}),
        ("city/parking/spot", {"occupied": True}, {"occupied": Quality.GOOD}),
        ("city/parking/spot", {"occupied": "occupied"}, {"occupied": Quality.GOOD}),
        ("city/parking/spot", {"occupied": 2}, {"occupied": Quality.FAIL}),
        ("city/parking/spot", {"occupied": 0.5}, {"occupied": Quality.FAIL}),
    ],
)
def test_results_are_flagged_by_what_is_possible_and_what_is_likely(
    topic: str, fields: dict[str, Any], expected: dict[str, int]
):
    assert flags(decode([flat(topic, **fields)], PLAIN)) == expected


def test_what_was_observed_goes_before_what_would_follow():
    assert results(decode([flat("city/waste/bin", distance=1650, filling_level=7)], PLAIN))["filling_level"] == 7


@pytest.mark.parametrize(
    ("told", "taken", "flag"),
    [
        (TIME, AT, Quality.GOOD),
        (RECEIVED + 300_000, RECEIVED + 300_000, Quality.GOOD),
        (RECEIVED + 300_001, RECEIVED, Quality.SUSPECT),
        ("1970-01-01T00:33:28Z", RECEIVED, Quality.SUSPECT),
        ("1999-12-31T23:59:59.999Z", RECEIVED, Quality.SUSPECT),
        ("2000-01-01T00:00:00Z", 946_684_800_000, Quality.GOOD),
        (1.61, RECEIVED, Quality.SUSPECT),
        (None, RECEIVED, Quality.UNKNOWN),
    ],
)
def test_a_clock_that_cannot_be_right_gives_way_to_the_time_of_receipt(told: Any, taken: int, flag: Quality):
    decoded = decode([message("city/parking/lot", {"time": told, "available_spot_number": 5})], PLAIN)
    assert times(decoded) == [taken]
    assert decoded.batch.quality.tolist() == [flag]


def test_a_wrong_clock_does_not_mend_a_worse_flag():
    sent = [
        message("city/parking/lot", {"time": 1, "available_spot_number": -5}),
        message("city/parking/lot", {"available_spot_number": 9000}),
    ]
    assert decode(sent, PLAIN).batch.quality.tolist() == [Quality.FAIL, Quality.SUSPECT]


def test_a_field_that_cannot_be_read_leaves_the_others_alone():
    decoded = decode([flat("city/waste/bin", distance="far", temperature=12.5)], PLAIN)
    assert results(decoded) == {"temperature": 12.5}


def test_the_frame_counter_fits_its_column_whatever_it_is():
    known = by_id(device(EUI, "milesight_em310_udl", "waste_container"))
    counters = [0, 7, 2**31 - 1, 2**32 - 1, 10**30, -1]
    decoded = decode([event("01755c", fCnt=counter) for counter in counters], known)
    assert decoded.batch.revision.min() >= 0
    assert decoded.batch.revision.tolist()[:3] == counters[:3]


@pytest.mark.parametrize(
    ("sent", "reason", "words"),
    [
        (message("nowhere/plug", {}), "unknown_topic", "no envelope listens on"),
        (message("city/wast/7", {}), "unknown_topic", "Did you mean 'city/waste/7'?"),
        (message("city/waste/bin", b"online"), "not_json", "not valid JSON"),
        (message("city/waste/bin", b'{"distance":"\xff"}'), "not_utf8", "not UTF-8"),
        (message("city/waste/bin", b"70"), "not_an_object", "JSON object"),
        (message("city/waste/bin", b" " * (LARGEST + 1)), "too_large", str(LARGEST)),
        (message("city/waste/bin", b'{"a":' + b"[" * 9999 + b"]" * 9999 + b"}"), "unreadable", "nested too deep"),
        (flat("city/waste/bin-9", distance=4), "unknown_device", "by the device 'bin-9'"),
        (flat("city/waste/bin", time="2026-03-29T02:30:00", distance=4), "bad_time", "Send Z for UTC or an offset"),
        (flat("city/waste/bin", time="soon", distance=4), "bad_time", "is not a time"),
        (flat("city/waste/bin", distance="far"), "bad_value", "'distance' is 'far'"),
        (flat("city/waste/bin", distance=10**310), "bad_value", "'distance'"),
        (flat("city/waste/bin", distanse=4), "unknown_field", "Did you mean 'distance'?"),
        (event("0367f800"), "unreadable", "0367f800 on port 85"),
        (event(data="%%"), "unreadable", "not base64"),
        (event(time="2020-0327T12:39:05.547336Z"), "bad_time", "2020-0327"),
    ],
)
def test_what_cannot_become_an_observation_is_kept_whole_with_its_reason(sent: Message, reason: str, words: str):
    known = PLAIN | by_id(device(EUI, "milesight_em310_udl", "waste_container"))
    decoded = decode([sent], known)
    ((index, why),) = decoded.rejected
    assert (index, why.reason) == (0, reason)
    assert words in why.detail
    assert why.detail[-1] in ".?"
    assert why.message is sent
    assert len(decoded.batch) == len(decoded.empty) == 0


def test_a_refusal_names_the_device_where_it_is_known():
    sent = [flat("city/waste/bin-9", distance=4), flat("city/waste/bin", distance="far"), message("a/b", {})]
    assert [why.device for _, why in decode(sent, PLAIN).rejected] == ["bin-9", "bin", ""]


def test_an_unknown_device_is_told_how_to_become_known():
    detail = decode([flat("city/waste/bin-9", distance=4)], PLAIN).rejected[0][1].detail
    assert "'bin-9'" in detail
    assert "`smilecity quarantine show`" in detail


def test_bytes_without_a_decoder_are_refused():
    assert reasons(decode([event("01755c")], by_id(device(EUI, "plain", "waste_container")))) == ["no_decoder"]


def test_a_catalogue_that_names_no_known_model_or_kind_is_told_so():
    spot = device(EUI, "bosch_parking_lot_senser", "parking_spot")
    decoded = decode([event("01", 1)], by_id(spot))
    assert reasons(decoded) == ["unknown_model"]
    assert "Did you mean 'bosch_parking_lot_sensor'?" in decoded.rejected[0][1].detail


def test_a_site_that_is_no_number_costs_only_what_would_follow_from_it():
    crooked = by_id(device("bin", "plain", "waste_container", distance_empty_mm="deep"))
    assert results(decode([flat("city/waste/bin", distance=1650)], crooked)) == {"distance": 1650}


@pytest.mark.parametrize("told", [nan, inf, -inf, 1e308, 10**400], ids=["nan", "inf", "-inf", "1e308", "400 digits"])
def test_a_nonsense_number_of_a_site_costs_only_what_would_follow_from_it(told: float):
    lot = by_id(device("lot", "plain", "parking_lot", capacity=told))
    found = results(decode([flat("city/parking/lot", occupied_spot_number=5)], lot))
    assert found.pop("occupied_spot_number") == 5
    assert all(isfinite(value) for value in found.values())
    level = by_id(device("bin", "plain", "waste_container", distance_empty_mm=told, distance_full_mm=100))
    assert results(decode([flat("city/waste/bin", distance=1650)], level))["distance"] == 1650


def test_a_message_between_broken_ones_is_not_touched_by_them():
    good = flat("city/parking/lot", available_spot_number=1)
    broken = [Message("b", "city/parking/lot", bytes([byte]) * byte, RECEIVED) for byte in range(200)]
    decoded = decode([*broken, good, *broken], PLAIN)
    assert decoded.message.tolist() == [200]
    assert len(decoded.rejected) == 400


def test_the_same_reading_twice_is_two_rows():
    sent = flat("city/parking/lot", available_spot_number=1)
    assert len(decode([sent, sent], PLAIN).batch) == 2


def test_property_names_are_understood_beside_the_models_own_fields_in_flat_json():
    known = by_id(device("meter", "yobiiq_em4301", "energy_meter"))
    topic = "city/energy/meter"
    assert results(decode([flat(topic, total_active_energy_import=12.5)], known)) == {
        "total_active_energy_import": 12.5
    }
    assert results(decode([flat(topic, activePowerL123=1500)], known)) == {"active_power": 1.5}


def test_a_batch_equals_its_messages_one_by_one():
    payloads = [{"distance": 10 * n, "temperature": n - 50} for n in range(1, 60)]
    sent = [message("city/waste/bin", json.dumps({"time": AT + n, **said}).encode()) for n, said in enumerate(payloads)]
    whole = decode(sent, PLAIN).batch
    parts = [decode([each], PLAIN).batch for each in sent]
    assert whole.result.tolist() == [value for part in parts for value in part.result.tolist()]
    assert whole.quality.tolist() == [flag for part in parts for flag in part.quality.tolist()]
    assert times(decode(sent, PLAIN)) == [
        time for part in parts for time in part.phenomenon_time.astype("int64").tolist()
    ]
