"""Asks a running platform's API, and says its refusals in its own words.

Whoever may write the catalogue may make a key; so where the platform asks for one, one is made for the question. Beside
a platform that rests the same is computed here.
"""

from __future__ import annotations

import time
from contextlib import closing, contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urljoin
from urllib.request import Request, urlopen

import msgspec

from smilecity.lock import DataInUseError
from smilecity.rooms import open_catalogue, rooms
from storage.keys import Key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from http.client import HTTPResponse
    from typing import Any

    from pydantic import BaseModel

    from smilecity.settings import Settings
    from storage.catalogue import Catalogue
    from storage.store import Store

TIMEOUT_S = 60
LENT_MS = 60_000


def answer(
    settings: Settings,
    what: str,
    query: Mapping[str, str | None],
    compute: Callable[[Store, Catalogue], BaseModel],
    *,
    begins: bool = False,
) -> dict[str, Any]:
    """Compute a document from the store, or let the platform that holds it do so: ``v1/<what>`` is the same document.

    Where nothing is there it is made by what ``begins``. Raises ValueError with the API's sentence, DataInUseError
    where what holds the store is no platform.
    """
    try:
        with rooms(settings, f"'smilecity {what}'", begins=begins) as (store, catalogue):
            return compute(store, catalogue).model_dump()
    except DataInUseError as held:
        if not held.url:
            raise
        said = urlencode({name: value for name, value in query.items() if value is not None}, quote_via=quote)
        with asked(settings, urljoin(held.url, f"v1/{what}?{said}")) as answered:
            document: dict[str, Any] = msgspec.json.decode(answered.read())
        return document


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
