from __future__ import annotations

import json
import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from api.app import create_app, end_streams
from api.listening import encode_event, message_of, welcome
from sensors.model import Batch
from storage.keys import Key
from tests.api.city import FILLING, FREE, OCCUPANCY
from tests.api.listening import serving
from tests.servers import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI
    from websockets.sync.connection import Connection

    from api.app import Services


@pytest.fixture
def app(services: Services) -> FastAPI:
    return create_app(services)


@pytest.fixture
def url(app: FastAPI) -> Iterator[str]:
    with serving(app) as root:
        yield f"{root.replace('http', 'ws')}/v1/stream"


def told(socket: Connection, name: str) -> dict[str, Any]:
    """Wait for an event of a name."""
    while True:
        message: dict[str, Any] = json.loads(socket.recv(timeout=20))
        if message["event"] == name:
            return message


def write(services: Services, time: str) -> int:
    at = [time] * 3
    return services.store.write(Batch.of((FREE, OCCUPANCY, FILLING), [0, 1, 2], at, [12.0, 0.5, 50.0])).version


def rows(message: dict[str, Any]) -> list[tuple[str, str]]:
    return [(row["thing"], row["observed_property"]) for row in message["data"]["observations"]]


def test_events_are_the_same_in_json():
    assert message_of(encode_event("ledger", '{"a":1}')) == '{"event":"ledger","id":null,"data":{"a":1}}'
    assert message_of(welcome(7)) == '{"event":"welcome","id":7,"data":null}'
    assert message_of(b": still here\n\n") == ""


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {FREE[:2], OCCUPANCY[:2], FILLING[:2]}),
        ("?derived=true", {OCCUPANCY[:2]}),
        ("?derived=false&operator=car-parks", {FREE[:2]}),
        ("?property=filling_level", {FILLING[:2]}),
        ("?property=filling_level,occupancy_hour", {FILLING[:2], OCCUPANCY[:2]}),
    ],
)
@pytest.mark.parametrize("empty", ["memory"], indirect=True)
def test_what_is_chosen_is_sent_and_an_older_version_is_caught_up_with(services: Services, url, query, expected):
    with connect(f"{url}{query}") as socket:
        seen = told(socket, "welcome")["id"]
        version = write(services, "2026-03-29T02:00")
        message = told(socket, "observations")
    assert (set(rows(message)), message["id"]) == (expected, version)
    with connect(f"{url}{query}{'&' if query else '?'}after={seen}") as socket:
        assert set(rows(told(socket, "observations"))) == expected


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?colour=red", 400, "unknown-parameter"),
        ("?kind=parking_lots", 400, "bad-value"),
        ("?thing=lot-9", 404, "unknown-thing"),
        ("?after=-1", 400, "bad-value"),
    ],
)
@pytest.mark.parametrize("empty", ["memory"], indirect=True)
def test_what_is_refused_is_a_problem_before_it_begins(url, query, status, code, caplog):
    with pytest.raises(InvalidStatus) as refusal:
        connect(f"{url}{query}")
    assert not [record for record in caplog.records if record.exc_info]
    assert refusal.value.response.status_code == status
    assert json.loads(refusal.value.response.body or b"")["type"] == f"/docs#{code}"


@pytest.mark.parametrize("empty", ["memory"], indirect=True)
def test_pages_of_other_sites_are_refused(url):
    with pytest.raises(InvalidStatus) as refusal:
        connect(url, origin="https://example.org")  # type: ignore[arg-type]
    assert refusal.value.response.status_code == 403


@pytest.mark.parametrize("empty", ["memory"], indirect=True)
def test_who_talks_is_let_go_of_with_a_reason(url):
    with connect(url) as socket:
        socket.send("hello")
        with pytest.raises(ConnectionClosed) as closed:
            told(socket, "nothing of this name")
    assert closed.value.rcvd
    assert (closed.value.rcvd.code, closed.value.rcvd.reason[:29]) == (1008, "this stream takes no messages")


@pytest.mark.parametrize("empty", ["memory"], indirect=True)
def test_a_platform_that_stops_says_so(app: FastAPI, url):
    with connect(url) as socket:
        told(socket, "welcome")
        end_streams(app)
        with pytest.raises(ConnectionClosed) as closed:
            told(socket, "nothing of this name")
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1001


@pytest.mark.parametrize("empty", ["memory"], indirect=True)
@pytest.mark.parametrize("expires", [True, False])
def test_whoever_may_listen_no_more_is_told_so(services: Services, url: str, *, expires: bool):
    keys = services.catalogue.keys
    until = time.time_ns() // 1_000_000 + 3_000 if expires else None
    key, secret = keys.new(Key(name="guest", scopes=("read",), expires=until))
    with connect(url, additional_headers={"authorization": f"Bearer {secret}"}) as socket:
        told(socket, "welcome")
        if not expires:
            keys.revoke(key.prefix)
        with pytest.raises(ConnectionClosed) as closed:
            told(socket, "nothing of this name")
    assert closed.value.rcvd
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "the key was revoked or has expired")


@pytest.mark.parametrize("empty", ["memory"], indirect=True)
def test_clients_are_counted_and_limited(services: Services, app: FastAPI, url):
    live = app.state.live
    live._most_clients = 1
    with connect(url) as socket:
        told(socket, "welcome")
        with pytest.raises(InvalidStatus) as refusal:
            connect(url)
    assert refusal.value.response.status_code == 503
    wait_until(lambda: not live._clients, what="the client to leave")


@pytest.mark.parametrize("empty", ["memory"], indirect=True)
def test_a_slow_client_holds_one_state_of_the_city_and_no_more(services: Services, app: FastAPI, url, monkeypatch):
    """It reads nothing: what waits for it is one row per datastream, whatever is written."""
    monkeypatch.setattr("api.routes.websocket.SEND_S", 600.0)
    with closing(connect(url, max_queue=1)) as socket:
        told(socket, "welcome")
        (client,) = app.state.live._clients
        for second in range(0, 600, 20):
            write(services, str(np.datetime64("2026-03-30T00:00:00") + second))
        wait_until(lambda: app.state.live._last.version >= services.store.changes(0).version, what="the last look")
        assert client.block is None or len(client.block.rows) <= 3
        assert replace(services).store.changes(0).version >= 30
