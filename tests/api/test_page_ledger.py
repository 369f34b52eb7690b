"""Messages that could not be read, read again from the page by whoever may, in a real browser."""

from __future__ import annotations

import json
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, expect

from ingest.carry import carry, writing
from ingest.ledger import counts
from ingest.replay import replay
from sensors.model import Device, Message, Thing
from storage.keys import Key
from tests.api.pages import Served, now, opened, served_city

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sensors.memory import Memory

BIN = Thing(id="bin-1", name="Glas Markt", kind="waste_container", longitude=12.14, latitude=54.088)
SCRIPT = '<img src="x" onerror="document.title=`taken over`">'


def receive(city: Served, topic: str, payload: bytes) -> None:
    """Do what a worker does with a message."""
    message = Message("city", topic, payload, int(now().astype(int)))
    carried = carry([message], city.catalogue.devices(), writing(city.store))
    assert carried is not None
    city.catalogue.settle("city", "w1", counts(carried.heading), list(carried.rejected.values()))


@contextmanager
def worker(city: Served) -> Iterator[None]:
    """Read again what is asked for, as the worker that holds the store does."""
    stop = threading.Event()
    memory: Memory = {}

    def work() -> None:
        while not stop.wait(0.05):
            request = city.catalogue.replay_request()
            if request is not None and not request.finished:
                replay(city.catalogue, request, city.catalogue.devices(), writing(city.store), memory)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)


@pytest.fixture
def city() -> Iterator[Served]:
    """Serve a city with two messages in quarantine: one of a device that is not known, one that nobody can read."""
    with served_city() as made:
        made.catalogue.put([BIN])
        receive(made, "city/waste/dev-9", json.dumps({"filling_level": 50}).encode())
        receive(made, f"city/waste/{SCRIPT}", b"no JSON")
        yield made


@contextmanager
def signed_in(browser: Browser, city: Served, *scopes: str) -> Iterator[BrowserContext]:
    _, secret = city.catalogue.keys.new(Key(name="crew", scopes=scopes))
    with closing(browser.new_context(base_url=city.url, locale="en-GB")) as context:
        assert context.request.post("/v1/session", data={"key": secret}).status == 204
        yield context


def test_messages_are_read_again_once_their_device_is_known(browser: Browser, city: Served) -> None:
    with worker(city), signed_in(browser, city, "read", "books", "catalogue") as context:
        visit = opened(context, city.url)
        page = visit.page
        messages, status = page.locator("#quarantine li[data-message]"), page.locator("#replay-status")
        expect(messages).to_have_count(2)
        page.locator("#replay-all").click()
        expect(status).to_have_text("0 messages were read, 0 new observations; 2 still cannot be read.")
        city.catalogue.put([], [Device(id="dev-9", model="plain", thing=BIN)])
        messages.filter(has_text="Unknown device").get_by_role("button").click()
        expect(status).to_have_text("1 messages were read, 1 new observations.")
        expect(messages).to_have_count(1)
        expect(page.locator('#ledger .tally [data-part="stored"] dd')).to_have_text("1")
        page.locator('[role=tab][data-domain="waste"]').click()
        expect(page.locator('#list tr[data-thing="bin-1"] .result')).to_have_text("50 %")
        assert page.title() == "Smile City · Rostock"
        assert visit.complaints == []


def test_a_long_topic_leaves_room_for_what_is_to_be_done(browser: Browser, city: Served) -> None:
    receive(city, f"city/waste/{'verylong' * 25}", b"no JSON")
    with signed_in(browser, city, "read", "books", "catalogue") as context:
        page = context.new_page()
        page.set_viewport_size({"width": 1280, "height": 720})
        page.goto(city.url)
        expect(page.locator("#quarantine li[data-message]")).to_have_count(3)
        tasks = page.locator("#tasks").bounding_box()
        assert tasks is not None
        assert tasks["height"] > 250
        assert page.locator("#ledger").evaluate("one => one.scrollWidth <= one.clientWidth")
        assert Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"] == []


def test_where_no_worker_runs_it_is_said(browser: Browser, city: Served) -> None:
    with signed_in(browser, city, "read", "books", "catalogue") as context:
        page = context.new_page()
        page.clock.install()
        page.goto(city.url)
        page.locator("#replay-all").click()
        expect(page.locator("#replay-status")).to_contain_text("Reading again")
        expect(page.locator("#replay-all")).to_be_disabled()
        page.clock.run_for(25_000)
        expect(page.locator("#replay-status")).to_contain_text("No worker has begun yet")
        expect(page.locator("#replay-all")).to_be_enabled()


def test_who_may_not_is_not_offered_it(browser: Browser, city: Served) -> None:
    with signed_in(browser, city, "read", "books") as context:
        page = opened(context, city.url).page
        expect(page.locator("#quarantine li[data-message]")).to_have_count(2)
        expect(page.locator("#ledger").get_by_role("button")).to_have_count(0)
