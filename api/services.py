"""What the API is given to answer from: the store, the catalogue, and what the running workers hold in flight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from api.limits import Limits

if TYPE_CHECKING:
    from storage.catalogue import Catalogue
    from storage.store import Store

SHORTEST_KEY = 16
"""Characters of the key that somebody must know to write."""

InFlight = Callable[[], Mapping[tuple[str, str], int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts that a running platform lends to the API; the API opens and closes none of them.

    ``in_flight`` tells how many messages each (source, worker) holds unsettled; ``city`` is its name,
    ``zone`` where a day begins,
    ``land`` whose public holidays count; ``link`` is the address under which people reach the API, and
    ``api_key`` what somebody must know to write: nobody may where there is none. ``limits`` bound one question.
    """

    store: Store
    catalogue: Catalogue
    city: str = "Rostock"
    zone: str = "Europe/Berlin"
    land: str = "MV"
    in_flight: InFlight = dict
    version: str = "0"
    link: str = ""
    api_key: str = field(default="", repr=False)
    limits: Limits = field(default_factory=Limits)
