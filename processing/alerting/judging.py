"""What values mean for a rule: whether they are an alert, over, or between; by limits that sites may set themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from processing.alert import ANYTHING, By, NoData, Usual
from processing.alerting.machine import Timing, Verdict
from processing.households import households
from processing.rows import NEVER
from processing.windows import milliseconds
from sensors.households import OF_THE_DEVICE
from sensors.numeric import is_number, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import timedelta

    from numpy.typing import NDArray

    from processing.alert import AlertRule, Compared, Condition
    from processing.rows import Rows
    from sensors.model import Thing

MS_PER_MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class Limits:
    """One condition's limits for n things: of shape (n,), or () where all have the same; None where there is none."""

    above: NDArray[np.float64] | None
    below: NDArray[np.float64] | None
    equal: NDArray[np.float64] | None
    clear: NDArray[np.float64] | None
    per: NDArray[np.float64] | None

    def is_bad(self, thing: NDArray[np.int64], value: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell where a value is an alert. [bool], shape (k,)."""
        found = np.zeros(len(value), dtype=bool)
        if self.above is not None:
            found |= value >= _at(self.above, thing)
        if self.below is not None:
            found |= value <= _at(self.below, thing)
        if self.equal is not None:
            found |= value == _at(self.equal, thing)
        return found

    def stays(self, thing: NDArray[np.int64], value: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell where a value is not beyond what is over, whether it is an alert or not. [bool], shape (k,)."""
        if self.clear is None:
            return np.zeros(len(value), dtype=bool)
        clear = _at(self.clear, thing)
        found: NDArray[np.bool_] = value > clear if self.above is not None else value < clear
        return found

    def threshold(self, thing: NDArray[np.int64], value: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the limit that a value has reached; of one that has reached none the first there is. Shape (k,)."""
        said = [np.broadcast_to(_at(limit, thing), value.shape) for limit in self._each() if limit is not None]
        found = said[0] if said else np.full(value.shape, np.nan)
        for limit, reached in zip(self._each(), (np.greater_equal, np.less_equal, np.equal), strict=True):
            if limit is not None:
                there = _at(limit, thing)
                found = np.where(reached(value, there), there, found)
        return found

    def _each(self) -> tuple[NDArray[np.float64] | None, ...]:
        return self.above, self.below, self.equal


@dataclass(frozen=True, slots=True)
class Judged:
    """What k rows mean; every column has shape (k,)."""

    verdict: NDArray[np.int8]
    value: NDArray[np.float64]
    """What the condition that decided looked at."""
    condition: NDArray[np.int64] | None
    """Which one decided, the first where none did; None where there are not several."""


def applies(rule: AlertRule, thing: Thing) -> bool:
    """Tell whether a thing is one of a rule's."""
    scope, tags = rule.scope, thing.properties.get("tags")
    site = thing.site()
    return (
        thing.kind in rule.kinds
        and (not scope.operators or thing.operator in scope.operators)
        and (not scope.districts or thing.district in scope.districts)
        and (not scope.things or thing.id in scope.things)
        and (not scope.tags or (isinstance(tags, list) and any(tag in scope.tags for tag in tags)))
        and all(is_number(site.get(name)) for name in rule.required)
    )


def of_the_device(rule: AlertRule) -> bool:
    """Tell whether a rule only looks at whether something is heard, or at how a device is: nobody's use shows in it."""
    return rule.looks_at in OF_THE_DEVICE or (rule.looks_at == ANYTHING and not rule.when)


def things_of(rule: AlertRule, things: Iterable[Thing]) -> tuple[Thing, ...]:
    """Give the things that a rule is for; what a household uses raises no alert."""
    every = tuple(things)
    kept = frozenset[str]() if of_the_device(rule) else households(every)
    return tuple(thing for thing in every if thing.id not in kept and applies(rule, thing))


def limits(rule: AlertRule, things: Sequence[Thing]) -> tuple[Limits, ...]:
    """Give the limits of each condition for things; sites speak for the first condition only."""
    return tuple(_limits(one, rule, things, first=place == 0) for place, one in enumerate(rule.when))


def _limits(one: Condition, rule: AlertRule, things: Sequence[Thing], *, first: bool) -> Limits:
    said = rule.of_site if first else {}
    declared = {"above": one.above, "below": one.below, "equal": one.equal, "clear": one.clear}
    columns = {name: _limit(things, said.get(name, ""), limit) for name, limit in declared.items()}
    return Limits(**columns, per=_of_sites(things, one.per, np.nan) if one.per else None)


def _limit(things: Sequence[Thing], name: str, declared: float | None) -> NDArray[np.float64] | None:
    """Give a limit by thing where sites may say it, else the one that holds for all."""
    if not name:
        return None if declared is None else np.array(declared)
    return _of_sites(things, name, np.nan if declared is None else declared)


def _at(limit: NDArray[np.float64], thing: NDArray[np.int64]) -> NDArray[np.float64]:
    return limit if limit.ndim == 0 else limit[thing]


def timing(rule: AlertRule, things: Sequence[Thing]) -> Timing:
    """Give what a rule says of time for things; minutes of a site take the place of what is declared."""
    said = rule.of_site
    return Timing(
        pending=_spans(things, said.get("pending", ""), rule.pending),
        clear_for=_spans(things, said.get("clear_for", ""), rule.clear_for),
        silent=_spans(things, said.get("silent", ""), rule.silent.after)
        if rule.silent.then is not NoData.KEEP
        else np.full(len(things), NEVER),
        escalation=_spans(things, "", rule.escalation.after if rule.escalation else None),
        silence_fires=rule.silent.then is NoData.FIRE,
    )


def _spans(things: Sequence[Thing], name: str, span: timedelta | None) -> NDArray[np.int64]:
    declared = NEVER if span is None else milliseconds(np.timedelta64(span))
    told = _of_sites(things, name, np.nan) * MS_PER_MINUTE
    return np.where(np.isnan(told), declared, np.clip(np.nan_to_num(told), -NEVER, NEVER).astype(np.int64))


def judged(rule: AlertRule, bounds: Sequence[Limits], rows: Rows) -> Judged:
    """Judge rows, whose series are the indexes of things; the first condition that is true decides."""
    each = [_judged(one, limits_, rows) for one, limits_ in zip(rule.when, bounds, strict=True)]
    if not each:
        return Judged(np.full(len(rows), Verdict.CLEAR, dtype=np.int8), rows.value, None)
    verdict, value = each[0]
    if len(each) == 1:
        return Judged(verdict, value, None)
    condition = np.zeros(len(rows), dtype=np.int64)
    for place, (another, its_value) in enumerate(each[1:], start=1):
        decides = (another == Verdict.BAD) & (verdict != Verdict.BAD)
        verdict = np.maximum(verdict, another)
        value, condition = np.where(decides, its_value, value), np.where(decides, place, condition)
    return Judged(verdict, value, condition)


def _judged(condition: Condition, bounds: Limits, rows: Rows) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """Judge rows by one condition; gives the verdict and what was looked at."""
    value = looked_at(condition, bounds, rows)
    bad = bounds.is_bad(rows.series, value)
    if bounds.clear is None:
        return np.where(bad, np.int8(Verdict.BAD), np.int8(Verdict.CLEAR)), value
    other = np.where(bounds.stays(rows.series, value), np.int8(Verdict.BETWEEN), np.int8(Verdict.CLEAR))
    return np.where(bad, np.int8(Verdict.BAD), other), value


def looked_at(condition: Condition, bounds: Limits, rows: Rows) -> NDArray[np.float64]:
    """Give what a condition looks at: the value, by what a site says, beside what it was before. Shape (n,)."""
    value = rows.value
    if bounds.per is not None:
        per = bounds.per[rows.series]
        value = value / np.where(per > 0, per, np.nan)
    return value if condition.compared is None else _compared(condition.compared, rows.with_value(value))


def _compared(how: Compared, rows: Rows) -> NDArray[np.float64]:
    before, count = _before(how, rows)
    usual = np.where(count >= how.least, before, rows.value if how.least <= 1 else np.nan)
    if how.by is By.DIFFERENCE:
        return rows.value - usual
    ratio: NDArray[np.float64] = np.divide(rows.value, usual, out=np.full(len(rows), np.nan), where=usual > 0)
    return ratio


def _before(how: Compared, rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Give the least or the median of the rows in the time before each, itself left out, and how many they are."""
    columns: list[NDArray[np.float64]] = []
    within = milliseconds(np.timedelta64(how.within))
    for back in range(1, len(rows)):
        near = (rows.series[back:] == rows.series[:-back]) & (rows.time[back:] - rows.time[:-back] <= within)
        if not near.any():
            break
        columns.append(np.concatenate([np.full(back, np.nan), np.where(near, rows.value[:-back], np.nan)]))
    if not columns:
        return np.full(len(rows), np.nan), np.zeros(len(rows), dtype=np.int64)
    together = np.sort(np.stack(columns), axis=0)  # what is not there stands last
    count = (~np.isnan(together)).sum(axis=0)
    place = np.arange(len(rows))
    if how.to is Usual.LEAST:
        least: NDArray[np.float64] = together[0]
        return least, count
    low, high = np.maximum(count - 1, 0) // 2, count // 2
    middle: NDArray[np.float64] = (together[low, place] + together[np.minimum(high, len(columns) - 1), place]) / 2
    return middle, count


def _of_sites(things: Sequence[Thing], name: str, otherwise: float) -> NDArray[np.float64]:
    """Give a number that sites say, ``otherwise`` where one does not. Shape (n,)."""
    if not name:
        return np.full(len(things), otherwise)
    said = (thing.site().get(name) for thing in things)
    return np.array([number(each, otherwise) for each in said], dtype=np.float64)
