"""The journal's commits as series of their own: ``smilecity_commit_begun`` and ``_done``, by writer.

Beside them goes, per datastream, ``smilecity_touched_first`` and ``_last``, all at the commit's own time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sensors.model import TIME, Datastream
from storage.journal import RESERVED, Commits
from storage.line_protocol import escaped, lines, whole
from storage.touched import Touched
from storage.victoria.selectors import selector

if TYPE_CHECKING:
    from storage.victoria.samples import Export
    from storage.victoria.server import Server


class SampleTrail:
    """Commits among the server's series; see ``Trail``."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._commits = selector(server.database, f"{RESERVED}commit_(begun|done)")

    def newest(self) -> int:
        """Give the time of the newest sample; see ``Trail``."""
        rolled = self._server.rolled("tlast_over_time($) keep_metric_names", self._commits)
        return round(max(rolled.value, default=0.0) * 1000)

    def begun(self, writer: str, time: int, touched: Touched) -> bytes:
        """Write the lines of a commit's beginning; see ``Trail``."""
        first, last = touched.first.astype(TIME).view(np.int64), touched.last.astype(TIME).view(np.int64)
        heads = [_head(stream) for stream in touched.streams]
        fields = [whole("first", first), whole("last", last, last != first)]
        when = np.full(len(heads), time)
        return _line("begun", writer, time, time) + lines(heads, np.arange(len(heads)), fields, when)

    def done(self, writer: str, time: int, begun: int) -> None:
        """Say that a commit is on disk; see ``Trail``."""
        self._server.send(_line("done", writer, time, begun))

    def commits(self, start: int, end: int) -> Commits:
        """Ask for what was said; see ``Trail``."""
        return _commits_of(self._server.export([self._commits], start, end))

    def touched(self, start: int, end: int) -> dict[int, Touched]:
        """Ask for what commits touch; see ``Trail``."""
        found = self._server.export([selector(self._server.database, f"{RESERVED}touched_(first|last)")], start, end)
        return _touched_of(found)


def _line(what: str, writer: str, time: int, begun: int) -> bytes:
    head = f"{RESERVED}commit,writer={writer}"
    return lines([head], np.zeros(1, dtype=np.int64), [whole(what, np.array([begun]))], np.array([time]))


def _head(stream: Datastream) -> str:
    derived = ",derived=true" if stream.derived else ""
    return f"{RESERVED}touched,property={escaped(stream.observed_property)},thing={escaped(stream.thing)}{derived}"


def _commits_of(found: Export) -> Commits:
    commits = Commits([], {})
    names, writers = found.labels["__name__"], found.labels["writer"]
    samples = zip(found.series.tolist(), found.time.tolist(), found.value.tolist(), strict=True)
    for series, time, value in samples:
        key = (str(writers[series]), int(value))
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
