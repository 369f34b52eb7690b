"""Quarantine: messages that could not become observations, with the reason."""

from typing import Annotated

from fastapi import Query
from starlette.requests import Request

from api.documents import quarantined_document
from api.paging import decode_number, encode_cursor, link
from api.parameters import CityNow, Cursor, versioned
from api.schema import QuarantinePage
from storage.quarantine import Choice

ROUTER = versioned("quarantine")


@ROUTER.get("/quarantine", summary="List messages that could not be read")
def quarantine(
    request: Request,
    city: CityNow,
    *,
    reason: Annotated[str | None, Query(description="Only this reason", examples=["unknown_device"])] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Rows per page")] = 50,
    cursor: Cursor = None,
) -> QuarantinePage:
    """List quarantined messages in the order of their ids; alike ones are counted together."""
    after = 0 if cursor is None else decode_number(cursor)
    rows = city.services.catalogue.quarantine(Choice(reason=reason), limit=limit + 1, after=after)
    following = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return QuarantinePage(quarantine=[quarantined_document(row) for row in rows[:limit]], next=link(request, following))
