"""The OpenAPI document and the page made of it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.api.city import Client

RESOURCES = (
    "things",
    "things/{id}",
    "datastreams",
    "devices",
    "latest",
    "observations",
    "aggregates",
    "queries/{id}",
    "indicators",
    "forecasts",
    "explain",
    "blocked",
    "kinds",
    "alerts",
    "alerts/changes",
    "alerts/rules",
    "alerts/rules/{name}",
    "alerts/silences",
    "alerts/{key}",
    "ledger",
    "rehearsal",
    "quarantine",
    "quarantine/{id}",
    "quarantine/proposals",
    "quarantine/proposals/{device}",
    "quarantine/replays/{id}",
    "visits",
    "collection",
)


@pytest.fixture
def document(client: Client) -> dict[str, Any]:
    return client.json("/openapi.json")


OTHERS = (
    "devices/{id}/assignments",
    "devices/{id}/end",
    "quarantine/replays",
    "things/{id}/calibrations",
    "health",
    "session",
    "audit",
    "queries/{id}/rows",
    "stream",
    "alerts/stream",
    "alerts/schema",
    "alerts/silences/{id}",
    "alerts/{key}/acknowledge",
)


def test_every_path_is_there_with_words(document):
    outside = {"/metrics", "/open", "/open/{feed}/{document}", "/sta/v1.1", "/sta/v1.1/{path}"}
    assert {f"/v1/{name}" for name in (*RESOURCES, *OTHERS)} | outside == set(document["paths"])
    for path, operation in operations(document):
        assert operation["summary"], path
        assert operation["description"], path


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", told) for path, item in document["paths"].items() for method, told in item.items()
    ]


def test_every_parameter_has_words(document):
    for path, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            assert parameter.get("description") or parameter["in"] == "path", (path, parameter["name"])


def test_what_can_be_written(document):
    writing = {path for path, _ in operations(document) if not path.startswith("GET ")}
    assert writing == {
        "POST /v1/alerts/{key}/acknowledge",
        "POST /v1/alerts/silences",
        "DELETE /v1/alerts/silences/{id}",
        "PUT /v1/alerts/rules/{name}",
        "DELETE /v1/alerts/rules/{name}",
        "POST /v1/session",
        "DELETE /v1/session",
        "PUT /v1/things/{id}",
        "PATCH /v1/things/{id}",
        "DELETE /v1/things/{id}",
        "POST /v1/things/{id}/calibrations",
        "POST /v1/devices/{id}/assignments",
        "POST /v1/devices/{id}/end",
        "POST /v1/quarantine/replays",
        "POST /sta/v1.1/{path}",
    }


@pytest.mark.parametrize("name", RESOURCES)
def test_every_answer_has_a_shape_and_every_refusal_too(document, name):
    responses = document["paths"][f"/v1/{name}"]["get"]["responses"]
    assert "$ref" in str(responses["200"]["content"]["application/json"]["schema"])
    assert "application/problem+json" in responses["4XX"]["content"]
    assert "422" not in responses


def test_every_reference_leads_somewhere(document):
    for name in re.findall(r"#/components/schemas/(\w+)", str(document)):
        assert name in document["components"]["schemas"]


class Links(HTMLParser):
    """Collects what a page would load or lead to, and whatever could run in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.targets += [value or "" for name, value in attrs if name in ("href", "src")]


def test_the_docs_page_loads_nothing_from_elsewhere(client: Client):
    answer = client.get("/docs")
    links = Links(answer.text)
    assert links.targets == ["/docs/style.css", "/openapi.json"]
    assert not links.tags & {"script", "style", "img", "iframe"}
    assert [client.get(target).status_code for target in links.targets] == [200, 200]
    assert client.get("/docs/style.css").headers["content-type"].startswith("text/css")


def test_the_docs_page_tells_every_path_and_its_bounds(client: Client, document):
    text = client.get("/docs").text
    assert all(f"<h2>{path}</h2>" in text for path, _ in operations(document))
    assert "<code>who</code> in body, required" in text
    assert "from 1, to 50000" in text
    assert "<code>thing</code> in query, required" in text
