"""Rehearses a rule for whoever asks, over HTTP or at the terminal, and shows what it would have done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from api import rehearsal_schema as schema
from api.times import iso_of
from processing.alerting.history import rehearse
from processing.alerting.own import rules_of
from processing.alerts import rules
from processing.rehearsal import HORIZON, figures, foresight, swept, values
from processing.rows import NEVER
from sensors.hint import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from processing.alert import AlertRule
    from processing.alerting.evaluate import Episodes
    from processing.alerting.history import Rehearsal
    from processing.region import Region
    from sensors.model import Thing
    from storage.alert import OwnRule
    from storage.store import Store

MOST_ALERTS = 5000
"""Alerts that are told one by one."""
WEEK = 7 * 86_400_000
LONGEST = timedelta(days=800)
"""A rehearsal looks at every row of its span."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be rehearsed."""

    rule: AlertRule
    name: str | None
    """What is tried in several values."""
    values: tuple[float, ...]
    event: AlertRule | None
    horizon: timedelta

    @classmethod
    def of(
        cls,
        rule: str,
        sweep: str | None = None,
        event: str | None = None,
        horizon_h: float | None = None,
        *,
        kept: Iterable[OwnRule] = (),
    ) -> Plan:
        """Read what is asked for; ``sweep`` is ``above=0.7:0.95:0.05``. Raises ValueError with a way out.

        ``kept`` are the rules of the catalogue, those that are not yet switched on among them. Without an event it is
        what the rule says that it foretells; of a sweep, else, what the rule as it is tells.
        """
        known = rules_of((replace(one, enabled=True) for one in kept), rules())
        asked, (name, tried) = _rule(rule, known), _sweep(sweep)
        swept(asked, name, np.array(tried[:1])) if name else None
        named = event or asked.foretells or (rule if name else "")
        horizon = HORIZON if horizon_h is None else timedelta(hours=horizon_h)
        return cls(rule=asked, name=name, values=tried, event=_rule(named, known) if named else None, horizon=horizon)

    @property
    def trials(self) -> tuple[AlertRule, ...]:
        """The rule in each form that is tried."""
        return swept(self.rule, self.name, np.array(self.values)) if self.name else (self.rule,)


def _rule(name: str, known: Mapping[str, AlertRule]) -> AlertRule:
    if name not in known:
        raise ValueError(f"there is no alert rule '{name[:60]}'.{did_you_mean(name, known)}")
    return known[name]


def _sweep(text: str | None) -> tuple[str | None, tuple[float, ...]]:
    if not text:
        return None, ()
    name, equals, tried = text.partition("=")
    if not equals:
        raise ValueError(f"'{text[:60]}' cannot be tried: write above=0.7:0.95:0.05 or pending=0,5,15")
    return name.strip(), tuple(values(tried).tolist())


def rehearsal_document(
    plan: Plan,
    store: Store,
    things: Iterable[Thing],
    span: tuple[int, int],
    region: Region,
    *,
    told: Callable[[int, int], None] = lambda _done, _of: None,
) -> schema.RehearsalDocument:
    """Rehearse over a half-open span [ms], and show it.

    Raises ValueError for what has no history, or too long a span.
    """
    if span[1] - span[0] > LONGEST / timedelta(milliseconds=1):
        raise ValueError(f"a rehearsal looks at every row of its span: take {LONGEST.days} days at most")
    every = tuple(things)
    trials = rehearse(store, plan.trials, every, span, region, told=told)
    events = rehearse(store, [plan.event], every, span, region)[0] if plan.event else None
    rule, shown = plan.rule, list(_alerts(trials, events))
    return schema.RehearsalDocument(
        rule=rule.name,
        version=rule.version,
        title=rule.title,
        title_de=rule.title_de,
        looks_at=rule.looks_at,
        start=_iso(span[0]),
        end=_iso(span[1]),
        things=len(trials[0].things),
        rows=trials[0].rows,
        swept=plan.name,
        event=plan.event.name if plan.event else None,
        horizon_hours=plan.horizon / timedelta(hours=1),
        trials=[
            _trial(each, value, events, plan.horizon)
            for each, value in zip(trials, plan.values or (None,), strict=True)
        ],
        alerts=shown[:MOST_ALERTS],
        left_out=max(0, len(shown) - MOST_ALERTS),
    )


def _trial(found: Rehearsal, value: float | None, events: Rehearsal | None, horizon: timedelta) -> schema.TrialDocument:
    told = figures(found.episodes, found.start, found.end)
    week = (found.episodes.fired - found.start) // WEEK
    return schema.TrialDocument(
        value=value,
        alerts=told.alerts,
        things=told.things,
        weekly=told.weekly,
        median_hours=_number(told.median_h),
        long_hours=_number(told.long_h),
        total_hours=told.total_h,
        unended=told.unended,
        flaps=told.flaps,
        weeks=np.bincount(week, minlength=-(-(found.end - found.start) // WEEK)).tolist(),
        foresight=_foresight(found, events, horizon) if events else None,
    )


def _foresight(found: Rehearsal, events: Rehearsal, horizon: timedelta) -> schema.ForesightDocument:
    told = foresight(found.episodes, _placed(events, found.things), horizon)
    low, middle, high = (_number(told.lead(part)) for part in (0.1, 0.5, 0.9))
    return schema.ForesightDocument(
        events=told.events,
        foreseen=told.foreseen,
        lead_hours_10=low,
        lead_hours_median=middle,
        lead_hours_90=high,
        needless=told.needless,
    )


def _placed(events: Rehearsal, things: Sequence[Thing]) -> Episodes:
    """Let ``thing`` mean the place among other things; events of things that are not among these are left out."""
    place = {thing.id: number for number, thing in enumerate(things)}
    where = np.array([place.get(thing.id, -1) for thing in events.things], dtype=np.int64)
    mine = where[events.episodes.thing] >= 0 if len(where) else np.zeros(0, dtype=bool)
    one = events.episodes
    columns = (one.since[mine], one.fired[mine], one.ended[mine], one.value[mine])
    return type(one)(where[one.thing[mine]], *columns)


def _alerts(trials: Sequence[Rehearsal], events: Rehearsal | None) -> Iterator[schema.RehearsedDocument]:
    """Show every alert, in the order of time."""
    every = [*enumerate(trials), *([(-1, events)] if events else [])]
    order = sorted(
        (int(fired), number, row) for number, found in every for row, fired in enumerate(found.episodes.fired)
    )
    numbered = dict(every)
    for _, number, row in order:
        found = numbered[number]
        yield _alert(found, number, row)


def _alert(found: Rehearsal, trial: int, row: int) -> schema.RehearsedDocument:
    one = found.episodes
    return schema.RehearsedDocument(
        trial=trial,
        thing=found.things[one.thing[row]].id,
        since=_iso(int(one.since[row])),
        fired=_iso(int(one.fired[row])),
        ended=None if one.ended[row] == NEVER else _iso(int(one.ended[row])),
        value=_number(float(one.value[row])),
    )


def _iso(time: int) -> str:
    return iso_of(np.datetime64(time, "ms"))


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value
