"""What is administered is noted: who, what, when, from where, and whether it was allowed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from api.app import create_app
from tests.api.city import Client
from tests.api.estate import Estate, estate

if TYPE_CHECKING:
    from collections.abc import Iterator

SILENCE = json.dumps(
    {"until": "2099-01-01T00:00:00Z", "since": "2098-12-31T00:00:00Z", "who": "Ada", "rule": "r"}
).encode()
JSON = {"content-type": "application/json"}


@pytest.fixture
def city() -> Iterator[Estate]:
    with estate() as built:
        yield built


def test_what_was_done_and_what_was_refused_is_noted_with_the_key(city: Estate):
    done = city.client.send("POST", "/v1/alerts/silences", SILENCE, **JSON, **city.headers("pgr"))
    assert done.status_code == 201, done.text
    assert done.json()["operator"] == "PGR"
    assert city.client.ask("DELETE", "/v1/alerts/rules/cold", **city.headers("sw")).status_code == 403
    assert city.client.ask("DELETE", "/v1/alerts/silences/9", **city.headers("city")).status_code == 404
    noted = [(one.who, one.operator, one.action, one.outcome) for one in city.catalogue.audit.deeds()]
    assert noted == [
        ("city", "", "DELETE /v1/alerts/silences/9", "404"),
        ("SW", "SW", "DELETE /v1/alerts/rules/cold", "403"),
        ("PGR", "PGR", "POST /v1/alerts/silences", "done"),
    ]
    (entry, *_) = city.catalogue.audit.deeds()
    assert city.keys["city"].startswith(entry.key)
    assert entry.whence
    assert entry.at > 1_700_000_000_000


def test_what_changes_nothing_and_whoever_is_nobody_is_not_noted(city: Estate):
    city.client.get("/v1/things", **city.headers("city"))
    city.client.ask("DELETE", "/v1/alerts/rules/cold")
    city.client.ask("DELETE", "/v1/session", **city.headers("city"))
    assert city.catalogue.audit.deeds() == ()


def test_answers_that_depend_on_who_asks_say_so(city: Estate):
    assert {"Authorization", "Cookie"} <= set(city.client.get("/v1/things").headers["vary"].split(", "))
    assert "Cookie" not in city.client.get("/web/js/app.js").headers.get("vary", "")


def test_an_operator_ends_no_silence_of_others(city: Estate):
    made = city.client.send("POST", "/v1/alerts/silences", SILENCE, **JSON, **city.headers("pgr")).json()
    for role, status in (("sw", 404), ("pgr", 204)):
        answer = city.client.ask("DELETE", f"/v1/alerts/silences/{made['id']}", **city.headers(role))
        assert answer.status_code == status


def test_the_log_is_read_by_who_may_and_an_operator_reads_its_own(city: Estate):
    for role in ("pgr", "sw", "city"):
        city.client.ask("DELETE", "/v1/alerts/silences/9", **city.headers(role))
    told = {role: city.client.get("/v1/audit", **city.headers(role)).json()["audit"] for role in ("pgr", "city")}
    assert [one["who"] for one in told["city"]] == ["city", "SW", "PGR"]
    assert [(one["who"], one["outcome"]) for one in told["pgr"]] == [("PGR", "404")]
    assert city.client.get("/v1/audit", **city.headers("reader")).status_code == 403
    assert city.client.get("/v1/audit").status_code == 401
    page = city.client.get("/v1/audit?limit=2", **city.headers("city")).json()
    rest = city.client.get(page["next"], **city.headers("city")).json()
    assert [one["who"] for one in page["audit"] + rest["audit"]] == ["city", "SW", "PGR"]
    assert rest["next"] is None


def test_pages_of_named_sites_may_read_and_nothing_else(city: Estate):
    asked = {"origin": "https://map.example", "access-control-request-method": "GET"}
    assert "access-control-allow-origin" not in city.client.ask("OPTIONS", "/v1/things", **asked).headers
    app = create_app(replace(city.services, origins=("https://map.example",)))
    named = Client(app)
    answer = named.get("/v1/things", origin="https://map.example")
    assert answer.headers["access-control-allow-origin"] == "https://map.example"
    assert "access-control-allow-credentials" not in answer.headers
    assert named.ask("OPTIONS", "/v1/things", **asked).status_code == 200
    assert (
        named.ask("OPTIONS", "/v1/alerts/rules/x", **asked | {"access-control-request-method": "PUT"}).status_code
        == 400
    )
    assert "access-control-allow-origin" not in named.get("/v1/things", origin="https://evil.example").headers
    writing = {"origin": "https://map.example", **city.headers("city")}
    assert named.ask("DELETE", "/v1/alerts/rules/x", **writing).status_code == 403
