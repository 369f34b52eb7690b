"""The page in a real browser, on the real API over the memory store."""

from __future__ import annotations

import gzip
import re
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from sensors.model import Message, Rejected, Thing
from storage.catalogue import Counts
from tests.api.estate import estate
from tests.api.pages import Served, opened, served_app, served_city

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST_LOAD_BYTES = 300_000
"""Packed, with everything that draws charts and the map."""
SCRIPT = '<img src="x" onerror="document.title=`taken over`">'

LOT = Thing(
    id="lot-1",
    name="Parkhaus Am Hafen",
    kind="parking_lot",
    longitude=12.12,
    latitude=54.09,
    operator="PGR",
    district="Stadtmitte I",
    public=True,
    properties={"capacity": 200},
)
SPOT = Thing(
    id="spot-1",
    name="Stellplatz 1",
    kind="parking_spot",
    longitude=12.09,
    latitude=54.17,
    district="Seebad Warnemünde I",
)
BIN = Thing(
    id="bin-1",
    name="Glas Markt",
    kind="waste_container",
    longitude=12.14,
    latitude=54.088,
    district="Stadtmitte I",
    properties={"distance_empty_mm": 1500, "distance_full_mm": 300, "fraction": "glass"},
)
METER = Thing(
    id="meter-1",
    name="Zähler Schule",
    kind="energy_meter",
    longitude=12.06,
    latitude=54.15,
    properties={"max_power_kw": 50},
)
SILENT = Thing(
    id="lot-2", name=SCRIPT, kind="parking_lot", longitude=12.10, latitude=54.10, properties={"capacity": 50}
)


@pytest.fixture
def served() -> Iterator[Served]:
    """Serve an API without things."""
    with served_city() as city:
        yield city


@pytest.fixture
def city(served: Served) -> Served:
    """Serve a small city: two car parks of which one is silent, a space, a container, a meter."""
    served.catalogue.put([LOT, SPOT, BIN, METER, SILENT])
    served.observe(
        "lot-1",
        "available_spot_number",
        [300, 290, 40, 30, 20, 10],
        [50, 60, 70, 900, 80, 90],
        quality=[1, 1, 1, 3, 1, 1],
    )
    served.observe("lot-2", "available_spot_number", [60 * 30], [7])
    served.observe("spot-1", "occupied", [90, 30], [0, 1])
    served.observe("bin-1", "filling_level", [120, 60, 5], [70, 75, 85])
    served.observe("meter-1", "active_power", [30, 15, 2], [10, 20, 12.5])
    message = Message("city", "city/waste/bin-9", SCRIPT.encode(), 0)
    detail = "no device 'bin-9' is known. Add it with: smilecity things add"
    served.catalogue.settle(
        "city",
        "worker-1",
        Counts(received=12, stored=9, duplicate=2, quarantined=1),
        [Rejected(message, "unknown_device", detail, "bin-9")],
    )
    return served


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with closing(browser.new_context(locale="de-DE", viewport={"width": 1280, "height": 800})) as made:
        yield made


@pytest.fixture
def page(context: BrowserContext, city: Served) -> Iterator[Page]:
    """Open the small city; nothing may be complained of, and nothing asked of another host."""
    visit = opened(context, city.url)
    expect(visit.page.locator("#live")).to_have_attribute("data-state", "live")
    yield visit.page
    assert visit.complaints == []
    assert [url for url in visit.requests if not url.startswith(city.url)] == []


def row(page: Page, thing: str) -> Any:
    return page.locator(f'#list tr[data-thing="{thing}"]')


def pin(page: Page, thing: str) -> Any:
    return page.locator(f'#map .pin[data-thing="{thing}"]')


def test_things_are_listed_by_domain_and_stand_on_the_map(page: Page) -> None:
    expect(row(page, "lot-1").locator("[data-result]")).to_have_text("90 / 200")
    expect(row(page, "spot-1")).to_contain_text("belegt")
    expect(page.locator("#list tbody tr")).to_have_count(3)
    expect(page.locator("#map .pin")).to_have_count(5)
    page.get_by_role("tab", name=re.compile("Abfall")).click()
    expect(page.locator("#list tbody tr")).to_have_count(1)
    expect(row(page, "bin-1")).to_have_attribute("data-level", "act")
    expect(page).to_have_url(re.compile("domain=waste"))


def test_every_domain_tells_its_number(page: Page) -> None:
    expect(page.locator('[data-figure="free"]')).to_contain_text("90")
    expect(page.locator('[data-figure="above"]')).to_contain_text("1 von 1")
    expect(page.locator('[data-figure="power"]')).to_contain_text("12,5 kW")


def test_a_new_observation_changes_the_page_without_reload(page: Page, city: Served) -> None:
    page.evaluate("window.untouched = true")
    city.observe("lot-1", "available_spot_number", [0], [12])
    expect(row(page, "lot-1").locator("[data-result]")).to_have_attribute("data-result", "12")
    expect(row(page, "lot-1")).to_have_attribute("data-level", "act")
    expect(pin(page, "lot-1")).to_have_attribute("data-result", "12")
    expect(page.locator('[data-figure="free"]')).to_contain_text("12")
    assert page.evaluate("window.untouched") is True


def test_a_thing_that_joins_the_catalogue_appears(page: Page, city: Served) -> None:
    city.catalogue.put(
        [Thing(id="lot-3", name="Neu", kind="parking_lot", longitude=12.1, latitude=54.1, properties={"capacity": 10})]
    )
    city.observe("lot-3", "available_spot_number", [0], [4])
    expect(row(page, "lot-3").locator("[data-result]")).to_have_text("4 / 10", timeout=15_000)


def test_an_old_observation_is_shown_as_old(page: Page) -> None:
    expect(row(page, "lot-2")).to_have_attribute("data-stale", "true")
    expect(row(page, "lot-1")).not_to_have_attribute("data-stale", "true")
    page.get_by_role("button", name="Nur Auffällige").click()
    expect(page.locator("#list tbody tr")).to_have_count(1)


def test_the_list_can_be_searched_and_sorted(page: Page) -> None:
    page.get_by_label("Liste durchsuchen").fill("hafen")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    page.get_by_label("Liste durchsuchen").fill("")
    page.locator("#list thead").get_by_role("button", name="Jetzt").click()
    expect(page.locator("#list tbody tr").first).to_have_attribute("data-thing", "spot-1")
    expect(page.locator('#list th[data-by="value"]')).to_have_attribute("aria-sort", "descending")


def test_a_thing_opens_with_its_chart(page: Page) -> None:
    row(page, "lot-1").get_by_role("button").click()
    expect(page.locator("#detail h2")).to_have_text("Parkhaus Am Hafen")
    expect(page.locator('#detail [data-property="available_spot_number"]')).to_contain_text("90")
    expect(page.locator("#detail .chart path.line")).to_have_count(2)
    expect(page.locator('#detail .chart [data-quality="3"]')).to_have_count(1)
    expect(page).to_have_url(re.compile("thing=lot-1"))


def test_late_observations_close_a_gap_in_the_chart(page: Page, city: Served) -> None:
    """The number of free spaces may be held for two hours: 290 to 40 minutes ago is a gap, and none with these two."""
    row(page, "lot-1").get_by_role("button").click()
    expect(page.locator("#detail .chart path.line")).to_have_count(2)
    city.observe("lot-1", "available_spot_number", [200, 120], [65, 66])
    expect(page.locator("#detail .chart path.line")).to_have_count(1)


def test_the_chart_can_be_read_with_the_keyboard(page: Page) -> None:
    row(page, "lot-1").get_by_role("button").click()
    chart = page.locator("#detail .chart")
    expect(chart.locator("path.line").first).to_be_attached()
    chart.press("ArrowLeft")
    chart.press("ArrowLeft")
    expect(page.locator("#detail .readout")).to_contain_text("80")


def test_a_marker_opens_with_the_keyboard_and_closes_with_escape(page: Page) -> None:
    pin(page, "lot-1").locator("..").press("Enter")
    expect(page.locator("#detail")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()
    expect(row(page, "lot-1").get_by_role("button")).to_be_focused()


def test_an_indicator_is_drawn_with_its_coverage(page: Page, city: Served) -> None:
    known = {"quality": [1, 9], "coverage": [0.9, 0.2], "derived": True}
    city.observe("lot-1", "occupancy_hour", [180, 120], [0.4, np.nan], **known)
    page.goto(f"{city.url}#thing=lot-1&property=occupancy_hour")
    expect(page.locator("#detail .chart path.line")).to_have_count(1)
    expect(page.locator("#detail .chart .coverage")).to_have_count(2)
    expect(page.locator("#detail .chart .hole")).to_have_count(1)
    expect(page.locator("#detail .readout")).to_contain_text("Abdeckung 20")


def test_an_amount_is_drawn_as_bars(page: Page, city: Served) -> None:
    city.observe("meter-1", "energy_hour", [180, 120], [4.5, 5.5], coverage=1.0, derived=True)
    page.goto(f"{city.url}#domain=energy&thing=meter-1&property=energy_hour")
    expect(page.locator("#detail .chart .column")).to_have_count(2)


def test_a_view_can_be_linked(context: BrowserContext, city: Served) -> None:
    page = opened(context, f"{city.url}#domain=waste&thing=bin-1&property=filling_level").page
    expect(page.locator("#detail h2")).to_have_text("Glas Markt")
    expect(page.locator("#detail .chart path.line").first).to_be_visible()
    expect(page.get_by_role("tab", selected=True).first).to_contain_text("Abfall")


def test_what_is_to_be_done_stays_beside_a_thing(page: Page) -> None:
    row(page, "lot-1").get_by_role("button").click()
    expect(page.locator("#detail h2")).to_be_visible()
    expect(page.locator("#tasks h2")).to_be_in_viewport()


def test_the_ledger_balances(page: Page, city: Served) -> None:
    expect(page.locator("#ledger")).to_have_attribute("data-balanced", "true")
    expect(page.locator('#ledger strong[data-part="received"]')).to_have_text("12")
    expect(page.locator("#quarantine [data-reason]")).to_contain_text("no device 'bin-9' is known")
    city.catalogue.settle("city", "worker-1", Counts(received=3, stored=3))
    expect(page.locator('#ledger strong[data-part="received"]')).to_have_text("15")


def test_a_ledger_that_differs_says_so(page: Page, city: Served) -> None:
    city.catalogue.settle("city", "worker-2", Counts(received=3, stored=2))
    expect(page.locator("#ledger")).to_have_attribute("data-balanced", "false")
    expect(page.locator("#balance")).to_contain_text("geht nicht auf")


def test_text_from_outside_is_never_markup(page: Page) -> None:
    expect(row(page, "lot-2").get_by_role("button")).to_have_text(SCRIPT)
    page.locator("#quarantine summary").click()
    expect(page.locator("#quarantine pre")).to_have_text(SCRIPT)
    row(page, "lot-2").get_by_role("button").click()
    expect(page.locator("#detail h2")).to_have_text(SCRIPT)
    pin(page, "lot-2").hover()
    expect(page.locator(".leaflet-tooltip")).to_contain_text("onerror")
    assert page.locator('img[src="x"]').count() == 0
    assert page.title() == "Smile City · Rostock"


def test_german_and_english(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("tab").first).to_contain_text("Parken")
    page.locator("#language").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("tab").first).to_contain_text("Parking")
    expect(row(page, "spot-1")).to_contain_text("occupied")
    expect(page.locator("#ledger h2")).to_have_text("Message ledger")


def test_the_first_load_is_small(context: BrowserContext, city: Served) -> None:
    visit = opened(context, city.url)
    expect(visit.page.locator("#live")).to_have_attribute("data-state", "live")
    files = {url for url in visit.requests if "/v1/" not in url}
    assert {f"{city.url}web/js/app.js", f"{city.url}web/leaflet/leaflet.js"} <= files
    assert sum(len(gzip.compress(httpx.get(url).content)) for url in files) < FIRST_LOAD_BYTES


def test_light_and_dark(page: Page) -> None:
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("#theme").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before


def test_an_empty_city_says_what_to_do(context: BrowserContext, served: Served) -> None:
    visit = opened(context, served.url)
    expect(visit.page.locator("#no-things")).to_contain_text("smilecity things add city.geojson")
    expect(visit.page.locator("#ledger")).to_contain_text("Noch keine Nachricht empfangen")
    assert visit.complaints == []


def test_an_unknown_thing_is_said_so(context: BrowserContext, city: Served) -> None:
    page = opened(context, f"{city.url}#thing=lot-99").page
    expect(page.locator("#detail")).to_contain_text("lot-99")


def test_a_failing_api_is_told_in_a_sentence_and_tried_again(context: BrowserContext, city: Served) -> None:
    page = context.new_page()
    page.route("**/v1/things*", lambda route: route.abort())
    page.goto(city.url)
    expect(page.locator("#problem")).to_contain_text("Der Server ist nicht erreichbar")
    page.unroute("**/v1/things*")
    page.locator("#retry").click()
    expect(row(page, "lot-1")).to_be_visible()
    expect(page.locator("#problem")).to_be_hidden()


def test_what_failed_is_tried_again_once_the_platform_is_back(context: BrowserContext, city: Served) -> None:
    page = opened(context, city.url).page
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    page.route("**/v1/datastreams*", lambda route: route.abort())
    row(page, "lot-1").get_by_role("button").click()
    expect(page.locator("#problem")).to_contain_text("Der Server ist nicht erreichbar")
    row(page, "spot-1").get_by_role("button").click()
    expect(page.locator("#detail h2")).to_have_text("Stellplatz 1")
    page.unroute("**/v1/datastreams*")
    row(page, "lot-1").get_by_role("button").click()
    expect(page.locator("#detail h2")).to_have_text("Parkhaus Am Hafen")
    expect(page.locator("#problem")).to_be_hidden()


def test_the_ways_within_the_page_leave_the_view_as_it_is(page: Page) -> None:
    page.get_by_role("tab", name=re.compile("Abfall")).click()
    page.get_by_role("link", name="Zur Karte").press("Enter")
    expect(page.locator("#place")).to_be_focused()
    expect(page).to_have_url(re.compile("domain=waste"))


def test_without_the_stream_the_page_asks_again_and_again(context: BrowserContext, city: Served) -> None:
    def refuse(route: Route) -> None:
        route.fulfill(status=503)

    page = context.new_page()
    page.route("**/v1/stream*", refuse)
    page.goto(city.url)
    expect(page.locator("#live")).to_have_attribute("data-state", "polling", timeout=15_000)
    city.observe("lot-1", "available_spot_number", [0], [33])
    expect(row(page, "lot-1").locator("[data-result]")).to_have_attribute("data-result", "33", timeout=15_000)


def test_the_page_fits_a_phone(browser: Browser, city: Served) -> None:
    with closing(browser.new_context(locale="en-GB", viewport={"width": 390, "height": 844})) as context:
        page = opened(context, city.url).page
        expect(row(page, "lot-1")).to_be_attached()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        row(page, "lot-1").get_by_role("button").click()
        expect(page.locator("#detail")).to_be_in_viewport()


def in_module(page: Page, module: str, expression: str) -> Any:
    return page.evaluate(f"import('/web/js/{module}.js').then((it) => {expression})")


def test_local_days_have_23_and_25_hours(page: Page) -> None:
    """In Europe/Berlin 2026-03-29 has 23 hours and 2026-10-25 has 25."""
    hours = "(it.windowEnd(Date.parse('{}'), 'day') - Date.parse('{}')) / 3600000"
    assert in_module(page, "series", hours.format("2026-03-28T23:00Z", "2026-03-28T23:00Z")) == 23
    assert in_module(page, "series", hours.format("2026-10-24T22:00Z", "2026-10-24T22:00Z")) == 25


def test_time_ticks_fall_on_local_hours_once(page: Page) -> None:
    span = "Date.parse('2026-10-24T22:00Z'), Date.parse('2026-10-25T23:00Z')"
    ticks = in_module(
        page, "scale", f"it.timeTicks({span}, 30).map((tick) => new Date(tick).toISOString().slice(11, 13))"
    )
    assert ticks == ["22", "23", "00", *(f"{hour:02}" for hour in range(2, 23))]


def test_round_numbers_cover_a_range(page: Page) -> None:
    assert in_module(page, "scale", "it.ticks(0, 93, 4)") == [0, 25, 50, 75, 100]
    assert in_module(page, "scale", "it.ticks(0, 1, 4)") == [0, 0.25, 0.5, 0.75, 1]


def test_marks_that_cover_one_another_are_moved_apart(page: Page) -> None:
    moves = in_module(
        page, "spread", "it.spread([{x: 5, y: 5, radius: 10}, {x: 5, y: 5, radius: 10}, {x: 200, y: 5, radius: 10}])"
    )
    (ax, ay), (bx, by), far = moves
    assert np.hypot(ax - bx, ay - by) > 18
    assert np.hypot(*far) < 0.1


def test_the_public_sees_what_is_public_and_who_shows_a_key_their_own(browser):
    with estate() as built, served_app(built.app) as url, browser.new_context(base_url=url) as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/")
        expect(page.locator("#live")).to_have_attribute("data-state", "live")
        expect(page.locator("#list")).to_contain_text("lot-open!")
        expect(page.locator("#list")).not_to_contain_text("lot-s4k!")
        expect(page.locator("#ledger")).to_be_hidden()
        page.get_by_role("button", name=re.compile("Anmelden|Sign in")).click()
        page.locator("#key").fill("nonsense")
        page.locator("dialog [type=submit]").click()
        expect(page.locator(".wrong")).to_contain_text("not known here")
        page.locator("#key").fill(built.keys["pgr"])
        page.locator("dialog [type=submit]").click()
        expect(page.locator("#list")).to_contain_text("lot-s4k!")
        page.get_by_role("button", name=re.compile("Abmelden|Sign out")).click()
        expect(page.locator("#list")).not_to_contain_text("lot-s4k!")
        expect(page.locator("#list")).to_contain_text("lot-open!")
        assert complaints == []
