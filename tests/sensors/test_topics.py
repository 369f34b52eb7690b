"""Which envelope listens on a topic."""

import pytest

from sensors.envelope import UnreadableError
from sensors.envelopes import envelopes
from sensors.topics import envelope_of, matches

KNOWN = {topic for envelope in envelopes().values() for topic in envelope.topics if topic[0] != "+"}


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("v3/app1@ttn/devices/dev1/up", "tts"),
        ("v3/app1@ttn/devices/dev1/up/normalized", "tts"),
        ("v3/app1@ttn/devices/dev1/join", "tts"),
        ("v3/app1@ttn/devices/dev1/down/failed", "tts"),
        ("v3/app1@ttn/devices/dev1/service/data", "tts"),
        ("v3/app1@ttn/devices/dev1/location/solved", "tts"),
        ("application/5bb92de6/device/a8404187d187106e/event/up", "chirpstack"),
        ("application/5bb92de6/device/a8404187d187106e/event/status", "chirpstack"),
        ("application/5bb92de6/device/a8404187d187106e/event/txack", "chirpstack"),
        ("application/1/device/a8404187d187106e/rx", "chirpstack_v3"),
        ("application/1/device/a8404187d187106e/status", "chirpstack_v3"),
        ("/milesight/uplink", "chirpstack_v3"),
        ("/milesight/uplink/24e1641092176759", "chirpstack_v3"),
        ("loriot", "loriot"),
        ("loriot/parking/tele/SENSOR", "loriot"),
        ("mqtt/things/20635F039100011E/uplink", "thingpark"),
        ("thingpark/events/rpc", "thingpark"),
        ("city/parking/p1", "plain"),
    ],
)
def test_a_topic_finds_its_envelope(topic: str, name: str):
    assert envelope_of(topic).name == name


@pytest.mark.parametrize(
    ("topic", "hint"),
    [
        ("v3/app1@ttn/devices/dev1/upp", "Did you mean 'v3/app1@ttn/devices/dev1/up'?"),
        ("cities/parking/p1", "Did you mean 'city/parking/p1'?"),
        ("nowhere", f"Known: {', '.join(sorted(KNOWN))}."),
    ],
)
def test_a_topic_that_nobody_listens_on_is_answered_with_one_that_is(topic: str, hint: str):
    with pytest.raises(UnreadableError) as caught:
        envelope_of(topic)
    assert caught.value.reason == "unknown_topic"
    assert str(caught.value) == f"no envelope listens on '{topic}'. {hint}"


@pytest.mark.parametrize(
    ("topic_filter", "topic", "expected"),
    [
        ("city/+/+", "city/waste/7", True),
        ("city/+/+", "city/waste", False),
        ("city/+/+", "city/waste/7/8", False),
        ("city/+/+", "City/waste/7", False),
        ("city/#", "city/waste/7", True),
        ("city/#", "city", True),
        ("#", "a/b", True),
        ("city/+", "city/", True),
    ],
)
def test_filters_cover_topics_as_mqtt_says(topic_filter: str, topic: str, expected: bool):  # noqa: FBT001 - a table
    assert matches(topic_filter, topic) is expected
