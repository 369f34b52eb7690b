"""What a request may carry."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from api import bodies
from tests.api.listening import serving
from tests.api.test_alert_actions import BEARER, JSON, code, services, writer

if TYPE_CHECKING:
    from tests.api.city import Client

__all__ = ["services", "writer"]

SILENCES = "/v1/alerts/silences"


@pytest.mark.parametrize(
    ("body", "say"),
    [
        (b"", "truncated"),
        (b"{", "truncated"),
        (b"[]", "expected `object`"),
        (b'{"who": 1}', "$.who"),
        (b'{"who": "Ada", "whom": 1}', "unknown field `whom`"),
        (b'{"x":' + b"[" * 60_000, ""),
        (b'{"who":' + b"[" * 60_000, ""),
        (b'{"who": "\xff"}', ""),
        (b'{"who": ""}', "length >= 1"),
    ],
)
def test_what_cannot_be_taken_is_told(writer: Client, body: bytes, say: str):
    answer = writer.send("POST", SILENCES, body, **BEARER, **JSON)
    assert code(answer) == (400, "bad-body")
    assert say in answer.json()["detail"]
    assert len(answer.text) < 1000


def test_too_much_is_not_read(writer: Client):
    assert code(writer.send("POST", SILENCES, b" " * (bodies.MOST_BYTES + 1), **BEARER, **JSON)) == (
        413,
        "body-too-large",
    )


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
def test_only_json_is_taken(writer: Client, kind: str):
    answer = writer.send("POST", SILENCES, b"{}", **BEARER, **{"content-type": kind})
    assert code(answer) == (415, "unsupported-media-type")


def test_a_body_that_does_not_come_is_not_waited_for(writer: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bodies, "WITHIN_S", 0.05)
    with serving(writer.app) as root:
        host, port = root.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as line:
            head = f"POST {SILENCES} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {BEARER['authorization']}\r\n"
            line.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{{".encode())
            assert line.recv(100).startswith(b"HTTP/1.1 408 ")
