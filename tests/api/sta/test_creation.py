"""Observations sent over HTTP: stored once, tested, booked, or refused with what is wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.app import create_app
from api.services import Access, Services
from api.sta import sent as sent_module
from sensors.model import Thing
from storage.catalogue import Catalogue, Counts
from storage.store import open_store
from tests.api.city import THINGS, Client
from tests.api.estate import estate

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

ROOT = "/sta/v1.1"
KEY = "a-key-of-this-test-alone"
STREAM = "Datastreams('bin-1/filling_level')/Observations"
AT = "2026-03-29T01:00:00Z"
GATE = Thing(id="gate-1", name="Gate", kind="parking_spot", longitude=12.1, latitude=54.1)


@pytest.fixture(params=["memory"])
def empty(request: pytest.FixtureRequest) -> Iterator[Services]:
    store, catalogue = open_store("memory://"), Catalogue("sqlite://")
    yield Services(store=store, catalogue=catalogue, version="1.2.3", access=Access.OPEN)
    store.close()
    catalogue.close()


@pytest.fixture
def writer(services: Services) -> Client:
    services.catalogue.put([GATE])
    return Client(create_app(replace(services, api_key=KEY)))


def send(client: Client, path: str, body: Any, **headers: str) -> httpx.Response:
    said = {"content-type": "application/json"} | (headers or {"authorization": f"Bearer {KEY}"})
    return client.send("POST", f"{ROOT}/{path}", json.dumps(body).encode(), **said)


def booked(services: Services) -> Counts:
    (entry,) = [entry for entry in services.catalogue.ledger() if (entry.source, entry.worker) == ("http", "api")]
    assert entry.counts.balanced
    return entry.counts


def test_an_observation_is_there_under_its_address(writer: Client, services: Services):
    answer = send(writer, STREAM, {"phenomenonTime": AT, "result": 55.5, "resultTime": "2026-03-29T01:00:01Z"})
    assert (answer.status_code, answer.content) == (201, b"")
    location = answer.headers["location"]
    assert location == f"http://city{ROOT}/Observations('bin-1/filling_level/1774746000000')"
    told = writer.json(location.removeprefix("http://city"))
    assert (told["phenomenonTime"], told["result"]) == ("2026-03-29T01:00:00.000Z", 55.5)
    assert told["resultQuality"]["flag"] == 1
    assert told["resultTime"] > "2026-11"
    assert booked(services) == Counts(received=1, stored=1)


def test_the_same_again_changes_nothing_and_another_result_is_refused(writer: Client, services: Services):
    body = {"phenomenonTime": AT, "result": 55.5, "Datastream": {"@iot.id": "bin-1/filling_level"}}
    assert [send(writer, "Observations", body).status_code for _ in range(2)] == [201, 201]
    version = services.store.changes(0).version
    answer = send(writer, "Observations", body | {"result": 56})
    assert (answer.status_code, "which stays" in answer.json()["message"]) == (409, True)
    assert services.store.changes(0).version == version
    assert booked(services) == Counts(received=3, stored=1, duplicate=1, superseded=1)


def test_a_better_result_takes_the_place_of_a_doubted_one(writer: Client):
    doubted = {"phenomenonTime": AT, "result": 12, "resultQuality": {"flag": 3}}
    assert send(writer, STREAM, doubted).status_code == 201
    assert send(writer, STREAM, {"phenomenonTime": AT, "result": 14}).status_code == 201
    assert writer.json(f"{ROOT}/{STREAM}?$filter=phenomenonTime eq {AT}")["value"][0]["result"] == 14


@pytest.mark.parametrize(
    ("body", "result", "flag"),
    [
        ({"result": 150}, 150, 4),
        ({"result": None}, None, 9),
        ({"result": None, "resultQuality": 9}, None, 9),
        ({"result": 20, "resultQuality": {"flag": 4, "why": "cleaning"}}, 20, 4),
    ],
)
def test_results_are_tested(writer: Client, body, result, flag):
    assert send(writer, STREAM, {"phenomenonTime": AT, **body}).status_code == 201
    (told,) = writer.json(f"{ROOT}/{STREAM}?$filter=phenomenonTime eq {AT}")["value"]
    assert (told["result"], told["resultQuality"]["flag"]) == (result, flag)


def test_what_is_no_truth_is_not_said_by_true(writer: Client):
    answer = send(writer, STREAM, {"phenomenonTime": AT, "result": True})
    assert (answer.status_code, "it is a number" in answer.json()["message"]) == (400, True)


def test_a_datastream_begins_with_its_first_observation(writer: Client):
    assert writer.get(f"{ROOT}/Datastreams('gate-1/occupied')").status_code == 404
    answer = send(writer, "Datastreams('gate-1/occupied')/Observations", {"result": True})
    assert answer.status_code == 201
    assert writer.json(f"{ROOT}/Datastreams('gate-1/occupied')")["@iot.id"] == "gate-1/occupied"


def test_data_arrays(writer: Client, services: Services):
    arrays = [
        {
            "Datastream": {"@iot.id": "bin-1/filling_level"},
            "components": ["phenomenonTime", "result", "resultQuality"],
            "dataArray@iot.count": 2,
            "dataArray": [[AT, 10, None], ["2026-03-29T03:15:00+02:00", 11, {"flag": 3}]],
        },
        {
            "Datastream": {"@iot.id": "lot-1/available_spot_number"},
            "components": ["result", "phenomenonTime", "FeatureOfInterest/id"],
            "dataArray": [[300, AT, "lot-1"], [999, "2026-03-29T00:00:00Z", "lot-1"]],
        },
    ]
    answer = send(writer, "CreateObservations", arrays)
    assert answer.status_code == 201
    *links, last = answer.json()
    assert [writer.json(link.removeprefix("http://city"))["result"] for link in links] == [10, 11, 300]
    assert last == "error"
    assert booked(services) == Counts(received=4, stored=3, superseded=1)
    assert send(writer, "CreateObservations", []).json() == []


WRONG = [
    (STREAM, {}, 400, "result"),
    (STREAM, {"result": "full"}, 400, "it is a number"),
    (STREAM, {"result": 1, "unit": "%"}, 400, "unit"),
    (STREAM, {"result": 1, "phenomenonTime": "yesterday"}, 400, "is no time"),
    (STREAM, {"result": 1, "phenomenonTime": "2026-03-29T01:00:00"}, 400, "has no offset"),
    (STREAM, {"result": 1, "phenomenonTime": "2099-01-01T00:00:00Z"}, 400, "in the future"),
    (STREAM, {"result": 1, "phenomenonTime": "1999-01-01T00:00:00Z"}, 400, "before the year 2000"),
    (STREAM, {"result": 1, "resultTime": "x"}, 400, "resultTime"),
    (STREAM, {"result": 1, "resultQuality": {"flag": 5}}, 400, "one of the flags"),
    (STREAM, {"result": 1, "resultQuality": 9}, 400, "there is no result"),
    (STREAM, {"result": 1, "parameters": {"a": 1}}, 501, "'parameters'"),
    (STREAM, {"result": 1, "FeatureOfInterest": {"@iot.id": "lot-1"}}, 400, "feature of interest"),
    (STREAM, {"result": 1, "Datastream": {"@iot.id": "lot-1/occupied"}}, 400, "The path names"),
    ("Observations", {"result": 1}, 400, "of which datastream"),
    ("Observations", {"result": 1, "Datastream": {"@iot.id": "bin-9/filling_level"}}, 404, "bin-9"),
    ("Observations", {"result": 1, "Datastream": {"@iot.id": "bin-1/filing_level"}}, 404, "Did you mean"),
    ("Datastreams('lot-1/occupancy_hour')/Observations", {"result": 1}, 400, "is an indicator"),
    ("Things", {"name": "x"}, 501, "smilecity things"),
    ("Thing", {"name": "x"}, 404, "no entity set"),
    ("CreateObservations", {"a": 1}, 400, "cannot be taken"),
    ("CreateObservations", [{"Datastream": {"@iot.id": "bin-1/x"}, "components": [], "dataArray": []}], 404, "bin-1"),
]
ARRAY: dict[str, Any] = {"Datastream": {"@iot.id": "bin-1/filling_level"}, "components": ["result", "phenomenonTime"]}
WRONG_ARRAYS: list[tuple[dict[str, Any], str]] = [
    ({"components": ["result", "foo"], "dataArray": []}, "components are"),
    ({"components": ["phenomenonTime"], "dataArray": []}, "'result' among them"),
    ({"dataArray": [[1, AT], [1]]}, "Array 2, row 2: 1 values for 2 components"),
    ({"dataArray": [[1, AT], [2, 5]]}, "Array 2, row 2"),
    ({"dataArray": [[1, "x"]]}, "Array 2, row 1: phenomenonTime"),
    ({"dataArray": [], "dataArray@iot.count": 3}, "says that it has 3"),
]


@pytest.mark.parametrize(
    "wrong",
    [
        *WRONG,
        *(
            ("CreateObservations", [ARRAY | {"dataArray": [[1, AT]]}, ARRAY | two], 400, says)
            for two, says in WRONG_ARRAYS
        ),
    ],
)
def test_of_what_is_wrong_nothing_is_stored(writer: Client, services: Services, wrong):
    path, body, status, says = wrong
    version = services.store.changes(0).version
    answer = send(writer, path, body)
    assert answer.status_code == status, answer.text
    assert says in answer.json()["message"]
    assert services.store.changes(0).version == version
    assert not services.catalogue.ledger()


def test_limits(writer: Client, monkeypatch):
    from api.sta import creation  # noqa: PLC0415

    monkeypatch.setattr(creation, "MOST", 1)
    answer = send(writer, "CreateObservations", [ARRAY | {"dataArray": [[1, AT], [2, AT]]}])
    assert (answer.status_code, "may hold 1 observations" in answer.json()["message"]) == (413, True)
    large = send(writer, STREAM, {"result": 1, "resultQuality": "x" * 2**21})
    assert large.status_code == 413
    deep = writer.send(
        "POST",
        f"{ROOT}/{STREAM}",
        b'{"result":1,"resultQuality":' + b"[" * 9000,
        authorization=f"Bearer {KEY}",
        **{"content-type": "application/json"},
    )
    assert deep.status_code == 400
    assert sent_module.MOST == 10_000


def test_nobody_writes_without_the_key(client: Client, writer: Client, services: Services):
    assert send(client, STREAM, {"result": 1}, authorization="").status_code == 403
    for key in ("", "Bearer wrong-wrong-wrong-wrong", "Basic xyz"):
        answer = send(writer, STREAM, {"result": 1}, authorization=key)
        assert (answer.status_code, "message" in answer.json()) == (401, True)
    assert not services.catalogue.ledger()


SENT = st.lists(
    st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(0, 2)), st.sampled_from((None, 1, 3, 4))), max_size=8
)


@settings(max_examples=20)
@given(SENT)
def test_whatever_is_sent_the_books_balance_and_the_best_stays(sent):
    store, catalogue = open_store("memory://"), Catalogue("sqlite://")
    catalogue.put(THINGS)
    client = Client(create_app(Services(store=store, catalogue=catalogue, api_key=KEY, access=Access.OPEN)))
    held: dict[int, tuple[int, int | None]] = {}
    for minute, result, flag in sent:
        mark = 9 if result is None else flag or 1
        answer = send(client, STREAM, {
            "phenomenonTime": f"2026-03-29T00:0{minute}:00Z",
            "result": result,
            "resultQuality": None if result is None else flag,
        })  # fmt: skip
        rank = (-mark, result)
        if minute not in held or rank[0] > held[minute][0]:
            held[minute] = rank
        assert answer.status_code == (201 if held[minute][1] == result else 409)
    told = client.json(f"{ROOT}/Observations?$orderby=phenomenonTime asc")["value"]
    assert [one["result"] for one in told] == [held[minute][1] for minute in sorted(held)]
    assert all(entry.counts.balanced and entry.counts.received == len(sent) for entry in catalogue.ledger())
    store.close()
    catalogue.close()


def test_a_company_sends_for_its_own_things_alone():
    with estate() as city:
        for role, name, status in (
            ("pgr", "lot-s4k/available_spot_number", 201),
            ("pgr", "meter-w7q/total_active_energy_import", 404),
            ("pgr", "school/total_active_energy_import", 403),
            ("reader", "lot-open/available_spot_number", 403),
            ("public", "lot-open/available_spot_number", 401),
            ("sw", "school/total_active_energy_import", 201),
            ("city", "lot-open/available_spot_number", 201),
        ):
            body = {"result": 7, "phenomenonTime": AT}
            said = city.headers(role) or {"authorization": ""}
            answer = send(city.client, f"Datastreams('{name}')/Observations", body, **said)
            assert answer.status_code == status, (role, name, answer.text)
            assert status == 201 or answer.json()["message"]
