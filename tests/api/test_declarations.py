"""Kinds and indicators as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api import schema
from processing.indicators import derived_properties
from sensors.kinds import kinds

if TYPE_CHECKING:
    from tests.api.city import Client


def test_every_kind(client: Client):
    document = client.json("/v1/kinds")
    schema.KindList.model_validate(document)
    assert [kind["name"] for kind in document["kinds"]] == list(kinds())
    lot = next(kind for kind in document["kinds"] if kind["name"] == "parking_lot")
    assert (lot["domain"], "capacity" in lot["site"]) == ("parking", True)
    assert lot["properties"][0]["max_hold_seconds"] == 7200


def test_every_indicator(client: Client):
    document = client.json("/v1/indicators")
    schema.IndicatorList.model_validate(document)
    named = [name for indicator in document["indicators"] for name in indicator["properties"]]
    assert sorted(named) == sorted(derived_properties())
    for indicator in document["indicators"]:
        assert {f"{indicator['name']}_{window}" for window in indicator["windows"]} <= set(indicator["properties"])


@pytest.mark.parametrize("what", ["kinds", "indicators"])
def test_a_list_with_some_members_only(client: Client, what: str):
    every = client.json(f"/v1/{what}")[what]
    assert client.json(f"/v1/{what}?fields=name,title_de")[what] == [
        {"name": one["name"], "title_de": one["title_de"]} for one in every
    ]
    assert "'titel'" in client.problem(f"/v1/{what}?fields=titel", 400, "bad-value")["detail"]
