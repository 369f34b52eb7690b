"""Who may write: whoever knows the key that the operator has set; nobody where there is none.

A key is sent as ``Authorization: Bearer`` (RFC 6750). A browser sends that for no other site's page: it asks for leave
first, which is never given. What a page of another site sends is refused nevertheless.
"""

from __future__ import annotations

from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import Depends
from starlette.requests import HTTPConnection, Request

from api.problem import ProblemError
from api.services import SHORTEST_KEY

if TYPE_CHECKING:
    from api.services import Services

OFF = (
    "Writing over HTTP is switched off. Set SMILECITY_API_KEY, or SMILECITY_API_KEY_FILE, to a key of at least "
    f"{SHORTEST_KEY} characters, start again, and send it as 'Authorization: Bearer KEY'."
)
_ASK = {"www-authenticate": 'Bearer realm="smilecity"'}
_WRONG = {"www-authenticate": 'Bearer realm="smilecity", error="invalid_token"'}


async def only_with_key(request: Request) -> None:
    """Refuse whoever does not know the key. Raises ProblemError."""
    services: Services = request.app.state.city.services
    if not services.api_key:
        raise ProblemError("writing-off", OFF)
    refuse_other_sites(request)
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not given.strip():
        detail = "This changes something: send the key of this installation as 'Authorization: Bearer KEY'."
        raise ProblemError("unauthorized", detail, headers=_ASK)
    if not compare_digest(_digest(given.strip()), _digest(services.api_key)):
        raise ProblemError("unauthorized", "The key is not the one of this installation.", headers=_WRONG)


MAY_WRITE = Depends(only_with_key)


def _digest(key: str) -> bytes:
    """Give what is compared: of one length, whatever is sent."""
    return sha256(key.encode()).digest()


def refuse_other_sites(request: HTTPConnection) -> None:
    """Raise ProblemError ``cross-site`` for what a page of another site asks a browser to send."""
    origin = request.headers.get("origin")
    same = origin is None or urlsplit(origin).netloc == request.headers.get("host", "")
    if not same or request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise ProblemError("cross-site", "A page of another site sent this: only this server's own pages may.")
