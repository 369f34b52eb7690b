"""Where things and their groups stand, in the form in which maps of Grafana look places up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processing.households import households
from processing.scopes import scopes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sensors.model import Thing


def gazetteer(things: Sequence[Thing]) -> list[dict[str, str | float]]:
    """List places by the id that series carry; where households live is left out, also of the middle of groups."""
    private = households(things)
    told = [thing for thing in things if thing.id not in private]
    every = [*told, *(scope.thing for scope in scopes(told))]
    return [
        {"key": thing.id, "name": thing.name, "latitude": thing.latitude, "longitude": thing.longitude}
        for thing in every
    ]
