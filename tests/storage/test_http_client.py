"""The HTTP client of stores: what a server refuses becomes one of a store's answers."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from storage import http_client
from storage.http_client import Endpoint, HttpClient
from storage.store import StoreBusyError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Answers(BaseHTTPRequestHandler):
    """Answers ``/503`` with that status, and with the body that it got."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(int(self.path[1:4]))
        self.send_header("Content-Length", str(len(body)))
        if self.path.endswith("later"):
            self.send_header("Retry-After", "7")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def client() -> Iterator[HttpClient]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    one = HttpClient(Endpoint(f"http://127.0.0.1:{server.server_port}", "city", "secret"), "The store")
    yield one
    one.close()
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_answer_is_given_as_it_is(client: HttpClient):
    assert client.post("/200", b"rows") == b"rows"


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 507])
def test_a_busy_server_is_a_busy_store(client: HttpClient, status: int):
    with pytest.raises(StoreBusyError, match=f"is busy: HTTP {status} no room") as busy:
        client.post(f"/{status}", b"no room")
    assert busy.value.retry_after == 2.0


def test_a_server_says_how_long_to_wait(client: HttpClient):
    with pytest.raises(StoreBusyError) as busy:
        client.post("/429later", b"")
    assert busy.value.retry_after == 7.0


@pytest.mark.parametrize("status", [400, 401, 404, 422])
def test_a_refusal_is_told_in_a_sentence_without_the_secret(client: HttpClient, status: int):
    with pytest.raises(OSError, match=f"would not answer /{status}: HTTP {status} what is this") as refused:
        client.post(f"/{status}", b"what is this")
    assert "secret" not in str(refused.value)


def test_an_answer_beyond_all_measure_is_broken_off(client: HttpClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(http_client, "LARGEST_ANSWER", 1000)
    with pytest.raises(OSError, match="ask for a shorter span"):
        client.post("/200", b"x" * 2000)
