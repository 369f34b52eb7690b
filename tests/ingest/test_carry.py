"""A message that makes decoding fail goes into quarantine, and the others of its batch do not wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ingest import carry as module
from ingest.carry import carry, writing
from ingest.ledger import Heading
from sensors.decode import decode
from sensors.model import Message
from storage.catalogue import Catalogue
from storage.engines.memory import Memory
from tests.publishing import reading, spaces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sensors.decode import Decoded
    from sensors.model import Devices


def messages(*payloads: bytes) -> list[Message]:
    topic, good = reading(1, 5)
    return [Message("city", topic, payload or good.encode(), 1_800_000_000_000) for payload in payloads]


def known() -> Devices:
    catalogue = Catalogue("sqlite://")
    catalogue.put(*spaces(3))
    devices = catalogue.devices()
    catalogue.close()
    return devices


def test_a_decoder_that_breaks_its_promise_costs_one_message(monkeypatch: pytest.MonkeyPatch):
    def breaks(some: Sequence[Message], devices: Devices) -> Decoded:
        if any(b"poison" in message.payload for message in some):
            raise OverflowError("int too large to convert to float")
        return decode(some, devices)

    monkeypatch.setattr(module, "decode", breaks)
    store = Memory()
    carried = carry(messages(b"", b"poison", b"[]", b"{}"), known(), writing(store))
    assert carried is not None
    assert carried.heading.tolist() == [Heading.STORED, Heading.QUARANTINED, Heading.QUARANTINED, Heading.EMPTY]
    assert carried.message.tolist() == [0]
    assert sorted(carried.rejected) == [1, 2]
    assert "OverflowError" in carried.rejected[1].detail
    assert int(store.spans().count.sum()) == 1


@pytest.mark.parametrize("number", ["1" + "0" * 400, "-1" + "0" * 400, "1e999"])
@pytest.mark.parametrize("field", ["battery", "battery_voltage", "temperature", "occupied", "time"])
def test_a_number_that_no_column_holds_is_no_reading(field: str, number: str):
    store = Memory()
    payload = b'{"time": "2027-01-15T08:00:00Z", "occupied": true, "%s": %s}' % (field.encode(), number.encode())
    carried = carry(messages(payload, b""), known(), writing(store))
    assert carried is not None
    assert carried.heading[1] == Heading.STORED
    assert all(stream.observed_property == "occupied" for stream in store.spans().datastreams)
