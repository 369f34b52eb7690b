"""Asks a running platform's API, and says its refusals in its own words."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import urlopen

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.client import HTTPResponse

TIMEOUT_S = 60


@contextmanager
def asked(url: str, timeout_s: float = TIMEOUT_S) -> Iterator[HTTPResponse]:
    """Ask for an address of the platform, as its lock names it. Raises ValueError with the API's sentence."""
    try:
        with urlopen(url, timeout=timeout_s) as answer:  # noqa: S310 - the platform's own http address, out of its lock
            yield answer
    except HTTPError as error:
        raise ValueError(_sentence(error)) from None


def _sentence(error: HTTPError) -> str:
    try:
        detail: object = msgspec.json.decode(error.read()).get("detail")
    except (msgspec.DecodeError, AttributeError):
        detail = None
    return str(detail or error)
