"""The documentation for people at ``/docs``; machines read ``/openapi.json``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.docs import STYLE, docs_page

ROUTER = APIRouter(include_in_schema=False)


@ROUTER.get("/docs")
def docs(request: Request) -> Response:
    """Show the OpenAPI document as one page."""
    return HTMLResponse(docs_page(request.app.openapi()))


@ROUTER.get("/docs/style.css")
def style() -> Response:
    """Give the page's style sheet."""
    return Response(STYLE, media_type="text/css")
