"""What values mean for a rule: whether they are an alert, over, or between; by limits that sites may set themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

import numpy as np

from processing.alert import By, NoData, Usual
from processing.alerting.machine import Timing, Verdict
from processing.rows import NEVER
from processing.windows import milliseconds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from numpy.typing import NDArray

    from processing.alert import AlertRule, Compared, Condition
    from processing.rows import Rows
    from sensors.model import Thing

MS_PER_MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class Limits:
    """One condition's limits for n things, NaN where there is none; each of shape (n,)."""

    above: NDArray[np.float64]
    below: NDArray[np.float64]
    equal: NDArray[np.float64]
    clear: NDArray[np.float64]
    per: NDArray[np.float64]

    def is_bad(self, thing: NDArray[np.int64], value: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell where a value is an alert. [bool], shape (k,)."""
        found: NDArray[np.bool_] = (
            (value >= self.above[thing]) | (value <= self.below[thing]) | (value == self.equal[thing])
        )
        return found

    def is_clear(self, thing: NDArray[np.int64], value: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell where it is over. [bool], shape (k,)."""
        clear, above, below = self.clear[thing], self.above[thing], self.below[thing]
        stays = (~np.isnan(above) & (value > clear)) | (~np.isnan(below) & (value < clear))
        return ~self.is_bad(thing, value) & ~stays

    def threshold(self, thing: NDArray[np.int64], value: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the limit that a value has reached; of one that has reached none the first there is. Shape (k,)."""
        above, below, equal = self.above[thing], self.below[thing], self.equal[thing]
        first = np.where(np.isnan(above), np.where(np.isnan(below), equal, below), above)
        found: NDArray[np.float64] = np.where(value <= below, below, np.where(value == equal, equal, first))
        return found


@dataclass(frozen=True, slots=True)
class Judged:
    """What k rows mean; every column has shape (k,)."""

    verdict: NDArray[np.int8]
    value: NDArray[np.float64]
    """What the condition that decided looked at."""
    threshold: NDArray[np.float64]
    condition: NDArray[np.int64]
    """Which one decided; the first where none did."""


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
        and all(_is_number(site.get(name)) for name in rule.required)
    )


def limits(rule: AlertRule, things: Sequence[Thing]) -> tuple[Limits, ...]:
    """Give the limits of each condition for things; sites speak for the first condition only."""
    return tuple(_limits(one, rule, things, first=place == 0) for place, one in enumerate(rule.when))


def _limits(one: Condition, rule: AlertRule, things: Sequence[Thing], *, first: bool) -> Limits:
    said = rule.of_site if first else {}
    declared = {"above": one.above, "below": one.below, "equal": one.equal, "clear": one.clear}
    columns = {name: _of_sites(things, said.get(name, ""), _or_nan(limit)) for name, limit in declared.items()}
    return Limits(**columns, per=_of_sites(things, one.per, np.nan) if one.per else np.ones(len(things)))


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
    minutes = _of_sites(things, name, np.nan) * MS_PER_MINUTE
    return np.where(np.isnan(minutes), declared, np.nan_to_num(minutes).astype(np.int64))


def judged(rule: AlertRule, bounds: Sequence[Limits], rows: Rows) -> Judged:
    """Judge rows, whose series are the indexes of things; the first condition that is true decides."""
    count = len(rows)
    found = Judged(
        np.full(count, Verdict.CLEAR, dtype=np.int8), rows.value, np.full(count, np.nan), np.zeros(count, np.int64)
    )
    for place in reversed(range(len(bounds))):
        found = _with(found, place, bounds[place], looked_at(rule.when[place], bounds[place], rows), rows.series)
    return found


def _with(known: Judged, place: int, bounds: Limits, value: NDArray[np.float64], thing: NDArray[np.int64]) -> Judged:
    """Let one condition more decide: it does where it is true, and where no other is."""
    bad = bounds.is_bad(thing, value)
    between = ~bad & ~bounds.is_clear(thing, value)
    mine = bad | (known.verdict != Verdict.BAD)
    verdict = np.where(bad, Verdict.BAD, np.where(between, np.maximum(known.verdict, Verdict.BETWEEN), known.verdict))
    return Judged(
        verdict.astype(np.int8),
        np.where(mine, value, known.value),
        np.where(mine, bounds.threshold(thing, value), known.threshold),
        np.where(mine, place, known.condition),
    )


def looked_at(condition: Condition, bounds: Limits, rows: Rows) -> NDArray[np.float64]:
    """Give what a condition looks at: the value, by what a site says, beside what it was before. Shape (n,)."""
    per = bounds.per[rows.series]
    value = rows.value / np.where(per > 0, per, np.nan)
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
    return np.array([float(each) if _is_number(each) else otherwise for each in said], dtype=np.float64)


def _is_number(said: object) -> TypeGuard[float]:
    return isinstance(said, int | float) and not isinstance(said, bool)


def _or_nan(number: float | None) -> float:
    return np.nan if number is None else number
