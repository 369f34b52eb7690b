"""What is administered is noted: who, what, when, from where, and whether it was allowed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

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
