"""Metrics of the process for Prometheus, in whichever of its text formats the scraper asks for."""

from typing import Any

from fastapi import APIRouter, Depends
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import Response

from api.access import CITY_BOOKS
from api.parameters import PROBLEM_RESPONSES, CityNow
from storage.metrics import with_books

ROUTER = APIRouter(tags=["platform"], dependencies=[Depends(CITY_BOOKS)], responses=PROBLEM_RESPONSES)

TEXT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Prometheus text format"}
}


@ROUTER.get("/metrics", summary="Metrics for Prometheus", response_class=Response, responses=TEXT)
def metrics(request: Request, city: CityNow) -> Response:
    """Give the metrics of every room that runs in this process, and the books."""
    encode, media_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(with_books(city.services.catalogue)), headers={"content-type": media_type})
