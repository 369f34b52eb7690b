"""Serves the page's files and Leaflet's, with what a browser may keep of them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

WEB = Path(__file__).parent / "web"
LEAFLET_PACKAGE = "xstatic.pkg.leaflet"

ASK_EACH_TIME = "no-cache"
"""The page's own files change with the platform: kept, and asked for by their ETag."""
A_DAY = "public, max-age=86400"
"""Leaflet's files change with its package only."""


class KeptFiles(StaticFiles):
    """Static files that say how long they may be kept."""

    def __init__(self, directory: Path, cache_control: str) -> None:
        super().__init__(directory=directory, check_dir=False)
        self._cache_control = cache_control

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """Answer with a file, or that it has not changed."""
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = self._cache_control
        return response


def leaflet_folder() -> Path:
    """Find Leaflet's files in its package without running it. Raises ModuleNotFoundError with the way out."""
    try:
        spec = find_spec(LEAFLET_PACKAGE)
    except ModuleNotFoundError:
        spec = None
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("Leaflet is not installed. Install the package xstatic-leaflet.")
    return Path(spec.origin).parent / "data"


def serve_page(app: FastAPI) -> None:
    """Put the page at ``/``, its files under ``/web/``, and Leaflet's under ``/web/leaflet/``."""
    files = KeptFiles(WEB, ASK_EACH_TIME)

    modules = ", ".join(f"</web/js/{path.name}>; rel=modulepreload" for path in sorted((WEB / "js").glob("*.js")))

    async def index(request: Request) -> Response:
        response = await files.get_response("index.html", request.scope)
        response.headers["link"] = modules  # so that a browser need not read one module to learn of the next
        return response

    app.add_route("/", index, include_in_schema=False)
    app.mount("/web/leaflet", KeptFiles(leaflet_folder(), A_DAY), name="leaflet")
    app.mount("/web", files, name="web")
