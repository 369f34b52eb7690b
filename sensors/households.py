"""Which things are a household's: what they measure tells how people live, so nobody is told of one alone.

The site property ``household`` says so: ``true`` at the meter of a flat or a house. What refers to a household's thing,
a meter to the plant on its roof, is one's, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sensors.model import Thing

HOUSEHOLD = "household"
MEANING = "true where it measures one household: its observations are never told, see docs/access.md"
LEAST = 5
"""Meters that a sum over households needs, where nobody says otherwise."""
FEWEST = 2
"""Nobody can say less: of two, each knows the other's, but nobody else does."""
OF_THE_DEVICE = frozenset({"battery", "battery_voltage", "rssi", "snr"})
"""What tells how a device is, and nothing of who lives there."""


def is_household(thing: Thing) -> bool:
    """Tell whether a thing is, or ever was, marked as a household's."""
    return any(
        site.get(HOUSEHOLD) is True for site in (thing.properties, *(one.properties for one in thing.calibrations))
    )


def households(things: Iterable[Thing], references: Iterable[str] = ()) -> frozenset[str]:
    """Give the ids of households' things; ``references`` are the site properties that name another thing."""
    every = tuple(things)
    marked = {thing.id for thing in every if is_household(thing)}
    names = tuple(references)
    if not marked or not names:
        return frozenset(marked)
    return frozenset(
        marked | {thing.id for thing in every if any(thing.properties.get(name) in marked for name in names)}
    )
