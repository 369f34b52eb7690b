"""Whatever comes in: decode never raises, and every message ends in one of rows, rejected and empty.

Only one with several uplinks may be both in rows and rejected.
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sensors.decode import Decoded, decode
from sensors.devices import models
from sensors.envelopes import envelopes
from sensors.model import Devices, Message
from sensors.quality import Quality
from sensors.topics import envelope_of
from tests.sensors.cities import RECEIVED, SITES, device

KINDS = sorted(SITES)
REAL = [(example.topic, example.payload) for each in envelopes().values() for example in each.examples]
TOPICS = [topic for topic, _ in REAL] + ["v3/a/devices/b/up", "city/energy/m", "nowhere", "", "city/waste/", "city//"]
NAMES = ["0004a30b001c0530", "dev1", "24e124713c401925", "1000000000000001", "tiefgarage-city", "m", "b", ""]

leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("2026-03-29T01:00:00Z")
json_values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
FIELDS = sorted(
    {name for model in models().values() for name in model.fields} | {"history", "timestamp", "time", "type"}
)
field_objects = st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=6)
catalogues = st.builds(
    lambda model, kind: {name: (device(name, model, kind),) for name in NAMES},
    st.sampled_from([*models(), "unheard"]),
    st.sampled_from(KINDS),
)


def check(messages: list[Message], decoded: Decoded) -> None:
    """Assert what must hold of every result of decode."""
    batch = decoded.batch
    rows, rejected, empty = set(decoded.message.tolist()), [i for i, _ in decoded.rejected], decoded.empty.tolist()
    assert {*rows, *rejected, *empty} == set(range(len(messages)))
    assert len(rejected) == len(set(rejected))
    assert not {*rows, *rejected} & set(empty)
    for index in rows & set(rejected):
        opened = envelope_of(messages[index].topic).open(messages[index].payload, messages[index].topic)
        assert len(opened) > 1
    assert len(decoded.message) == len(batch)
    assert (np.isnan(batch.result) == (batch.quality == Quality.MISSING)).all()
    assert not np.isinf(batch.result).any()
    assert not np.isnat(batch.phenomenon_time).any()
    received = np.array([messages[i].received for i in decoded.message.tolist()], dtype="int64")
    assert (batch.phenomenon_time.astype("int64") <= received + 300_000).all()
    assert (batch.result_time.astype("int64") == received).all()
    assert (batch.revision >= 0).all()
    assert not any(stream.derived for stream in batch.datastreams)
    for index, why in decoded.rejected:
        assert why.message is messages[index]
        assert why.reason
        assert why.detail[-1] in ".?"
        assert "stumble" not in why.detail, why.detail


def written(value: Any) -> bytes:
    return json.dumps(value).encode()


@given(st.lists(st.tuples(st.sampled_from(TOPICS) | st.text(), st.binary(max_size=60)), max_size=5), catalogues)
def test_arbitrary_bytes(sent: list[tuple[str, bytes]], catalogue: Devices):
    messages = [Message("s", topic, payload, RECEIVED) for topic, payload in sent]
    check(messages, decode(messages, catalogue))


@given(st.lists(st.tuples(st.sampled_from(TOPICS), json_values), max_size=5), catalogues)
def test_arbitrary_json(sent: list[tuple[str, Any]], catalogue: Devices):
    messages = [Message("s", topic, written(value), RECEIVED) for topic, value in sent]
    check(messages, decode(messages, catalogue))


@given(st.data(), catalogues)
def test_real_messages_with_bytes_changed_cut_or_put_in(data: st.DataObject, catalogue: Devices):
    topic, payload = data.draw(st.sampled_from(REAL))
    for _ in range(data.draw(st.integers(0, 4))):
        start = data.draw(st.integers(0, len(payload)))
        cut = data.draw(st.integers(0, 8))
        payload = payload[:start] + data.draw(st.binary(max_size=6)) + payload[start + cut :]
    messages = [Message("s", topic, payload, RECEIVED)]
    check(messages, decode(messages, catalogue))


@given(field_objects, st.binary(max_size=40), st.integers(0, 255), st.integers(), catalogues)
def test_arbitrary_fields_and_frames_in_a_sound_envelope(
    fields: dict[str, Any], frame: bytes, port: int, counter: int, catalogue: Devices
):
    data = b64encode(frame).decode()
    said = {
        "deviceInfo": {"devEui": "24e124713c401925"},
        "fPort": port,
        "fCnt": counter,
        "object": fields,
        "data": data,
    }
    messages = [
        Message("s", "application/a/device/24e124713c401925/event/up", written(said), RECEIVED),
        Message("s", "city/energy/m", written(fields), RECEIVED),
    ]
    check(messages, decode(messages, catalogue))
