from __future__ import annotations

import logging
import re
from dataclasses import replace

import pytest

from api import schema
from api.app import create_app
from api.parameters import LONGEST_QUERY
from api.problem import did_you_mean, named
from storage.store import StoreBusyError
from tests.api.city import Client


def test_an_unknown_parameter_is_never_ignored(client: Client):
    document = client.problem("/v1/things?knd=parking_lot", 400, "unknown-parameter")
    schema.ProblemDocument.model_validate(document)
    assert document["detail"].startswith("There is no parameter 'knd'. Did you mean 'kind'?")
    assert document["known"] == ["kind", "domain", "operator", "district", "limit", "fields", "format", "cursor"]


def test_every_path_refuses_what_it_does_not_know(client: Client):
    documented = client.json("/openapi.json")["paths"]
    paths = [path for path, item in documented.items() if path.startswith("/v1") and "get" in item]
    assert len(paths) > 25
    for path in paths:
        client.problem(re.sub(r"{\w+}", "1", path) + "?nonsense=1", 400, "unknown-parameter")


def test_a_parameter_given_twice(client: Client):
    client.problem("/v1/things?kind=parking_lot&kind=parking_spot", 400, "repeated-parameter")


def test_a_query_that_is_too_long(client: Client):
    client.problem(f"/v1/things?operator={'x' * LONGEST_QUERY}", 414, "query-too-long")


def test_a_path_that_is_not_there_gets_a_proposal(client: Client):
    document = client.problem("/v1/thing", 404, "not-found")
    assert "Did you mean '/v1/things'" in document["detail"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_the_city_can_only_be_read(client: Client, method):
    answer = client.ask(method, "/v1/things")
    assert (answer.status_code, answer.json()["type"]) == (405, "/docs#method-not-allowed")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["allow"] == "GET"


def test_every_method_of_a_path_is_named(client: Client):
    answer = client.ask("PATCH", "/v1/alerts/rules/x")
    assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, GET, PUT")


class Broken:
    """A store that fails whatever it is asked."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def changes(self, _after: int):
        raise self.error


def test_a_busy_store_says_when_to_ask_again(services):
    client = Client(create_app(replace(services, store=Broken(StoreBusyError("compacting", 7.0)))))
    answer = client.get("/v1/latest")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
    assert answer.json()["type"] == "/docs#store-busy"


def test_a_failure_shows_nothing_of_the_inside(services, caplog):
    client = Client(create_app(replace(services, store=Broken(RuntimeError("secret path")))))
    with caplog.at_level(logging.ERROR, logger="api.refusing"):
        document = client.problem("/v1/health", 500, "internal")
    assert "secret" not in str(document)
    assert "secret path" in caplog.text
    assert client.get("/v1/health").headers["x-content-type-options"] == "nosniff"


def test_every_problem_is_explained_on_the_docs_page(client: Client):
    document = client.problem("/v1/nothing", 404, "not-found")
    page, _, anchor = document["type"].partition("#")
    assert f'id="{anchor}"' in client.get(page).text


def test_proposals():
    assert did_you_mean("wast", ["waste", "energy"]) == " Did you mean 'waste'?"
    assert did_you_mean("zzz", ["waste"]) == ""
    assert named([]) == "none"
    assert named(["a", "b", "c"], most=2) == "'a', 'b' and 1 more"
