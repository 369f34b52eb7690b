"""No route is without a rule, and the document tells each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI

from api.access import ANYBODY, CITY_BOOKS
from api.guarding import guarded

if TYPE_CHECKING:
    from tests.api.city import Client


def test_an_app_with_a_route_that_nobody_has_thought_about_does_not_start():
    router = APIRouter(prefix="/v1", dependencies=[Depends(ANYBODY)])
    router.add_api_route("/known", lambda: None)
    guarded(FastAPI(), [router])
    forgotten = APIRouter(prefix="/v1")
    forgotten.add_api_route("/forgotten", lambda: None)
    with pytest.raises(ValueError, match="'/v1/forgotten' has no rule"):
        guarded(FastAPI(), [router, forgotten])
    socket = APIRouter(prefix="/v1")
    socket.add_api_websocket_route("/socket", lambda: None)
    with pytest.raises(ValueError, match="'/v1/socket' has no rule"):
        guarded(FastAPI(), [socket])


@pytest.mark.parametrize("empty", ["memory"], indirect=True)
def test_the_document_tells_which_key_a_path_needs(client: Client):
    document: dict[str, Any] = client.json("/openapi.json")
    assert set(document["components"]["securitySchemes"]) == {"bearer", "basic", "session"}
    things, ledger = document["paths"]["/v1/things"]["get"], document["paths"]["/v1/ledger"]["get"]
    assert {} in things["security"]
    assert {} not in ledger["security"]
    assert ledger["x-scope"] == CITY_BOOKS.scope
    assert "of the whole city with the scope `books`" in ledger["description"]
    assert "x-scope" not in things
