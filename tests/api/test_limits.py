from __future__ import annotations

import socket
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import numpy as np
import pytest

from api.app import create_app
from api.limits import Exports, Limits
from api.problem import ProblemError
from sensors.model import Batch, Datastream
from tests.api.city import FREE, Client
from tests.api.listening import serving
from tests.servers import wait_until

if TYPE_CHECKING:
    from api.app import Services

DAY = np.datetime64("2026-03-29", "ms")


def refused(services: Services, url: str, code: str, **limits: int) -> str:
    client = Client(create_app(replace(services, limits=Limits(**limits))))
    return str(client.problem(url, 413, code)["detail"])


def test_too_many_rows_are_refused_before_anything_is_read(services: Services):
    detail = refused(services, "/v1/observations?format=ndjson", "too-many-rows", rows=5)
    assert detail == (
        "About 6 rows match, and one export has 5 at most. Choose fewer things or properties, or a shorter span."
    )


def test_a_span_counts_as_far_as_there_is_something(services: Services, client: Client):
    assert client.get("/v1/observations?format=csv&from=1971-01-01").status_code == 200
    services.store.write(Batch.of((FREE,), [0], ["2016-01-01"], [1.0]))
    detail = refused(services, "/v1/observations?format=csv&from=1971-01-01", "span-too-long", days=365)
    assert "3,740 days" in detail


def test_as_many_exports_as_may_be_at_once():
    exports = Exports(2)
    first, _ = exports.begin(), exports.begin()
    with pytest.raises(ProblemError, match="2 exports are under way") as refusal:
        exports.begin()
    assert refusal.value.headers == {"retry-after": "10"}
    first.leave()
    first.leave()
    exports.begin()
    with pytest.raises(ProblemError):
        exports.begin()


def test_the_last_place_is_not_for_the_public():
    exports = Exports(2)
    exports.begin(public=True)
    with pytest.raises(ProblemError, match="1 exports are under way"):
        exports.begin(public=True)
    exports.begin()
    Exports(1).begin(public=True)


def test_who_asks_and_does_not_read_loses_the_place(services: Services, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("api.sending.PATIENCE_S", 0.2)
    streams = [Datastream("lot-1", f"p{n}") for n in range(40)]
    times = np.datetime64("2026-03-29", "ms") + np.arange(20_000) * np.timedelta64(1, "s")
    for stream in streams:
        services.store.write(Batch.of([stream], np.zeros(20_000), times, np.arange(20_000.0)))
    app = create_app(replace(services, limits=Limits(exports=1)))
    with serving(app) as root, closing(socket.create_connection(("127.0.0.1", int(root.rpartition(":")[2])))) as idle:
        idle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        idle.sendall(b"GET /v1/observations?format=ndjson HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert idle.recv(64).startswith(b"HTTP/1.1 200")
        asked = f"{root}/v1/observations?format=csv&thing=bin-1&fields=result"
        wait_until(lambda: httpx.get(asked).status_code == 200, what="the place to be free again")


def test_an_export_lets_go_of_its_place(services: Services):
    client = Client(create_app(replace(services, limits=Limits(exports=1))))
    for url in ("/v1/observations?format=arrow", "/v1/observations?format=csv&fields=nothing") * 2:
        client.get(url)
    assert client.get("/v1/observations?format=ndjson").status_code == 200


def test_cells():
    Limits(cells=10).demand_cells(2, 5)
    with pytest.raises(ProblemError, match="2 datastreams or groups by 6 windows are 12"):
        Limits(cells=10).demand_cells(2, 6)
    Limits(days=1).demand_span(DAY, DAY + np.timedelta64(1, "D"))
