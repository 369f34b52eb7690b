"""The register of things, changed over HTTP by whoever has seen what they change."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from api.schema import ThingDocument
from storage.catalogue import OvertakenError
from tests.api.city import Client
from tests.api.estate import THINGS, estate
from tests.api.test_alert_actions import BEARER, JSON, KEY, code

if TYPE_CHECKING:
    import httpx

    from api.app import Services

NEW = {
    "kind": "parking_lot",
    "name": "Market",
    "location": {"longitude": 12.14, "latitude": 54.09},
    "properties": {"capacity": 80},
}

pytestmark = pytest.mark.parametrize("empty", ["memory"], indirect=True)


@pytest.fixture
def writer(services: Services) -> Client:
    return Client.of(replace(services, api_key=KEY))


def send(writer: Client, method: str, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
    return writer.send(method, path, json.dumps(body).encode(), **BEARER, **JSON, **headers)


def seen(writer: Client, path: str = "/v1/things/lot-1") -> dict[str, str]:
    """Look at a thing; gives the header that says so."""
    return {"if-match": writer.get(path, **{"accept-encoding": "gzip"}).headers["etag"]}


def test_a_new_thing(writer: Client):
    made = send(writer, "PUT", "/v1/things/market", NEW)
    assert (made.status_code, made.headers["location"]) == (201, "/v1/things/market")
    document = ThingDocument.model_validate(made.json())
    assert (document.name, document.domain, document.properties) == ("Market", "parking", {"capacity": 80})
    assert writer.get("/v1/things/market").headers["etag"] == made.headers["etag"]


@pytest.mark.parametrize("name", ["ü😀 x", "50%", "a%23"])
def test_where_a_thing_stands_is_said_as_an_address(writer: Client, name: str):
    made = send(writer, "PUT", f"/v1/things/{quote(name, safe='')}", NEW)
    assert (made.status_code, made.json()["id"]) == (201, name)
    assert writer.json(made.headers["location"])["id"] == name


def test_a_thing_is_replaced_by_who_has_seen_it(writer: Client):
    tag = seen(writer)
    assert code(send(writer, "PUT", "/v1/things/lot-1", NEW)) == (428, "precondition-required")
    assert code(send(writer, "PUT", "/v1/things/lot-1", NEW, **{"if-none-match": "*"})) == (412, "precondition-failed")
    changed = send(writer, "PUT", "/v1/things/lot-1", NEW, **tag)
    assert (changed.status_code, changed.json()["district"]) == (200, "")
    assert code(send(writer, "PUT", "/v1/things/lot-1", NEW, **tag)) == (412, "precondition-failed")
    assert code(send(writer, "PUT", "/v1/things/gone", NEW, **tag)) == (412, "precondition-failed")


def test_a_part_of_a_thing_is_changed(writer: Client):
    body = {"name": "Old harbour", "properties": {"height": 2.1, "capacity": 340}}
    changed = send(writer, "PATCH", "/v1/things/lot-1", body, **seen(writer))
    assert changed.status_code == 200
    assert (changed.json()["name"], changed.json()["operator"]) == ("Old harbour", "car-parks")
    assert changed.json()["properties"] == {"capacity": 340, "height": 2.1}
    again = send(writer, "PATCH", "/v1/things/lot-1", {"properties": {"height": None}}, **seen(writer))
    assert again.json()["properties"] == {"capacity": 340}
    assert code(send(writer, "PATCH", "/v1/things/gone", {"name": "x"})) == (404, "unknown-thing")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({**NEW, "kind": "parking_lots"}, "parking_lots"),
        ({**NEW, "properties": {}}, "capacity"),
        ({**NEW, "properties": {"capacity": 80, "devices": []}}, "devices is no property"),
        ({**NEW, "colour": "red"}, "colour"),
        ({**NEW, "location": {"longitude": 500, "latitude": 54}}, "longitude"),
    ],
)
def test_what_cannot_be_taken(writer: Client, body, said):
    refused = send(writer, "PUT", "/v1/things/market", body)
    assert code(refused) == (400, "bad-body")
    assert said in refused.json()["detail"]


def test_a_retired_thing_is_off_the_register_and_its_history_stays(writer: Client, services: Services):
    assert writer.ask("DELETE", "/v1/things/lot-1", **BEARER).status_code == 428
    assert writer.ask("DELETE", "/v1/things/lot-1", **BEARER, **seen(writer)).status_code == 204
    writer.problem("/v1/things/lot-1", 404, "unknown-thing")
    assert "device-1" not in services.catalogue.devices()
    assert len(writer.json("/v1/observations?format=json")["observations"]) == 6
    back = send(writer, "PUT", "/v1/things/lot-1", NEW)
    assert back.status_code == 201
    assert services.catalogue.devices()["device-1"][0].valid_to is not None


def test_a_site_that_has_changed(writer: Client, services: Services):
    body = {"since": "2026-03-01T00:00:00Z", "properties": {"capacity": 280}}
    noted = send(writer, "POST", "/v1/things/lot-1/calibrations", body)
    assert (noted.status_code, noted.json()["properties"]) == (201, {"capacity": 280})
    (calibration,) = services.catalogue.things(kind="parking_lot")[0].calibrations
    assert calibration.properties == {"capacity": 280}
    send(writer, "PATCH", "/v1/things/lot-1", {"name": "x"}, **seen(writer))
    assert services.catalogue.things(kind="parking_lot")[0].calibrations == (calibration,)
    wrong = {"since": "2026-03-01T00:00:00Z", "properties": {"capacity": "many"}}
    assert code(send(writer, "POST", "/v1/things/lot-1/calibrations", wrong)) == (400, "bad-body")


def test_who_was_overtaken_looks_again(writer: Client, services: Services, monkeypatch):
    tag, real = seen(writer), services.catalogue.put
    overtaken = iter([True, False])

    def put(*things: Any, version: int | None = None) -> None:
        if next(overtaken):
            raise OvertakenError
        real(*things, version=version)

    monkeypatch.setattr(services.catalogue, "put", put)
    assert send(writer, "PATCH", "/v1/things/lot-1", {"name": "x"}, **tag).status_code == 200


@pytest.mark.parametrize(("method", "path"), [("DELETE", ""), ("PATCH", ""), ("POST", "/calibrations")])
def test_what_belongs_to_others_is_seen_and_not_changed(empty: Services, method, path):
    body = {"since": "2026-03-01T00:00:00Z", "properties": {"note": 1}} if path else {"name": "mine"}
    with estate() as city:
        tag = seen(city.client, "/v1/things/school")
        headers = {**city.headers("pgr"), **tag, **JSON}
        answer = city.client.send(method, f"/v1/things/school{path}", json.dumps(body).encode(), **headers)
        assert code(answer) == (403, "not-allowed")
        assert city.catalogue.thing("school") == next(thing for thing in THINGS if thing.id == "school")


def test_a_thing_cannot_be_called_as_a_group(writer: Client):
    for name in ("city", "district:Mitte", "site:x"):
        refused = send(writer, "PUT", f"/v1/things/{quote(name, safe='')}", NEW)
        assert code(refused) == (400, "bad-body")
        assert "its id is that of a group of things" in refused.json()["detail"]


@pytest.mark.parametrize(
    "told",
    [
        '{"capacity": 1e308}',
        f'{{"capacity": {"9" * 400}}}',
        '{"checks": {"available_spot_number": {"stuck_hours": 9007199254740993000}}}',
        f'{{"capacity": 80, "floor_area_m2": {"9" * 400}}}',
    ],
)
def test_nonsense_is_refused_on_every_way(writer: Client, told: str):
    new = json.dumps(NEW).replace('{"capacity": 80}', told)
    tag = seen(writer)
    changed = {
        ("PUT", "/v1/things/market"): new,
        ("PATCH", "/v1/things/lot-1"): f'{{"properties": {told}}}',
        ("POST", "/v1/things/lot-1/calibrations"): f'{{"since": "2026-03-01T00:00:00Z", "properties": {told}}}',
    }
    for (method, path), body in changed.items():
        answer = writer.send(method, path, body.encode(), **BEARER, **JSON, **(tag if method == "PATCH" else {}))
        assert code(answer) == (400, "bad-body")
