"""The zone and the Land that a city is computed by: kept in its catalogue, and no other ones are gone on with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from storage.regions import Kept

if TYPE_CHECKING:
    from smilecity.settings import Settings
    from storage.catalogue import Catalogue


def demand_kept(catalogue: Catalogue, settings: Settings) -> None:
    """Raise ValueError, a sentence, where the city is computed by another zone or Land than the settings name."""
    kept, told = catalogue.regions.kept(), _told(settings)
    if kept is None or kept == told:
        return
    raise ValueError(
        f"this city is computed by the clocks of {kept.zone} and the holidays of {kept.land}, but SMILECITY_ZONE and "
        f"SMILECITY_LAND say {told.zone} and {told.land} here (Europe/Berlin and MV where they are not set). "
        f"Go on with SMILECITY_ZONE={kept.zone} SMILECITY_LAND={kept.land}. To change them, compute all that was "
        "observed again: 'smilecity process --backfill FROM now --change-zone' (docs/operations.md)"
    )


def keep(catalogue: Catalogue, settings: Settings) -> None:
    """Keep the zone and the Land of the settings: from now on the city is computed by them."""
    catalogue.regions.keep(_told(settings), round(datetime.now(UTC).timestamp() * 1000))


def _told(settings: Settings) -> Kept:
    return Kept(settings.zone, settings.land)
