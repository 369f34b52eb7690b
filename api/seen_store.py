"""The store as a tenant sees it: whoever reads from it gets rows of what is theirs to see, and of nothing else.

Routes are given this one, so that none of them can show what it should not: a datastream that is not seen has no rows
here, as if it had never been heard of.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from sensors.model import Batch
from storage.store import Changes, Spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from api.sight import Sight
    from sensors.model import Datastream
    from storage.aggregate import Aggregates
    from storage.store import Query, Store, Tended, Written
    from storage.windows import Function, Windows

_NO_TIME = np.empty(0, dtype="datetime64[ms]")
_NOTHING = Spans((), _NO_TIME, _NO_TIME, np.empty(0, dtype=np.int64))


class SeenStore:
    """Reads of a store what a tenant sees, as ``storage.store.Store`` says; it is written to by nobody."""

    def __init__(self, store: Store, sight: Callable[[], Sight]) -> None:
        self._store = store
        self._sight = sight

    def read(self, query: Query) -> Batch:
        """Give the rows of a query, as far as they are seen."""
        within = self._within(query)
        return self._store.read(within) if within.datastreams else Batch.empty()

    def stream(self, query: Query, rows: int = 100_000) -> Iterator[Batch]:
        """Give the rows of a query, as far as they are seen, in batches."""
        within = self._within(query)
        return self._store.stream(within, rows) if within.datastreams else iter(())

    def aggregate(
        self,
        datastreams: Sequence[Datastream],
        windows: Windows,
        functions: Sequence[Function],
        groups: Sequence[int] | None = None,
    ) -> Aggregates:
        """Sum up the rows of each window. Raises PermissionError where one of them is not seen: nothing is left out."""
        if len(self._sight().seen(datastreams)) < len(datastreams):
            raise PermissionError("not everything that is to be summed up is seen by who asks")
        return self._store.aggregate(datastreams, windows, functions, groups)

    def latest(self, datastreams: Sequence[Datastream] | None = None, at: np.datetime64 | None = None) -> Batch:
        """Give the newest row of each datastream that is seen, at an instant where one is named."""
        sight = self._sight()
        if datastreams is None and sight.all:
            return self._store.latest(at=at)
        asked = self._store.spans().datastreams if datastreams is None else datastreams
        seen = sight.seen(asked)
        return self._store.latest(seen, at) if seen else Batch.empty()

    def spans(self, datastreams: Sequence[Datastream] | None = None) -> Spans:
        """Tell how much there is of each datastream that is seen."""
        sight = self._sight()
        if datastreams is None and sight.all:
            return self._store.spans()
        asked = None if datastreams is None else sight.seen(datastreams)
        found = _NOTHING if asked == () else self._store.spans(asked)
        chosen = np.array([sight.sees(stream) for stream in found.datastreams], dtype=bool)
        streams = sight.seen(found.datastreams)
        return replace(
            found, datastreams=streams, first=found.first[chosen], last=found.last[chosen], count=found.count[chosen]
        )

    def resumed(self, version: int) -> int:
        """Give the version after which to follow on; see ``Store.resumed``."""
        return self._store.resumed(version)

    def changes(self, after: int, apart: np.timedelta64 | None = None) -> Changes:
        """Tell which datastreams that are seen were touched after a version."""
        sight, found = self._sight(), self._store.changes(after, apart)
        if sight.all:
            return found
        chosen = np.array([sight.sees(stream) for stream in found.datastreams], dtype=bool)
        streams = sight.seen(found.datastreams)
        return Changes(found.version, streams, found.first[chosen], found.last[chosen], found.stretch[chosen])

    def write(self, batch: Batch) -> Written:  # noqa: ARG002 - as the Protocol has it
        """Refuse."""
        self._refuse()

    def tend(self, now: np.datetime64) -> Iterator[Tended]:  # noqa: ARG002 - as the Protocol has it
        """Refuse."""
        self._refuse()

    def forget(self, datastreams: Sequence[Datastream], before: np.datetime64) -> int:  # noqa: ARG002 - as the Protocol has it
        """Refuse."""
        self._refuse()

    def close(self) -> None:
        """Do nothing: it was lent."""

    def _within(self, query: Query) -> Query:
        sight = self._sight()
        return query if sight.all else replace(query, datastreams=sight.seen(query.datastreams))

    @staticmethod
    def _refuse() -> NoReturn:
        raise PermissionError("what a tenant sees of the store cannot be changed")
