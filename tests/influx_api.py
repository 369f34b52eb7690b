"""InfluxDB 2.x for tests: its HTTP interface, as 2.7 answers, in front of the InfluxDB 1.6 that Debian has.

Lines and InfluxQL go through to the real server; health, organisations, buckets, mappings and what a token may are
answered here. The answers are those that the API's documentation and reports of its users quote.
"""

from __future__ import annotations

import gzip
import json
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from email.message import Message
    from ssl import SSLContext

ORG, TOKEN = "stadt", "geheim-und-lang=="
ORG_ID = "0123456789abcdef"
RETENTION_POLICY = "autogen"
FORM = "application/x-www-form-urlencoded"


@dataclass
class Asked:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: Message[str, str]
    body: bytes

    @property
    def lines(self) -> list[str]:
        """Give the lines that were sent, or the words of a form."""
        body = gzip.decompress(self.body) if self.headers.get("Content-Encoding") == "gzip" else self.body
        return body.decode().splitlines()


@dataclass
class Answer:
    """A status, what is said, and further headers."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def said(status: int, content: object, **headers: str) -> Answer:
    """Answer in JSON."""
    return Answer(status, json.dumps(content).encode(), {"Content-Type": "application/json; charset=utf-8", **headers})


def error(status: int, code: str, message: str, **headers: str) -> Answer:
    """Refuse as InfluxDB 2.x does."""
    return said(status, {"code": code, "message": message}, **headers)


class InfluxApi(ThreadingHTTPServer):
    """Listens on a free port. ``rules`` may answer a request before anybody else does; ``asked`` holds all."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, upstream: str, tls: SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.upstream = httpx.Client(base_url=upstream, timeout=60)
        self.asked: list[Asked] = []
        self.rules: list[Callable[[Asked], Answer | None]] = []
        self.may_make, self.may_see_buckets, self.maps_by_itself = True, True, True
        self.buckets: dict[str, int] = {}
        self.mapped: set[str] = set()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()
        self.upstream.close()

    def url(self, bucket: str = "smilecity", **options: str) -> str:
        further = "".join(f"&{name}={value}" for name, value in options.items())
        return f"influxdb://127.0.0.1:{self.server_port}?org={ORG}&bucket={bucket}{further}"

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        for rule in self.rules:
            if (told := rule(asked)) is not None:
                return told
        if asked.path == "/health":
            return said(200, {"name": "influxdb", "message": "ready for queries and writes", "status": "pass"})
        if asked.headers.get("Authorization") != f"Token {TOKEN}":
            return error(401, "unauthorized", "unauthorized access")
        name = f"_{asked.method.lower()}{asked.path.removeprefix('/api/v2').replace('/', '_')}"
        answer: Answer = getattr(self, name, lambda _: error(404, "not found", "path not found"))(asked)
        return answer

    def _get_orgs(self, asked: Asked) -> Answer:
        if asked.query["org"] != ORG:
            return error(404, "not found", f'organization name "{asked.query["org"]}" not found')
        return said(200, {"orgs": [{"id": ORG_ID, "name": ORG}]})

    def _get_buckets(self, asked: Asked) -> Answer:
        name = asked.query["name"]
        if asked.query["org"] != ORG:
            return error(404, "not found", f'organization name "{asked.query["org"]}" not found')
        if name not in self.buckets or not self.may_see_buckets:
            return error(404, "not found", f'bucket "{name}" not found')
        return said(200, {"buckets": [self._bucket(name)]})

    def _bucket(self, name: str) -> dict[str, Any]:
        rules = [{"type": "expire", "everySeconds": self.buckets[name], "shardGroupDurationSeconds": 604800}]
        return {"id": f"{hash(name) % 2**60:016x}", "orgID": ORG_ID, "name": name, "retentionRules": rules}

    def _post_buckets(self, asked: Asked) -> Answer:
        wanted = json.loads(asked.body)
        if not self.may_make:
            return error(401, "unauthorized", "write:orgs/0123456789abcdef/buckets is unauthorized")
        if wanted["name"] in self.buckets:
            return error(422, "conflict", f"bucket with name {wanted['name']} already exists")
        self.make(wanted["name"], wanted["retentionRules"][0]["everySeconds"])
        return said(201, self._bucket(wanted["name"]))

    def make(self, name: str, seconds: int = 0) -> None:
        """Make a bucket, as somebody else would."""
        duration = f"{seconds}s" if seconds else "INF"
        statement = f'CREATE DATABASE "{name}" WITH DURATION {duration} NAME "{RETENTION_POLICY}"'
        self.upstream.post("/query", data={"q": statement}).raise_for_status()
        self.buckets[name] = seconds
        if self.maps_by_itself:
            self.mapped.add(name)

    def _post_dbrps(self, asked: Asked) -> Answer:
        wanted = json.loads(asked.body)
        self.mapped.add(wanted["database"])
        return said(201, {**wanted, "id": "1111111111111111", "orgID": ORG_ID, "virtual": False})

    def _post_write(self, asked: Asked) -> Answer:
        bucket = asked.query["bucket"]
        if asked.query["org"] != ORG:
            return error(404, "not found", f'organization name "{asked.query["org"]}" not found')
        if bucket not in self.buckets:
            return error(404, "not found", f'bucket "{bucket}" not found')
        passed = {name: asked.headers[name] for name in ("Content-Encoding", "Content-Type") if name in asked.headers}
        query = {"db": bucket, "precision": asked.query["precision"].removesuffix("s")}
        found = self.upstream.post("/write", params=query, content=asked.body, headers=passed)
        return Answer(204) if found.status_code == 204 else _refusal(found)

    def _post_query(self, asked: Asked) -> Answer:
        form = {name: several[0] for name, several in parse_qs(asked.body.decode()).items()}
        statement = form["q"]
        if form["db"] not in self.mapped:
            if statement.startswith("SHOW RETENTION POLICIES"):
                columns = ["name", "duration", "shardGroupDuration", "replicaN", "default"]
                return said(200, {"results": [{"statement_id": 0, "series": [{"columns": columns}]}]})
            return said(200, {"results": [{"statement_id": 0, "error": f"database not found: {form['db']}"}]})
        found = self.upstream.post("/query", content=asked.body, headers={"Content-Type": FORM, **_accepted(asked)})
        # As 2.x does, without compression (influxdata/influxdb, issue 23805).
        return Answer(found.status_code, found.content, {"Content-Type": found.headers["Content-Type"]})


def _accepted(asked: Asked) -> dict[str, str]:
    return {"Accept": asked.headers["Accept"]}


def _refusal(found: httpx.Response) -> Answer:
    """Say in the words of 2.x what 1.6 would not have."""
    message = found.json()["error"]
    if "unable to parse" in message:
        return error(400, "invalid", message.removeprefix("partial write: "))
    if message.startswith("partial write"):
        return error(422, "unprocessable entity", f"failure writing points to database: {message}")
    return error(found.status_code, "internal error", message)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: InfluxApi

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = urlsplit(self.path)
        query = {name: several[0] for name, several in parse_qs(parts.query).items()}
        answer = self.server.answer(Asked(self.command, parts.path, query, self.headers, body))
        with suppress(BrokenPipeError):  # who asked may have been killed
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, *_: Any) -> None: ...
