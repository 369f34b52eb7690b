"""Asks a running platform's API, and says its refusals in its own words.

Whoever may write the catalogue may make a key; so where the platform asks for one, one is made for the question.
"""

from __future__ import annotations

import time
from contextlib import closing, contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import msgspec

from smilecity.rooms import open_catalogue
from storage.keys import Key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.client import HTTPResponse

    from smilecity.settings import Settings

TIMEOUT_S = 60
LENT_MS = 60_000


@contextmanager
def asked(settings: Settings, url: str, timeout_s: float = TIMEOUT_S) -> Iterator[HTTPResponse]:
    """Ask for an address of the platform, as its lock names it. Raises ValueError with the API's sentence."""
    try:
        try:
            answer = _open(url, settings.key_of_api(), timeout_s)
        except HTTPError as error:
            if error.code not in {HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND}:
                raise
            with _lent(settings) as key:
                answer = _open(url, key, timeout_s)
    except HTTPError as error:
        raise ValueError(_sentence(error)) from None
    with answer:
        yield answer


def _open(url: str, key: str, timeout_s: float) -> HTTPResponse:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    answer: HTTPResponse = urlopen(Request(url, headers=headers), timeout=timeout_s)  # noqa: S310 - the platform's own http address, out of its lock
    return answer


@contextmanager
def _lent(settings: Settings) -> Iterator[str]:
    """Make a key that reads the whole city for a minute, and forget it when the question is answered."""
    expires = time.time_ns() // 1_000_000 + LENT_MS
    with closing(open_catalogue(settings)) as catalogue:
        made, secret = catalogue.keys.new(Key(name="command line", scopes=("read",), expires=expires))
        try:
            yield secret
        finally:
            catalogue.keys.forget(made.prefix)


def _sentence(error: HTTPError) -> str:
    try:
        detail: object = msgspec.json.decode(error.read()).get("detail")
    except (msgspec.DecodeError, AttributeError):
        detail = None
    return str(detail or error)
