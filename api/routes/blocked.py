"""Which fire-access and loading zones are blocked now."""

from api.access import READ
from api.blocked import BlockedDocument, blocked_document
from api.parameters import At, CityNow, DistrictName, OperatorName, instant_of, versioned
from processing.blocked import blocked_places
from processing.region import Region

ROUTER = versioned("platform", READ)


@ROUTER.get("/blocked", summary="List what is blocked")
def blocked(
    city: CityNow,
    *,
    operator: OperatorName = None,
    district: DistrictName = None,
    at: At = None,
) -> BlockedDocument:
    """List the fire-access and loading zones that are blocked, each with its reason, and those that cannot be told of.

    Fire access comes first, then what has been blocked longest. A zone with a silent sensor is listed as `check`.
    """
    services = city.services
    moment, region = instant_of(at, services.zone), Region(services.zone, services.land)
    listed = blocked_places(services.store, city.groups(), moment, region)
    return blocked_document(listed, operator=operator, district=district)
