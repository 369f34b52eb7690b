"""The audit log: what was administered over HTTP and at the terminal, by whom, when and from where."""

from typing import Annotated

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from api.access import KEYS, CallerNow
from api.access_schema import AuditPage
from api.alerting import answer
from api.paging import decode_number, encode_cursor, link
from api.parameters import Cursor, versioned
from api.times import iso_of_ms
from api.view import Cities
from storage.audit import Deed

ROUTER = versioned("access", KEYS)


@ROUTER.get("/audit", summary="What was administered", response_model=AuditPage)
def audit(
    request: Request,
    caller: CallerNow,
    *,
    limit: Annotated[int, Query(ge=1, le=1000, description="Entries per page")] = 100,
    cursor: Cursor = None,
) -> Response:
    """List entries, the newest first: an operator's key sees what was done with keys of its own, the city's all."""
    cities: Cities = request.app.state.cities
    before = None if cursor is None else decode_number(cursor)
    mine = None if caller.tenant.whole else caller.tenant.operator
    found = cities.whole.services.catalogue.audit.deeds(operator=mine, before=before, limit=limit + 1)
    following = encode_cursor(found[limit - 1].id) if len(found) > limit else None
    return answer({"audit": [_told(deed) for deed in found[:limit]], "next": link(request, following)})


def _told(deed: Deed) -> dict[str, str | None]:
    return {
        "at": iso_of_ms(deed.at),
        "who": deed.who,
        "key": deed.key or None,
        "operator": deed.operator or None,
        "whence": deed.whence,
        "action": deed.action,
        "outcome": deed.outcome,
    }
