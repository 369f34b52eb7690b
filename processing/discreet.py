"""Groups in which households count: told by the day, once, and longer only from those days.

Sums of nested windows must rest on the same households, or one less the others is what one of them used. So what
households use goes into the values of days alone; a week, a month, a year is made of the group's own days, as they were
told; and the value of a day waits until the next day is known, and stays as it was told, whoever speaks or moves
later. Whatever is taken away from what rests on whole cells of whole days. Shorter windows, and what does not add up
over days, are those of the others alone: what households would add is missing in their coverage.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from processing.calendar import ROLLED
from processing.check import Reach
from processing.group import Group, Input
from processing.indicator import Members, Reduction
from processing.indicators import with_forecasts
from processing.portion import WAIT
from processing.reduction import rolled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from processing.indicator import Indicator

NEXT = timedelta(milliseconds=1)
"""How far behind a day lies the result of the next one: a day with households waits for that of some of them."""
NOBODY = 1 << 40
"""Households that count together where none is to count."""
HEALTH = "health"
"""The domain of what tells how devices are, and nothing of what is used."""


def discreet(groups: Iterable[Group]) -> tuple[Group, ...]:
    """Part what is computed of groups with households from the rest, which stays as it is."""
    return tuple(part for group in groups for part in _parted(group))


def _parted(group: Group) -> Iterator[Group]:
    private = np.zeros(len(group.groups), dtype=bool)
    private[group.members.group[group.cells[group.members.thing] >= 0]] = bool(group.groups)
    mine = tuple(one for one in group.indicators if _of_use(one))
    if not private.any() or not mine:
        yield group
        return
    if len(mine) < len(group.indicators):
        yield replace(group, indicators=tuple(one for one in group.indicators if one not in mine))
    if not private.all():
        yield replace(_some(group, ~private), indicators=mine)
    yield from _discreet(replace(_some(group, private), indicators=mine))


def _discreet(group: Group) -> Iterator[Group]:
    """Part what is computed of groups that all have households by how that is told."""
    by_day = tuple(one for one in group.indicators if _by_day(one))
    of_days = tuple(one for one in group.indicators if one.name in _from_days() and set(one.windows) <= set(ROLLED))
    others = tuple(one for one in group.indicators if one not in (*by_day, *of_days))
    if by_day:
        late = tuple(replace(one, lookahead=NEXT) for one in by_day)
        yield replace(group, indicators=late, once=True)
    if others:
        yield replace(group, indicators=others, households=NOBODY)
    for one in of_days:
        yield _of_own_days(group, _from_days()[one.name], one.windows)


def _of_own_days(group: Group, indicator: Indicator, windows: tuple[str, ...]) -> Group:
    """Give what makes long windows of the days of groups: these are things now, whose days are known."""
    span = int(timedelta(days=1) / timedelta(milliseconds=1))
    return Group(
        inputs=tuple(Input(name, derived=True, span=span) for name in indicator.inputs),
        indicators=(replace(indicator, windows=windows, patience=timedelta(milliseconds=WAIT)),),
        things=group.groups,
        exchanges=((),) * len(group.groups),
        members=Members.none(),
        reach=Reach(),
        marks=group.marks,
        of_days=True,
    )


def _some(group: Group, chosen: NDArray[np.bool_]) -> Group:
    return replace(group.take(np.flatnonzero(chosen)), marks=group.marks[chosen])


@cache
def _from_days() -> Mapping[str, Indicator]:
    """Give by name how long windows of a group are made of its own days, of what adds up over days or has a mean."""
    declared = {one.name: one for one in with_forecasts()}
    found: dict[str, Indicator] = {}
    for one in declared.values():
        if one.grouping is not None and one.roll_up in (Reduction.SUM, Reduction.MEAN):
            by = declared.get(one.grouping.by)
            found[one.name] = rolled(replace(one, parts=()), one.roll_up, by)
    return found


def _by_day(indicator: Indicator) -> bool:
    """Tell whether days of groups with households are told: of what goes on in weeks."""
    return indicator.windows == ("day",) and indicator.name in _from_days()


def _of_use(indicator: Indicator) -> bool:
    """Tell whether an indicator of groups tells what is used, not only how devices are."""
    return any(_domain_of().get(name, HEALTH) != HEALTH for name in indicator.inputs)


@cache
def _domain_of() -> Mapping[str, str]:
    """Name the domain of the indicator that each derived property is a result of."""
    return {prop.name: one.domain for one in with_forecasts() for prop in one.observed_properties()}
