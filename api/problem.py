"""Errors as RFC 9457 problem documents: every refusal says what is wrong and what to do, and none shows a traceback."""

from __future__ import annotations

import logging
from difflib import get_close_matches
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

import msgspec
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.websockets import WebSocket

from api.headers import SECURITY
from storage.store import StoreBusyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fastapi import FastAPI
    from starlette.requests import Request

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

PROBLEMS: Mapping[str, tuple[int, str]] = {
    "unknown-parameter": (400, "The query has a parameter that this path does not know"),
    "repeated-parameter": (400, "A query parameter is given more than once"),
    "bad-value": (400, "A query parameter has a value that is not accepted"),
    "bad-time": (400, "A time cannot be read"),
    "bad-span": (400, "The time range holds nothing"),
    "mean-of-ratios": (400, "A mean over members would be a mean of ratios"),
    "bad-cursor": (400, "The cursor is not one that a 'next' link gave"),
    "bad-query": (400, "An option of the query cannot be understood"),
    "bad-body": (400, "The body of the request cannot be taken"),
    "bad-rule": (400, "The alert rule cannot be taken"),
    "too-many-rows": (413, "The answer would be too large"),
    "too-many-cells": (413, "Too many windows of too many datastreams are asked for"),
    "span-too-long": (413, "The span is too long"),
    "unauthorized": (401, "The key is missing or wrong"),
    "not-allowed": (403, "The key is not good for this"),
    "household": (403, "What a household uses is told of nobody alone"),
    "writing-off": (403, "Writing is switched off"),
    "cross-site": (403, "A page of another site may not do this"),
    "unknown-thing": (404, "There is no such thing"),
    "unknown-property": (404, "The thing has no such property"),
    "unknown-sequence": (400, "The sequence was never reached"),
    "no-entity": (404, "There is no such entity"),
    "not-found": (404, "There is nothing at this path"),
    "method-not-allowed": (405, "The path cannot be used in this way"),
    "body-too-slow": (408, "The body of the request did not come in time"),
    "not-acceptable": (406, "No format that is accepted can be given"),
    "conflict": (409, "It stands differently by now"),
    "rows-changed": (409, "The rows are not the ones that were cited"),
    "precondition-failed": (412, "It is not as the request says it is"),
    "precondition-required": (428, "The request must say what it changes"),
    "body-too-large": (413, "The body of the request is too large"),
    "unsupported-media-type": (415, "The body of the request is not JSON"),
    "query-too-long": (414, "The query is too long"),
    "too-many-requests": (429, "That is more than one caller may ask"),
    "refused": (400, "The request is not accepted"),
    "not-implemented": (501, "This is not supported"),
    "internal": (500, "The platform failed to answer"),
    "store-busy": (503, "The store is busy"),
    "too-many-exports": (503, "As many exports as may be at once are under way"),
    "too-many-streams": (503, "No more live streams can be served"),
    "too-many-rehearsals": (503, "Another rehearsal is under way"),
}
"""Code to status and title; ``type`` of a problem is ``/docs#code``."""

_CODE_OF_STATUS = {404: "not-found", 405: "method-not-allowed"}


class ProblemError(Exception):
    """A refusal by its code in ``PROBLEMS``; further members of the document are given by name."""

    def __init__(self, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **members: object) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Give a sentence that starts with a blank and proposes the nearest known names, or nothing when none is near."""
    near = get_close_matches(given, list(known), n=3, cutoff=0.6)
    return f" Did you mean {' or '.join(repr(name) for name in near)}?" if near else ""


def named(known: Iterable[str], most: int = 40) -> str:
    """Give names for a sentence: quoted, and counted where there are too many."""
    names = list(known)
    shown = ", ".join(repr(name) for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown or "none"


def problem_response(error: ProblemError, status: int | None = None) -> Response:
    """Turn a refusal into its document; ``status`` replaces the code's own where a server said otherwise."""
    own_status, title = PROBLEMS[error.code]
    status = status or own_status
    document = {"type": f"/docs#{error.code}", "title": title, "status": status, "detail": error.detail}
    headers = {**SECURITY, "cache-control": "no-store", **error.headers}
    return Response(msgspec.json.encode(document | error.members), status, headers, MEDIA_TYPE)


def answer_with_problems(app: FastAPI) -> None:
    """Let every error of an app leave it as a problem document."""
    app.add_exception_handler(ProblemError, _of_refusal)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(WebSocketRequestValidationError, _of_socket_validation)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(StoreBusyError, _of_busy_store)
    app.add_exception_handler(Exception, _of_failure)


def _told(request: Request | WebSocket, error: ProblemError, status: int | None = None) -> Response:
    """Answer with a refusal; what speaks SensorThings reads ``message``."""
    if request.url.path.startswith("/sta/"):
        error.members.setdefault("message", error.detail)
    return problem_response(error, status)


async def _of_refusal(request: Request | WebSocket, error: Exception) -> Response:
    response = _told(request, cast("ProblemError", error))
    if isinstance(request, WebSocket):  # not accepted yet: it gets an HTTP answer
        await request.send_denial_response(response)
    return response


async def _of_socket_validation(socket: WebSocket, error: Exception) -> None:
    await socket.send_denial_response(await _of_validation(socket, error))


async def _of_validation(request: Request | WebSocket, error: Exception) -> Response:
    errors = [_complaint(one) for one in cast("RequestValidationError", error).errors()]
    detail = " ".join(f"{one['parameter']}: {one['message']}." for one in errors)
    return _told(request, ProblemError("bad-value", detail, errors=errors))


def _complaint(error: Mapping[str, Any]) -> dict[str, str]:
    """Say which parameter is wrong and why, with what was given."""
    parameter = f"{error['loc'][-1]}"
    if error["type"] == "missing":
        return {"parameter": parameter, "message": "must be given"}
    message = f"{error['msg'][:1].lower()}{error['msg'][1:]}, given was {str(error['input'])[:80]!r}"
    if parameter == "limit" and error["type"] == "less_than_equal":
        message += "; ask for fewer and follow the 'next' link"
    return {"parameter": parameter, "message": message}


async def _of_http(request: Request, error: Exception) -> Response:
    refusal = cast("HTTPException", error)
    code = _CODE_OF_STATUS.get(refusal.status_code, "refused" if refusal.status_code < 500 else "internal")
    sentence = {"not-found": _no_such_path, "method-not-allowed": _no_such_method}.get(code, _as_told)
    allowed = {"allow": _allowed(request, refusal)} if code == "method-not-allowed" else refusal.headers
    problem = ProblemError(code, sentence(request, refusal), headers=allowed)
    return _told(request, problem, refusal.status_code)


def _no_such_path(request: Request, _error: HTTPException) -> str:
    path = request.url.path
    return f"There is nothing at {path!r}.{did_you_mean(path, request.app.openapi()['paths'])} /docs lists every path."


def _no_such_method(request: Request, error: HTTPException) -> str:
    return f"{request.url.path!r} does not answer {request.method}; it answers {_allowed(request, error)}."


def _allowed(request: Request, error: HTTPException) -> str:
    """Name the methods of a path: a router only tells those of one of its functions."""
    path = getattr(request.scope.get("route"), "path_format", "")
    documented = request.app.openapi()["paths"].get(path, {})
    return ", ".join(sorted(map(str.upper, documented))) or (error.headers or {}).get("Allow", "GET")


def _as_told(_request: Request, error: HTTPException) -> str:
    return error.detail or HTTPStatus(error.status_code).phrase


async def _of_busy_store(request: Request, error: Exception) -> Response:
    wait = max(1, round(cast("StoreBusyError", error).retry_after))
    detail = f"The store is busy at the moment; ask again in {wait} s."
    return _told(request, ProblemError("store-busy", detail, headers={"retry-after": f"{wait}"}))


async def _of_failure(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    detail = "Something went wrong on our side; it has been written to the log. Ask again later."
    return _told(request, ProblemError("internal", detail))
