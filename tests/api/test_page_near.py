"""What residents see of the page without a key: free parking near them, and containers with room."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Geolocation, expect

from api.services import Access
from sensors.model import Thing
from tests.api.pages import Served, opened, served_city

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE: Geolocation = {"longitude": 12.1, "latitude": 54.09}
COUNT_QUESTIONS = """
window.asked = 0;
const ask = navigator.geolocation.getCurrentPosition.bind(navigator.geolocation);
navigator.geolocation.getCurrentPosition = (...given) => { window.asked += 1; ask(...given); };
"""


def place(name: str, kind: str, north: float, **site: object) -> Thing:
    """Make a public thing some degrees north of where the resident stands."""
    return Thing(id=name, name=name, kind=kind, longitude=12.1, latitude=54.09 + north, public=True, properties=site)


@pytest.fixture(scope="module")
def city() -> Iterator[Served]:
    """Serve a city to the public: a car park, a space and a container are full, and beside each is one that is not."""
    with served_city(access=Access.CLOSED) as made:
        made.catalogue.put(
            [
                place("far", "parking_lot", 0.02, capacity=100),
                place("full", "parking_lot", 0.001, capacity=100),
                place("near", "parking_spot", 0.003),
                place("taken", "parking_spot", 0.001),
                place("lane", "fire_access_zone", 0.001),
                place("bin-full", "waste_container", 0.001, distance_empty_mm=1500, distance_full_mm=300),
                place("bin-room", "waste_container", 0.002, distance_empty_mm=1500, distance_full_mm=300),
            ]
        )
        for name, prop, result in [
            ("far", "available_spot_number", 40),
            ("full", "available_spot_number", 0),
            ("near", "occupied", 0),
            ("taken", "occupied", 1),
            ("lane", "occupied", 0),
            ("bin-full", "filling_level", 95),
            ("bin-room", "filling_level", 40),
        ]:
            made.observe(name, prop, [1], [result])
        yield made


def test_what_is_free_is_listed_by_distance_once_asked_for(browser: Browser, city: Served) -> None:
    resident = browser.new_context(locale="de-DE", geolocation=HERE, permissions=["geolocation"])
    with closing(resident) as context:
        context.add_init_script(COUNT_QUESTIONS)
        visit = opened(context, city.url)
        rows = visit.page.locator("#list tbody tr")
        expect(rows).to_have_count(5)
        assert visit.page.evaluate("window.asked") == 0
        visit.page.get_by_role("button", name="Frei in meiner Nähe").press("Enter")
        expect(rows.locator(".open")).to_have_text(["near", "far"])
        expect(rows.locator("small")).to_have_text(["330\u00a0m · Stellplatz", "2,2\u00a0km · Parkhaus oder Parkplatz"])
        expect(visit.page.locator(".near-note")).to_have_text("2 mit Platz, die nächsten zuerst; Luftlinie.")
        expect(visit.page.locator("#map path.here")).to_be_visible()
        visit.page.get_by_role("tab", name="Abfall").click()
        expect(rows.locator(".open")).to_have_text(["bin-room"])
        assert Axe().run(visit.page, options={"resultTypes": ["violations"]}).response["violations"] == []
        visit.page.get_by_role("button", name="Mit Platz in meiner Nähe").click()
        expect(rows).to_have_count(2)
        expect(visit.page.locator("#map path.here")).to_have_count(0)
        assert visit.complaints == []


def test_a_browser_that_does_not_tell_where_it_is_is_told_of(browser: Browser, city: Served) -> None:
    with closing(browser.new_context(locale="en-GB", viewport={"width": 390, "height": 844})) as context:
        page = opened(context, city.url).page
        page.get_by_role("button", name="Free near me").click()
        expect(page.locator(".near-note")).to_contain_text("The browser does not tell where you are.")
        expect(page.locator("#list tbody tr")).to_have_count(5)
        assert page.evaluate("document.documentElement.scrollWidth") == 390
