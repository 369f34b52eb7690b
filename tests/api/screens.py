"""Pictures of the page, each in both languages and themes, side by side: of a running city, for the documentation.

``SMILECITY_API_KEY=... python -m tests.api.screens http://127.0.0.1:8080 docs/page`` draws what a company's desk sees,
and what everybody does: pages named ``public`` are opened without the key.
"""

from __future__ import annotations

import os
import sys
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.api.conftest import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Theme = Literal["light", "dark"]
DESK, WALL, PHONE = (1440, 900), (1920, 1080), (390, 844)
SETTLES_MS = 6000
"""Until charts and lists are there."""
TONGUES = ("de-DE", "en-GB")
THEMES: tuple[Theme, ...] = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Screen:
    """A page in a state."""

    name: str
    address: str
    size: tuple[int, int] = DESK
    scale: float = 0.55
    public: bool = False
    scroll: str = ""
    """What is brought into sight."""


SCREENS = (
    Screen("city", "#domain=parking"),
    Screen("tasks", "#domain=waste&task=collection"),
    Screen("thing", "#page=thing&domain=parking&thing=hro-tg-city&property=available_spot_number&span=24h"),
    Screen(
        "compare", "#page=thing&domain=parking&thing=hro-tg-city&property=occupancy_hour&span=7d&with=hro-ph-gericht"
    ),
    Screen("quality", "#domain=energy&tint=quality"),
    Screen("wall", "#domain=waste&wall=1", WALL, 0.42),
    Screen("public-energy", "#domain=energy", public=True),
    Screen("public-phone", "#domain=parking", PHONE, 0.8, public=True),
)


def pictured(browser: Browser, url: str, screen: Screen, language: str, theme: Theme) -> Image.Image:
    """Open a page, let it settle, and take a picture."""
    width, height = screen.size
    context = browser.new_context(
        base_url=url,
        locale=language,
        color_scheme=theme,
        viewport={"width": width, "height": height},
        device_scale_factor=screen.scale,
    )
    with closing(context):
        key = "" if screen.public else os.environ.get("SMILECITY_API_KEY", "")
        if key:
            answer = context.request.post("/v1/session", data={"key": key})
            if not answer.ok:
                raise SystemExit(f"the key opens nothing there: {answer.text()}")
        page = context.new_page()
        page.goto(screen.address)
        _settle(page, screen)
        return Image.open(BytesIO(page.screenshot()))


def _settle(page: Page, screen: Screen) -> None:
    page.wait_for_timeout(SETTLES_MS)
    if screen.scroll:
        page.locator(screen.scroll).scroll_into_view_if_needed()
        page.wait_for_timeout(SETTLES_MS // 4)


def sheet(pictures: list[Image.Image]) -> Image.Image:
    """Put four pictures side by side: German above English, light beside dark."""
    width, height = pictures[0].size
    whole = Image.new("RGB", (2 * width, 2 * height))
    for number, picture in enumerate(pictures):
        whole.paste(picture.convert("RGB"), (number % 2 * width, number // 2 * height))
    return whole.quantize(256, Image.Quantize.MAXCOVERAGE)  # keeps rare colours, which say most


def main(url: str, folder: Path, *names: str) -> None:
    """Draw every page that is named, or all."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        sync_playwright() as playwright,
        closing(playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])) as browser,
    ):
        for screen in SCREENS:
            if names and screen.name not in names:
                continue
            pictures = [pictured(browser, url, screen, tongue, theme) for tongue, theme in product(TONGUES, THEMES)]
            sheet(pictures).save(folder / f"{screen.name}.png", optimize=True)
            print(folder / f"{screen.name}.png")  # noqa: T201 - it is a command


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
