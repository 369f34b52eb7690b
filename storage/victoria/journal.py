"""Which datastreams each commit touched, and over what span, kept as series of their own beside the rows.

With its rows a commit sends ``smilecity_commit_begun`` and, per datastream, ``smilecity_touched_first`` and ``_last``,
all at the commit's own time; when everything is on disk it sends ``smilecity_commit_done``, whose time is the store's
version. A commit that was begun and is never done (its writer or the server was killed) counts as done after half a
minute: reported once too often is harmless, never is not. Every writer has series of its own, so several can write.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sensors.model import TIME, Batch, Datastream
from storage.line_protocol import escaped, lines, whole
from storage.victoria.selectors import selector
from storage.victoria.server import now_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from storage.victoria.samples import Export
    from storage.victoria.server import Server

RESERVED = "smilecity_"
"""No observed property begins so."""
PATIENCE = 30_000
"""Milliseconds after which a commit that was begun counts as done."""
OVERLAP = 60_000
"""Milliseconds that are looked at again: clocks of writers differ, and their samples show up late."""
LARGEST = 1_000_000
"""Touched datastreams held in memory; what was before them is asked of the server."""


@dataclass(frozen=True, slots=True)
class Touched:
    """The datastreams that a commit touched, with the first and last time of each, shape (k,)."""

    streams: Sequence[Datastream]
    first: NDArray[np.datetime64]
    last: NDArray[np.datetime64]

    @classmethod
    def of(cls, rows: Batch) -> Touched:
        """Tell what rows touch."""
        time = rows.phenomenon_time.astype(TIME).view(np.int64)
        codes, place = np.unique(rows.datastream, return_inverse=True)
        first, last = np.full(len(codes), np.iinfo(np.int64).max), np.full(len(codes), -1)
        np.minimum.at(first, place, time)
        np.maximum.at(last, place, time)
        return cls([rows.datastreams[code] for code in codes], first.view(TIME), last.view(TIME))

    @classmethod
    def none(cls) -> Touched:
        """Give what an idle commit touches."""
        return cls.merged([])

    @classmethod
    def merged(cls, several: Sequence[Touched]) -> Touched:
        """Put several together, each datastream once."""
        codes: dict[Datastream, int] = {}
        for one in several:
            for stream in one.streams:
                codes.setdefault(stream, len(codes))
        code = np.array([codes[stream] for one in several for stream in one.streams], dtype=np.intp)
        first, last = np.full(len(codes), np.iinfo(np.int64).max), np.full(len(codes), -1, dtype=np.int64)
        if several:
            np.minimum.at(first, code, np.concatenate([one.first for one in several]).view(np.int64))
            np.maximum.at(last, code, np.concatenate([one.last for one in several]).view(np.int64))
        return cls(list(codes), first.view(TIME), last.view(TIME))


Key = tuple[str, int]
"""A commit's name: its writer, and the time at which it was begun."""


@dataclass(frozen=True, slots=True)
class _Commits:
    """What is said of commits: those begun, and when each was done."""

    begun: list[Key]
    done: dict[Key, int]


@dataclass(slots=True)
class _Begun:
    time: int
    touched: Touched
    told: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """What other writers have begun, and what of it is done, since it was last asked for."""

    begun: Touched
    done: Touched


class Journal:
    """The commits of this writer and of the others, in the order in which this process came to know them."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._writer = secrets.token_hex(4)
        self._lock = threading.Lock()
        self._log: list[tuple[int, Touched]] = []
        self._others: dict[Key, _Begun] = {}
        self._done: set[Key] = set()
        self._last = 0
        self.version = self.floor = self._version_found()
        self._horizon = max(0, self.version - OVERLAP)
        self._open()

    def _version_found(self) -> int:
        rolled = self._server.rolled("tlast_over_time($) keep_metric_names", self._commits())
        return round(max(rolled.value, default=0.0) * 1000)

    def _commits(self) -> str:
        return selector(self._server.database, f"{RESERVED}commit_(begun|done)")

    def begin(self, touched: Touched) -> tuple[int, bytes]:
        """Give the time of a new commit, and the lines that go with its rows."""
        self._last = max(now_ms(), self._last + 1, self.version + 1)
        first, last = touched.first.astype(TIME).view(np.int64), touched.last.astype(TIME).view(np.int64)
        heads = [_head(stream) for stream in touched.streams]
        fields = [whole("first", first), whole("last", last, last != first)]
        when = np.full(len(heads), self._last)
        return self._last, self._line("begun", self._last, self._last) + lines(
            heads, np.arange(len(heads)), fields, when
        )

    def end(self, begun: int, touched: Touched) -> int:
        """Tell everybody that a commit is on disk; gives the store's version."""
        with self._lock:
            self._last = max(now_ms(), begun + 1, self.version + 1)
            self._note(self._last, touched)
        self._server.send(self._line("done", self._last, begun))
        return self._last

    def _line(self, what: str, time: int, begun: int) -> bytes:
        head = f"{RESERVED}commit,writer={self._writer}"
        return lines([head], np.zeros(1, dtype=np.int64), [whole(what, np.array([begun]))], np.array([time]))

    def _note(self, version: int, touched: Touched) -> None:
        self.version = max(version, self.version + 1)
        self._log.append((self.version, touched))
        while sum(len(each.streams) for _, each in self._log) > LARGEST and len(self._log) > 1:
            self.floor = self._log.pop(0)[0]

    def _open(self) -> None:
        """Take what is done for told; what was begun shortly before and never done is told when its time is over."""
        commits = self._commits_since(self._horizon)
        self._done = set(commits.done)
        self._others = {key: _Begun(key[1], Touched.none(), told=True) for key in commits.done}
        self._learn([key for key in commits.begun if key not in self._others])

    def _commits_since(self, time: int) -> _Commits:
        return _commits_of(self._server.export([self._commits()], time, now_ms() + OVERLAP), self._writer)

    def news(self) -> News:
        """Ask what other writers have begun and done since; each is told once."""
        with self._lock:
            now = now_ms()
            commits = self._commits_since(self._horizon)
            begun = [key for key in commits.begun if key not in self._others]
            self._learn(begun)
            done = [self._tell(key, when) for key, when in self._ripe(commits.done, now).items()]
            news = News(Touched.merged([self._others[key].touched for key in begun]), Touched.merged(done))
            self._horizon = max(self._horizon, now - OVERLAP)
            self._forget()
            return news

    def _learn(self, begun: Sequence[Key]) -> None:
        """Ask what the named commits touch. Two commits of one millisecond get each other's, which does no harm."""
        times = sorted({time for _, time in begun})
        touched = self._touched(times[0], times[-1]) if times else {}
        for writer, time in begun:
            self._others[writer, time] = _Begun(time, touched.get(time, Touched.none()))

    def _ripe(self, done: dict[Key, int], now: int) -> dict[Key, int]:
        """Give the commits to tell of: those done, and those begun so long ago that nobody will say so."""
        told = {key: when for key, when in done.items() if key not in self._done and key in self._others}
        self._done.update(told)
        old = {key: one.time for key, one in self._others.items() if not one.told and one.time < now - PATIENCE}
        return old | told

    def _tell(self, key: Key, when: int) -> Touched:
        one = self._others[key]
        one.told = True
        self._note(when, one.touched)
        return one.touched

    def _forget(self) -> None:
        """Let go of commits that will not be looked at again."""
        horizon = self._horizon - OVERLAP
        self._others = {key: one for key, one in self._others.items() if not one.told or one.time >= horizon}
        self._done = {key for key in self._done if key[1] >= horizon}

    def since(self, after: int) -> tuple[int, Touched]:
        """Give the version, and what was touched after a version; from the server where memory does not reach."""
        with self._lock:
            version, floor = self.version, self.floor
            held = [touched for number, touched in self._log if number > after]
        if after < floor:
            held += self._touched(max(0, after - OVERLAP), now_ms() + OVERLAP).values()
        return version, Touched.merged(held)

    def _touched(self, start: int, end: int) -> dict[int, Touched]:
        found = self._server.export([selector(self._server.database, f"{RESERVED}touched_(first|last)")], start, end)
        return _touched_of(found)


def _head(stream: Datastream) -> str:
    derived = ",derived=true" if stream.derived else ""
    return f"{RESERVED}touched,property={escaped(stream.observed_property)},thing={escaped(stream.thing)}{derived}"


def _commits_of(found: Export, writer: str) -> _Commits:
    """Take out the commits of other writers."""
    commits = _Commits([], {})
    names, writers = found.labels["__name__"], found.labels["writer"]
    samples = zip(found.series.tolist(), found.time.tolist(), found.value.tolist(), strict=True)
    for series, time, value in samples:
        key = (str(writers[series]), int(value))
        if key[0] == writer:
            continue
        if str(names[series]).endswith("_done"):
            commits.done[key] = time
        else:
            commits.begun.append(key)
    return commits


def _touched_of(found: Export) -> dict[int, Touched]:
    """Lay the touched datastreams out by the time of their commit."""
    labels = (found.labels[label] for label in ("__name__", "thing", "property", "derived"))
    series = [
        (str(name).endswith("_last"), Datastream(str(thing), str(observed), bool(derived)))
        for name, thing, observed, derived in zip(*labels, strict=True)
    ]
    spans: dict[int, dict[Datastream, list[int]]] = {}
    for place, time, value in zip(found.series.tolist(), found.time.tolist(), found.value.tolist(), strict=True):
        is_last, stream = series[place]
        span = spans.setdefault(time, {}).setdefault(stream, [-1, -1])
        span[is_last] = int(value)
    return {time: _touched_from(by_stream) for time, by_stream in sorted(spans.items())}


def _touched_from(by_stream: dict[Datastream, list[int]]) -> Touched:
    """Read spans; one that has no last time of its own is a moment."""
    pairs = np.array(list(by_stream.values()), dtype=np.int64)
    first, last = (
        np.where(column < 0, other, column)
        for column, other in ((pairs[:, 0], pairs[:, 1]), (pairs[:, 1], pairs[:, 0]))
    )
    return Touched(list(by_stream), first.view(TIME), last.view(TIME))
