"""A small Grafana over HTTP: it checks verb, path and body of what is asked, and remembers folders, sources, boards."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "glsa_geheim"


class Grafana(ThreadingHTTPServer):
    """Listens on a free loopback port; ``done`` holds what was changed, in its order."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folders: dict[str, dict[str, Any]] = {}
        self.sources: dict[str, dict[str, Any]] = {}
        self.boards: dict[str, dict[str, Any]] = {}
        self.done: list[tuple[str, str]] = []
        self.provisioned: set[str] = set()
        self.health: dict[str, str] | None = {"version": "12.1.0", "database": "ok"}
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def close(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def put(self, uid: str, title: str, folder: str = "smilecity", tags: tuple[str, ...] = ("smilecity",)) -> None:
        """Have a board that somebody made."""
        board = {"uid": uid, "title": title, "tags": list(tags), "panels": []}
        self.boards[uid] = {"dashboard": board, "meta": {"folderUid": folder}}

    def answer(self, verb: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        """Answer as Grafana's HTTP API is documented to."""
        for method, pattern, act in self._acts():
            found = re.fullmatch(pattern, path)
            if found and method == verb:
                answer: tuple[int, Any] = act(*found.groups(), query if verb == "GET" else body)
                return answer
        return 404, {"message": f"{verb} {path} is not known"}

    def _acts(self) -> tuple[tuple[str, str, Any], ...]:
        return (
            ("GET", "/api/health", lambda _: _known(self.health, "page")),
            ("GET", "/api/folders/([a-z-]+)", lambda uid, _: _known(self.folders.get(uid), "folder")),
            ("POST", "/api/folders", self._make_folder),
            ("GET", "/api/datasources/uid/([a-z-]+)", lambda uid, _: _known(self.sources.get(uid), "data source")),
            ("POST", "/api/datasources", lambda body: self._source(body, "POST")),
            ("PUT", "/api/datasources/uid/([a-z-]+)", lambda _, body: self._source(body, "PUT")),
            ("GET", "/api/dashboards/uid/([a-z-]+)", lambda uid, _: _known(self.boards.get(uid), "dashboard")),
            ("POST", "/api/dashboards/db", self._put_board),
            ("DELETE", "/api/dashboards/uid/([a-z-]+)", self._remove_board),
            ("GET", "/api/search", self._search),
        )

    def _make_folder(self, body: Any) -> tuple[int, Any]:
        assert body == {"uid": "smilecity", "title": "Smile City"}
        self.done.append(("POST", "/api/folders"))
        self.folders[body["uid"]] = body
        return 200, body

    def _source(self, body: Any, verb: str) -> tuple[int, Any]:
        assert {"uid", "name", "type", "access", "url", "jsonData"} <= set(body)
        assert (body["uid"] in self.sources) == (verb == "PUT")
        self.done.append((verb, body["uid"]))
        secrets = body.pop("secureJsonData", {})
        known = dict.fromkeys(secrets, True)
        self.sources[body["uid"]] = {"id": 7, "orgId": 1, "readOnly": False, **body, "secureJsonFields": known}
        return 200, {"message": "Datasource added"}

    def _put_board(self, body: Any) -> tuple[int, Any]:
        assert set(body) == {"dashboard", "folderUid", "overwrite", "message"}
        assert body["overwrite"] is True
        assert body["dashboard"]["id"] is None
        uid = body["dashboard"]["uid"]
        if uid in self.provisioned:
            return 400, {"message": "Cannot save provisioned dashboard", "status": "error"}
        assert body["folderUid"] in self.folders
        self.done.append(("POST", uid))
        version = self.boards.get(uid, {}).get("dashboard", {}).get("version", 0) + 1
        stored = {**body["dashboard"], "id": 11, "version": version, "schemaVersion": 42}
        self.boards[uid] = {"dashboard": stored, "meta": {"folderUid": body["folderUid"], "provisioned": False}}
        return 200, {"status": "success", "uid": uid, "version": version}

    def _remove_board(self, uid: str, _: Any) -> tuple[int, Any]:
        self.done.append(("DELETE", uid))
        return _known(self.boards.pop(uid, None), "dashboard")

    def _search(self, query: dict[str, list[str]]) -> tuple[int, Any]:
        assert query["type"] == ["dash-db"]
        (tag,) = query["tag"]
        found = [
            {"uid": uid, "title": one["dashboard"]["title"], "folderUid": one["meta"]["folderUid"], "type": "dash-db"}
            for uid, one in self.boards.items()
            if tag in one["dashboard"].get("tags", [])
        ]
        return 200, found


def _known(found: Any, what: str) -> tuple[int, Any]:
    return (200, found) if found is not None else (404, {"message": f"{what} not found"})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one piece, so that no acknowledgement is waited for
    server: Grafana

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        if parts.path != "/api/health" and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            status, said = 401, {"message": "Invalid API key"}
        else:
            content = json.loads(body) if body else None
            status, said = self.server.answer(self.command, parts.path, parse_qs(parts.query), content)
        answer = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, *_: Any) -> None: ...
