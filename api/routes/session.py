"""Sessions: how a browser shows a key, whose ``EventSource`` and ``WebSocket`` can send no header of their own."""

from typing import Annotated

from fastapi import Request
from msgspec import Meta
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.access import CallerNow
from api.access_schema import SessionDocument
from api.alerting import answer
from api.bodies import Body, body_of, documented
from api.keyring import COOKIE, LONGEST_KEY, UNKNOWN, Keyring
from api.parameters import versioned
from api.problem import ProblemError
from storage.keys import SESSION_LASTS

ROUTER = versioned("access")


class SignIn(Body, frozen=True, kw_only=True):
    """Somebody's key."""

    key: Annotated[str, Meta(min_length=1, max_length=LONGEST_KEY, description="As `smilecity keys new` showed it.")]


@ROUTER.get("/session", summary="Who you are here", response_model=SessionDocument)
def session(caller: CallerNow) -> Response:
    """Say as whom you ask: the key's name, whose estate it sees, and what it is good for."""
    return answer(
        {
            "name": caller.name or None,
            "operator": caller.tenant.operator or None,
            "sees": "city" if caller.tenant.whole else "operator" if caller.tenant.operator else "public",
            "scopes": sorted(caller.scopes),
            "cookie": caller.cookie,
            "keys": caller.keys,
        }
    )


@ROUTER.post(
    "/session",
    summary="Sign in with a key",
    status_code=204,
    response_class=Response,
    openapi_extra=documented(SignIn),
)
async def begin(request: Request, asked: Annotated[SignIn, body_of(SignIn)]) -> Response:
    """Take a key, and give the browser a cookie in its place: for twelve hours, for this site, kept from scripts."""
    keyring: Keyring = request.app.state.keyring
    await run_in_threadpool(keyring.look)
    key = keyring.checked(asked.key)
    if key is None:
        raise ProblemError("unauthorized", UNKNOWN)
    secret, _ = await run_in_threadpool(keyring.begin_session, key)
    answered = Response(status_code=204)
    _set(answered, request, secret, SESSION_LASTS // 1000)
    return answered


@ROUTER.delete("/session", summary="Sign out", status_code=204, response_class=Response)
async def end(request: Request) -> Response:
    """Forget the session, here and in the browser."""
    keyring: Keyring = request.app.state.keyring
    secret = request.cookies.get(COOKIE)
    if secret:
        await run_in_threadpool(keyring.end_session, secret[:LONGEST_KEY])
    answered = Response(status_code=204)
    _set(answered, request, "", 0)
    return answered


def _set(answered: Response, request: Request, secret: str, seconds: int) -> None:
    secure = request.url.scheme == "https"
    answered.set_cookie(COOKIE, secret, max_age=seconds, path="/", httponly=True, samesite="strict", secure=secure)
