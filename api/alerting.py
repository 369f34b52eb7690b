"""Turns alerts, changes, rules and silences into the shapes of ``api.alert_schema``, as what msgspec can write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec
import numpy as np
from starlette.responses import Response

from api.columns import observations_json
from api.reading import Reading
from api.times import iso_of
from processing.alert import ANYTHING
from processing.alerting.books import properties_of_books
from processing.alerting.own import RuleError, rule_of
from processing.alerting.telling import property_of
from processing.alerts import rules, shipped
from processing.announcing.messages import alert_message, instant
from processing.indicators import derived_properties
from sensors.model import Datastream
from storage.alert import Change, Kind, OwnRule

if TYPE_CHECKING:
    from processing.alert import AlertRule
    from storage.alert import Alert, Silence
    from storage.alerts import Alerts
    from storage.store import Store

MOST_VALUES = 500
HOUR = 3_600_000
"""Milliseconds."""
_OF_CHANGES = ("schema", "previous", "change", "at")


def answer(document: Any, status: int = 200, **headers: str) -> Response:
    """Answer with a document of structs, mappings and instants."""
    return Response(msgspec.json.encode(document), status, headers, "application/json")


def alert_document(alert: Alert, link: str) -> dict[str, Any]:
    """Show how an alert stands, as its messages do."""
    as_told = alert_message(Change(change=Kind.UPDATED, at=alert.since, alert=alert), 0, link)
    told: dict[str, Any] = msgspec.to_builtins(as_told)
    return {name: value for name, value in told.items() if name not in _OF_CHANGES}


def silence_document(silence: Silence) -> dict[str, Any]:
    """Show a silence."""
    return asdict(silence) | {"since": instant(silence.since), "until": instant(silence.until)}


def known_rules(alerts: Alerts) -> dict[str, tuple[AlertRule | None, OwnRule | None]]:
    """Give every rule by name: as Smile City or the city's folder declares it, and what the catalogue keeps of it."""
    kept = {one.name: one for one in alerts.rules()}
    return {name: (rules().get(name), kept.get(name)) for name in {*rules(), *kept}}


def rule_document(name: str, other: AlertRule | None, kept: OwnRule | None) -> dict[str, Any]:
    """Show a rule of ``known_rules``."""
    own = kept if kept is not None and kept.declaration else None
    rule, objection = (other, None) if own is None else _read(own.declaration)
    declared = {} if rule is None else _declared(rule)
    return {
        "name": name,
        "origin": "api" if own or other is None else "smilecity" if shipped().get(name) is other else "folder",
        "enabled": kept is None or kept.enabled,
        "title": declared.get("title", name),
        "title_de": declared.get("title_de", name),
        "severity": declared.get("severity"),
        "domain": declared.get("domain", ""),
        "version": declared.get("version", 0),
        "declared": declared,
        "toml": own.declaration if own else None,
        "who": kept.who if kept else "",
        "updated": instant(kept.updated) if kept else None,
        "objection": objection,
    }


def values_around(store: Store, alert: Alert, rule: AlertRule | None, now: int) -> dict[str, Any] | None:
    """Show the observations of what a rule looks at, from an hour before an alert came true to an hour after it."""
    if rule is None or alert.members or rule.looks_at == ANYTHING or rule.looks_at in properties_of_books():
        return None
    stream = Datastream(alert.thing, rule.looks_at, rule.looks_at in derived_properties())
    span = (alert.since - HOUR, (now if alert.ended is None else alert.ended) + HOUR)
    start, end = (np.datetime64(time, "ms") for time in span)
    batch, last = Reading(store, stream, start, end).page(MOST_VALUES)
    known = property_of(rule.looks_at)
    return {
        "observed_property": rule.looks_at,
        "unit": known.unit if known else "",
        "scale": rule.scale,
        "observations": msgspec.Raw(observations_json(batch)),
        "next": None if last is None else _further(stream, last, end),
    }


def _further(stream: Datastream, last: np.datetime64, end: np.datetime64) -> str:
    after = last + np.timedelta64(1, "ms")
    asked = {"thing": stream.thing, "property": stream.observed_property, "from": iso_of(after), "to": iso_of(end)}
    return f"/v1/observations?{urlencode(asked)}"


@lru_cache(maxsize=1000)
def _read(declaration: str) -> tuple[AlertRule | None, str | None]:
    try:
        return rule_of(declaration), None
    except RuleError as error:
        return None, str(error)


def _declared(rule: AlertRule) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.to_builtins(rule, enc_hook=_plain)
    return {name: value for name, value in said.items() if name != "examples"}


def _plain(value: Any) -> Any:
    """Show a mapping that cannot be changed."""
    if isinstance(value, Mapping):
        return dict(value)
    raise NotImplementedError(type(value).__name__)
