"""The page on a wall, and what residents see of public buildings, in a real browser."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from api.services import Access
from sensors.model import Batch, Datastream, Thing
from tests.api.pages import Served, now, opened, served_city
from tests.servers import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = np.timedelta64(1, "D")


def meter(name: str, **site: object) -> Thing:
    return Thing(id=name, name=name, kind="energy_meter", longitude=12.1, latitude=54.1, public=True, properties=site)


def fill(city: Served) -> None:
    """Let a school use less than a week before, a pool more, and a hall be new; nobody knows how large the pool is."""
    bins = Thing(id="bin-1", name="Glas", kind="waste_container", longitude=12.12, latitude=54.1, public=True)
    city.catalogue.put([meter("school", floor_area_m2=1000), meter("pool"), meter("hall", floor_area_m2=500), bins])
    newest = now().astype("datetime64[D]") - DAY
    for name, days, used in [
        ("school", [newest - 7 * DAY, newest], [100.0, 80.0]),
        ("pool", [newest - 7 * DAY, newest], [200.0, 250.0]),
        ("hall", [newest - 8 * DAY, newest], [30.0, 30.0]),
    ]:
        city.store.write(Batch.of([Datastream(name, "energy_day", derived=True)], [0, 0], days, used))
    city.observe("bin-1", "filling_level", [70, 5], [90, 40])


@pytest.fixture(scope="module")
def public() -> Iterator[Served]:
    with served_city(access=Access.CLOSED) as made:
        fill(made)
        yield made


@pytest.fixture(scope="module")
def city() -> Iterator[Served]:
    with served_city() as made:
        fill(made)
        yield made


@pytest.fixture
def page(browser: Browser, public: Served) -> Iterator[Page]:
    with closing(browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})) as context:
        visit = opened(context, f"{public.url}#domain=energy")
        yield visit.page
        assert visit.complaints == []


def test_residents_see_what_public_buildings_used(page: Page) -> None:
    rows = page.locator("#buildings li")
    expect(rows.locator(".open")).to_have_text(["school", "hall", "pool"])
    expect(rows.locator(".result")).to_have_text(["80 Wh/m²", "60 Wh/m²", "\u2013"])
    expect(rows.locator(".change")).to_have_text(["▼ 20\u00a0% less", "week before unknown", "▲ 25\u00a0% more"])
    expect(page.locator("#buildings .received")).to_have_text("360 kWh in 3 buildings ▲ 10\u00a0% more")
    assert Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"] == []
    rows.locator(".open").first.click()
    assert "thing=school" in page.url
    page.get_by_role("button", name="Auf Deutsch umschalten").click()
    expect(rows.locator(".change").first).to_have_text("▼ 20\u00a0% weniger")


def test_a_headline_says_how_it_stood_an_hour_ago(page: Page) -> None:
    trend = page.locator('.domain[data-domain="waste"] [data-figure="above"] .figure-trend')
    expect(trend).to_have_text("▼")
    expect(trend).to_have_attribute("aria-label", "less than an hour ago: 1 of 1")
    expect(page.locator('.domain[data-domain="energy"] .figure-trend').first).to_be_hidden()


def test_in_other_domains_the_map_has_the_room(page: Page) -> None:
    expect(page.locator("#buildings")).to_be_visible()
    before = page.locator("#map").bounding_box()
    page.get_by_role("tab", name="Waste").click()
    expect(page.locator("#buildings")).to_be_hidden()
    after = page.locator("#map").bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] > before["width"] + 200


def test_on_a_wall_the_domains_take_turns_until_somebody_touches_it(browser: Browser, city: Served) -> None:
    with closing(browser.new_context(locale="en-GB", viewport={"width": 1920, "height": 1080})) as context:
        page = context.new_page()
        page.clock.install()
        page.goto(f"{city.url}#domain=waste&wall=1")
        shown = page.locator("#city")
        expect(page.locator("#tasks")).to_be_visible()
        expect(page.locator("#list")).to_be_hidden()
        expect(page.locator("#ledger")).to_be_hidden()
        expect(shown).to_have_attribute("data-domain", "waste")
        page.clock.run_for(21_000)
        expect(shown).to_have_attribute("data-domain", "energy")
        page.clock.run_for(21_000)
        expect(shown).to_have_attribute("data-domain", "waste")
        page.locator("#map").click(position={"x": 5, "y": 5})
        page.clock.run_for(45_000)
        expect(shown).to_have_attribute("data-domain", "waste")
        assert Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"] == []
        page.keyboard.press("Escape")
        expect(page.locator("#list")).to_be_visible()
        page.clock.run_for(90_000)
        expect(shown).to_have_attribute("data-domain", "waste")


def test_a_button_leads_to_the_wall_and_back(browser: Browser, city: Served) -> None:
    with closing(browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})) as context:
        visit = opened(context, city.url)
        page = visit.page
        page.get_by_role("button", name="For the wall").click()
        expect(page.locator("#list")).to_be_hidden()
        wait_until(lambda: page.evaluate("Boolean(document.fullscreenElement)"), what="the whole screen")
        page.get_by_role("button", name="Leave the wall display").click()
        expect(page.locator("#list")).to_be_visible()
        wait_until(lambda: not page.evaluate("Boolean(document.fullscreenElement)"), what="the window again")
        assert visit.complaints == []
