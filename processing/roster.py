"""The things of a catalogue, sorted by what is computed of them; sorted anew when the catalogue has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processing.group import groups
from processing.stages import stages

if TYPE_CHECKING:
    from processing.group import Group
    from storage.catalogue import Catalogue


class Roster:
    """Remembers the groups of a catalogue. For one thread at a time."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._groups: tuple[Group, ...] = ()
        self._stages: tuple[tuple[Group, ...], ...] = ()
        self._version = -1

    def groups(self) -> tuple[Group, ...]:
        """Give the groups as the catalogue has them now."""
        version = self._catalogue.version()
        if version != self._version:
            self._groups, self._version = groups(self._catalogue.things(), self._catalogue.devices()), version
            self._stages = stages(self._groups) or ((),)
        return self._groups

    def stages(self) -> tuple[tuple[Group, ...], ...]:
        """Give the groups in the order in which they are computed: at least one stage, the same until things change."""
        self.groups()
        return self._stages
