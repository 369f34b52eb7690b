"""What is said over MQTT: an alert, the heartbeat, an acknowledgement and its reply. JSON, in UTF-8.

A field may be added within a version, so who listens must overlook what it does not know; nothing is renamed or
changes its meaning. The schema of all four is ``docs/alert.schema.json``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote

import msgspec
from msgspec import Meta, Struct

from processing.announcing.topics import ROOT
from storage.alert import Kind  # noqa: TC001 - read when a schema is made

if TYPE_CHECKING:
    from storage.alert import Alert, Change

Text = Annotated[str, Meta(max_length=200, min_length=1)]
Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0)]
Instant = Annotated[datetime, Meta(tz=True)]
Sequence = Annotated[int, Meta(ge=1)]


class Sentence(Struct, frozen=True, kw_only=True):
    """The same sentence twice."""

    de: str
    en: str


class Acknowledged(Struct, frozen=True, kw_only=True):
    """Who knows of it."""

    who: str
    comment: str
    at: Instant


class AlertMessage(Struct, frozen=True, kw_only=True, tag_field="schema", tag=f"{ROOT}/alert"):
    """How an alert stands after a change; retained under its topic. Instants are UTC."""

    sequence: Annotated[Sequence, Meta(description="Of the change, over all alerts of all operators.")]
    previous: Annotated[Count, Meta(description="Sequence of the operator's change before this one; 0 for its first.")]
    incident: Annotated[Count, Meta(description="Sequence of the change with which it began to fire.")]
    change: Kind
    at: Annotated[Instant, Meta(description="When the change was true in the city.")]
    key: Annotated[str, Meta(description="rule/thing: at most one alert of a key stands at a time.")]
    state: Literal["firing", "acknowledged", "resolved"]
    severity: Literal["info", "warning", "critical"]
    rule: str
    rule_version: int
    domain: str
    thing: Annotated[str, Meta(description="Id of the thing; of a group 'group:<what they share>:<its name>'.")]
    kind: str
    operator: str
    district: str
    since: Annotated[Instant, Meta(description="When its condition came true.")]
    fired: Annotated[Instant | None, Meta(description="When it began to fire.")]
    ended: Annotated[Instant | None, Meta(description="When it was resolved.")]
    heard: Annotated[Instant, Meta(description="Time of the value.")]
    value: Annotated[float | None, Meta(description="What the rule looked at; null where there are no data.")]
    threshold: float | None
    unit: Annotated[str, Meta(description="UCUM code of value and threshold.")]
    coverage: Annotated[Share | None, Meta(description="Known part of an indicator's window.")]
    reason: Sentence
    escalated: Annotated[bool, Meta(description="Nobody has acknowledged it in time.")]
    silenced: Annotated[bool, Meta(description="Nobody is to be notified for now; it stands nevertheless.")]
    acknowledged: Acknowledged | None
    group: Annotated[str | None, Meta(description="Key of the group's alert that speaks for it.")]
    members: Annotated[Count, Meta(description="How many alerts it speaks for; 0 for itself alone.")]
    link: Annotated[str | None, Meta(description="Where more is to be read.")]


class Heartbeat(Struct, frozen=True, kw_only=True, tag_field="schema", tag=f"{ROOT}/heartbeat"):
    """Says at intervals that alerts are told; retained. Without it silence does not mean that all is well."""

    alive: Annotated[bool, Meta(description="False when nobody publishes: said at a stop, or by the broker.")]
    at: Instant
    interval_s: Annotated[float, Meta(description="Seconds to the next one. Three times as long is too long.")]
    sequence: Annotated[Count, Meta(description="Of the newest change that was published, of any operator.")]
    evaluated: Annotated[Instant | None, Meta(description="When rules were looked at last; null where unknown.")]
    version: Annotated[str, Meta(description="Of the platform.")]


class Acknowledgement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operator sends to acknowledge: who, and the alert's key, incident or any sequence of it."""

    who: Annotated[Text, Meta(description="Person or system that knows of it now.")]
    key: Annotated[str, Meta(max_length=2000)] | None = None
    incident: Sequence | None = None
    sequence: Sequence | None = None
    comment: Annotated[str, Meta(max_length=2000)] = ""
    id: Annotated[str, Meta(max_length=100, description="The reply repeats it.")] = ""


Code = Literal["accepted", "unreadable", "unknown", "over", "too_many"]


class Reply(Struct, frozen=True, kw_only=True, tag_field="schema", tag=f"{ROOT}/reply"):
    """What became of an acknowledgement. None within ten seconds: it was lost, send it again."""

    id: str
    accepted: bool
    code: Code
    key: str | None
    sequence: Annotated[int | None, Meta(description="Of the change with which it was acknowledged.")]
    reason: Sentence


def alert_message(change: Change, previous: int, link: str = "") -> AlertMessage:
    """Write a change; ``previous`` is the sequence of its operator's change before, ``link`` the platform's address."""
    alert = change.alert
    same: dict[str, Any] = {name: getattr(alert, name) for name in _SAME}
    return AlertMessage(
        previous=previous,
        change=change.change,
        at=instant(change.at),
        since=instant(alert.since),
        fired=None if alert.fired is None else instant(alert.fired),
        ended=None if alert.ended is None else instant(alert.ended),
        heard=instant(alert.heard),
        rule_version=alert.version,
        reason=Sentence(de=alert.reason_de, en=alert.reason),
        acknowledged=_acknowledged(alert),
        group=alert.cause or None,
        link=f"{link.rstrip('/')}/v1/alerts/{quote(alert.key, safe='/:')}" if link else None,
        **same,
    )


_SAME = (
    *("sequence", "incident", "key", "state", "severity", "rule", "domain", "thing", "kind", "operator", "district"),
    *("value", "threshold", "unit", "coverage", "escalated", "silenced", "members"),
)
"""What is called the same in the catalogue."""


def instant(ms: int) -> datetime:
    """Read milliseconds since 1970 UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def _acknowledged(alert: Alert) -> Acknowledged | None:
    if alert.acknowledged is None or not alert.who:
        return None
    return Acknowledged(who=alert.who, comment=alert.comment, at=instant(alert.acknowledged))


def encode(message: AlertMessage | Heartbeat | Reply) -> bytes:
    """Write a message as JSON."""
    return msgspec.json.encode(message)


def schema() -> dict[str, Any]:
    """Give the JSON schema (2020-12): of an alert at its root, of the other three under ``$defs``."""
    said = (AlertMessage, Heartbeat, Acknowledgement, Reply)
    (root, *_), parts = msgspec.json.schema_components(said, ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Alerts of Smile City over MQTT, version 1",
        **root,
        "$defs": dict(sorted(parts.items())),
    }
