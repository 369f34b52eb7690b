"""What the tests of this room share: a small city and somebody who asks, and a browser for the page.

The browser is Debian's Chromium, driven by Playwright, without a display.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.api.city import busy, client, empty, services, stranger

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["browser", "busy", "client", "empty", "services", "stranger"]

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


def chromium() -> str | None:
    """Find a Chromium that the system has installed."""
    fixed = "/usr/bin/chromium"
    return fixed if Path(fixed).exists() else shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium for the tests of one file; skipped, with the reason, where there is none.

    It ends with the file, because Playwright keeps an event loop running in the thread of the tests.
    """
    path = chromium()
    if path is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()
