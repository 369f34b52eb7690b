from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from api.validators import names_tag, tag_of
from sensors.model import Batch
from tests.api.city import FREE

if TYPE_CHECKING:
    from tests.api.city import Client


@pytest.mark.parametrize(
    ("said", "named"),
    [('"a"', True), ('W/"a"', True), ('"b", W/"a"', True), ("*", True), ('"b"', False), ("a", False), ("", False)],
)
def test_which_tags_are_named(said, named):
    assert names_tag(said, '"a"') is named


def test_tags_tell_bytes_apart():
    assert tag_of(b"a") != tag_of(b"b")


@pytest.mark.parametrize("path", ["/v1/things", "/v1/latest?format=csv", "/v1/kinds", "/openapi.json"])
def test_what_is_known_is_not_sent_again(client: Client, path):
    first = client.get(path, **{"accept-encoding": "gzip"})
    again = client.get(path, **{"if-none-match": first.headers["etag"], "accept-encoding": "gzip"})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"].removeprefix("W/") == first.headers["etag"].removeprefix("W/")
    assert again.headers["cache-control"] == "no-cache"
    assert "content-length" not in again.headers


def test_what_has_changed_is_sent(client: Client, services):
    first = client.get("/v1/latest")
    services.store.write(Batch.of((FREE,), [0], [np.datetime64("2026-03-29T02:00", "ms")], [1.0]))
    again = client.get("/v1/latest", **{"if-none-match": first.headers["etag"]})
    assert again.status_code == 200
    assert again.headers["etag"] != first.headers["etag"]


def test_streams_problems_and_what_is_not_to_be_kept_have_no_tag(client: Client):
    assert "etag" not in client.get("/v1/observations?format=ndjson").headers
    assert "etag" not in client.get("/v1/nothing").headers
