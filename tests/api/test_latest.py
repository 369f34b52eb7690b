from __future__ import annotations

from typing import Any

import pytest

from api import schema
from api.routes import latest as route
from sensors.model import Batch
from tests.api.city import FREE, Client


def names(document: dict[str, Any]) -> set[str]:
    return {f"{row['thing']}/{row['observed_property']}" for row in document["observations"]}


def test_the_newest_of_each_datastream(client: Client):
    document = client.json("/v1/latest")
    schema.LatestDocument.model_validate(document)
    assert names(document) == {"bin-1/filling_level", "lot-1/available_spot_number", "lot-1/occupancy_hour"}
    results = {row["observed_property"]: row["result"] for row in document["observations"]}
    assert results == {"filling_level": 42.25, "available_spot_number": 331.5, "occupancy_hour": None}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("thing=bin-1", {"bin-1/filling_level"}),
        ("kind=parking_lot", {"lot-1/available_spot_number", "lot-1/occupancy_hour"}),
        ("domain=waste", {"bin-1/filling_level"}),
        ("property=occupancy_hour", {"lot-1/occupancy_hour"}),
        ("domain=energy", set()),
        ("thing=bin-1,lot-1&property=filling_level,occupancy_hour", {"bin-1/filling_level", "lot-1/occupancy_hour"}),
    ],
)
def test_choosing(client: Client, query, expected):
    document = client.json(f"/v1/latest?{query}")
    schema.LatestDocument.model_validate(document)
    assert names(document) == expected


def test_the_version_grows_with_writes(client: Client, services):
    before = client.json("/v1/latest")
    services.store.write(Batch.of((FREE,), [0], ["2026-03-29T01:00"], [300.0]))
    after = client.json("/v1/latest?property=available_spot_number")
    assert after["version"] > before["version"]
    assert [row["result"] for row in after["observations"]] == [300.0]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-29T00:10:00Z", {"available_spot_number": 340.0, "filling_level": 42.25, "occupancy_hour": None}),
        ("2026-03-29T00:04:00Z", {"available_spot_number": 350.0, "occupancy_hour": None}),
        ("2026-03-28T23:30:00Z", {"occupancy_hour": 0.1}),
        ("2026-03-28", {}),
    ],
)
def test_the_city_as_it_was(client: Client, at, expected):
    rows = client.json(f"/v1/latest?at={at}")["observations"]
    assert {row["observed_property"]: row["result"] for row in rows} == expected
    table = client.get(f"/v1/latest?at={at}&format=csv").text.splitlines()
    assert len([line for line in table if line and not line.startswith("#")]) == len(expected) + 1


def test_what_came_late_is_in_it(client: Client, services):
    services.store.write(Batch.of((FREE,), [0], ["2026-03-29T00:05"], [345.0]))
    asked = "/v1/latest?property=available_spot_number&at=2026-03-29T00:09:00Z"
    assert [row["result"] for row in client.json(asked)["observations"]] == [345.0]


@pytest.mark.parametrize("name", ["property", "observed_property"])
def test_one_field_has_two_names_and_both_are_known(client: Client, name):
    asked = f"/v1/latest?thing=bin-1&fields={name},result"
    assert client.json(asked)["observations"] == [{"observed_property": "filling_level", "result": 42.25}]
    assert client.get(f"{asked}&format=csv").text.splitlines() == ["property,result", "filling_level,42.25"]


def test_an_unknown_property_gets_a_proposal(client: Client):
    document = client.problem("/v1/latest?property=filling_leval", 400, "bad-value")
    assert "Did you mean 'filling_level'" in document["detail"]


def test_an_answer_that_would_be_too_large_is_refused_not_cut(client: Client, monkeypatch):
    monkeypatch.setattr(route, "MOST_STREAMS", 2)
    assert "3 datastreams match" in client.problem("/v1/latest", 413, "too-many-rows")["detail"]
    assert len(client.json("/v1/latest?thing=lot-1")["observations"]) == 2


def test_an_empty_store(stranger: Client):
    assert stranger.json("/v1/latest")["observations"] == []
