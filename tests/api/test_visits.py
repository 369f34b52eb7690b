"""Sensors that need a person, and containers that need a round."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api.collection import CollectionDocument
from api.visits import VisitList

if TYPE_CHECKING:
    from tests.api.city import Client

pytestmark = pytest.mark.parametrize("empty", ["memory"], indirect=True)


def test_who_was_never_heard_is_to_be_visited(client: Client):
    document = VisitList.model_validate(client.json("/v1/visits?at=2026-03-29T00:30:00Z"))
    never = {visit.thing: visit for visit in document.visits}
    assert never["spot-1"].state == "visit"
    assert (never["spot-1"].silent_times, never["spot-1"].reasons) == (None, ["was never heard"])
    assert "lot-1" not in never


def test_visits_of_one_operator(client: Client):
    document = client.json("/v1/visits?operator=utility&at=2026-03-29T00:30:00Z")
    assert [visit["thing"] for visit in document["visits"]] == ["meter-1"]
    client.problem("/v1/visits?least=well", 400, "bad-value")


def test_how_one_sensor_is_is_told_also_where_it_is_well(client: Client):
    """The car park spoke ten minutes before."""
    asked = "/v1/visits?least=ok&at=2026-03-29T00:30:00Z&thing="
    assert [(one["thing"], one["state"], one["reasons"]) for one in client.json(f"{asked}lot-1")["visits"]] == [
        ("lot-1", "ok", [])
    ]
    assert [one["state"] for one in client.json(f"{asked}spot-1")["visits"]] == ["visit"]
    assert client.json("/v1/visits?at=2026-03-29T00:30:00Z&thing=lot-1")["visits"] == []
    client.problem(f"{asked}lot-9", 404, "unknown-thing")


def test_containers_that_cannot_be_told_of_are_to_be_looked_at(client: Client):
    document = CollectionDocument.model_validate(client.json("/v1/collection?at=2026-06-29T00:30:00Z"))
    assert [(stop.thing, stop.why) for stop in document.stops] == [("bin-1", "check")]
    assert document.containers == 1
    nobody = client.json("/v1/collection?operator=nobody")
    assert (nobody["stops"], nobody["containers"]) == ([], 0)
    client.problem("/v1/collection?likely=0", 400, "bad-value")
