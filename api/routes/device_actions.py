"""What is done about devices: given a thing to observe, and let go of; for those who know the key."""

import logging
from datetime import datetime
from typing import Annotated

from fastapi import Path
from msgspec import Meta
from starlette.responses import Response

from api.access import CATALOGUE
from api.bodies import Body, body_of, documented
from api.documents import device_document
from api.parameters import CityNow, versioned
from api.problem import ProblemError
from api.schema import DeviceDocument
from api.times import now
from sensors.eui import device_id
from storage import assigning

ROUTER = versioned("devices", CATALOGUE)

log = logging.getLogger(__name__)

Words = Annotated[str, Meta(min_length=1, max_length=200)]
Name = Annotated[str, Path(description="EUI in any spelling, or the network's own name", max_length=200)]


class Assignment(Body, frozen=True, kw_only=True):
    """What a device observes from now on, or from an instant on."""

    thing: Words
    model: Annotated[Words, Meta(description="Device model; needed for a device that is new")] | None = None
    since: Annotated[datetime, Meta(tz=True, description="Default: now; of a new device: ever")] | None = None


class Ending(Body, frozen=True, kw_only=True):
    """When a device observes nothing any more."""

    at: Annotated[datetime, Meta(tz=True, description="Default: now")] | None = None


@ROUTER.post(
    "/devices/{id:path}/assignments",
    summary="Let a device observe a thing",
    status_code=201,
    response_model=DeviceDocument,
    openapi_extra=documented(Assignment),
)
def assign(city: CityNow, id: Name, told: Annotated[Assignment, body_of(Assignment)]) -> Response:  # noqa: A002 - the name that the path shows
    """Let a device observe a thing: a new one, one moved from elsewhere, or a meter put in another's place.

    What it observed before ends there. Readings that come late go to the thing that it observed at their own time.
    """
    thing = city.thing(told.thing)
    try:
        device = assigning.assign(
            city.services.catalogue, id, thing.id, model=told.model, since=_ms(told.since), now=_now()
        )
    except ValueError as wrong:
        raise ProblemError("conflict" if "is assigned to" in f"{wrong}" else "bad-body", f"{wrong}.") from None
    log.info("the device %r observes %r", device.id, thing.id)
    return Response(device_document(device).model_dump_json(), 201, media_type="application/json")


@ROUTER.post(
    "/devices/{id:path}/end",
    summary="Let a device observe nothing any more",
    status_code=204,
    response_class=Response,
    openapi_extra=documented(Ending),
)
def end(city: CityNow, id: Name, told: Annotated[Ending, body_of(Ending)]) -> Response:  # noqa: A002 - the name that the path shows
    """End what a device observes: it was taken down, lost, or is on its way to another place."""
    name, at = device_id(id), _ms(told.at)
    if name not in city.services.catalogue.devices():
        raise ProblemError("not-found", f"There is no device {name[:60]!r}. /v1/devices lists them.")
    try:
        city.services.catalogue.end(name, _now() if at is None else at)
    except ValueError as wrong:
        raise ProblemError("conflict", f"{wrong}.") from None
    log.info("the device %r observes nothing any more", name)
    return Response(status_code=204)


def _ms(instant: datetime | None) -> int | None:
    return None if instant is None else round(instant.timestamp() * 1000)


def _now() -> int:
    return int(now().astype("datetime64[ms]").astype(int))
