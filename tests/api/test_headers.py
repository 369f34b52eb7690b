from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.api.city import Client


@pytest.mark.parametrize(
    "path", ["/v1/things", "/v1/nothing", "/v1/things?x=1", "/metrics", "/docs", "/web/leaflet/leaflet.js"]
)
def test_every_answer_is_guarded(client: Client, path):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "cache-control" in headers


def test_other_origins_get_no_leave(client: Client):
    headers = client.get("/v1/things", origin="https://example.org").headers
    assert not [name for name in headers if name.startswith("access-control")]


def test_json_is_compressed_for_those_who_ask(client: Client):
    asked = client.get("/openapi.json", **{"accept-encoding": "gzip"})
    plain = client.get("/openapi.json", **{"accept-encoding": "identity"})
    assert asked.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert asked.json() == plain.json()


def test_head_is_get_without_a_body(client: Client):
    got, head = client.get("/v1/health"), client.ask("HEAD", "/v1/health")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize("path", ["/v1/stream", "/v1/alerts/stream"])
def test_head_of_an_endless_stream_is_refused(client: Client, path):
    assert client.ask("HEAD", path).status_code == 405


def test_head_of_an_export_makes_none(client: Client):
    head = client.ask("HEAD", "/v1/observations?format=csv")
    assert (head.status_code, head.content) == (200, b"")
    client.problem(head.links["cite-as"]["url"], 404, "not-found")
    assert [client.app.state.exports["observations"].begin() for _ in range(2)]
