"""Serves the API and the page with uvicorn in a thread, on a socket that is bound before anything else starts."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from fastapi import FastAPI

STOP_S = 5
MOST_BYTES = 4096
"""Of a message of a WebSocket's client, of which none is expected."""
PING_S = 20.0
"""How often a WebSocket is asked whether it is still there, and how long it may take to answer."""


def bind(host: str, port: int) -> socket.socket:
    """Take a port, so that one in use is told before work begins. Raises OSError with a sentence."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise OSError(
            f"{host}:{port} cannot be used for the page ({error.strerror}). Choose another with --port."
        ) from error
    return listener


class WebServer:
    """The HTTP server of ``up`` and ``serve``."""

    def __init__(self, app: FastAPI, listener: socket.socket) -> None:
        self._listener = listener
        host, port = listener.getsockname()[:2]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_level="warning",
                timeout_graceful_shutdown=STOP_S,
                server_header=False,
                ws_max_size=MOST_BYTES,
                ws_ping_interval=PING_S,
                ws_ping_timeout=PING_S,
            )
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="web", daemon=True
        )

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Let running answers finish, then end."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(STOP_S + 2)
        self._listener.close()
