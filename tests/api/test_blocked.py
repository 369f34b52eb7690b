"""What is blocked, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api.app import create_app
from api.blocked import BlockedDocument
from sensors.model import Batch, Datastream, Thing
from tests.api.city import Client

if TYPE_CHECKING:
    from api.services import Services

ASK = "/v1/blocked?at=2026-06-01T10:00:00Z"


@pytest.fixture
def zones(services: Services) -> Client:
    """A city with two fire-access zones, one of them blocked for a quarter of an hour."""
    places = [
        Thing(
            id=name, name=name, kind="fire_access_zone", longitude=12.1, latitude=54.1, operator=name, district="Mitte"
        )
        for name in ("gate", "quay")
    ]
    services.catalogue.put(places)
    times = ["2026-06-01T08:00", "2026-06-01T09:45", "2026-06-01T09:00"]
    streams = [Datastream(place.id, "occupied") for place in places]
    services.store.write(Batch.of(streams, [0, 0, 1], times, [0.0, 1.0, 0.0]))
    return Client(create_app(services))


def test_what_is_blocked_is_listed_with_its_reason(zones: Client):
    document = BlockedDocument.model_validate(zones.json(ASK))
    assert (document.time, document.looked_at) == ("2026-06-01T10:00:00.000Z", 2)
    (place,) = document.blocked
    assert (place.thing, place.why, place.minutes, place.allowed_minutes) == ("gate", "blocked", 15.0, 0.0)
    assert (place.since, place.heard) == ("2026-06-01T09:45:00.000Z", "2026-06-01T09:45:00.000Z")
    assert place.reason == "blocked for 15 min, since 2026-06-01 09:45 UTC; nobody may stop there"
    assert place.reason_de.startswith("seit 15 min blockiert")


def test_an_operator_or_a_district_is_asked_for(zones: Client):
    assert zones.json(f"{ASK}&operator=quay") == {"time": "2026-06-01T10:00:00.000Z", "looked_at": 1, "blocked": []}
    assert len(zones.json(f"{ASK}&district=Mitte&operator=gate")["blocked"]) == 1


def test_long_after_the_last_word_they_are_to_be_looked_at(zones: Client):
    found = zones.json("/v1/blocked?at=2026-06-03")["blocked"]
    assert [(place["thing"], place["why"], place["minutes"]) for place in found] == [
        ("gate", "check", None),
        ("quay", "check", None),
    ]


def test_what_cannot_be_asked_is_told(zones: Client):
    zones.problem("/v1/blocked?at=yesterday", 400, "bad-time")
    zones.problem("/v1/blocked?kind=loading_zone", 400, "unknown-parameter")
