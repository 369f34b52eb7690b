"""Devices given things to observe, and messages read again, over HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from api.replay_schema import ReplayDocument
from api.schema import DeviceDocument
from sensors.model import Message, Rejected
from storage.catalogue import Counts
from tests.api.city import Client
from tests.api.test_alert_actions import KEY, code, send

if TYPE_CHECKING:
    from api.app import Services

pytestmark = pytest.mark.parametrize("empty", ["memory"], indirect=True)


@pytest.fixture
def writer(services: Services) -> Client:
    return Client.of(replace(services, api_key=KEY))


def test_a_new_device_and_one_that_is_moved(writer: Client, services: Services):
    made = send(writer, "POST", "/v1/devices/bin-1/assignments", thing="bin-1", model="plain")
    assert (made.status_code, DeviceDocument.model_validate(made.json()).valid_from) == (201, None)
    moved = send(writer, "POST", "/v1/devices/bin-1/assignments", thing="lot-1", since="2026-03-01T12:00:00Z")
    assert (moved.status_code, moved.json()["valid_from"]) == (201, "2026-03-01T12:00:00.000Z")
    first, second = services.catalogue.devices()["bin-1"]
    assert (first.thing.id, first.valid_to, second.thing.id) == ("bin-1", second.valid_from, "lot-1")
    earlier = send(writer, "POST", "/v1/devices/bin-1/assignments", thing="bin-1", since="2026-02-01T12:00:00Z")
    assert code(earlier) == (409, "conflict")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"thing": "bin-9", "model": "plain"}, (404, "unknown-thing")),
        ({"thing": "bin-1"}, (400, "bad-body")),
        ({"thing": "bin-1", "model": "plane"}, (400, "bad-body")),
        ({"model": "plain"}, (400, "bad-body")),
    ],
)
def test_what_cannot_be_assigned(writer: Client, said, expected):
    assert code(send(writer, "POST", "/v1/devices/new/assignments", **said)) == expected


def test_a_device_is_let_go_of(writer: Client, services: Services):
    assert send(writer, "POST", "/v1/devices/device-1/end", at="2026-04-01T00:00:00Z").status_code == 204
    assert services.catalogue.devices()["device-1"][0].valid_to is not None
    assert code(send(writer, "POST", "/v1/devices/device-1/end")) == (409, "conflict")
    assert code(send(writer, "POST", "/v1/devices/nobody/end")) == (404, "not-found")


def test_messages_are_asked_to_be_read_again(writer: Client, services: Services):
    message = Message("city", "city/waste/x", b"{}", 5)
    services.catalogue.settle("city", "w", Counts(1, quarantined=1), [Rejected(message, "unknown_device", "", "x")])
    asked = send(writer, "POST", "/v1/quarantine/replays", device="x")
    assert asked.status_code == 202
    document = ReplayDocument.model_validate(writer.json(asked.headers["location"]))
    assert (document.device, document.finished) == ("x", False)
    request = services.catalogue.replay_request()
    assert request is not None
    assert request.choice.device == "x"
    writer.problem("/v1/quarantine/replays/99", 404, "not-found")
