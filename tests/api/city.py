"""A small city, its store and catalogue, and somebody who asks."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from api.app import Services, create_app
from api.services import Access
from sensors.model import Batch, Datastream, Device, Thing
from storage.catalogue import Catalogue
from storage.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI

LOT = Thing(
    id="lot-1",
    name="Harbour",
    kind="parking_lot",
    longitude=12.10,
    latitude=54.09,
    operator="car-parks",
    district="Stadtmitte",
    public=True,
    properties={"capacity": 350},
)
SPOT = Thing(id="spot-1", name="Space 1", kind="parking_spot", longitude=12.11, latitude=54.08, operator="car-parks")
BIN = Thing(
    id="bin-1",
    name="Glass",
    kind="waste_container",
    longitude=12.12,
    latitude=54.07,
    operator="waste",
    district="Südstadt",
    properties={"distance_empty_mm": 1500, "distance_full_mm": 300, "capacity_l": 1100, "fraction": "glass"},
)
METER = Thing(id="meter-1", name="School", kind="energy_meter", longitude=12.13, latitude=54.06, operator="utility")
THINGS = (LOT, SPOT, BIN, METER)

FREE = Datastream("lot-1", "available_spot_number")
OCCUPANCY = Datastream("lot-1", "occupancy_hour", derived=True)
FILLING = Datastream("bin-1", "filling_level")

MORNING = Batch.of(
    (FREE, OCCUPANCY, FILLING),
    [0, 0, 0, 1, 1, 2],
    [
        "2026-03-29T00:00:00",
        "2026-03-29T00:10:00",
        "2026-03-29T00:20:00.007",
        "2026-03-28T23:00:00",
        "2026-03-29T00:00:00",
        "2026-03-29T00:05:00",
    ],
    [350.0, 340.0, 331.5, 0.1, float("nan"), 42.25],
    quality=[1, 1, 3, 1, 9, 1],
    revision=[7, 8, 9, 1, 2, 3],
    coverage=[float("nan"), float("nan"), float("nan"), 0.9, 0.5, float("nan")],
    samples=[0, 0, 0, 6, 3, 0],
)


class Client:
    """Asks an app, and waits for the whole answer."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    @classmethod
    def of(cls, services: Services) -> Client:
        """Ask a platform."""
        return cls(create_app(services))

    def ask(self, method: str, url: str, **headers: str) -> httpx.Response:
        return asyncio.run(self._ask(method, url, headers))

    def send(self, method: str, url: str, body: bytes, **headers: str) -> httpx.Response:
        """Ask with a body."""
        return asyncio.run(self._ask(method, url, headers, body))

    def get(self, url: str, **headers: str) -> httpx.Response:
        return self.ask("GET", url, **headers)

    def json(self, url: str) -> dict[str, Any]:
        answer = self.get(url)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    def problem(self, url: str, status: int, code: str) -> dict[str, Any]:
        """Expect a refusal, and give its document."""
        answer = self.get(url)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        document: dict[str, Any] = answer.json()
        assert document["type"] == f"/docs#{code}"
        assert document["status"] == status
        assert {"title", "detail"} <= document.keys()
        return document

    def walk(self, url: str, member: str) -> list[list[dict[str, Any]]]:
        """Follow the next links to the end."""
        pages = []
        following: str | None = url
        while following is not None:
            document = self.json(following)
            pages.append(document[member])
            following = document["next"]
        return pages

    async def _ask(self, method: str, url: str, headers: dict[str, str], body: bytes | None = None) -> httpx.Response:
        """Ask; a header is sent as its UTF-8, whatever is in it."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://city") as client:
            return await client.request(method, url, headers=httpx.Headers(headers, encoding="utf-8"), content=body)


@pytest.fixture(params=["memory", "duckdb"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Services]:
    """A platform without things and observations."""
    store = open_store("memory://" if request.param == "memory" else f"duckdb:///{tmp_path}/city.duckdb")
    catalogue = Catalogue("sqlite://")
    yield Services(store=store, catalogue=catalogue, version="1.2.3", access=Access.OPEN)
    store.close()
    catalogue.close()


@pytest.fixture
def services(empty: Services) -> Services:
    """A platform with the small city and a morning of observations."""
    empty.catalogue.put(THINGS, [Device(id="device-1", model="plain", thing=LOT)])
    empty.store.write(MORNING)
    return empty


@pytest.fixture
def client(services: Services) -> Client:
    return Client(create_app(services))


@pytest.fixture
def stranger(empty: Services) -> Client:
    """Somebody who asks an empty platform."""
    return Client(create_app(empty))


@pytest.fixture
def busy(services: Services) -> Client:
    """Somebody who asks while a worker holds messages."""
    return Client(create_app(replace(services, in_flight=lambda: {("city", "w1"): 3, ("city", "w2"): 1})))
