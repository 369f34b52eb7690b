"""The page of a city of 20 000 things: it stays small, shows them all, and asks for no more than it shows.

``pytest -s`` prints how much memory its scripts hold, and the longest pieces of work of the page.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from sensors.model import Batch, Datastream, Thing
from tests.api.pages import Served, Visit, now, opened, served_city

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

THINGS = 20_000
KINDS: tuple[tuple[str, str, dict[str, float]], ...] = (
    ("parking_spot", "occupied", {}),
    ("waste_container", "filling_level", {"distance_empty_mm": 1500, "distance_full_mm": 300}),
    ("energy_meter", "active_power", {"max_power_kw": 50}),
)
STREAMS = [Datastream(f"thing-{n}", KINDS[n % 3][1]) for n in range(THINGS)]
MOST_BYTES = 100_000_000
WATCH = """
window.longest = 0;
const longest = (work) => Math.max(window.longest, ...work.getEntries().map((one) => one.duration));
new PerformanceObserver((work) => { window.longest = longest(work); }).observe({ entryTypes: ["longtask"] });
"""


def thing(n: int, latitude: float, longitude: float) -> Thing:
    kind, _, site = KINDS[n % 3]
    return Thing(
        id=f"thing-{n}",
        name=f"{kind} {n}",
        kind=kind,
        longitude=longitude,
        latitude=latitude,
        district=f"District {n % 20}",
        properties=site,
    )


def tell(city: Served, places: NDArray[np.int64], result: float) -> None:
    """Let some things say a result now."""
    streams = [STREAMS[place] for place in places]
    city.store.write(Batch.of(streams, range(len(streams)), [now()] * len(streams), [result] * len(streams)))


@pytest.fixture(scope="module")
def city() -> Iterator[Served]:
    """Serve 20 000 things all over the city, each with a result, and 40 000 indicators that nobody looks at."""
    places = np.random.default_rng(3).normal((54.1, 12.12), 0.03, (THINGS, 2)).tolist()
    things = [thing(n, *place) for n, place in enumerate(places)]
    with served_city() as made:
        made.catalogue.put(things)
        tell(made, np.arange(THINGS), 1.0)
        derived = [Datastream(one.id, name, True) for one in things for name in ("completeness_day", "health_day")]
        made.store.write(Batch.of(derived, range(len(derived)), [now()] * len(derived), [1.0] * len(derived)))
        yield made


@pytest.fixture
def visit(browser: Browser, city: Served) -> Iterator[Visit]:
    with closing(browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})) as context:
        context.add_init_script(WATCH)
        made = opened(context, f"{city.url}#domain=waste")
        expect(made.page.locator(".filters .count")).to_have_text("6,667 of 6,667", timeout=60_000)
        yield made
        assert made.complaints == []


def used(page: Page) -> dict[str, Any]:
    """Measure what the scripts of a page hold, once what they let go of is collected."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    session.send("HeapProfiler.collectGarbage")
    return {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}


def test_it_stays_small_and_shows_them_all(visit: Visit, city: Served) -> None:
    page = visit.page
    expect(page.locator(".cluster").first).to_be_visible()
    counts = [int(one.replace(",", "")) for one in page.locator(".cluster b").all_inner_texts()]
    assert sum(counts) > 0.9 * THINGS / 3
    assert page.locator(".pin").count() + page.locator(".cluster").count() < 500
    loading = page.evaluate("longest")
    page.evaluate("longest = 0")
    chance = np.random.default_rng(4)
    for result in (2.0, 3.0, 4.0):
        tell(city, chance.choice(THINGS, 200, replace=False), result)
    tell(city, np.arange(1, THINGS, 3), 88.0)
    expect(page.locator('.domain[data-domain="waste"] [data-figure="above"]')).to_contain_text(
        "6,667 of 6,667", timeout=60_000
    )
    for domain in ("energy", "parking", "waste"):
        page.locator(f'[role=tab][data-domain="{domain}"]').click()
        expect(page.locator("#city")).to_have_attribute("data-domain", domain)
    held = used(page)
    changing = page.evaluate("longest")
    print(f"\n{THINGS} things: {held['JSHeapUsedSize'] / 1e6:.0f} MB of scripts, {held['Nodes']:.0f} nodes")  # noqa: T201
    print(f"longest piece of work: {loading:.0f} ms while loading, {changing:.0f} ms while all changes")  # noqa: T201
    assert held["JSHeapUsedSize"] < MOST_BYTES
    asked = [url for url in visit.requests if "/v1/" in url]
    assert len(asked) < 100


def test_rows_follow_when_they_are_reached(visit: Visit) -> None:
    rows = visit.page.locator("#list tbody tr")
    expect(rows).to_have_count(100)
    rows.last.scroll_into_view_if_needed()
    expect(rows).to_have_count(200)
    visit.page.get_by_label("Search the list").fill("container 19999")
    expect(rows).to_have_count(1)


def test_what_is_not_shown_comes_when_a_thing_is_opened(visit: Visit, city: Served) -> None:
    page = visit.page
    page.get_by_label("Search the list").fill("container 4000")
    page.locator('#list tr[data-thing="thing-4000"] .open').click()
    expect(page.locator('.pin[data-thing="thing-4000"][data-chosen]')).to_be_visible()
    page.get_by_role("link", name="Open the whole page").click()
    expect(page.locator(".thing-side .sensor")).to_contain_text("100 %")
    page.go_back()
    tell(city, np.array([4000]), 55.0)
    expect(page.locator('#list tr[data-thing="thing-4000"] .result')).to_have_text("55 %", timeout=60_000)
