"""In which order groups are computed: what is made of results after what these are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from processing.group import Group


def stages(groups: Iterable[Group]) -> tuple[tuple[Group, ...], ...]:
    """Sort groups so that what is made of results comes in a later stage than these."""
    every = list(groups)
    makers, of_groups = (
        _makers(each for each in every if not each.groups),
        _makers(each for each in every if each.groups),
    )
    known: dict[int, int] = {}
    for group in (one for one in every if not one.of_days):
        _stage(group, makers, known)
    for group in (one for one in every if one.of_days):
        _stage(group, of_groups, known)
    numbers = sorted(set(known.values()))
    return tuple(tuple(group for group in every if known[id(group)] == number) for number in numbers)


def _makers(groups: Iterable[Group]) -> Mapping[str, Sequence[Group]]:
    """Name the groups that make each derived property."""
    found: dict[str, list[Group]] = {}
    for group in groups:
        for name in (name for one in group.indicators for name in one.names()):
            found.setdefault(name, []).append(group)
    return found


def _stage(group: Group, makers: Mapping[str, Sequence[Group]], known: dict[int, int]) -> int:
    """Give the stage of a group: one behind the last of those that make what it is made of."""
    if id(group) not in known:
        before = [maker for one in group.inputs for maker in makers.get(one.name, ())]
        known[id(group)] = 1 + max((_stage(maker, makers, known) for maker in before), default=-1)
    return known[id(group)]
