"""Changes of the catalogue over HTTP: by whoever has seen what they change, and nobody in between.

A change names the tag of what it changes in ``If-Match`` (RFC 9110, 13.1.1); it is written only as long as the
catalogue is at the version at which the tag was compared.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from starlette.responses import Response

from api.documents import thing_document
from api.problem import ProblemError
from api.validators import names_tag, tag_of
from storage.catalogue import OvertakenError

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from api.city import City
    from sensors.model import Thing

log = logging.getLogger(__name__)

TRIES = 5
"""How often a change is tried again that others, of other things, came before."""


def shown_thing(thing: Thing, status: int = 200, **headers: str) -> Response:
    """Answer with a thing and its tag."""
    body = thing_document(thing).model_dump_json().encode()
    return Response(body, status, {"etag": tag_of(body), **headers}, "application/json")


def change(request: Request, city: City, name: str, write: Callable[[Thing | None, int], None]) -> Thing | None:
    """Let a change of a thing be written that was seen as it is; gives the thing from before.

    ``write`` gets the thing, None where there is none, and the version to write at. Raises ProblemError
    ``precondition-required``, ``precondition-failed`` or ``store-busy``.
    """
    for _ in range(TRIES):
        estate = city.estate()
        before = estate.things.get(name)
        _compare(request, name, before)
        try:
            write(before, estate.version)
        except OvertakenError as overtaken:
            log.info("a change of the thing %r is tried again: %s", name, overtaken)
            continue
        log.info("the thing %r was changed over HTTP", name)
        return before
    detail = "The catalogue is being changed by others all the time; ask again in 1 s."
    raise ProblemError("store-busy", detail, headers={"retry-after": "1"})


def _compare(request: Request, name: str, before: Thing | None) -> None:
    """Refuse whoever has not seen what there is."""
    match, none_match = request.headers.get("if-match"), request.headers.get("if-none-match")
    if before is None:
        if match is not None:
            detail = f"If-Match names a tag, and there is no thing {name[:60]!r}: it was retired, or never there."
            raise ProblemError("precondition-failed", detail)
        return
    tag = shown_thing(before).headers["etag"]
    if none_match is not None and names_tag(none_match, tag):
        raise ProblemError("precondition-failed", f"There is a thing {name[:60]!r} already.", etag=tag)
    if match is None:
        detail = f"Say what you change: GET /v1/things/{name[:60]}, and send its ETag as If-Match."
        raise ProblemError("precondition-required", detail)
    if not names_tag(match, tag):
        detail = f"The thing {name[:60]!r} has changed since you have seen it. Get it again, and look at what is new."
        raise ProblemError("precondition-failed", detail, etag=tag)
