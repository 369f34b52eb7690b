from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING

import pytest

from api import schema
from sensors.model import Message, Rejected
from storage.catalogue import Counts

if TYPE_CHECKING:
    from tests.api.city import Client

BYTES = b"\xff\x00"


def rejected(number: int, reason: str, payload: bytes) -> Rejected:
    message = Message("city", f"city/waste/{number}", payload, 1_774_746_000_000 + number)
    return Rejected(message, reason, "No such device. Add it to the catalogue.", device=f"device-{number}")


@pytest.fixture
def rows(services):
    messages = [
        rejected(1, "unknown_device", b'{"\xc3\xbc": 1}'),
        rejected(2, "not_json", BYTES),
        rejected(3, "not_json", b""),
    ]
    services.catalogue.settle("city", "w1", Counts(received=3, quarantined=3), messages)
    return messages


def test_messages_with_their_reason(client: Client, rows):
    document = client.json("/v1/quarantine")
    schema.QuarantinePage.model_validate(document)
    text, binary, nothing = document["quarantine"]
    assert (text["topic"], text["device"], text["reason"]) == ("city/waste/1", "device-1", "unknown_device")
    assert (text["payload"], text["payload_base64"]) == ('{"ü": 1}', None)
    assert (binary["payload"], b64decode(binary["payload_base64"])) == (None, BYTES)
    assert (nothing["payload"], nothing["count"]) == ("", 1)


def test_choosing_a_reason(client: Client, rows):
    assert len(client.json("/v1/quarantine?reason=not_json")["quarantine"]) == 2
    assert client.json("/v1/quarantine?reason=bad_time") == {"quarantine": [], "next": None}


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_give_each_message_once(client: Client, rows, limit):
    pages = client.walk(f"/v1/quarantine?limit={limit}", "quarantine")
    assert [row["device"] for page in pages for row in page] == ["device-1", "device-2", "device-3"]
    assert all(len(page) == limit for page in pages[:-1])


def test_more_than_a_page_holds_is_refused(client: Client):
    detail = client.problem("/v1/quarantine?limit=201", 400, "bad-value")["detail"]
    assert "less than or equal to 200" in detail
    assert "'next'" in detail
