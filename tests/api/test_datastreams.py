from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from api import schema
from sensors.model import Batch, Datastream

if TYPE_CHECKING:
    from tests.api.city import Client

ALL = ["bin-1/filling_level", "lot-1/available_spot_number", "lot-1/occupancy_hour"]


def ids(document: dict[str, Any]) -> list[str]:
    return [stream["id"] for stream in document["datastreams"]]


def test_what_the_store_holds(client: Client):
    document = client.json("/v1/datastreams")
    schema.DatastreamPage.model_validate(document)
    assert ids(document) == ALL
    free = document["datastreams"][1]
    assert (free["first"], free["last"]) == ("2026-03-29T00:00:00.000Z", "2026-03-29T00:20:00.007Z")
    assert (free["count"], free["unit"], free["series"], free["derived"]) == (3, "{space}", "state", False)
    assert document["datastreams"][2]["derived"] is True


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("thing=lot-1", ALL[1:]),
        ("kind=waste_container", ALL[:1]),
        ("domain=parking", ALL[1:]),
        ("domain=energy", []),
        ("thing=bin-1,lot-1", ALL),
        ("property=filling_level,occupancy_hour", ALL[::2]),
    ],
)
def test_choosing(client: Client, query, expected):
    assert ids(client.json(f"/v1/datastreams?{query}")) == expected


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_pages_give_each_datastream_once(client: Client, limit):
    pages = client.walk(f"/v1/datastreams?limit={limit}", "datastreams")
    assert [stream["id"] for page in pages for stream in page] == ALL


def test_a_datastream_of_a_forgotten_thing_is_still_listed(client: Client, services):
    client.json("/v1/datastreams")
    services.store.write(Batch.of((Datastream("gone-1", "old_property"),), [0], ["2026-01-01"], [1.0]))
    document = client.json("/v1/datastreams")
    schema.DatastreamPage.model_validate(document)
    assert ids(document) == [ALL[0], "gone-1/old_property", *ALL[1:]]
    assert document["datastreams"][1]["series"] is None


def test_an_unknown_thing_is_not_an_empty_list(client: Client):
    client.problem("/v1/datastreams?thing=lot-9", 404, "unknown-thing")
    client.problem("/v1/datastreams?thing=lot-1,lot-9", 404, "unknown-thing")
    assert "Did you mean" in client.problem("/v1/datastreams?property=filing_level", 400, "bad-value")["detail"]


def test_an_empty_store(stranger: Client):
    assert stranger.json("/v1/datastreams") == {"datastreams": [], "next": None}
