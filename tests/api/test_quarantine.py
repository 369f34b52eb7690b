from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING

import pytest

from api import schema
from sensors.decoder import smile_city
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
    assert (nothing["decoder"], nothing["older_decoder"]) == (smile_city(), False)


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


def test_choosing_a_device(client: Client, rows):
    (row,) = client.json("/v1/quarantine?device=device-2")["quarantine"]
    assert row["reason"] == "not_json"


def test_one_message(client: Client, rows):
    (first, *_) = client.json("/v1/quarantine")["quarantine"]
    assert client.json(f"/v1/quarantine/{first['id']}") == first
    for missing in (99, -1, 2**70):
        client.problem(f"/v1/quarantine/{missing}", 404, "not-found")


def test_an_unknown_device_with_what_it_may_be(client: Client, services):
    payload = b'{"deviceInfo":{"devEui":"24E124713C401925"},"object":{"distance":900,"position":"normal","battery":98}}'
    told = Message("city", "application/a/device/24e124713c401925/event/up", payload, 1_774_746_000_000)
    waits = Rejected(told, "unknown_device", "who?", device="24e124713c401925")
    services.catalogue.settle("city", "w1", Counts(received=2, quarantined=2), [waits, waits])
    (proposal,) = client.json("/v1/quarantine/proposals")["proposals"]
    schema.ProposalDocument.model_validate(proposal)
    assert (proposal["device"], proposal["count"]) == ("24e124713c401925", 2)
    assert proposal["models"][0]["model"] == "milesight_em310_udl"
    assert proposal["models"][0]["results"]["distance"] == 900
    assert (proposal["earliest"], proposal["latest"]) == (None, None)
    assert proposal["feature"]["properties"]["devices"] == [{"id": "24e124713c401925", "model": "milesight_em310_udl"}]
    assert client.json("/v1/quarantine/proposals/24e124713c401925") == proposal
    client.problem("/v1/quarantine/proposals/nobody", 404, "not-found")
    chosen = client.json("/v1/quarantine/proposals?fields=device,count")["proposals"]
    assert chosen == [{"device": proposal["device"], "count": proposal["count"]}]


def test_a_device_of_which_nothing_can_be_said(client: Client, rows):
    (proposal,) = client.json("/v1/quarantine/proposals")["proposals"]
    assert (proposal["device"], proposal["fields"], proposal["models"]) == ("device-1", {}, [])
    assert proposal["feature"] is None


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_give_each_unknown_device_once(client: Client, services, limit):
    waiting = [rejected(number, "unknown_device", b"{}") for number in range(1, 4)]
    services.catalogue.settle("city", "w1", Counts(received=3, quarantined=3), waiting)
    pages = client.walk(f"/v1/quarantine/proposals?limit={limit}", "proposals")
    assert [row["device"] for page in pages for row in page] == ["device-1", "device-2", "device-3"]
