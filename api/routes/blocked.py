"""Which fire-access and loading zones are blocked now."""

from typing import Annotated

from fastapi import Query

from api.access import READ
from api.blocked import BlockedDocument, blocked_document
from api.parameters import CityNow, DistrictName, OperatorName, versioned
from api.times import ACCEPTED, now, read_time
from processing.blocked import blocked_places
from processing.region import Region

ROUTER = versioned("platform", READ)


@ROUTER.get("/blocked", summary="List what is blocked")
def blocked(
    city: CityNow,
    *,
    operator: OperatorName = None,
    district: DistrictName = None,
    at: Annotated[str | None, Query(description=f"An instant: {ACCEPTED}. Default: now")] = None,
) -> BlockedDocument:
    """List the fire-access and loading zones that are blocked, each with its reason, and those that cannot be told of.

    Fire access comes first, then what has been blocked longest. A zone with a silent sensor is listed as `check`.
    """
    services, clock = city.services, now()
    moment = clock if at is None else read_time("at", at, newest=clock, zone=services.zone)
    region = Region(services.zone, services.land)
    listed = blocked_places(services.store, city.groups(), moment, region)
    return blocked_document(listed, operator=operator, district=district)
