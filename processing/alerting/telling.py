"""Makes what is told of steps: an alert as the catalogue keeps it, with its sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from processing.alert import ANYTHING
from processing.alerting.books import properties_of_books
from processing.alerting.machine import Step
from processing.alerting.words import Facts, over, sentences
from processing.indicators import derived_properties
from processing.rows import NEVER
from sensors.kinds import properties
from storage.alert import Alert, Change, Kind, State

if TYPE_CHECKING:
    from processing.alert import AlertRule, Condition
    from processing.alerting.estate import Told
    from sensors.model import ObservedProperty


def property_of(name: str) -> ObservedProperty | None:
    """Give the property that a rule looks at, None where there is none of that name."""
    for known in (properties(), derived_properties(), properties_of_books()):
        if name in known:
            return known[name]
    return None


def property_names() -> tuple[str, ...]:
    """Name everything that a rule may look at."""
    return (*properties(), *derived_properties(), *properties_of_books())


def key_of(rule: AlertRule, thing: str) -> str:
    """Name the alert of a rule and a thing: there is at most one at a time."""
    return f"{rule.name}/{thing}"


def said(told: Told, place: int) -> tuple[str, str]:
    """Say a step that fired, in English and German."""
    rule, condition = told.rule, _condition(told, place)
    own = condition is not None and condition.text
    text, text_de = (condition.text, condition.text_de) if condition and own else (rule.text, rule.text_de)
    return sentences(text, text_de, _facts(told, place))


def alert_of(told: Told, place: int) -> Alert:
    """Make an alert that has begun, as it stands after a step: pending or firing."""
    rule, steps = told.rule, told.steps
    thing = told.things[steps.thing[place]]
    fires = steps.step[place] == Step.FIRED
    reason, reason_de = said(told, place)
    return Alert(
        key=key_of(rule, thing.id),
        rule=rule.name,
        version=rule.version,
        thing=thing.id,
        domain=rule.domain,
        kind=thing.kind,
        operator=thing.operator,
        district=thing.district,
        state=State.FIRING if fires else State.PENDING,
        severity=rule.severity,
        since=int(steps.since[place]),
        fired=_instant(steps.fired[place]),
        heard=int(steps.heard[place]),
        value=_value(rule, steps.value[place]),
        threshold=_number(told.threshold[place] * rule.scale),
        unit=unit_of(rule, _condition(told, place)),
        coverage=_number(told.coverage[place]),
        reason=reason,
        reason_de=reason_de,
    )


def resolved(alert: Alert, told: Told, place: int) -> Change:
    """Make the change that ends an alert."""
    rule, steps = told.rule, told.steps
    ended = int(steps.time[place])
    facts = replace(_facts(told, place), since=alert.since)
    reason, reason_de = over(rule, facts)
    after = replace(
        alert,
        state=State.RESOLVED,
        ended=ended,
        clear_since=None,
        heard=int(steps.heard[place]),
        value=_value(rule, steps.value[place]),
        reason=reason,
        reason_de=reason_de,
    )
    return Change(change=Kind.RESOLVED, at=ended, alert=after)


def escalated(rule: AlertRule, alert: Alert, at: int) -> Change:
    """Make the change that says that nobody has acknowledged an alert in time."""
    severity = rule.escalation.severity if rule.escalation and rule.escalation.severity else alert.severity
    return Change(change=Kind.ESCALATED, at=at, alert=replace(alert, escalated=True, severity=severity))


def unit_of(rule: AlertRule, condition: Condition | None) -> str:
    """Give the UCUM code of what is told."""
    known = property_of(rule.looks_at)
    own = condition.unit if condition is not None else ""
    return own or rule.unit or (known.unit if known is not None else "1")


def _value(rule: AlertRule, value: float) -> float | None:
    """Give what was looked at; of a rule that listens for anything at all, nothing was."""
    return None if rule.looks_at == ANYTHING else _number(value * rule.scale)


def _condition(told: Told, place: int) -> Condition | None:
    return told.rule.when[int(told.condition[place])] if told.rule.when else None


def _facts(told: Told, place: int) -> Facts:
    rule, steps = told.rule, told.steps
    thing = told.things[steps.thing[place]]
    return Facts(
        thing=thing.name or thing.id,
        district=thing.district,
        operator=thing.operator,
        value=np.nan if rule.looks_at == ANYTHING else float(steps.value[place]) * rule.scale,
        threshold=float(told.threshold[place]) * rule.scale,
        unit=unit_of(rule, _condition(told, place)),
        since=int(steps.since[place]),
        at=int(steps.time[place]),
        zone=told.zone,
    )


def _instant(time: np.int64) -> int | None:
    return None if time == NEVER else int(time)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
