"""Health: that the platform answers, and how much it holds."""

from api.parameters import CityNow, versioned
from api.schema import HealthDocument

ROUTER = versioned("platform")


@ROUTER.get("/health", summary="Whether the platform answers")
def health(city: CityNow) -> HealthDocument:
    """Ask catalogue and store; a problem document with status 5xx means that one of them fails."""
    held = city.held()
    return HealthDocument(
        status="ok",
        version=city.services.version,
        store_version=held.version,
        things=len(city.estate().things),
        datastreams=len(held.streams),
    )
