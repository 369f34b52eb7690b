"""Alerts: what fires, every change of it, one with its history and values, and the stream; rules and silences."""

from typing import Annotated, Any, Literal

from fastapi import Header, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api import alerting
from api.access import READ, CallerNow
from api.alert_schema import AlertDocument, AlertHistory, AlertPage, ChangePage, RuleDocument, RuleList, SilenceList
from api.alert_stream import Alarms, Wanted
from api.choosing import names_in
from api.city import demand_declared
from api.listening import last_seen
from api.paging import decode_cursor, encode_cursor, link, next_link
from api.parameters import (
    CityNow,
    Cursor,
    DistrictName,
    DomainName,
    Fields,
    KindName,
    OperatorName,
    ThingName,
    versioned,
)
from api.problem import ProblemError, did_you_mean
from api.selecting import with_members
from api.table_schema import SelectedAlerts
from api.times import now
from api.vocabulary import domains
from processing.alerting.books import SOURCE
from processing.alerting.own import rules_of
from processing.alerts import rules as declared_rules
from processing.announcing.following import messages_of
from processing.announcing.messages import schema as published_schema
from sensors.kinds import kinds
from storage.alert import ACTIVE, Chosen, State
from storage.alerts import Alerts

ROUTER = versioned("alerts", READ)

STREAM = "/v1/alerts/stream"
MOST_GROUPED = 1000

Severity = Annotated[Literal["info", "warning", "critical"] | None, Query(description="Only of this severity")]
RuleName = Annotated[str | None, Query(description="Only of this rule", examples=["container_overflow"])]
Since = Annotated[int, Query(ge=0, le=2**62, description="Sequence of the last change that you know; 0 for all")]
StateName = Annotated[
    Literal["active", "pending", "firing", "acknowledged", "resolved", "all"],
    Query(description="How they stand: `active` is firing or acknowledged; `resolved` is known for a day"),
]
_STATES = {"active": ACTIVE, "all": None}

EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events `alert`: a change as over MQTT (/v1/alerts/schema), with its sequence as `id`",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}
SCHEMA: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/schema+json": {"schema": {"type": "object"}}}}
}


@ROUTER.get("/alerts", summary="List alerts as they stand", response_model=AlertPage | SelectedAlerts)
def alerts(
    request: Request,
    city: CityNow,
    *,
    state: StateName = "active",
    severity: Severity = None,
    rule: RuleName = None,
    domain: DomainName = None,
    kind: KindName = None,
    operator: OperatorName = None,
    district: DistrictName = None,
    thing: ThingName = None,
    grouped: Annotated[bool, Query(description="Also those that a group's alert speaks for")] = False,
    fields: Fields = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Alerts per page")] = 200,
    cursor: Cursor = None,
) -> Response:
    """List alerts in the order of their keys: those that fire, unless another state is asked for.

    The answer tells the sequence to go on from: list once, then follow the changes or the stream; nothing is missed.
    """
    services = city.services
    sequence = services.catalogue.alerts.sequence()  # read first: what changes meanwhile is told again
    chosen = Chosen(
        states=_STATES[state] if state in _STATES else (State(state),),
        severity=severity,
        rule=rule,
        thing=thing,
        domain=domain,
        kind=kind,
        operator=operator,
        district=district,
        cause=None if grouped else "",
    )
    after = "" if cursor is None else decode_cursor(cursor, str)
    found = services.catalogue.alerts.current(chosen, limit=limit + 1, after=after)
    if not found:
        _refuse_unknown(services.catalogue.alerts, chosen)
    following = encode_cursor(found[limit - 1].key) if len(found) > limit else None
    shown = [alerting.alert_document(alert, services.link) for alert in found[:limit]]
    page = with_members(shown, AlertDocument, names_in("fields", fields))
    return alerting.answer({"sequence": sequence, "alerts": page, "next": link(request, following)})


@ROUTER.get("/alerts/changes", summary="Catch up with changes of alerts", response_model=ChangePage)
def changes(
    request: Request,
    city: CityNow,
    *,
    since_sequence: Since = 0,
    operator: OperatorName = None,
    thing: ThingName = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Changes per page")] = 500,
) -> Response:
    """Give every change after a sequence in its order, as it was told over MQTT: no gap, and none twice.

    Follow `next` until it is null. Ask with `up_to` as `since_sequence` the next time.
    """
    services = city.services
    known = services.catalogue.alerts
    newest = known.sequence()  # read first: every change up to it can be read now
    if since_sequence > newest:
        detail = (
            f"The newest change is {newest}, and you know {since_sequence}: the catalogue was restored from an earlier "
            "time. List /v1/alerts and go on from the sequence that it tells."
        )
        raise ProblemError("unknown-sequence", detail, newest=newest)
    found = known.changes(since_sequence, Chosen(operator=operator, thing=thing), limit=limit + 1)
    page = found[:limit]
    more = len(found) > limit
    last = page[-1].sequence if page else since_sequence
    return alerting.answer(
        {
            "changes": list(messages_of(known, page, services.link)),
            "up_to": last if more else max(newest, last),
            "newest": max(newest, found[-1].sequence if found else 0),
            "complete": not more,
            "next": next_link(request, since_sequence=str(last)) if more else None,
        }
    )


@ROUTER.get("/alerts/stream", summary="Changes of alerts, as they happen", response_class=Response, responses=EVENTS)
async def stream(
    request: Request,
    caller: CallerNow,
    *,
    operator: OperatorName = None,
    domain: DomainName = None,
    rule: RuleName = None,
    since_sequence: Annotated[
        int | None,
        Query(ge=0, le=2**62, description="Begin with what changed after it; else with what changes from now"),
    ] = None,
    last_event_id: Annotated[
        str | None, Header(description="Set by browsers that connect again; goes before `since_sequence`")
    ] = None,
) -> Response:
    """Send every change of alerts as a server-sent event, in order; a client that was away is told what it missed.

    A comment is sent every 15 s when nothing changes.
    """
    alarms: Alarms = request.app.state.alarms
    alarms.admit(caller)
    seen = since_sequence if last_event_id is None else last_seen(last_event_id)
    return StreamingResponse(
        alarms.events(caller, Wanted(operator=operator, domain=domain, rule=rule), seen),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


@ROUTER.get("/alerts/schema", summary="The JSON schema of alerts", response_class=Response, responses=SCHEMA)
def schema() -> Response:
    """Give the schema of changes as they are told over MQTT, by webhooks, by the stream and by /v1/alerts/changes."""
    found = alerting.answer(published_schema())
    found.headers["content-type"] = "application/schema+json"
    return found


@ROUTER.get("/alerts/silences", summary="List silences", response_model=SilenceList)
def silences(city: CityNow) -> Response:
    """List the silences that are not over, ordered by their end. Alerts fire nevertheless, marked as silenced."""
    found = city.services.catalogue.alerts.silences()
    return alerting.answer({"silences": [alerting.silence_document(one) for one in found]})


@ROUTER.get("/alerts/rules", summary="List alert rules", response_model=RuleList)
def rules(city: CityNow) -> Response:
    """List every rule: those that come with Smile City, the city's own from its folder, and those of this API."""
    known = alerting.known_rules(city.services.catalogue.alerts)
    return alerting.answer({"rules": [alerting.rule_document(name, *known[name]) for name in sorted(known)]})


@ROUTER.get("/alerts/rules/{name}", summary="Show one alert rule", response_model=RuleDocument)
def rule(city: CityNow, name: str) -> Response:
    """Show one rule by its name."""
    known = alerting.known_rules(city.services.catalogue.alerts)
    if name not in known:
        raise ProblemError("not-found", f"There is no alert rule {name[:60]!r}.{did_you_mean(name[:60], known)}")
    return alerting.answer(alerting.rule_document(name, *known[name]))


@ROUTER.get("/alerts/{key:path}", summary="Show one alert", response_model=AlertHistory)
def alert(city: CityNow, key: str) -> Response:
    """Show one alert by its key `rule/thing`: how it stands, its history, its rule and the values behind it."""
    services = city.services
    known = services.catalogue.alerts
    history = known.history(key, limit=100)
    found = known.alert(key) or (history[0].alert if history else None)
    if found is None:
        raise ProblemError(
            "not-found", f"Nothing is known of an alert {key[:120]!r}. /v1/alerts lists those that fire."
        )
    rules_now = alerting.known_rules(known)
    declared = rules_of(known.rules(), declared_rules()).get(found.rule)
    told = [message for change in history for message in messages_of(known, [change], services.link)]
    clock = int(now().astype("datetime64[ms]").astype(int))
    return alerting.answer(
        {
            "alert": alerting.alert_document(found, services.link),
            "history": told,
            "grouped": [one.key for one in known.current(Chosen(cause=key), limit=MOST_GROUPED)],
            "rule": alerting.rule_document(found.rule, *rules_now[found.rule]) if found.rule in rules_now else None,
            "values": alerting.values_around(services.store, found, declared, clock),
        }
    )


def _refuse_unknown(alerts: Alerts, chosen: Chosen) -> None:
    """Raise ProblemError for a name that nothing has, rather than say that nothing fires."""
    known = {**declared_rules(), **rules_of(alerts.rules(), {})}
    demand_declared("rule", chosen.rule, {*known, *(one.name for one in alerts.rules())})
    demand_declared("domain", chosen.domain, {*domains(), *(one.domain for one in known.values())})
    demand_declared("kind", chosen.kind, {*kinds(), SOURCE})
