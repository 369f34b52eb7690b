"""What a worker without an API tells of itself over HTTP: ``/metrics`` for Prometheus and ``/health``."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import make_wsgi_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ingest.worker import Worker

HOST = "127.0.0.1"


@contextmanager
def telltale(worker: Worker, port: int | None) -> Iterator[str]:
    """Answer on a port of this machine while within; gives the address, '' where no port is given.

    Raises OSError, a sentence, for a port that is taken.
    """
    if port is None:
        yield ""
        return
    try:
        server = make_server(HOST, port, _application(worker), handler_class=_Quiet)
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


def health(worker: Worker) -> tuple[bool, dict[str, Any]]:
    """Say whether a worker works, and which of its sources are connected."""
    connected = {receiver.source.name: receiver.connected for receiver in worker.receivers}
    well = worker.alive and all(connected.values())
    status = "ok" if well else "waiting" if worker.alive else "stopped"
    return well, {"status": status, "worker": worker.name, "connected": connected}


def _application(worker: Worker) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    metrics = make_wsgi_app()

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/metrics":
            told: Iterable[bytes] = metrics(environ, start_response)
            return told
        if environ["PATH_INFO"] != "/health":
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"There are /metrics and /health.\n"]
        well, document = health(worker)
        start_response("200 OK" if well else "503 Service Unavailable", [("Content-Type", "application/json")])
        return [json.dumps(document).encode()]

    return answer


class _Quiet(WSGIRequestHandler):
    """Keeps requests out of the terminal."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""
