"""What the API is given to answer from: the store, the catalogue, and what the running workers hold in flight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from api.limits import Limits
from sensors.households import LEAST

if TYPE_CHECKING:
    from storage.catalogue import Catalogue
    from storage.store import Store

SHORTEST_KEY = 16
"""Characters of the key that somebody must know to write."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names of the machine itself."""


class Access(StrEnum):
    """Whom a server shows everything that is without a key."""

    AUTO = "auto"
    """Who asks on this machine itself, as long as there is no key."""
    CLOSED = "closed"
    """Nobody."""
    OPEN = "open"
    """Everybody: something in front of it decides who may ask."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one caller may do."""

    requests: int
    """In a minute, and at once after a minute's rest."""
    at_once: int
    """Requests under way, streams among them."""


InFlight = Callable[[], Mapping[tuple[str, str], int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts that a running platform lends to the API; the API opens and closes none of them.

    ``in_flight`` tells how many messages each (source, worker) holds unsettled; ``city`` is its name, ``zone``
    where a day begins, ``land`` whose public holidays count; ``link`` is the address under which people reach the API;
    ``access`` says whom it shows everything without a key, ``api_key`` is the installation's own key beside those of
    the catalogue, and ``households`` how many of them a sum needs. ``limits`` bound one question, ``rate_public`` what
    one address may ask without a key, and ``rate_key`` what one key may.
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
    access: Access = Access.CLOSED
    households: int = LEAST
    rate_public: Allowance = Allowance(600, 20)
    rate_key: Allowance = Allowance(6000, 100)
    origins: tuple[str, ...] = ()
    """Other sites whose pages may read."""
