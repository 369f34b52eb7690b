"""Signing in with a key, and out again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.api.estate import Estate, estate

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def city() -> Iterator[Estate]:
    with estate() as built:
        yield built


def sign_in(city: Estate, key: str, **headers: str) -> httpx.Response:
    return city.client.send("POST", "/v1/session", json.dumps({"key": key}).encode(), **JSON, **headers)


def test_a_browser_that_signed_in_sees_what_the_key_shows_until_it_signs_out(city: Estate):
    answer = sign_in(city, city.keys["sw"])
    assert answer.status_code == 204
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "Path=/", "SameSite=strict", "Max-Age=43200"} <= set(cookie.split("; "))
    assert city.keys["sw"] not in cookie
    mine = {"cookie": cookie.partition(";")[0]}
    about = city.client.get("/v1/session", **mine).json()
    assert (about["name"], about["operator"], about["sees"], about["cookie"]) == ("SW", "SW", "operator", True)
    assert city.client.get("/v1/things/meter-w7q", **mine).status_code == 200
    gone = city.client.ask("DELETE", "/v1/session", **mine)
    assert (gone.status_code, "Max-Age=0" in gone.headers["set-cookie"]) == (204, True)
    assert city.client.get("/v1/session", **mine).json()["sees"] == "public"
    assert city.client.get("/v1/things/meter-w7q", **mine).status_code == 404


def test_who_shows_no_key_is_the_public(city: Estate):
    assert city.client.get("/v1/session").json() == {
        "name": None,
        "operator": None,
        "sees": "public",
        "scopes": [],
        "cookie": False,
        "keys": True,
    }


def test_nobody_signs_in_with_nothing(city: Estate):
    for key in ("nonsense", "x" * 600, ""):
        answer = sign_in(city, key)
        assert answer.status_code in {400, 401}
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("headers", [{"origin": "https://example.org"}, {"sec-fetch-site": "same-site"}])
def test_a_page_of_another_site_does_nothing_with_a_session(city: Estate, headers: dict[str, str]):
    assert sign_in(city, city.keys["sw"], **headers).status_code == 403
    mine = {"cookie": sign_in(city, city.keys["sw"]).headers["set-cookie"].partition(";")[0]}
    assert city.client.ask("DELETE", "/v1/alerts/silences/1", **mine, **headers).status_code == 403
    assert city.client.get("/v1/devices", **mine, **headers).status_code == 403
    assert city.client.get("/v1/devices", **mine).status_code == 200
