"""What a worker without an API tells of itself over HTTP: ``/metrics`` for Prometheus and ``/health``."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from storage.metrics import with_books

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingest.worker import Worker
    from storage.catalogue import Catalogue

HOST = "127.0.0.1"
PATIENCE_S = 5.0
"""How long a client may take to ask."""
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@contextmanager
def telltale(worker: Worker, catalogue: Catalogue, port: int | None) -> Iterator[str]:
    """Answer on a port of this machine while within; gives the address, '' where no port is given.

    Raises OSError, a sentence, for a port that is taken.
    """
    if port is None:
        yield ""
        return
    try:
        server = make_server(HOST, port, _application(worker, catalogue), server_class=_Threaded, handler_class=_Quiet)
    except OSError as error:
        raise OSError(f"{HOST}:{port} cannot be used for metrics ({error}). Choose another with --metrics.") from error
    thread = threading.Thread(target=server.serve_forever, name="telltale", daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def health(worker: Worker, catalogue: Catalogue) -> tuple[bool, dict[str, Any]]:
    """Say whether a worker works, which of its sources are connected, and whether its books balance."""
    connected = {receiver.source.name: receiver.connected for receiver in worker.receivers}
    balanced = all(entry.counts.balanced for entry in catalogue.ledger() if entry.worker == worker.name)
    status = _status(worker, connected=all(connected.values()), balanced=balanced)
    return status == "ok", {"status": status, "worker": worker.name, "connected": connected, "balanced": balanced}


def _status(worker: Worker, *, connected: bool, balanced: bool) -> str:
    if not worker.alive:
        return "stopped"
    if not balanced:
        return "books do not balance"
    return "ok" if connected else "waiting"


def _application(worker: Worker, catalogue: Catalogue) -> Application:
    metrics = make_wsgi_app(with_books(catalogue))

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/metrics":
            told: Iterable[bytes] = metrics(environ, start_response)
            return told
        if environ["PATH_INFO"] != "/health":
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"There are /metrics and /health.\n"]
        well, document = health(worker, catalogue)
        start_response("200 OK" if well else "503 Service Unavailable", [("Content-Type", "application/json")])
        return [json.dumps(document).encode()]

    return answer


class _Threaded(ThreadingMixIn, WSGIServer):
    """Answers each in a thread of its own: who connects and says nothing holds up nobody, nor the end."""

    daemon_threads = True
    block_on_close = False


class _Quiet(WSGIRequestHandler):
    """Keeps requests out of the terminal, and waits for them no longer than for seconds."""

    timeout = PATIENCE_S

    def log_message(self, *_: object) -> None:
        """Say nothing."""
