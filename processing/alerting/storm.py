"""Alerts that fire, told one by one or, where many have one cause, as one: what a round changes of them.

A rule that has a ``Storm`` may hold an alert back for a while. When enough of its alerts with one cause began within a
time, the group's alert fires in their place: those that were told already are said to be grouped, the others are
never told. It is over when its last member is.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from processing.alerting.machine import Phase, Step
from processing.alerting.telling import alert_of, escalated, key_of, resolved
from processing.alerting.words import together
from processing.rows import NEVER
from processing.windows import milliseconds
from storage.alert import Alert, Change, Kind, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import timedelta

    from processing.alert import AlertRule, Storm
    from processing.alerting.estate import Estate, Told
    from sensors.model import Thing

GROUP = "group"


@dataclass(slots=True)
class Round:
    """What is to be noted of one step of the watch."""

    changes: list[Change] = field(default_factory=list)
    pending: dict[str, Alert] = field(default_factory=dict)
    quiet: dict[str, Alert] = field(default_factory=dict)
    gone: dict[str, None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.changes or self.pending or self.quiet or self.gone)


class Active:
    """Alerts that fire, by key, and what they have in common. For one thread at a time."""

    def __init__(self) -> None:
        self.firing: dict[str, Alert] = {}
        self._held: dict[str, int] = {}
        """Until when an alert is not told. [ms]"""
        self._causes: dict[str, str] = {}
        """By alert the key of the group that it would belong to."""
        self._members: dict[str, set[str]] = defaultdict(set)
        """By the key of a group what fires and would belong to it."""
        self._told: dict[str, int] = {}
        """By group how many members were told of."""

    def restore(self, alert: Alert, rule: AlertRule | None, thing: Thing | None) -> None:
        """Take over an alert that fired before a restart, or was held back; a group's has no thing."""
        self.firing[alert.key] = replace(alert, state=State.FIRING) if alert.state is State.PENDING else alert
        if alert.members:
            self._told[alert.key] = alert.members
        group = alert.cause or (group_of(rule, thing) if rule and thing else "")
        if group:
            self._join(alert.key, group)
        if alert.state is State.PENDING and rule and rule.storm:
            self._held[alert.key] = (alert.fired or alert.since) + _ms(rule.storm.wait)

    def take_over(self, change: Change) -> None:
        """Note what others have changed: acknowledged, silenced."""
        if change.alert.key in self.firing:
            self.firing[change.alert.key] = change.alert

    def take(self, told: Told, into: Round) -> None:
        """Note the steps of one rule."""
        fresh: list[Alert] = []
        for place in range(len(told.steps)):
            thing = told.things[told.steps.thing[place]]
            key, step = key_of(told.rule, thing.id), told.steps.step[place]
            if step == Step.PENDED:
                into.pending[key] = alert_of(told, place)
            elif step == Step.DROPPED:
                _drop(key, into)
            elif step == Step.FIRED:
                into.pending.pop(key, None)
                self._begin(told.rule, thing, alert_of(told, place), into, fresh)
            elif key in self.firing and step == Step.ESCALATED:
                self._escalate(told.rule, key, int(told.steps.time[place]), into)
            elif key in self.firing:
                self._end(key, resolved(self.firing[key], told, place), into, fresh)
        self._settle(told.rule, fresh, into)

    def _begin(self, rule: AlertRule, thing: Thing, alert: Alert, into: Round, fresh: list[Alert]) -> None:
        self.firing[alert.key] = alert
        group = group_of(rule, thing)
        if rule.storm is None or not group:
            into.changes.append(Change(change=Kind.FIRED, at=alert.fired or alert.since, alert=alert))
            return
        self._join(alert.key, group)
        fresh.append(alert)

    def _escalate(self, rule: AlertRule, key: str, at: int, into: Round) -> None:
        change = escalated(rule, self.firing[key], at)
        self.firing[key] = change.alert
        if not change.alert.cause and key not in self._held:
            into.changes.append(change)

    def _end(self, key: str, change: Change, into: Round, fresh: list[Alert]) -> None:
        alert = self.firing.pop(key)
        group = self._leave(key)
        if key in self._held or alert in fresh:
            # It was not told yet, and nobody needs to know any more.
            self._held.pop(key, None)
            fresh[:] = [one for one in fresh if one.key != key]
            _drop(key, into)
            return
        if not alert.cause:
            into.changes.append(change)
            return
        into.quiet[key] = change.alert
        self._shrink(group, change.at, into)

    def _shrink(self, group: str, at: int, into: Round) -> None:
        """Let a group's alert end with its last member."""
        known = self.firing.get(group)
        if known is None:
            return
        if self._members[group]:
            self._count(known, into)
            return
        del self.firing[group]
        self._told.pop(group, None)
        over = replace(known, state=State.RESOLVED, ended=at, members=0, reason="all of it is over")
        over = replace(over, reason_de="alles ist vorbei")
        into.quiet.pop(group, None)
        into.changes.append(Change(change=Kind.RESOLVED, at=at, alert=over))

    def _settle(self, rule: AlertRule, fresh: list[Alert], into: Round) -> None:
        """Decide which new ones are told, held back, or part of a group."""
        if rule.storm is None:
            return
        for group in dict.fromkeys(self._causes[alert.key] for alert in fresh):
            mine = [alert for alert in fresh if self._causes[alert.key] == group]
            if group in self.firing or self._is_storm(rule.storm, group):
                self._gather(rule, group, into)
            else:
                self._hold(rule.storm.wait, mine, into)

    def _hold(self, wait: timedelta, alerts: Iterable[Alert], into: Round) -> None:
        for alert in alerts:
            if wait:
                self._held[alert.key] = (alert.fired or alert.since) + _ms(wait)
                into.pending[alert.key] = replace(alert, state=State.PENDING)
            else:
                into.changes.append(Change(change=Kind.FIRED, at=alert.fired or alert.since, alert=alert))

    def _is_storm(self, storm: Storm, group: str) -> bool:
        began = np.array([self.firing[key].fired or 0 for key in self._members[group]])
        return int((began >= began.max() - _ms(storm.within)).sum()) >= storm.least

    def _gather(self, rule: AlertRule, group: str, into: Round) -> None:
        """Let a group's alert speak for all that it has now."""
        some = [self.firing[key] for key in sorted(self._members[group])]
        known = self.firing.get(group)
        if known is None:
            known = self.firing[group] = _group(rule, group, some)
            self._told[group] = known.members
            into.changes.append(Change(change=Kind.FIRED, at=known.fired or known.since, alert=known))
        for alert in some:
            if alert.cause != group:
                self._absorb(alert, group, into)
        self._count(known, into)

    def _absorb(self, alert: Alert, group: str, into: Round) -> None:
        mine = self.firing[alert.key] = replace(alert, cause=group)
        into.pending.pop(alert.key, None)
        self._held.pop(alert.key, None)
        if alert.incident:
            at = self.firing[group].fired or alert.since
            into.changes.append(Change(change=Kind.GROUPED, at=at, alert=mine))
        else:
            into.quiet[alert.key] = mine

    def _count(self, group: Alert, into: Round) -> None:
        """Keep the number of a group's members; it is told when it has doubled."""
        count = len(self._members[group.key])
        if count == group.members:
            return
        reason, reason_de = (_counted(said, group.members, count) for said in (group.reason, group.reason_de))
        new = self.firing[group.key] = replace(group, members=count, reason=reason, reason_de=reason_de)
        if count >= 2 * self._told.get(group.key, count):
            self._told[group.key] = count
            latest = max(self.firing[key].fired or 0 for key in self._members[group.key])
            into.quiet.pop(group.key, None)
            into.changes.append(Change(change=Kind.UPDATED, at=latest, alert=new))
        else:
            into.quiet[group.key] = new

    def tick(self, rules: Mapping[str, AlertRule], now: int, into: Round) -> None:
        """Tell what was held back for long enough, and escalate groups."""
        for key in [key for key, until in self._held.items() if until <= now]:
            del self._held[key]
            into.pending.pop(key, None)
            alert = self.firing[key]
            into.changes.append(Change(change=Kind.FIRED, at=alert.fired or alert.since, alert=alert))
        for key in self._told:
            rule, alert = rules.get(self.firing[key].rule), self.firing[key]
            waits = alert.state is State.FIRING and not alert.escalated
            if waits and rule and rule.escalation and (alert.fired or now) + _ms(rule.escalation.after) <= now:
                self._escalate(rule, key, now, into)

    def ease(self, estate: Estate, into: Round) -> None:
        """Keep since when what fires is over, so that a restart does not let it last for longer."""
        standing = estate.standing
        for place in np.flatnonzero(standing.phase >= Phase.FIRING).tolist():
            alert = self.firing[key_of(estate.rule, estate.things[place].id)]
            since = None if standing.clear_since[place] == NEVER else int(standing.clear_since[place])
            if alert.clear_since != since:
                eased = self.firing[alert.key] = replace(alert, clear_since=since)
                if alert.key in self._held:
                    into.pending[alert.key] = replace(eased, state=State.PENDING)
                else:
                    into.quiet[alert.key] = eased

    def lift(self, key: str, now: int, into: Round) -> None:
        """End an alert whose rule or thing is no more."""
        over = replace(
            self.firing[key],
            state=State.RESOLVED,
            ended=now,
            reason="the rule or the thing is no more",
            reason_de="Regel oder Objekt gibt es nicht mehr",
        )
        self._end(key, Change(change=Kind.RESOLVED, at=now, alert=over), into, [])

    def written(self, changes: Iterable[Change]) -> None:
        """Note under which sequences changes were kept."""
        for change in changes:
            if change.alert.key in self.firing and change.alert.state is not State.RESOLVED:
                self.firing[change.alert.key] = replace(
                    self.firing[change.alert.key],
                    sequence=change.sequence,
                    incident=change.alert.incident,
                    silenced=change.alert.silenced,
                )

    def _join(self, key: str, group: str) -> None:
        self._causes[key] = group
        self._members[group].add(key)

    def _leave(self, key: str) -> str:
        group = self._causes.pop(key, "")
        if group:
            self._members[group].discard(key)
        return group


def group_of(rule: AlertRule, thing: Thing) -> str:
    """Name the group that a thing's alert would belong to; empty where it has nothing in common with others."""
    for name in rule.storm.by if rule.storm else ():
        said = getattr(thing, name) if name in {"operator", "district"} else thing.properties.get(name)
        if isinstance(said, str) and said:
            return key_of(rule, f"{GROUP}:{name}:{said}")
    return ""


def _group(rule: AlertRule, key: str, members: list[Alert]) -> Alert:
    """Make the alert of a group."""
    newest = max(members, key=lambda alert: alert.fired or 0)
    group = Alert(
        key=key,
        rule=rule.name,
        version=rule.version,
        thing=key.removeprefix(f"{rule.name}/"),
        domain=rule.domain,
        state=State.FIRING,
        severity=rule.severity,
        since=min(alert.since for alert in members),
        fired=newest.fired,
        heard=newest.heard,
        members=len(members),
        kind=_common(alert.kind for alert in members),
        operator=_common(alert.operator for alert in members),
        district=_common(alert.district for alert in members),
    )
    reason, reason_de = together(rule, len(members), group.thing.removeprefix(f"{GROUP}:"))
    return replace(group, reason=reason, reason_de=reason_de)


def _common(said: Iterable[str]) -> str:
    """Give what all say, nothing where they differ."""
    first, *others = set(said)
    return "" if others else first


def _counted(said: str, before: int, now: int) -> str:
    """Say another number of members in a sentence."""
    return said.replace(f" {before} ", f" {now} ", 1)


def _drop(key: str, into: Round) -> None:
    into.pending.pop(key, None)
    into.gone[key] = None


def _ms(span: timedelta) -> int:
    return milliseconds(np.timedelta64(span))
