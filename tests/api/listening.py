"""A real server, and somebody who listens to one of its streams."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import uvicorn

from api.app import end_streams
from tests.servers import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Run a real server on a free port for as long as the block lasts, and end it as a platform does."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_until(lambda: server.started, what="the server to start")
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        end_streams(app)
        server.should_exit = True
        thread.join(timeout=20)
    assert not thread.is_alive()


Event = tuple[str, str, dict[str, Any]]
"""Name, id and data of a server-sent event."""


class Listener:
    """Reads one stream, event by event."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.lines = response.iter_lines()
        self.comments: list[str] = []
        self.last_id = self.block()["id"]

    def block(self) -> dict[str, str]:
        """Read up to the next empty line."""
        fields: dict[str, str] = {}
        for line in self.lines:
            if not line:
                return fields
            name, _, value = line.partition(":")
            fields[name] = value.strip()
        raise EOFError

    def event(self, name: str) -> Event:
        """Wait for an event of a name; others and comments are passed over."""
        while (fields := self.block()).get("event") != name:
            self.comments += [fields[""]] if "" in fields else []
        return name, fields.get("id", ""), json.loads(fields["data"])


@contextmanager
def listening(url: str, **headers: str) -> Iterator[Listener]:
    with httpx.stream("GET", url, headers=headers, timeout=20) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Listener(response)
