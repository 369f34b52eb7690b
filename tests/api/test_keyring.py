"""Who asks: by a bearer token, by Basic, by a session; and whom a server without a key believes."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from starlette.requests import HTTPConnection

from api.access import CITY, PUBLIC, Caller, Tenant
from api.keyring import Keyring
from api.services import Access, Services
from storage.catalogue import Catalogue
from storage.keys import SCOPES, Key
from tests.api.estate import Estate, estate

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN = "the-key-of-the-installation"


@pytest.fixture(scope="module")
def city() -> Iterator[Estate]:
    with estate() as built:
        yield built


def asked(keyring: Keyring, *, client: str = "10.1.2.3", **headers: str) -> Caller:
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "client": (client, 1), "headers": sent, "path": "/", "query_string": b""}
    return asyncio.run(keyring.caller(HTTPConnection(scope)))


def basic(password: str, user: str = "frost") -> str:
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


@pytest.mark.parametrize("how", ["Bearer {}", "bearer   {}", "basic"])
@pytest.mark.parametrize(("role", "tenant"), [("pgr", Tenant("PGR")), ("city", CITY), ("installation", CITY)])
def test_a_key_is_taken_either_way(city: Estate, how: str, role: str, tenant: Tenant):
    key = city.keys[role]
    caller = asked(Keyring(city.services), authorization=basic(key) if how == "basic" else how.format(key))
    assert (caller.tenant, caller.known, caller.wrong, caller.cookie) == (tenant, True, "", False)
    assert caller.scopes == set(SCOPES)
    assert key not in repr(caller)


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer nonsense",
        "Bearer " + "x" * 5000,
        "Basic",
        "Basic not base64!",
        basic(""),
        basic("nonsense"),
        "Basic " + b64encode(b"\xff\xfe:").decode(),
        "Digest username=x",
        f"Bearer {OWN}x",
    ],
)
def test_what_opens_nothing_is_nobody_with_a_reason(city: Estate, header: str):
    caller = asked(Keyring(city.services), authorization=header)
    assert (caller.tenant, caller.scopes, caller.known) == (PUBLIC, frozenset(), False)
    assert caller.wrong


def test_a_key_is_known_as_soon_as_it_is_made_and_unknown_once_it_is_taken_back(
    city: Estate, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("api.keyring.AGAIN_S", 0.0)
    keyring = Keyring(city.services)
    asked(keyring)
    key, secret = city.catalogue.keys.new(Key(name="late", scopes=("read",)))
    caller = asked(keyring, authorization=f"Bearer {secret}")
    assert (caller.name, keyring.holds(caller)) == ("late", True)
    city.catalogue.keys.revoke(key.prefix)
    keyring.look()
    assert not keyring.holds(caller)
    assert "smilecity keys list" in asked(keyring, authorization=f"Bearer {secret}").wrong


def test_a_session_stands_for_its_key_and_no_longer(city: Estate):
    key, _ = city.catalogue.keys.new(Key(name="desk", scopes=("read",), operator="SW"))
    secret, _ = city.catalogue.keys.begin_session(key.digest)
    keyring = Keyring(city.services)
    caller = asked(keyring, cookie=f"a=b; smilecity_session={secret}")
    assert (caller.name, caller.tenant, caller.cookie) == ("desk", Tenant("SW"), True)
    assert not asked(keyring, cookie="smilecity_session=nonsense").known
    city.catalogue.keys.revoke(key.prefix)
    keyring.look()
    assert asked(keyring, cookie=f"smilecity_session={secret}") == Caller(address="10.1.2.3")


def test_when_a_key_was_used_is_noted_once(city: Estate):
    key, secret = city.catalogue.keys.new(Key(name="seldom", scopes=("read",)))
    keyring = Keyring(city.services)
    for _ in range(3):
        asked(keyring, authorization=f"Bearer {secret}")
    used = {one.prefix: one.used for one in city.catalogue.keys.every()}
    assert used[key.prefix] is not None


HERE: dict[str, Any] = {"client": "127.0.0.1", "host": "localhost:8080"}


@pytest.mark.parametrize(
    ("access", "sent", "tenant"),
    [
        (Access.AUTO, HERE, CITY),
        (Access.AUTO, {**HERE, "host": "127.0.0.1:8080"}, CITY),
        (Access.AUTO, {"client": "::1", "host": "[::1]:8080"}, CITY),
        (Access.AUTO, {**HERE, "host": "LOCALHOST"}, CITY),
        (Access.AUTO, {**HERE, "client": "10.0.0.7"}, PUBLIC),  # not from this machine
        (Access.AUTO, {**HERE, "host": "evil.example:8080"}, PUBLIC),  # a name that points here: DNS rebinding
        (Access.AUTO, {"client": "127.0.0.1"}, PUBLIC),  # no name at all
        (Access.AUTO, {**HERE, "x_forwarded_for": "10.0.0.7"}, PUBLIC),  # a proxy on this machine
        (Access.AUTO, {**HERE, "forwarded": "for=10.0.0.7"}, PUBLIC),
        (Access.AUTO, {**HERE, "via": "1.1 proxy"}, PUBLIC),
        (Access.CLOSED, HERE, PUBLIC),
        (Access.OPEN, {"client": "10.0.0.7", "host": "city.example"}, CITY),
    ],
)
def test_whom_a_server_without_a_key_believes(access: Access, sent: dict[str, Any], tenant: Tenant):
    catalogue = Catalogue("sqlite://")
    services = Services(store=None, catalogue=catalogue, access=access)  # type: ignore[arg-type]
    caller = asked(Keyring(services), **sent)
    assert (caller.tenant, caller.known) == (tenant, False)
    assert not caller.scopes & {"write", "alerts", "catalogue"}
    with_key = replace(services, api_key=OWN)
    assert asked(Keyring(with_key), **sent).tenant == (CITY if access is Access.OPEN else PUBLIC)
    key, _ = catalogue.keys.new(Key(name="first", scopes=("read",)))
    catalogue.keys.revoke(key.prefix)  # there was one: whoever made it closed the door
    assert asked(Keyring(services), **sent).tenant == (CITY if access is Access.OPEN else PUBLIC)
    catalogue.close()


def test_it_is_said_whom_everything_is_shown(city: Estate):
    catalogue = Catalogue("sqlite://")
    said = [
        Keyring(Services(store=city.services.store, catalogue=catalogue, access=access)).told() for access in Access
    ]
    assert [sentence.split(" see")[0] for sentence in said] == [
        "who asks on this machine",
        "without a key only what is marked as public is",
        "everybody",
    ]
    assert "only what is marked" in Keyring(city.services).told()
    catalogue.close()


def test_who_came_while_all_was_open_is_turned_out_when_there_is_a_key():
    catalogue = Catalogue("sqlite://")
    services = Services(store=None, catalogue=catalogue, access=Access.AUTO)  # type: ignore[arg-type]
    keyring = Keyring(services)
    caller = asked(keyring, **HERE)
    assert keyring.holds(caller)
    catalogue.keys.new(Key(name="first", scopes=("read",)))
    keyring.look()
    assert not keyring.holds(caller)
    catalogue.close()
