"""Which datastreams each commit touched, and over what span, kept in the server beside the rows.

Before its rows a commit says that it has begun and what it touches; when everything is on disk it says that it is done,
and the time of that is the store's version. A commit that was begun and is never done (its writer or the server was
killed) counts as done after half a minute: reported once too often is harmless, never is not. How that is written down
is the engine's ``Trail``; every writer has a name of its own in it, so several can write.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from storage.apart import EVER
from storage.clock import now_ms
from storage.touched import Touched

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import numpy as np

RESERVED = "smilecity_"
"""No observed property begins so."""
PATIENCE = 30_000
"""Milliseconds after which a commit that was begun counts as done."""
OVERLAP = 60_000
"""Milliseconds that are looked at again: clocks of writers differ, and their commits show up late."""
LARGEST = 1_000_000
"""Touched datastreams held in memory; what was before them is asked of the server."""

Key = tuple[str, int]
"""A commit's name: its writer, and the time at which it was begun."""


@dataclass(frozen=True, slots=True)
class Commits:
    """What is said of commits: those begun, and when each was done."""

    begun: list[Key]
    done: dict[Key, int]

    def without(self, writer: str) -> Commits:
        """Leave out the commits of one writer."""
        done = {key: when for key, when in self.done.items() if key[0] != writer}
        return Commits([key for key in self.begun if key[0] != writer], done)


class Trail(Protocol):
    """How an engine writes commits down in its server; times are milliseconds since 1970, both ends included."""

    def newest(self) -> int:
        """Give the time at which the newest commit was begun or done; 0 where there is none."""
        ...

    def begun(self, writer: str, time: int, touched: Touched) -> bytes:
        """Write the lines that say what a commit touches; they are sent before its rows."""
        ...

    def done(self, writer: str, time: int, begun: int) -> None:
        """Say that a commit is on disk."""
        ...

    def commits(self, start: int, end: int) -> Commits:
        """Ask for what was said in a span."""
        ...

    def touched(self, start: int, end: int) -> Mapping[int, Touched]:
        """Ask for what commits touch that were begun in a span, by the time of their beginning."""
        ...


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

    def __init__(self, trail: Trail) -> None:
        self._trail = trail
        self._writer = secrets.token_hex(4)
        self._lock = threading.Lock()
        self._log: list[tuple[int, Touched]] = []
        self._unfinished: dict[int, Touched] = {}
        self._others: dict[Key, _Begun] = {}
        self._done: set[Key] = set()
        self._last = 0
        self.version = self.floor = trail.newest()
        self._horizon = max(0, self.version - OVERLAP)
        self._open()

    def begin(self, touched: Touched) -> tuple[int, bytes]:
        """Give the time of a new commit, and the lines that go before its rows."""
        self._last = max(now_ms(), self._last + 1, self.version + 1)
        self._unfinished[self._last] = touched
        return self._last, self._trail.begun(self._writer, self._last, touched)

    def end(self, begun: int) -> None:
        """Tell everybody that a commit is on disk; the time of that is the store's version."""
        with self._lock:
            self._last = max(now_ms(), self._last + 1, self.version + 1)
            self._note(self._last, self._unfinished.pop(begun))
        self._trail.done(self._writer, self._last, begun)

    def settle(self) -> None:
        """End the commits that failed: some of their rows may be there, and what is met again is not told anew."""
        for begun in list(self._unfinished):
            self.end(begun)

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
        self._learn(self._new(commits.begun))

    def _commits_since(self, time: int) -> Commits:
        return self._trail.commits(time, now_ms() + OVERLAP).without(self._writer)

    def news(self) -> News:
        """Ask what other writers have begun and done since; each is told once."""
        with self._lock:
            now = now_ms()
            commits = self._commits_since(self._horizon)
            begun = self._new(commits.begun)
            ripe = self._ripe(commits.done, now)
            # What has only begun may be searchable in part; of what is done all is, so that is asked for again.
            self._learn({*begun, *ripe})
            done = [self._tell(key, when) for key, when in ripe.items()]
            news = News(Touched.merged([self._others[key].touched for key in begun]), Touched.merged(done))
            self._horizon = max(self._horizon, now - OVERLAP)
            self._forget()
            return news

    def _new(self, begun: Sequence[Key]) -> list[Key]:
        new = [key for key in begun if key not in self._others]
        self._others |= {key: _Begun(key[1], Touched.none()) for key in new}
        return new

    def _learn(self, keys: Collection[Key]) -> None:
        """Ask what the named commits touch. Two commits of one millisecond get each other's, which does no harm."""
        times = sorted({time for _, time in keys})
        touched = self._trail.touched(times[0], times[-1]) if times else {}
        for key in keys:
            self._others[key].touched = touched.get(key[1], Touched.none())

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

    def resumed(self, version: int) -> int:
        """Give the version after which to follow on where another process noted one: it counts in its own order.

        What it had not heard of yet was done no longer than the overlap before.
        """
        return max(version - OVERLAP, min(version, 1))

    def since(self, after: int, apart: np.timedelta64 = EVER) -> tuple[int, Touched]:
        """Give the version, and what was touched after a version; from the server where memory does not reach."""
        with self._lock:
            version, floor = self.version, self.floor
            held = [touched for number, touched in self._log if number > after]
        if after < floor:
            held += self._trail.touched(max(0, after - OVERLAP), now_ms() + OVERLAP).values()
        return version, Touched.merged(held, apart)
