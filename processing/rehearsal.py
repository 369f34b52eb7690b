"""A rule rehearsed on history: how often it would have spoken, for how long, how it flaps, how early before the event.

Pure functions over the alerts that fired (``alerting.evaluate.Episodes``); ``alerting.history`` reads what they need.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.rows import NEVER
from processing.windows import MS_PER_HOUR, milliseconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.alert import AlertRule, Condition
    from processing.alerting.evaluate import Episodes

FLAP = timedelta(hours=1)
"""An alert that comes back so soon after it was over is a flap."""
HORIZON = timedelta(hours=24)
"""An alert warns of what happens within this time."""
LIMITS = ("above", "below", "equal")
SWEPT = (*LIMITS, "clear", "pending", "clear_for")
"""What of a rule can be tried in several values; the last two in minutes."""
MOST_STEPS = 50
_WEEK_H = 168.0
_LATEST = (1 << 43) - 1
"""Instants that fit beside the number of a thing. [ms]"""


@dataclass(frozen=True, slots=True)
class Figures:
    """How often and how long a rule spoke in a span."""

    alerts: int
    things: int
    """That had at least one."""
    weekly: float
    """Alerts a week."""
    median_h: float
    """Length of those that ended within the span, NaN where none did. [h]"""
    long_h: float
    """Nine of ten were shorter. [h]"""
    total_h: float
    """All together, those that had not ended counted up to the end of the span. [h]"""
    unended: int
    flaps: int
    """Alerts that began within ``FLAP`` after the last one of the same thing was over."""


@dataclass(frozen=True, slots=True)
class Foresight:
    """How alerts stood to what they warn of."""

    events: int
    """Those of one thing that follow within ``FLAP`` are one."""
    foreseen: int
    """Events before which an alert fired, at most ``horizon`` earlier, and after the event before was over."""
    lead_h: NDArray[np.float64]
    """From the first such alert to the event, one entry for each that was foreseen, ascending. [h]"""
    needless: int
    """Alerts that no event of the same thing followed within the horizon, and that did not fire amid one."""

    def lead(self, part: float) -> float:
        """Give a quantile of the lead times, NaN where there is none. [h]."""
        return float(np.quantile(self.lead_h, part)) if len(self.lead_h) else float("nan")


def within(episodes: Episodes, start: int, end: int) -> Episodes:
    """Keep what fired in the half-open span [start, end) [ms]; what ended later has not ended yet."""
    mine = (episodes.fired >= start) & (episodes.fired < end)
    ended = np.where(episodes.ended < end, episodes.ended, NEVER)
    thing, since, fired = episodes.thing[mine], episodes.since[mine], episodes.fired[mine]
    return replace(episodes, thing=thing, since=since, fired=fired, ended=ended[mine], value=episodes.value[mine])


def figures(episodes: Episodes, start: int, end: int) -> Figures:
    """Count and measure alerts of a span [ms], as ``within`` gives them."""
    over = episodes.ended < NEVER
    hours = (np.minimum(episodes.ended, end) - episodes.fired) / MS_PER_HOUR
    ended_h = hours[over]
    median_h, long_h = np.quantile(ended_h, [0.5, 0.9]) if len(ended_h) else (np.nan, np.nan)
    return Figures(
        alerts=len(episodes),
        things=len(np.unique(episodes.thing)),
        weekly=len(episodes) / ((end - start) / MS_PER_HOUR / _WEEK_H),
        median_h=float(median_h),
        long_h=float(long_h),
        total_h=float(hours.sum()),
        unended=int(np.count_nonzero(~over)),
        flaps=_flaps(episodes),
    )


def _flaps(episodes: Episodes) -> int:
    order = np.lexsort((episodes.fired, episodes.thing))
    thing, fired, ended = episodes.thing[order], episodes.fired[order], episodes.ended[order]
    soon = fired[1:] - ended[:-1] <= milliseconds(np.timedelta64(FLAP))
    return int(np.count_nonzero((thing[1:] == thing[:-1]) & soon))


def foresight(alerts: Episodes, events: Episodes, horizon: timedelta = HORIZON) -> Foresight:
    """Compare alerts with what they warn of; ``thing`` must mean the same in both."""
    reach, real = milliseconds(np.timedelta64(horizon)), _merged(events)
    event, fired = _keys(real.thing, real.since), np.sort(_keys(alerts.thing, alerts.fired))
    over = np.roll(_keys(real.thing, np.minimum(real.ended, _LATEST)), 1)
    floor = np.maximum(event - reach, np.where(_same(event), over, _start_of(event)))
    warned = np.append(fired, NEVER)[np.searchsorted(fired, floor)]
    foreseen = warned <= event
    return Foresight(
        events=len(event),
        foreseen=int(np.count_nonzero(foreseen)),
        lead_h=np.sort((event - warned)[foreseen] / MS_PER_HOUR),
        needless=int(np.count_nonzero(~_useful(alerts, real, reach))),
    )


def _merged(events: Episodes) -> Episodes:
    """Take events of one thing that follow each other within ``FLAP`` for one; sorted by thing and time."""
    order = np.lexsort((events.since, events.thing))
    thing, since, ended = events.thing[order], events.since[order], events.ended[order]
    begins = np.ones(len(order), dtype=bool)
    soon = since[1:] - ended[:-1] <= milliseconds(np.timedelta64(FLAP))
    begins[1:] = (thing[1:] != thing[:-1]) | ~soon
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(order)) - 1 if len(first) else first
    return type(events)(thing[first], since[first], events.fired[order][first], ended[last], events.value[order][first])


def _useful(alerts: Episodes, events: Episodes, reach: int) -> NDArray[np.bool_]:
    """Tell which alerts an event followed in time, or fired amid one. [bool], shape (k,)."""
    event, thing = _keys(events.thing, events.since), np.append(events.thing, -1)
    fired = _keys(alerts.thing, alerts.fired)
    after = np.searchsorted(event, fired)
    followed = (np.append(event, NEVER)[after] - fired <= reach) & (thing[after] == alerts.thing)
    amid = (thing[after - 1] == alerts.thing) & (np.append(events.ended, 0)[after - 1] > alerts.fired)
    useful: NDArray[np.bool_] = followed | amid
    return useful


def _keys(thing: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[np.int64]:
    return thing << 43 | time


def _same(keys: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which keys have one of the same thing before them."""
    return np.concatenate([np.zeros(min(len(keys), 1), dtype=bool), keys[1:] >> 43 == keys[:-1] >> 43])


def _start_of(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the earliest key of each key's thing."""
    return keys >> 43 << 43


def swept(rule: AlertRule, name: str, values: NDArray[np.float64]) -> tuple[AlertRule, ...]:
    """Give the rule with another limit of its first condition, or another time, for each value.

    ``clear`` keeps its distance from the limit; what sites say instead is left out, so that each value is tried
    everywhere. Raises ValueError for what the rule does not have.
    """
    if name not in SWEPT:
        raise ValueError(f"'{name}' cannot be tried in several values; these can: {', '.join(SWEPT)}")
    if len(values) > MOST_STEPS:
        raise ValueError(f"{len(values)} values are too many to look at: at most {MOST_STEPS}, so take a larger step")
    others = {key: site for key, site in rule.of_site.items() if key not in {name, "clear"}}
    return tuple(replace(_with(rule, name, float(value)), of_site=others) for value in values)


def _with(rule: AlertRule, name: str, value: float) -> AlertRule:
    if name == "pending":
        return replace(rule, pending=timedelta(minutes=value))
    if name == "clear_for":
        return replace(rule, clear_for=timedelta(minutes=value))
    if not rule.when or getattr(rule.when[0], name) is None:
        has = [key for key in (*LIMITS, "clear") if rule.when and getattr(rule.when[0], key) is not None]
        raise ValueError(f"the rule '{rule.name}' has no '{name}' to be tried; it has {', '.join(has) or 'no limit'}")
    return replace(rule, when=(_limited(rule.when[0], name, value), *rule.when[1:]))


def _limited(condition: Condition, name: str, value: float) -> Condition:
    limit = {name: value}
    if name != "clear" and condition.clear is not None:
        limit["clear"] = condition.clear + value - getattr(condition, name)
    return replace(condition, **limit)  # type: ignore[arg-type]  # only names of limits


def values(text: str) -> NDArray[np.float64]:
    """Read ``0.7:0.95:0.05``, first, last and step, or ``0.7,0.8,0.95``. Raises ValueError with both forms."""
    try:
        if ":" not in text:
            return np.array([float(one) for one in text.split(",")])
        first, last, step = (float(one) for one in text.split(":"))
    except ValueError:
        raise ValueError(f"'{text}' are no values: write 0.7:0.95:0.05 (first:last:step) or 0.7,0.8,0.95") from None
    if not (step > 0 and last >= first and np.isfinite([first, last, step]).all()):
        raise ValueError(f"'{text}' has no values: the last must not be before the first, and the step above 0")
    count = np.floor((last - first) / step + 1e-9) + 1
    if count > MOST_STEPS:
        raise ValueError(f"'{text}' are {count:.0f} values, too many to look at: at most {MOST_STEPS}")
    return np.round(first + step * np.arange(int(count)), 12)
