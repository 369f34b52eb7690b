"""Who may write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api.app import Services, create_app
from api.services import Access
from storage.catalogue import Catalogue
from storage.store import open_store
from tests.api.city import Client
from tests.api.test_alert_actions import BEARER, KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

WRITES = [
    ("POST", "/v1/alerts/overflow/bin-7/acknowledge"),
    ("POST", "/v1/alerts/silences"),
    ("DELETE", "/v1/alerts/silences/1"),
    ("PUT", "/v1/alerts/rules/cold"),
    ("DELETE", "/v1/alerts/rules/cold"),
    ("PUT", "/v1/things/bin-1"),
    ("PATCH", "/v1/things/bin-1"),
    ("DELETE", "/v1/things/bin-1"),
    ("POST", "/v1/things/bin-1/calibrations"),
    ("POST", "/v1/devices/bin-1/assignments"),
    ("POST", "/v1/devices/bin-1/end"),
    ("POST", "/v1/quarantine/replays"),
]


def code(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].removeprefix("/docs#")


@pytest.fixture(scope="module")
def guarded() -> Iterator[Client]:
    """Somebody who asks a platform with a key."""
    catalogue, store = Catalogue("sqlite://"), open_store("memory://")
    yield Client(create_app(Services(store=store, catalogue=catalogue, api_key=KEY, access=Access.OPEN)))
    catalogue.close()
    store.close()


def test_writing_is_off_where_no_key_is_set(client: Client):
    for method, path in WRITES:
        for headers in ({}, BEARER, {"authorization": "Bearer "}):
            answer = client.ask(method, path, **headers)
            assert code(answer) == (403, "writing-off")
            assert "SMILECITY_API_KEY" in answer.json()["detail"]


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer ", f"Basic {KEY}", f"Bearer {KEY}x", f"Bearer {KEY[:-1]}", KEY, "Bearer schlüssel"]
)
def test_nobody_writes_without_the_key(guarded: Client, given: str):
    for method, path in WRITES:
        answer = guarded.send(method, path, b"{", authorization=given)
        assert code(answer) == (401, "unauthorized")
        assert answer.headers["www-authenticate"].startswith('Bearer realm="smilecity"')
        assert KEY not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://example.org"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"origin": "http://city:81"},
    ],
)
def test_a_page_of_another_site_may_not_even_with_the_key(guarded: Client, headers: dict[str, str]):
    assert code(guarded.ask("DELETE", "/v1/alerts/silences/1", **headers, **BEARER)) == (403, "cross-site")


def test_a_page_of_our_own_may(guarded: Client):
    own = {"origin": "http://city", "sec-fetch-site": "same-origin"}
    assert code(guarded.ask("DELETE", "/v1/alerts/silences/1", **own, **BEARER)) == (404, "not-found")


def test_no_other_site_gets_leave_to_ask(guarded: Client):
    headers = {"origin": "https://example.org", "access-control-request-method": "POST"}
    answer = guarded.ask("OPTIONS", "/v1/alerts/silences", **headers)
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_the_key_stands_in_no_representation(guarded: Client):
    assert KEY not in repr(guarded.app.state.cities.whole.services)
