"""The promise of a time-series store: one Protocol for every engine, its query, its three answers, and ``open_store``.

A store has three answers to a write: it returns (all rows are durable), ``StoreBusy`` (nothing was written, try again
later), ``StoreRefused`` (these rows never; the rest is written). Writing the same rows twice changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable
from urllib.parse import urlsplit

import numpy as np

from sensors.discovery import module_names
from sensors.model import TIME
from storage import engines
from storage.apart import together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from sensors.model import Batch, Datastream
    from storage.aggregate import Aggregates
    from storage.digest import Digest
    from storage.windows import Function, Windows


class Outcome(IntEnum):
    """What became of one written row."""

    STORED = 0
    """New: the store holds one row more."""
    DUPLICATE = 1
    """Held already with the same result: nothing changed."""
    SUPERSEDED = 2
    """Held already with another result: the better of the two stays, by ``storage.precedence``."""
    REFUSED = 3
    """Can never be stored."""


class StoreBusyError(Exception):
    """Nothing was written; try again after ``retry_after`` seconds."""

    def __init__(self, reason: str, retry_after: float = 1.0) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class StoreRefusedError(Exception):
    """The rows of ``reasons`` (row index to sentence) can never be stored; all others are written, see ``written``."""

    def __init__(self, reasons: dict[int, str], written: Written) -> None:
        super().__init__(f"{len(reasons)} rows refused, the first: {next(iter(reasons.values()), '')}")
        self.reasons = reasons
        self.written = written


class StoreLockedError(Exception):
    """Another process holds the store."""


class CannotForgetError(Exception):
    """The store cannot take out single rows; the message is a sentence that says who can."""


@dataclass(frozen=True, slots=True)
class Written:
    """The answer to a durable write: what became of each row, shape (n,), and the store's version after it."""

    outcome: NDArray[np.uint8]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Observations of some datastreams in the half-open span [start, end), UTC; at most ``limit`` rows where given.

    Rows come ordered by the position of their datastream in ``datastreams``, then by phenomenon time; with
    ``newest_first`` the times of each datastream descend.
    """

    datastreams: Sequence[Datastream]
    start: np.datetime64 | None = None
    end: np.datetime64 | None = None
    limit: int | None = None
    newest_first: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """What was stored or superseded after a version: per datastream the first and last time touched, shape (k,)."""

    version: int
    datastreams: tuple[Datastream, ...]
    first: NDArray[np.datetime64]
    last: NDArray[np.datetime64]
    stretch: NDArray[np.int64]
    """Which stretch of its datastream each is, 0 the newest. Shape (k,)."""

    def layers(self, apart: np.timedelta64) -> Iterator[Changes]:
        """Part them by time, where nothing was touched for so long; each datastream occurs once in a part.

        The newest comes first.
        """
        layer = together(self.first.view(np.int64), self.last.view(np.int64), apart)
        if not (layer.any() or self.stretch.any()):
            yield self
            return
        # The stretches of a datastream stand together, the newest last.
        datastream = np.cumsum(np.append(1, self.stretch[:-1] == 0))
        for number in range(int(layer.max()) + 1):
            mine = np.flatnonzero(layer == number)
            begin = np.flatnonzero(np.diff(datastream[mine], prepend=0))
            streams = tuple([self.datastreams[place] for place in mine[begin].tolist()])
            first = np.minimum.reduceat(self.first[mine].view(np.int64), begin).view(TIME)
            last = np.maximum.reduceat(self.last[mine].view(np.int64), begin).view(TIME)
            yield Changes(self.version, streams, first, last, np.zeros(len(begin), dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Spans:
    """What the store holds per datastream: first and last phenomenon time and number of rows, shape (k,)."""

    datastreams: tuple[Datastream, ...]
    first: NDArray[np.datetime64]
    last: NDArray[np.datetime64]
    count: NDArray[np.int64]


class Tended(NamedTuple):
    """How far the tending of a store has come."""

    doing: str
    done: int
    of: int
    rows: int
    """Moved in this step."""


@runtime_checkable
class Store(Protocol):
    """Keeps observations and gives them back. Safe to call from several threads; writes are taken one after another."""

    def write(self, batch: Batch) -> Written:
        """Make every row durable, exactly one per (datastream, phenomenon_time). Returns only after the commit.

        Raises StoreBusyError (nothing written) or StoreRefusedError (the named rows never, the rest is written).
        """
        ...

    def read(self, query: Query) -> Batch:
        """Give the rows of a query; datastreams the store has never seen give no rows."""
        ...

    def stream(self, query: Query, rows: int = 100_000) -> Iterator[Batch]:
        """Give the rows of a query in its order, in batches of at most ``rows``: memory stays bounded."""
        ...

    def aggregate(
        self,
        datastreams: Sequence[Datastream],
        windows: Windows,
        functions: Sequence[Function],
        groups: Sequence[int] | None = None,
    ) -> Aggregates:
        """Sum up the rows of each window; see ``storage.aggregate``.

        With ``groups``, the number of a group for each datastream from 0 on, the windows are those of groups: sums,
        counts, extremes, and time-weighted means over the times of all members. Raises ValueError for the first or
        last row of a group.
        """
        ...

    def latest(self, datastreams: Sequence[Datastream] | None = None, at: np.datetime64 | None = None) -> Batch:
        """Give the newest row of each datastream (of all, where none are named); those without rows are left out.

        With ``at`` it is the newest of that instant or before it, UTC. What is newest now is at hand; what was newest
        is looked up, of those datastreams that have spoken since.
        """
        ...

    def spans(self, datastreams: Sequence[Datastream] | None = None) -> Spans:
        """Tell first time, last time and number of rows of each datastream (of all, where none are named)."""
        ...

    def changes(self, after: int, apart: np.timedelta64 | None = None) -> Changes:
        """Tell which datastreams were touched, and over what span, by writes after a version (0: since ever).

        With ``apart`` a datastream occurs for each stretch of time that lies farther from others, see ``Changes``: as
        far as the engine knows, and a few at most.
        """
        ...

    def resumed(self, version: int) -> int:
        """Give the version after which to follow on from one that another process, or an earlier one, has noted.

        Where several processes write, each comes to know of the others' commits in an order of its own, so that what
        one had not heard of may be older than the version that it noted. What is told again is harmless.
        """
        ...

    def tend(self, now: np.datetime64) -> Iterator[Tended]:
        """Put what is finished by an instant into order, step by step, beside reads and writes; most stores need none.

        What is read stays the same. Ending it early is harmless. Raises StoreBusyError where there is no room.
        """
        ...

    def forget(self, datastreams: Sequence[Datastream], before: np.datetime64) -> int:
        """Take out every row of some datastreams before an instant, beside reads and writes; gives how many they were.

        ``changes`` does not tell of it, and the store's version stays. Raises CannotForgetError where the engine keeps
        what it has for as long as its server is told to, and StoreBusyError, when some may have gone already.
        """
        ...

    def close(self) -> None:
        """Finish what is under way and let go of the store. Calling it twice is harmless."""
        ...


@runtime_checkable
class InOneFile(Protocol):
    """What a store can do besides that is one file of this machine."""

    def copy_to(self, path: Path, step: Callable[[int], None]) -> tuple[int, Digest]:
        """Copy what is held now into a new file beside reads and writes; gives its version and what it must hold.

        ``step`` hears twice of every row. Raises StoreBusyError where there is no room, OSError where a file is there.
        """
        ...


@runtime_checkable
class AtOnce(Protocol):
    """What a store can do besides that has to look at much to find a few rows."""

    def read_each(self, queries: Sequence[Query]) -> list[Batch]:
        """Give what ``Store.read`` would give of each of several queries without a limit, all as of one instant."""
        ...


def read_each(store: Store, queries: Sequence[Query]) -> list[Batch]:
    """Give the rows of each query, in the order of times and without a limit: by one question where the store can."""
    return store.read_each(queries) if isinstance(store, AtOnce) else [store.read(query) for query in queries]


def open_store(url: str) -> Store:
    """Open the store that a URL names: ``duckdb:///path/to/city.duckdb``, ``victoriametrics://host:8428``, ``memory://``.

    Raises ValueError for an unknown scheme, StoreLockedError when another process holds the file, StoreBusyError when a
    server does not answer.
    """
    store: Store = import_module(engine_name(url)).open_engine(url)
    return store


def engine_name(url: str) -> str:
    """Name the module of the engine that a URL means. Raises ValueError for an unknown scheme."""
    scheme = urlsplit(url).scheme
    known = module_names(engines)
    if scheme not in known:
        raise ValueError(f"no store engine answers to '{url}'. Known: {', '.join(f'{name}://' for name in known)}")
    return f"{engines.__name__}.{scheme}"
