"""What is done about alerts: acknowledged, silenced, and rules of the city's own; for those who know the key."""

import logging
from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import Depends, Path
from msgspec import Meta
from starlette.responses import Response

from api import alerting
from api.access import ALERTS, RULES
from api.alert_schema import ChangeDocument, RuleDocument, SilenceDocument
from api.bodies import Body, body_of, documented
from api.parameters import CityNow, versioned
from api.problem import ProblemError, did_you_mean
from api.times import now
from processing.alerting.own import RuleError, rule_of
from processing.announcing.following import messages_of
from storage.alert import OwnRule, Silence

ROUTER = versioned("alerts", ALERTS)

log = logging.getLogger(__name__)

Words = Annotated[str, Meta(min_length=1, max_length=200)]
Comment = Annotated[str, Meta(max_length=2000)]
RESERVED = ("changes", "rules", "schema", "silences", "stream")
"""Names that paths have: an alert of a rule with such a name could not be asked for."""


class Acknowledgement(Body, frozen=True, kw_only=True):
    """Who knows of an alert, and what is being done."""

    who: Annotated[Words, Meta(description="Person or system that knows of it now.")]
    comment: Comment = ""
    incident: Annotated[int, Meta(ge=1, description="Refuse where another incident fires by now.")] | None = None


class NewSilence(Body, frozen=True, kw_only=True):
    """Which alerts nobody is notified of, and until when; at least one of rule to district must be said."""

    until: Annotated[datetime, Meta(tz=True, description="The first instant at which it is over, within a year.")]
    since: Annotated[datetime, Meta(tz=True, description="Default: now.")] | None = None
    who: Words
    comment: Comment = ""
    rule: Words | None = None
    thing: Words | None = None
    domain: Words | None = None
    kind: Words | None = None
    operator: Words | None = None
    district: Words | None = None


class PutRule(Body, frozen=True, kw_only=True):
    """A rule of the city's own, or whether one of Smile City is on."""

    who: Words
    declaration: Annotated[
        str,
        Meta(
            max_length=50_000,
            description="TOML, as a file in the folder of rules; empty: only switch the rule of this name on or off.",
        ),
    ] = ""
    enabled: bool = True


@ROUTER.post(
    "/alerts/silences",
    summary="Keep alerts silent for a while",
    status_code=201,
    response_model=SilenceDocument,
    openapi_extra=documented(NewSilence),
)
def silence(city: CityNow, asked: Annotated[NewSilence, body_of(NewSilence)]) -> Response:
    """Notify nobody of some alerts until an instant. They fire and are told nevertheless, marked as silenced."""
    said = msgspec.structs.asdict(asked)
    until, since = _ms(said.pop("until")), said.pop("since")
    begins = _now() if since is None else _ms(since)
    try:
        kept = city.services.catalogue.alerts.silence(Silence(since=begins, until=until, **said))
    except ValueError as wrong:
        raise ProblemError("bad-body", f"{wrong}.") from None
    log.info("%r keeps alerts silent, silence %d", asked.who, kept.id)
    return alerting.answer(alerting.silence_document(kept), 201, location=f"/v1/alerts/silences/{kept.id}")


@ROUTER.delete(
    "/alerts/silences/{id}",
    summary="End a silence",
    status_code=204,
    response_class=Response,
)
def end_silence(city: CityNow, id: Annotated[int, Path(ge=0, le=2**62)]) -> Response:  # noqa: A002 - the name that the path shows
    """Let the alerts of a silence speak again, now."""
    try:
        city.services.catalogue.alerts.end_silence(id)
    except ValueError as gone:
        raise ProblemError("not-found", f"{gone}. /v1/alerts/silences lists those that hold.") from None
    log.info("silence %d is over", id)
    return Response(status_code=204)


@ROUTER.put(
    "/alerts/rules/{name}",
    summary="Declare an alert rule, or switch one on or off",
    response_model=RuleDocument,
    dependencies=[Depends(RULES)],
    openapi_extra=documented(PutRule),
)
def put_rule(city: CityNow, name: str, asked: Annotated[PutRule, body_of(PutRule)]) -> Response:
    """Take up a rule within seconds, in the place of one of its name; its examples are tried first."""
    alerts = city.services.catalogue.alerts
    known = alerting.known_rules(alerts)
    _refuse(name, asked.declaration, [other for other, (declared, _) in known.items() if declared])
    alerts.put_rule(OwnRule(name=name, declaration=asked.declaration, enabled=asked.enabled, who=asked.who))
    log.info("%r has put the alert rule %r, %s", asked.who, name, "on" if asked.enabled else "off")
    return alerting.answer(alerting.rule_document(name, *alerting.known_rules(alerts)[name]))


@ROUTER.delete(
    "/alerts/rules/{name}",
    summary="Remove an alert rule of this API",
    status_code=204,
    response_class=Response,
    dependencies=[Depends(RULES)],
)
def remove_rule(city: CityNow, name: str) -> Response:
    """Let a rule of Smile City or of the city's folder hold again as it is, and one that only this API knew be gone.

    What fired of a rule that is gone is resolved.
    """
    alerts = city.services.catalogue.alerts
    if not alerts.remove_rule(name):
        known = [one.name for one in alerts.rules()]
        detail = f"This API has put no rule {name[:60]!r}.{did_you_mean(name[:60], known)} Others can be switched off."
        raise ProblemError("not-found", detail)
    log.info("the alert rule %r was removed", name)
    return Response(status_code=204)


@ROUTER.post(
    "/alerts/{key:path}/acknowledge",
    summary="Acknowledge an alert",
    response_model=ChangeDocument,
    openapi_extra=documented(Acknowledgement),
)
def acknowledge(city: CityNow, key: str, asked: Annotated[Acknowledgement, body_of(Acknowledgement)]) -> Response:
    """Note that somebody knows of an alert: it does not escalate any more. The same words again change nothing."""
    alerts = city.services.catalogue.alerts
    if alerts.alert(key) is None:
        raise ProblemError("not-found", f"There is no alert {key[:120]!r}. /v1/alerts lists those that fire.")
    try:
        change = alerts.acknowledge(key, asked.who, asked.comment, incident=asked.incident)
    except ValueError as overtaken:
        raise ProblemError("conflict", f"{overtaken}.") from None
    log.info("%r has acknowledged %r", asked.who, key)
    (message,) = messages_of(alerts, [change], city.services.link)
    return alerting.answer(message)


def _refuse(name: str, declaration: str, known: list[str]) -> None:
    """Raise ProblemError for a rule that can never be one."""
    if not declaration and name not in known:
        detail = f"There is no alert rule {name[:60]!r} to be switched.{did_you_mean(name[:60], known)}"
        raise ProblemError("not-found", f"{detail} Declare it with 'declaration'.")
    if name in RESERVED:
        raise ProblemError("bad-rule", f"No rule may be called {name!r}: a path has that name.")
    if not declaration:
        return
    try:
        rule = rule_of(declaration)
    except RuleError as wrong:
        raise ProblemError("bad-rule", f"The rule cannot be taken: {wrong}.") from None
    if rule.name != name:
        raise ProblemError("bad-rule", f"The path names the rule {name[:60]!r}, and its declaration {rule.name!r}.")


def _now() -> int:
    return int(now().astype("datetime64[ms]").astype(int))


def _ms(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)
