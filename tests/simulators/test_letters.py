from __future__ import annotations

import json
from typing import Any

import numpy as np

from sensors.kinds import kinds
from simulators.city import milliseconds
from simulators.letters import DOMAINS
from simulators.rhythm import HOUR
from simulators.truth import energy, level, occupied
from simulators.uplink import Frame
from tests.simulators.cities import NOON, decoded, small_city, whole_city, written

BEGIN = milliseconds(NOON)
UPLINKS = whole_city().events(BEGIN, BEGIN + 3 * HOUR)
READ = decoded(whole_city(), UPLINKS)


def letters_of(network: str, *, begins: str) -> list[tuple[str, dict[str, Any]]]:
    city = whole_city()
    rows = [row for row in range(len(UPLINKS)) if city.places[UPLINKS.device[row]].network == network]
    found = [(topic, json.loads(payload)) for topic, payload in (city.message(UPLINKS, row) for row in rows)]
    assert all(topic.startswith(begins) for topic, _ in found)
    return found


def series(name: str) -> dict[str, list[tuple[int, float]]]:
    """Give what the platform's decoder read of a property: thing to (ms, result)."""
    batch, found = READ.batch, dict[str, list[tuple[int, float]]]()
    for i in range(len(batch)):
        stream = batch.datastreams[batch.datastream[i]]
        if stream.observed_property == name:
            time = int(batch.phenomenon_time[i].astype(np.int64))
            found.setdefault(stream.thing, []).append((time, float(batch.result[i])))
    return found


def test_every_message_is_read_and_good():
    assert READ.rejected == ()
    assert len(READ.empty) == 0
    assert set(READ.message.tolist()) == set(range(len(UPLINKS)))
    assert set(READ.batch.quality.tolist()) == {1}


def test_no_phenomenon_lies_after_its_message():
    received = UPLINKS.time[READ.message]
    assert (READ.batch.phenomenon_time.astype(np.int64) <= received).all()


def test_car_parks_say_what_is_true():
    city, said = whole_city(), series("available_spot_number")
    capacity = {place.thing: place.site.get("capacity") for place in city.places}
    assert len(said) == 12
    for thing, rows in said.items():
        times, free = np.array([time for time, _ in rows]), np.array([result for _, result in rows])
        truth = occupied(city, times)
        assert (free == capacity[thing] - truth.value[truth.things.index(thing)]).all()


def test_spaces_say_what_is_true():
    said = series("occupied")
    assert len(said) > 50
    for thing, rows in said.items():
        times = np.array([time for time, _ in rows])
        truth = occupied(whole_city(), times)
        assert [result for _, result in rows] == truth.value[truth.things.index(thing)].tolist()


def test_containers_say_what_is_true_but_for_noise_and_echoes():
    said, apart = series("filling_level"), []
    assert len(said) == 70
    for thing, rows in said.items():
        times = np.array([time for time, _ in rows])
        truth = level(whole_city(), times)
        apart += (np.array([result for _, result in rows]) - truth.value[truth.things.index(thing)]).tolist()
    assert np.mean(np.abs(apart) < 2.5) > 0.97


def test_meters_say_what_is_true():
    said = series("total_active_energy_import")
    assert len(said) == 61
    for thing, rows in said.items():
        times = np.array([time for time, _ in rows])
        truth = energy(whole_city(), times)
        assert np.abs([result for _, result in rows] - truth.value[truth.things.index(thing)]).max() < 1e-6


def test_the_things_stack_leaves_out_zeros_and_writes_upper_case_euis():
    letters = letters_of("tts", begins="v3/rostock-")
    assert all(topic.endswith("/up") and message["end_device_ids"]["dev_eui"].isupper() for topic, message in letters)
    frames = [message["uplink_message"] for _, message in letters]
    assert all(0 not in frame.values() for frame in frames)
    assert {"decoded_payload" in frame for frame in frames} == {True, False}
    assert {len(frame["rx_metadata"]) for frame in frames} == {1, 2, 3}
    clocks = [("time" in gateway) for frame in frames for gateway in frame["rx_metadata"]]
    assert 0.5 < np.mean(clocks) < 0.9


def test_the_things_stack_omits_the_first_frame_counter():
    city = small_city()
    uplinks = city.events(BEGIN, BEGIN + 7 * 24 * HOUR)
    first = (uplinks.counter == 0) & (uplinks.frame == Frame.SPACE_HEARTBEAT)
    messages = [json.loads(payload)["uplink_message"] for _, payload in written(city, uplinks.take(first))]
    assert len(messages) > 0
    assert all("f_cnt" not in message for message in messages)


def test_a_session_lasts_from_join_to_join():
    city = small_city()
    uplinks = city.events(BEGIN, BEGIN + 8 * 24 * HOUR)
    device = uplinks.device[uplinks.frame == Frame.SPACE_HEARTBEAT][0]
    mine = uplinks.take(uplinks.device == device)
    sessions = [json.loads(payload)["uplink_message"]["session_key_id"] for _, payload in written(city, mine)]
    joins = [i for i in range(1, len(mine)) if mine.counter[i] == 0]
    changes = [i for i in range(1, len(mine)) if sessions[i] != sessions[i - 1]]
    assert joins == changes


def test_chirpstack_writes_floats_and_marks_every_message():
    letters = letters_of("chirpstack", begins="application/")
    objects = [message["object"] for _, message in letters if "object" in message]
    assert 0 < len(objects) < len(letters)
    assert all(type(value) is not int for fields in objects for value in fields.values())
    assert len({message["deduplicationId"] for _, message in letters}) == len(letters)
    assert all(message["deviceInfo"]["devEui"] in topic for topic, message in letters)


def test_plain_letters_are_flat():
    letters = letters_of("plain", begins="city/")
    assert {topic.split("/")[1] for topic, _ in letters} == {"parking", "energy"}
    assert all(not isinstance(value, dict) for _, message in letters for value in message.values())


def test_the_domains_are_those_of_the_kinds():
    assert {name: kind.domain for name, kind in kinds().items() if name in DOMAINS} == DOMAINS
