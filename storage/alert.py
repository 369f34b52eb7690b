"""What is told of an alert: as it stands, after each of its changes, and when it is to be kept silent."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from math import isnan
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Row, Table


class State(StrEnum):
    """How an alert stands."""

    PENDING = "pending"
    """Its condition is true, but not for long enough yet. No change tells of it."""
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    """Firing, and somebody has said that they know."""
    RESOLVED = "resolved"


class Kind(StrEnum):
    """What changed of an alert."""

    FIRED = "fired"
    ACKNOWLEDGED = "acknowledged"
    ESCALATED = "escalated"
    """Nobody has acknowledged it in time; its severity may be higher."""
    UPDATED = "updated"
    """A group has gained members."""
    GROUPED = "grouped"
    """Another alert, its ``cause``, speaks for it from now on."""
    SILENCED = "silenced"
    UNSILENCED = "unsilenced"
    """A silence is over, and it is still firing."""
    RESOLVED = "resolved"


ACTIVE = (State.FIRING, State.ACKNOWLEDGED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One rule and one thing, or one group of things. Every instant is in milliseconds since 1970 UTC."""

    key: str
    """``rule/thing``: there is at most one alert of a key at a time."""
    rule: str
    version: int
    """Of the rule."""
    thing: str
    """Its id; of a group ``group:<what they have in common>:<its name>``."""
    domain: str
    kind: str
    operator: str
    district: str
    state: State
    severity: str
    """info, warning or critical."""
    escalated: bool = False
    silenced: bool = False
    """Whether nobody is to be notified."""
    since: int
    """When its condition came true."""
    fired: int | None = None
    """When it began to fire."""
    ended: int | None = None
    """When it was resolved."""
    clear_since: int | None = None
    """Since when its condition has been over, where that must last before it is resolved."""
    heard: int
    """Time of the value."""
    value: float | None = None
    """What was looked at, None where there is no data."""
    threshold: float | None = None
    unit: str = "1"
    """UCUM code of value and threshold."""
    coverage: float | None = None
    """Of an indicator's result, 0 .. 1."""
    cause: str = ""
    """Key of the group's alert that speaks for it; empty where it speaks for itself."""
    members: int = 0
    """How many alerts it speaks for, 0 for itself alone."""
    reason: str = ""
    """A sentence in English."""
    reason_de: str = ""
    who: str = ""
    """Has acknowledged it."""
    comment: str = ""
    acknowledged: int | None = None
    incident: int = 0
    """Sequence of the change with which it began to fire, the same for all changes until it is resolved; 0 while it is
    pending, and where a group has spoken for it from the beginning."""
    sequence: int = 0
    """Of its last change, over all alerts; 0 while it is pending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of one alert: an entry of the history, and of the outbox. Every sequence is one more than the last."""

    change: Kind
    at: int
    """When it was true in the city. [ms since 1970 UTC]"""
    alert: Alert
    """As it stood after it; ``alert.sequence`` is the change's."""
    recorded: int = 0
    """When it was noted; given by the storage. [ms since 1970 UTC]"""

    @property
    def sequence(self) -> int:
        """Its place among the changes of all alerts."""
        return self.alert.sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which alerts are meant; None stands for all."""

    states: tuple[State, ...] | None = None
    key: str | None = None
    severity: str | None = None
    rule: str | None = None
    thing: str | None = None
    domain: str | None = None
    kind: str | None = None
    operator: str | None = None
    district: str | None = None
    cause: str | None = None
    """Empty for those that speak for themselves, a group's key for its members."""

    def of(self, table: Table) -> list[ColumnElement[bool]]:
        """Say it in SQL."""
        said = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "states"}
        wanted = [table.c[name] == value for name, value in said.items() if value is not None]
        return wanted if self.states is None else [*wanted, table.c.state.in_(self.states)]


ALL = Chosen()


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Alerts of which nobody is to be notified for a while; they fire and are told nevertheless, as ``silenced``."""

    since: int
    until: int
    """The first instant at which it is over. [ms since 1970 UTC]"""
    who: str
    comment: str = ""
    rule: str | None = None
    thing: str | None = None
    domain: str | None = None
    kind: str | None = None
    operator: str | None = None
    district: str | None = None
    id: int = 0
    """Given by the storage."""

    def concerns(self, alert: Alert, now: int) -> bool:
        """Tell whether an alert is to be silent at an instant."""
        return self.since <= now < self.until and all(
            getattr(self, name) in (None, getattr(alert, name)) for name in SCOPE
        )


SCOPE = ("rule", "thing", "domain", "kind", "operator", "district")
"""What a silence may be limited to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRule:
    """A rule that was made through the API."""

    name: str
    declaration: str
    """TOML, as a file in the folder of rules."""
    enabled: bool = True
    who: str = ""
    updated: int = 0
    """Milliseconds since 1970 UTC."""


_FACTS = tuple(field.name for field in fields(Alert))


def row_of(alert: Alert) -> dict[str, Any]:
    """Write an alert as a row; NaN is kept as nothing, which both databases know."""
    row = {name: getattr(alert, name) for name in _FACTS}
    for name in ("value", "threshold", "coverage"):
        if row[name] is not None and isnan(row[name]):
            row[name] = None
    return row


def alert_of(row: Row[Any]) -> Alert:
    """Read an alert from a row of either table."""
    values = {name: getattr(row, name) for name in _FACTS}
    flags = {name: bool(values[name]) for name in ("escalated", "silenced")}
    return Alert(**(values | flags | {"state": State(row.state)}))


def change_of(row: Row[Any]) -> Change:
    """Read a change."""
    return Change(change=Kind(row.change), at=row.at, recorded=row.recorded, alert=alert_of(row))
