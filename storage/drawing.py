"""What a chart asks of a store, and who says it in the language of the data source that Grafana has for that store.

An engine that Grafana can read offers an ``Emitter`` beside its own query builders; ``emitter(url)`` finds it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Literal, Protocol
from urllib.parse import urlsplit

from sensors.model import nothing
from storage.store import engine_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

GROUPS = "city|(?:district|fraction|operator|site):.*"
"""Ids of groups of things, as a regular expression of whole ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One field of one property of some things: those whose whole ids match, be it with Grafana's variables put in."""

    observed_property: str
    derived: bool
    things: str
    groups: bool
    """Whether groups of things are meant, too: ``occupancy_15min`` has both."""
    slot: timedelta
    """A time within which a series has at most one row: the shortest of an indicator's windows."""
    hold: timedelta
    """How long the newest row counts."""
    windows: bool = True
    """Whether rows stand for windows, so that each shorter step shows one of them; else they are of any instant."""
    exact: bool = False
    """Whether rows are shown at their own times: those of calendar days lie at no multiple of a day."""
    field: Literal["result", "coverage"] = "result"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A data source as Grafana is told of it."""

    type: str
    url: str
    options: Mapping[str, object]
    """Grafana's ``jsonData``."""
    user: str = ""
    secrets: Mapping[str, Secret] = field(default_factory=nothing)
    """Grafana's ``secureJsonData``."""


@dataclass(frozen=True, slots=True)
class Secret:
    """What Grafana must know and nobody may read: its value, and how a file says it by an environment variable."""

    value: str = field(repr=False)
    written: str


class Emitter(Protocol):
    """Says in a query language what charts ask. Grafana puts its ``$__interval``, ``$__to`` and variables in."""

    type: str
    """Grafana's name of the data source's type."""

    def source(self, url: str = "") -> Source:
        """Describe the data source, at the address under which Grafana reaches it where that is another one.

        Raises ValueError where Grafana cannot read the store at one address.
        """

    def over_time(self, asked: Asked) -> str:
        """Ask for a series of each thing over the time that is shown."""

    def newest(self, asked: Asked, column: str) -> str:
        """Ask for the newest row of each thing at the end of that time; its column is called so in a table."""

    def names(self, observed_property: str, things: str = ".+", *, groups: bool = False) -> str:
        """Ask for the ids of the things of which something is held; the property may be a regular expression."""


def emitter(url: str) -> Emitter:
    """Give the emitter of the store that a URL names. Raises ValueError where Grafana cannot read such a store."""
    offered = getattr(import_module(engine_name(url)), "emitter", None)
    if offered is None:
        scheme = urlsplit(url).scheme
        raise ValueError(
            f"Grafana has no data source for the store '{scheme}://'. The page of 'smilecity up' and 'smilecity serve' "
            "shows it; boards are for victoriametrics:// and influxdb://, into which 'smilecity migrate' copies a store"
        )
    found: Emitter = offered(url)
    return found
