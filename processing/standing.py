"""How far all is known that groups are made of: asked of a store once, and then kept up with its changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.due import Touched
from processing.group import Spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from processing.group import Group
    from storage.store import Store


class Standing:
    """The newest row of everything that the targets of some groups are made of. For one thread at a time."""

    def __init__(self, store: Store, groups: Sequence[Group]) -> None:
        self._store = store
        self._groups = groups
        self._known: dict[int, Touched] = {}
        """By place of a group; none of those of which nothing is known."""
        self._version: int | None = None

    def known(self, version: int) -> Iterator[tuple[Group, Touched]]:
        """Give the groups of which anything is known, and how far, at a version of the store or later."""
        self._follow(version)
        for place, known in self._known.items():
            yield self._groups[place], known

    def _follow(self, version: int) -> None:
        if self._version is None:
            streams = list(dict.fromkeys(stream for group in self._groups for stream in group.streams()))
            newest = self._store.latest(streams)
            told = [newest.datastreams[code] for code in newest.datastream.tolist()]
            self._note(Spans.sorted(told, newest.phenomenon_time, newest.phenomenon_time))
            self._version = version
        elif self._version < version:
            changes = self._store.changes(self._version)
            self._note(Spans.sorted(changes.datastreams, changes.first, changes.last))
            self._version = changes.version

    def _note(self, spans: Spans) -> None:
        for place, group in enumerate(self._groups):
            if spans.tell(group):
                touched = group.touched(spans)
                known = self._known.get(place, touched)
                self._known[place] = Touched(known.first, np.maximum(known.last, touched.last))
