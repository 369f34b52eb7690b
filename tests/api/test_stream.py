from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from api import schema
from api.access import CITY, Caller
from api.app import create_app, end_streams
from api.city import Choice
from api.keyring import Keyring
from api.services import Access
from api.stream import Block, Client, Live
from api.view import Cities
from sensors.model import Batch
from storage.catalogue import Counts
from storage.keys import Key
from tests.api.city import FILLING, FREE
from tests.api.listening import Listener, listening, serving
from tests.servers import wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from fastapi import FastAPI

    from storage.store import Written


CITYS = Caller(tenant=CITY, scopes=frozenset({"read", "books"}))


@pytest.fixture
def app(services) -> FastAPI:
    return create_app(services)


@pytest.fixture
def url(app) -> Iterator[str]:
    with serving(app) as root:
        yield f"{root}/v1/stream"


def write(services, stream, time: str, result: float) -> int:
    written: Written = services.store.write(Batch.of((stream,), [0], [time], [result]))
    return written.version


def test_a_write_is_sent_with_its_version(services, url):
    with listening(url) as listener:
        version = write(services, FREE, "2026-03-29T02:00", 12.0)
        _, identity, document = listener.event("observations")
    schema.LatestDocument.model_validate(document)
    assert (document["version"], identity) == (version, str(version))
    assert [(row["thing"], row["result"]) for row in document["observations"]] == [("lot-1", 12.0)]


def test_only_the_chosen_things_are_sent(services, url):
    with listening(f"{url}?domain=waste") as listener:
        write(services, FREE, "2026-03-29T02:00", 12.0)
        write(services, FILLING, "2026-03-29T02:00", 50.0)
        _, _, document = listener.event("observations")
    assert [row["observed_property"] for row in document["observations"]] == ["filling_level"]


def test_the_ledger_is_sent_at_once_and_when_it_changes(services, url):
    with listening(url) as listener:
        assert listener.event("ledger")[2]["total"]["received"] == 0
        services.catalogue.settle("city", "w1", Counts(received=5, stored=5))
        _, _, document = listener.event("ledger")
    schema.LedgerDocument.model_validate(document)
    assert document["total"]["received"] == 5


def test_nothing_is_missed_between_latest_and_stream(services, url):
    seen = httpx.get(url.replace("stream", "latest")).json()["version"]
    write(services, FREE, "2026-03-29T02:00", 12.0)
    with listening(f"{url}?after={seen}") as listener:
        assert [row["result"] for row in listener.event("observations")[2]["observations"]] == [12.0]


def test_a_browser_that_connects_again_gets_what_it_missed(services, url):
    with listening(url) as listener:
        last_id = listener.last_id
    write(services, FREE, "2026-03-29T02:00", 12.0)
    with listening(f"{url}?after=0", **{"last-event-id": last_id}) as listener:
        assert [row["result"] for row in listener.event("observations")[2]["observations"]] == [12.0]


def test_a_version_of_another_store_gets_everything(url):
    with listening(f"{url}?after=999999") as listener:
        assert len(listener.event("observations")[2]["observations"]) == 3


def test_a_quiet_stream_says_that_it_is_alive(app, services):
    app.state.live = Live(app.state.cities, app.state.keyring, alive_every=0.01)
    with serving(app) as root, listening(f"{root}/v1/stream") as listener:
        listener.event("ledger")
        assert "" in listener.block()


def test_streams_end_when_the_server_stops(app):
    with serving(app) as root, httpx.stream("GET", f"{root}/v1/stream", timeout=20) as response:
        listener = Listener(response)
        listener.event("ledger")
        end_streams(app)
        with pytest.raises(EOFError):
            listener.event("observations")
        refused = httpx.get(f"{root}/v1/stream")
        assert (refused.status_code, refused.json()["type"]) == (503, "/docs#too-many-streams")


def test_a_client_too_many_is_refused(app):
    app.state.live = Live(app.state.cities, app.state.keyring, most_clients=1)
    with serving(app) as root, listening(f"{root}/v1/stream") as listener:
        refused = httpx.get(f"{root}/v1/stream")
        assert listener.event("ledger")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")


def test_the_public_leaves_room_for_those_with_a_key(services):
    key, secret = services.catalogue.keys.new(Key(name="desk", scopes=("read",)))
    app = create_app(replace(services, access=Access.CLOSED))
    app.state.live = Live(app.state.cities, app.state.keyring, most_clients=4)
    with serving(app) as root, ExitStack() as listeners:
        public = [listeners.enter_context(listening(f"{root}/v1/stream")) for _ in range(3)]
        assert httpx.get(f"{root}/v1/stream").status_code == 503
        listeners.enter_context(listening(f"{root}/v1/stream", authorization=f"Bearer {secret}"))
        assert len(public) == 3
        services.catalogue.keys.revoke(key.prefix)


def test_what_is_no_id_of_an_event_is_refused(url):
    answer = httpx.get(url, headers={"last-event-id": "abc"})
    assert (answer.status_code, answer.json()["parameter"]) == (400, "Last-Event-ID")


def test_a_client_that_leaves_is_forgotten(app, url):
    live = app.state.live
    with listening(url) as listener:
        assert listener.event("ledger")
        assert len(live._clients) == 1
    wait_until(lambda: not live._clients, what="the client to be forgotten")
    wait_until(live._looking.done, what="the looking to end")


def test_an_unknown_thing_is_refused_before_the_stream_begins(url):
    assert httpx.get(f"{url}?thing=lot-9").status_code == 404


async def first_events(live: Live, choices: list[Choice], services) -> list[list[bytes]]:
    """Listen with several clients at once, write, and give each one's events up to the observations."""
    streams = [live.events(CITYS, choice, None) for choice in choices]
    for stream in streams:
        await anext(stream)
    write(services, FREE, "2026-03-29T02:00", 12.0)
    events = [[event async for event in until_observations(stream)] for stream in streams]
    for stream in streams:
        await stream.aclose()
    return events


async def until_observations(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for event in stream:
        yield event
        if b"event: observations" in event:
            return


def test_clients_share_one_encoded_event(services):
    live = Live(Cities(services), Keyring(services), look_every=0.01)
    first, second = asyncio.run(first_events(live, [Choice(), Choice()], services))
    assert first[-1] is second[-1]


class FailingStore:
    """The store of the small city until it is told to fail."""

    def __init__(self, store) -> None:
        self.store = store
        self.failing = False

    def __getattr__(self, name: str):
        return getattr(self.store, name)

    def changes(self, after: int):
        if self.failing:
            raise RuntimeError("disk gone")
        return self.store.changes(after)


def test_a_failing_store_ends_the_streams_so_that_clients_come_back(services, caplog):
    store = FailingStore(services.store)
    live = Live(Cities(replace(services, store=store)), Keyring(services), look_every=0.01)

    async def listen() -> bytes:
        stream = live.events(CITYS, Choice(), None)
        await anext(stream)
        store.failing = True
        ended = b"".join([event async for event in stream])
        store.failing = False
        again = live.events(CITYS, Choice(), None)
        await anext(again)
        await again.aclose()
        return ended

    assert b"observations" not in asyncio.run(listen())
    assert "disk gone" in caplog.text


def test_a_slow_client_gets_the_newest_of_each_datastream_once():
    client = Client((CITY, Choice()), CITYS)
    client.offer(Block(1, {FREE: '{"n":1}', FILLING: '{"n":2}'}), b"event: ledger\ndata: 1\n\n")
    client.offer(Block(2, {FREE: '{"n":3}'}), None)
    client.offer(Block(3, {}), b"event: ledger\ndata: 2\n\n")
    observations, ledger = client.take()
    assert observations == b'id: 2\nevent: observations\ndata: {"version":2,"observations":[{"n":3},{"n":2}]}\n\n'
    assert ledger == b"event: ledger\ndata: 2\n\n"
    assert client.take() == []
    assert not client.woken.is_set()
