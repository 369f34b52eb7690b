"""Nothing that is not public leaves by ``/open``: in any document of any feed, whoever asks, however open a server."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from api.access import PUBLIC
from api.app import create_app
from api.services import Access
from api.times import now
from sensors.model import Batch
from tests.api.city import Client
from tests.api.estate import HOUSEHOLDS, OBSERVED, THINGS, Estate, estate, secret_of
from tests.api.test_view import OPEN, expected

if TYPE_CHECKING:
    from collections.abc import Iterator

HIDDEN = {thing.id for thing in THINGS} - OPEN
"""Households among them, those too that are marked as public."""


@pytest.fixture(scope="module")
def city() -> Iterator[Estate]:
    with estate() as built:
        of_now = [secret_of(one) for one in OBSERVED]
        built.services.store.write(Batch.of(OBSERVED, range(len(OBSERVED)), [now()] * len(OBSERVED), of_now))
        yield built


def documents(client: Client, **headers: str) -> dict[str, str]:
    """Ask for every document of every feed."""
    listed = client.get("/open", **headers).json()
    paths = [path for feed in listed["feeds"] for path in feed["documents"]]
    return {path: client.get(path, **headers).text for path in ("/open", *paths)}


def test_what_is_open_is_what_the_public_sees(city: Estate):
    told = documents(city.client)
    everything = "\n".join(told.values())
    assert set(HOUSEHOLDS) <= HIDDEN
    assert f"{secret_of(OBSERVED[0])}" in everything  # what is public is told, so what is not could have been
    for stream in OBSERVED:
        seen = stream in expected(PUBLIC)
        assert (f"{secret_of(stream)}" in everything) <= seen, stream
    assert [name for name in sorted(HIDDEN) if name in everything] == []


@pytest.mark.parametrize("role", ["pgr", "sw", "reader", "city", "installation"])
def test_a_key_opens_no_more_of_it(city: Estate, role: str):
    assert documents(city.client, **city.headers(role)) == documents(city.client)


def test_nor_does_a_server_that_shows_everything_to_everybody(city: Estate):
    bare = Client(create_app(replace(city.services, access=Access.OPEN)))
    secret = secret_of(OBSERVED[1])
    assert f"{secret}" in bare.get(f"/v1/latest?thing={OBSERVED[1].thing}").text
    told = documents(bare)
    assert [name for name in sorted(HIDDEN) if any(name in text for text in told.values())] == []
