"""What is to be done, on the page: lists with reasons that lead to their things, for those who may see them."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from sensors.model import Thing
from storage.keys import Key
from tests.alerting import resolved
from tests.api.estate import estate
from tests.api.pages import Served, opened, served_app, served_city
from tests.servers import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = '<img src="x" onerror="document.title=`taken over`">'


def thing(name: str, kind: str, title: str, **site: object) -> Thing:
    return Thing(id=name, name=title, kind=kind, longitude=12.1, latitude=54.09, district="Mitte", properties=site)


@pytest.fixture(scope="module")
def city() -> Iterator[Served]:
    """Serve a city where a container is to be looked at, a fire lane is blocked, and a meter was never heard."""
    with served_city() as made:
        made.catalogue.put(
            [
                thing("bin-1", "waste_container", SCRIPT, distance_empty_mm=1500, distance_full_mm=300),
                thing("gate", "fire_access_zone", "Zufahrt Rathaus"),
                thing("meter-1", "energy_meter", "Zähler Schule"),
            ]
        )
        made.observe("bin-1", "filling_level", [120, 60, 5], [70, 75, 80])
        made.observe("gate", "occupied", [90, 30], [0, 1])
        yield made


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    with closing(browser.new_context(locale="de-DE", viewport={"width": 1280, "height": 800})) as made:
        yield made


@pytest.fixture
def page(context: BrowserContext, city: Served) -> Iterator[Page]:
    """Open the city; nothing may be complained of."""
    visit = opened(context, city.url)
    yield visit.page
    assert visit.complaints == []
    visit.page.close()


def test_what_is_to_be_done_is_counted_and_told_with_its_reason(page: Page) -> None:
    page.locator("#task-collection").click()
    expect(page.locator("#task-collection .task-count")).to_have_text("1")
    expect(page.locator("#tasks li")).to_contain_text("zu wenig bekannt für eine Vorhersage")
    expect(page.locator("#tasks li button")).to_have_text(SCRIPT)
    page.locator("#task-collection").press("ArrowRight")
    expect(page.locator("#task-visits")).to_be_focused()
    expect(page.locator("#tasks li")).to_contain_text("noch nie gehört")
    page.locator("#task-blocked").click()
    expect(page.locator("#tasks li")).to_contain_text("seit 30 min blockiert")
    page.locator("#language").click()
    expect(page.locator("#tasks li")).to_contain_text("blocked for 30 min")
    page.locator("#language").click()


def test_an_entry_leads_to_its_thing_and_back(page: Page) -> None:
    page.locator("#task-blocked").click()
    page.locator("#tasks li button").press("Enter")
    expect(page.locator("#detail h2")).to_have_text("Zufahrt Rathaus")
    expect(page.locator('#map .pin[data-thing="gate"]')).to_have_attribute("data-chosen", "true")
    page.keyboard.press("Escape")
    expect(page.locator("#tasks li button")).to_be_focused()


def test_a_list_that_fails_or_is_empty_says_so(context: BrowserContext, city: Served) -> None:
    page = context.new_page()
    page.route("**/v1/blocked", lambda route: route.abort())
    page.route("**/v1/visits", lambda route: route.fulfill(json={"time": "2026-06-01T10:00:00Z", "visits": []}))
    page.goto(f"{city.url}#task=blocked")
    expect(page.locator("#tasks [role=alert]")).to_contain_text("Diese Liste ist nicht zu haben: Der Server")
    page.locator("#task-visits").click()
    expect(page.locator("#tasks [role=status]")).to_contain_text("Alle Sensoren sind wohlauf.")
    expect(page.locator("#tasks [role=alert]")).to_be_hidden()
    page.close()


def test_the_public_is_not_shown_what_is_to_be_done(browser: Browser) -> None:
    with estate() as built, served_app(built.app) as url, closing(browser.new_context(base_url=url)) as context:
        visit = opened(context, url)
        expect(visit.page.locator("#live")).to_have_attribute("data-state", "live")
        expect(visit.page.locator("#tasks")).to_be_hidden()
        assert not [asked for asked in visit.requests if re.search("collection|visits|blocked", asked)]


def test_an_alert_is_acknowledged_by_whoever_may(browser: Browser) -> None:
    with estate() as built, served_app(built.app) as url, closing(browser.new_context(base_url=url)) as context:
        context.request.post("/v1/session", data={"key": built.keys["pgr"]})
        visit = opened(context, f"{url}#task=alerts")
        alert = visit.page.locator('#tasks li[data-key="car_park_full/lot-s4k"]')
        alert.get_by_role("button", name=re.compile("Acknowledge")).click()
        expect(visit.page.get_by_label("Who knows of it?")).to_have_value("PGR")
        visit.page.get_by_label("What is being done?").fill(SCRIPT)
        visit.page.get_by_role("dialog").get_by_role("button", name="Acknowledge").click()
        expect(alert).to_contain_text(f"acknowledged by PGR · {SCRIPT}")
        expect(alert.get_by_role("button", name=re.compile("Acknowledge"))).to_have_count(0)
        alerts = built.catalogue.alerts
        standing = alerts.alert("car_park_full/lot-s4k")
        assert standing is not None
        alerts.note([resolved(standing)], known=alerts.sequence())
        expect(visit.page.locator("#tasks [role=status]")).to_contain_text("No alert.")
        assert visit.complaints == []


def test_where_all_see_all_one_can_still_sign_in(browser: Browser) -> None:
    with served_city() as empty, closing(browser.new_context(base_url=empty.url)) as context:
        page = opened(context, empty.url).page
        expect(page.locator("#tasks")).to_be_visible()
        expect(page.locator("#sign")).to_be_hidden()
        empty.catalogue.keys.new(Key(name="crew", scopes=("read", "alerts")))
        wait_until(lambda: context.request.get("/v1/session").json()["keys"], what="the key to be known")
        page.reload()
        expect(page.locator("#sign")).to_be_visible()


def test_who_only_reads_acknowledges_nothing(browser: Browser) -> None:
    with estate() as built, served_app(built.app) as url, closing(browser.new_context(base_url=url)) as context:
        context.request.post("/v1/session", data={"key": built.keys["reader"]})
        page = opened(context, f"{url}#task=alerts").page
        expect(page.locator("#tasks li")).to_have_count(1)
        expect(page.locator("#tasks li").get_by_role("button")).to_have_text(["lot-s4k!"])


def broken(page: Page) -> list[str]:
    """Name the rules of axe-core that a page breaks, with what breaks them."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{rule['id']}: {[node['target'] for node in rule['nodes']]}" for rule in found]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_rule_of_axe_is_broken(page: Page, theme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.locator("#task-blocked").click()
    expect(page.locator("#tasks li")).to_have_count(1)
    assert broken(page) == []
    page.locator("#tasks li button").click()
    expect(page.locator("#detail .chart path.line").first).to_be_attached()
    assert broken(page) == []
