"""Quarantine: messages that could not become observations, with the reason; and what unknown devices may be."""

from typing import Annotated

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from api.access import BOOKS
from api.choosing import names_in
from api.documents import proposal_document, quarantined_document
from api.paging import decode_cursor, decode_number, encode_cursor, link
from api.parameters import CityNow, Cursor, Fields, versioned
from api.problem import ProblemError
from api.schema import ProposalDocument, ProposalPage, QuarantinedDocument, QuarantinePage
from api.selecting import selected
from api.table_schema import SelectedProposals, SelectedQuarantine
from sensors.proposal import propose
from storage.catalogue import Catalogue
from storage.quarantine import Choice, UnknownDevice

ROUTER = versioned("quarantine", BOOKS)


@ROUTER.get(
    "/quarantine", summary="List messages that could not be read", response_model=QuarantinePage | SelectedQuarantine
)
def quarantine(
    request: Request,
    city: CityNow,
    *,
    reason: Annotated[str | None, Query(description="Only this reason", examples=["unknown_device"])] = None,
    device: Annotated[str | None, Query(description="Only this device", examples=["24e124713c401925"])] = None,
    fields: Fields = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Rows per page")] = 50,
    cursor: Cursor = None,
) -> Response:
    """List quarantined messages in the order of their ids; alike ones are counted together."""
    after = 0 if cursor is None else decode_number(cursor)
    choice = Choice(reason=reason, device=device)
    rows = city.services.catalogue.quarantine(choice, limit=limit + 1, after=after)
    following = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    documents, shown = [quarantined_document(row) for row in rows[:limit]], names_in("fields", fields)
    return selected("quarantine", documents, QuarantinedDocument, shown, link(request, following))


@ROUTER.get(
    "/quarantine/proposals",
    summary="Say what unknown devices may be",
    response_model=ProposalPage | SelectedProposals,
)
def proposals(
    request: Request,
    city: CityNow,
    *,
    fields: Fields = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Devices per page")] = 20,
    cursor: Cursor = None,
) -> Response:
    """List devices that no thing is observed by, with the models that their messages fit best."""
    catalogue = city.services.catalogue
    after = "" if cursor is None else decode_cursor(cursor, str)
    rows = catalogue.unknown_devices(limit=limit + 1, after=after)
    following = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    documents, shown = [_proposal(catalogue, row) for row in rows[:limit]], names_in("fields", fields)
    return selected("proposals", documents, ProposalDocument, shown, link(request, following))


@ROUTER.get("/quarantine/proposals/{device:path}", summary="Say what one unknown device may be")
def proposal(city: CityNow, device: str) -> ProposalDocument:
    """Show a device that no thing is observed by, with the models that its messages fit best."""
    found = city.services.catalogue.unknown_device(device)
    if found is None:
        detail = f"No device {device[:60]!r} waits to be known. /v1/quarantine/proposals lists those that do."
        raise ProblemError("not-found", detail)
    return _proposal(city.services.catalogue, found)


@ROUTER.get("/quarantine/{id}", summary="Show one message that could not be read")
def message(city: CityNow, id: int) -> QuarantinedDocument:  # noqa: A002 - the name that the path shows
    """Show one quarantined message by its id."""
    found = city.services.catalogue.quarantine(Choice(id=id), limit=1) if 0 < id < 2**62 else ()
    if not found:
        raise ProblemError("not-found", f"No message {id} is in quarantine: read meanwhile, or never there.")
    return quarantined_document(found[0])


def _proposal(catalogue: Catalogue, waiting: UnknownDevice) -> ProposalDocument:
    return proposal_document(waiting, propose(waiting.id, catalogue.newest_of(waiting.id)))
