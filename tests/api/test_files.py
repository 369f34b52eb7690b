"""Files served beside the API."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from api.page import WEB, leaflet_folder

if TYPE_CHECKING:
    from tests.api.city import Client


def test_leaflet_comes_from_its_package(client: Client):
    answer = client.get("/web/leaflet/leaflet.js")
    assert answer.content == (leaflet_folder() / "leaflet.js").read_bytes()
    assert answer.headers["cache-control"] == "public, max-age=86400"
    assert client.get("/web/leaflet/leaflet.css").headers["content-type"].startswith("text/css")


def test_the_page_is_kept_and_asked_for_each_time(client: Client):
    answer = client.get("/")
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-cache"
    assert client.get("/", **{"if-none-match": answer.headers["etag"]}).status_code == 304
    assert client.get("/web/index.html").content == answer.content


def test_the_page_names_its_modules_and_they_are_there(client: Client):
    named = [link.partition(">")[0].strip(" <") for link in client.get("/").headers["link"].split(",")]
    assert "/web/js/app.js" in named
    assert {client.get(path).status_code for path in named} == {200}


def test_the_first_load_is_small(client: Client):
    """All of the page's own files, compressed, without the map's library: 300 kB are allowed, charts included."""
    named = [path for path in WEB.rglob("*") if path.is_file()]
    assert sum(len(gzip.compress(path.read_bytes())) for path in named) < 250_000


def test_what_has_not_changed_is_not_sent_again(client: Client):
    tag = client.get("/web/leaflet/leaflet.js").headers["etag"]
    answer = client.get("/web/leaflet/leaflet.js", **{"if-none-match": tag})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["cache-control"] == "public, max-age=86400"


def test_nothing_outside_the_folder_is_served(client: Client):
    for path in ("/web/../app.py", "/web/%2e%2e/app.py", "/..%2fapp.py", "/web/leaflet/..%2f__init__.py"):
        assert client.get(path).status_code == 404
