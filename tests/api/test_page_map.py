"""Many things on the map: joined where they would hide one another, and coloured by state or by quality."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from sensors.model import Batch, Datastream, Thing
from tests.api.pages import Served, now, opened, served_city

if TYPE_CHECKING:
    from collections.abc import Iterator

BINS = 600
SITE = {"distance_empty_mm": 1500, "distance_full_mm": 300}


@pytest.fixture(scope="module")
def city() -> Iterator[Served]:
    """Serve a city of 600 containers in a dense middle, of which every tenth is full; and one that stands apart."""
    chance = np.random.default_rng(7)
    with served_city() as made:
        places = [*chance.normal((54.09, 12.12), (0.004, 0.006), (BINS, 2)).tolist(), [54.19, 12.05]]
        bins = [
            Thing(id=f"bin-{n}", name=f"Bin {n}", kind="waste_container", longitude=x, latitude=y, properties=SITE)
            for n, (y, x) in enumerate(places)
        ]
        made.catalogue.put(bins)
        levels = np.where(np.arange(BINS + 1) % 10 == 0, 95.0, 20.0)
        streams = [Datastream(one.id, "filling_level") for one in bins]
        quality = np.where(np.arange(BINS + 1) % 20 == 1, 3, 1)
        made.store.write(Batch.of(streams, range(BINS + 1), [now()] * (BINS + 1), levels, quality=quality))
        yield made


@pytest.fixture
def page(browser: Browser, city: Served) -> Iterator[Page]:
    with closing(browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})) as context:
        visit = opened(context, f"{city.url}#domain=waste")
        expect(visit.page.locator(".cluster").first).to_be_visible()
        yield visit.page
        assert visit.complaints == []


def told(page: Page) -> tuple[int, int]:
    """Count the things that marks of many and single marks stand for."""
    numbers = page.locator(".cluster b").all_inner_texts()
    return sum(int(one.replace(",", "")) for one in numbers), page.locator(".pin:not([data-away])").count()


def test_every_thing_is_told_of_once(page: Page) -> None:
    together, alone = told(page)
    assert together + alone == BINS + 1
    assert alone < 100
    marks = page.locator(".pin-host:has(.cluster)").all()
    need = [(one.get_attribute("aria-label") or "").split(", ")[1].split()[0] for one in marks]
    singles = page.locator('.pin[data-level="act"], .pin[data-flagged]').count()
    assert sum(map(int, need)) + singles == 61 + 30
    assert Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"] == []


def test_a_mark_of_many_opens_with_the_keyboard_until_things_stand_alone(page: Page) -> None:
    for _ in range(8):
        if not page.locator(".cluster").count():
            break
        before = page.locator(".leaflet-proxy").get_attribute("style")
        page.locator(".pin-host:has(.cluster)").first.press("Enter")
        expect(page.locator(".leaflet-proxy")).not_to_have_attribute("style", before or "")
        expect(page.locator(".leaflet-zoom-anim")).to_have_count(0)
    together, alone = told(page)
    assert together == 0
    assert 0 < alone <= 250


def test_a_chosen_thing_stands_alone_and_what_is_new_shows_in_the_ring(page: Page, city: Served) -> None:
    expect(page.locator('.pin[data-thing="bin-5"]')).to_have_count(0)
    page.locator('#list tr[data-thing="bin-5"] .open').click()
    expect(page.locator('.pin[data-thing="bin-5"][data-chosen]')).to_be_visible()
    full = [Datastream(f"bin-{n}", "filling_level") for n in range(BINS)]
    city.store.write(Batch.of(full, range(BINS), [now()] * BINS, [96.0] * BINS))
    for marker in page.locator(".pin-host:has(.cluster)").all():
        expect(marker).to_have_attribute("aria-label", re.compile(r"^([0-9]+) things, \1 need attention$"))
    assert "--act" in (page.locator(".cluster").first.get_attribute("style") or "")


def test_the_colours_can_tell_of_quality(page: Page) -> None:
    lone = page.locator('.pin[data-thing="bin-600"]')
    expect(lone).to_have_attribute("data-level", "act")
    page.locator('#legend [data-tint="quality"]').click()
    expect(lone).to_have_attribute("data-level", "good")
    expect(page.locator("#legend")).to_contain_text("Quality of the newest observation")
    expect(page.locator('#legend [data-tint="quality"]')).to_have_attribute("aria-pressed", "true")
    assert "tint=quality" in page.url
