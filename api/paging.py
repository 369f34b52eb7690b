"""Lists in pages: an opaque cursor names the last row given, so that rows written meanwhile shift nothing."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_right
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from urllib.parse import urlencode

import msgspec

from api.problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request

Row = TypeVar("Row")

Number = Annotated[int, msgspec.Meta(ge=0, le=2**52)]
"""A key that is a number: whatever a time in milliseconds or a row of a table can be."""


def encode_cursor(last: object) -> str:
    """Write the key of the last row given as text for a URL."""
    return urlsafe_b64encode(msgspec.json.encode(last)).rstrip(b"=").decode()


def decode_number(cursor: str) -> int:
    """Give the number that ``encode_cursor`` wrote. Raises ProblemError ``bad-cursor``."""
    number: int = decode_cursor(cursor, Number)
    return number


def decode_cursor(cursor: str, key: Any) -> Any:
    """Give the key, of the type ``key``, that ``encode_cursor`` wrote. Raises ProblemError ``bad-cursor``."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return msgspec.json.decode(urlsafe_b64decode(padded.encode("ascii")), type=key)
    except (ValueError, msgspec.MsgspecError):
        detail = (
            f"The cursor {cursor[:60]!r} is not one of this list. Begin without a cursor and follow the 'next' links."
        )
        raise ProblemError("bad-cursor", detail, parameter="cursor") from None


def next_link(request: Request, **changed: str) -> str:
    """Give the relative URL of a request with some query parameters replaced or added."""
    return f"{request.url.path}?{urlencode({**request.query_params, **changed})}"


def cut(
    rows: Sequence[Row], key: Callable[[Row], Any], cursor: str | None, limit: int, key_type: Any = str
) -> tuple[Sequence[Row], str | None]:
    """Cut the page after a cursor out of rows in ascending order of a unique key, and give the next page's cursor."""
    start = 0 if cursor is None else bisect_right(rows, decode_cursor(cursor, key_type), key=key)
    page = rows[start : start + limit]
    return page, encode_cursor(key(page[-1])) if start + limit < len(rows) else None


def link(request: Request, cursor: str | None) -> str | None:
    """Give the ``next`` link of a page that ``cut`` made."""
    return None if cursor is None else next_link(request, cursor=cursor)
