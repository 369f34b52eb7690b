"""The things of a catalogue, sorted by what is computed of them; sorted anew when the catalogue has changed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from processing.discreet import discreet
from processing.group import groups
from processing.stages import stages
from sensors.groups import is_of_group
from sensors.households import LEAST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from processing.group import Group
    from sensors.model import Thing
    from storage.catalogue import Catalogue

log = logging.getLogger(__name__)


class Roster:
    """Remembers the groups of a catalogue. For one thread at a time."""

    def __init__(self, catalogue: Catalogue, households: int = LEAST) -> None:
        """Remember those of a catalogue; values of groups are made of so many ``households`` at least."""
        self._catalogue = catalogue
        self._households = households
        self._groups: tuple[Group, ...] = ()
        self._stages: tuple[tuple[Group, ...], ...] = ()
        self._version = -1

    def groups(self) -> tuple[Group, ...]:
        """Give the groups as the catalogue has them now."""
        version = self._catalogue.version()
        if version != self._version:
            things, devices = self._catalogue.things(), self._catalogue.devices()
            _say_left_out(things)
            self._groups, self._version = discreet(groups(things, devices, self._households)), version
            self._stages = stages(self._groups) or ((),)
        return self._groups

    def stages(self) -> tuple[tuple[Group, ...], ...]:
        """Give the groups in the order in which they are computed: at least one stage, the same until things change."""
        self.groups()
        return self._stages


def _say_left_out(things: Iterable[Thing]) -> None:
    """Say of which things nothing is computed since they are called as groups are, which only old registers hold."""
    taken = [thing.id for thing in things if is_of_group(thing.id)]
    if taken:
        log.warning(
            "No indicator is computed of %s: these are ids of groups of things. Add each anew under another id "
            "('smilecity things add'), and let its device observe that one ('smilecity devices assign')",
            ", ".join(f"'{name}'" for name in taken),
        )
