"""Answers with problem documents, whatever an app failed in: none shows a traceback."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

import msgspec
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.websockets import WebSocket

from api.headers import SECURITY
from api.problem import MEDIA_TYPE, PROBLEMS, ProblemError, did_you_mean
from storage.store import StoreBusyError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI
    from starlette.requests import Request

log = logging.getLogger(__name__)

_CODE_OF_STATUS = {404: "not-found", 405: "method-not-allowed"}


def problem_response(error: ProblemError, status: int | None = None) -> Response:
    """Turn a refusal into its document; ``status`` replaces the code's own where a server said otherwise."""
    own_status, title = PROBLEMS[error.code]
    status = status or own_status
    document = {"type": f"/docs#{error.code}", "title": title, "status": status, "detail": error.detail}
    headers = {**SECURITY, "cache-control": "no-store", **error.headers}
    return Response(msgspec.json.encode(document | error.members), status, headers, MEDIA_TYPE)


def answer_with_problems(app: FastAPI) -> None:
    """Let every error of an app leave it as a problem document."""
    app.add_exception_handler(ProblemError, cast("Any", _of_refusal))  # of requests and WebSockets alike
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


async def _of_refusal(request: Request | WebSocket, error: Exception) -> Response | None:
    response = _told(request, cast("ProblemError", error))
    if not isinstance(request, WebSocket):
        return response
    await request.send_denial_response(response)  # not accepted yet: it gets an HTTP answer, and only one
    return None


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
