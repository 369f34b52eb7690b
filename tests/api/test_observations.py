from __future__ import annotations

import csv
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api import observation_table, schema
from sensors.model import Batch, Datastream
from tests.api.city import FREE, Client

URL = "/v1/observations?thing=lot-1&property=available_spot_number"
NUMBERS = ("result", "quality", "coverage", "samples", "revision")


def times(document: dict[str, Any]) -> list[str]:
    return [row["phenomenon_time"] for row in document["observations"]]


def lines(text: str) -> list[dict[str, Any]]:
    """Read CSV as the JSON rows that it must equal."""
    rows = csv.DictReader(text.splitlines())
    return [row | {name: json.loads(row[name] or "null") for name in NUMBERS} for row in rows]


def without_names(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "quality_name"} for row in rows]


def test_the_last_day(client: Client):
    document = client.json(URL)
    schema.ObservationPage.model_validate(document)
    assert document["datastream"]["id"] == "lot-1/available_spot_number"
    assert document["next"] is None
    assert times(document) == ["2026-03-29T00:00:00.000Z", "2026-03-29T00:10:00.000Z", "2026-03-29T00:20:00.007Z"]
    assert document["observations"][2] == {
        "phenomenon_time": "2026-03-29T00:20:00.007Z",
        "result_time": "2026-03-29T00:20:00.007Z",
        "result": 331.5,
        "quality": 3,
        "quality_name": "suspect",
        "coverage": None,
        "samples": 0,
        "revision": 9,
    }


def test_an_indicator_by_its_property_name(client: Client):
    document = client.json("/v1/observations?thing=lot-1&property=occupancy_hour")
    schema.ObservationPage.model_validate(document)
    assert [row["result"] for row in document["observations"]] == [0.1, None]
    assert [row["coverage"] for row in document["observations"]] == [0.9, 0.5]
    assert [row["quality_name"] for row in document["observations"]] == ["good", "missing"]


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ("from=2026-03-29T00:10:00Z", 2),
        ("from=2026-03-29T02:10:00%2B02:00", 2),
        ("to=2026-03-29T00:10:00Z", 1),
        ("from=2026-03-29T00:10:00Z&to=2026-03-29T00:20:00.007Z", 1),
        ("from=-15m", 2),
        ("from=-0s", 1),
        ("from=2026-03-28&to=2026-03-29", 0),
        ("from=2026-03-29", 3),
    ],
)
def test_spans_include_their_start_and_not_their_end(client: Client, span, expected):
    assert len(client.json(f"{URL}&{span}")["observations"]) == expected


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_pages_in_json_and_csv(client: Client, limit):
    whole = client.json(URL)["observations"]
    pages = client.walk(f"{URL}&limit={limit}", "observations")
    assert [row for page in pages for row in page] == whole
    assert walk_csv(client, f"{URL}&format=csv&limit={limit}") == without_names(whole)


def walk_csv(client: Client, url: str | None) -> list[dict[str, Any]]:
    rows = []
    while url is not None:
        answer = client.get(url)
        assert answer.status_code == 200, answer.text
        rows += lines(answer.text)
        url = answer.links.get("next", {}).get("url")
    return rows


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(offsets=st.sets(st.integers(0, 30), min_size=1), limit=st.integers(1, 9))
def test_any_limit_gives_each_row_once(client: Client, services, offsets, limit):
    start = np.datetime64("2026-04-01T00:00", "ms")
    services.store.write(
        Batch.of((FREE,), [0] * len(offsets), [start + offset for offset in offsets], [1.0] * len(offsets))
    )
    whole = client.json(f"{URL}&limit=50000")["observations"]
    pages = client.walk(f"{URL}&limit={limit}", "observations")
    assert [row for page in pages for row in page] == whole
    assert len({row["phenomenon_time"] for row in whole}) == len(whole) >= len(offsets)


def test_rows_written_while_walking_shift_nothing(client: Client, services):
    first = client.json(f"{URL}&limit=2")
    before, after = "2026-03-29T00:05", "2026-03-29T00:15"
    services.store.write(Batch.of((FREE,), [0, 0, 0], [before, after, "2026-03-30T00:00"], [1.0, 2.0, 3.0]))
    second = client.json(first["next"])
    assert times(first) == ["2026-03-29T00:00:00.000Z", "2026-03-29T00:10:00.000Z"]
    assert times(second) == ["2026-03-29T00:15:00.000Z", "2026-03-29T00:20:00.007Z"]
    assert second["next"] is None


def test_the_next_link_names_the_span_as_instants(client: Client):
    query = parse_qs(urlsplit(client.json(f"{URL}&from=-1h&limit=1")["next"]).query)
    assert query["from"] == ["2026-03-28T23:20:00.007Z"]
    assert query["to"] == ["2026-03-29T00:20:00.008Z"]
    assert query["limit"] == ["1"]


def test_csv_without_a_limit_is_complete_over_many_blocks(client: Client, monkeypatch):
    monkeypatch.setattr(observation_table.Wanted.batches, "__defaults__", (1, None))
    answer = client.get(f"{URL}&format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["smilecity-unit"] == "{space}"
    assert list(answer.links) == ["cite-as"]
    assert answer.text.splitlines()[0] == "phenomenon_time,result_time,result,quality,coverage,samples,revision"
    assert lines(answer.text) == without_names(client.json(URL)["observations"])


def test_csv_of_missing_numbers_has_empty_fields(client: Client):
    text = client.get("/v1/observations?thing=lot-1&property=occupancy_hour&format=csv").text
    assert text.splitlines()[2] == "2026-03-29T00:00:00.000Z,2026-03-29T00:00:00.000Z,,9,0.5,3,2"


def test_a_declared_property_without_observations(client: Client):
    document = client.json("/v1/observations?thing=meter-1&property=active_power")
    schema.ObservationPage.model_validate(document)
    assert document["observations"] == []
    assert (document["datastream"]["first"], document["datastream"]["count"]) == (None, 0)
    csv_text = client.get("/v1/observations?thing=meter-1&property=active_power&format=csv").text
    assert csv_text == "phenomenon_time,result_time,result,quality,coverage,samples,revision\n"


def test_an_unknown_property_gets_a_proposal_and_the_list(client: Client):
    detail = client.problem("/v1/observations?thing=lot-1&property=occupancy_hours", 404, "unknown-property")["detail"]
    assert "Did you mean 'occupancy_hour'" in detail
    assert "It has 'available_spot_number'" in detail


def test_results_of_a_forgotten_indicator_are_still_given(client: Client, services):
    gone = Datastream("lot-1", "forgotten_day", derived=True)
    services.store.write(Batch.of((gone,), [0], ["2026-03-28T23:00"], [1.0]))
    document = client.json("/v1/observations?thing=lot-1&property=forgotten_day")
    schema.ObservationPage.model_validate(document)
    assert (document["datastream"]["derived"], len(document["observations"])) == (True, 1)


def test_a_property_of_another_kind_is_unknown(client: Client):
    client.problem("/v1/observations?thing=lot-1&property=filling_level", 404, "unknown-property")


def test_an_unknown_thing_gets_a_proposal(client: Client):
    detail = client.problem("/v1/observations?thing=bin-2&property=x", 404, "unknown-thing")["detail"]
    assert "'bin-1'" in detail


def test_times_and_cursors_that_cannot_be_read(client: Client):
    assert "Accepted is" in client.problem(f"{URL}&from=tomorrow", 400, "bad-time")["detail"]
    assert "Accepted is" in client.problem(f"{URL}&from=", 400, "bad-time")["detail"]
    client.problem(f"{URL}&from=2026-03-30&to=2026-03-29", 400, "bad-span")
    client.problem(f"{URL}&cursor=zzz", 400, "bad-cursor")
    client.problem(f"{URL}&cursor={'9' * 30}", 400, "bad-cursor")


@pytest.mark.parametrize("query", ["limit=0", "limit=50001", "limit=many", "format=xml", "fields=colour", "fields="])
def test_values_that_are_not_accepted(client: Client, query):
    document = client.problem(f"{URL}&{query}", 400, "bad-value")
    found = document["errors"][0]["parameter"] if "errors" in document else document["parameter"]
    assert found == query.partition("=")[0]


def test_some_members_only(client: Client):
    rows = client.json(f"{URL}&fields=result,phenomenon_time")["observations"]
    assert rows[0] == {"result": 350.0, "phenomenon_time": "2026-03-29T00:00:00.000Z"}
