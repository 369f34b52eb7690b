"""VictoriaMetrics as a store: ``victoriametrics://host:port``, for when one machine's file is outgrown.

Several servers are one store, too: ``victoriametrics://host-1:8428,host-2:8428``, see ``storage.spread``.

A row is a sample of every field that it has, at its phenomenon time: ``<property>_result{thing=...}`` and its like. A
sample is never written over, for VictoriaMetrics keeps either of two at one time: a row that takes another's place has
the same time and a label ``generation``, and the highest generation counts. The newest time of every datastream
is held in memory, so only rows that are not newer need a look at the server. A commit is on the server's disk before it
returns. A datastream has one writer at a time; different datastreams may have different writers.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import numpy as np

from sensors.model import TIME, Batch
from storage.by_reading import aggregate_by_reading, stream_by_reading
from storage.clock import now_ms
from storage.coded import together
from storage.dictionary import Dictionary
from storage.followed import Followed
from storage.journal import Journal
from storage.precedence import rank, resolve
from storage.refusal import refusals, written_or_refused
from storage.spread import Spread
from storage.store import CannotForgetError, Changes, Spans, Written
from storage.victoria.address import addresses
from storage.victoria.drawing import PromQL
from storage.victoria.lines import row_lines, unkeepable
from storage.victoria.reading import Reader
from storage.victoria.rollup import Rollup
from storage.victoria.samples import Rows, next_generation
from storage.victoria.server import AHEAD, Server
from storage.victoria.trail import SampleTrail

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from sensors.model import Datastream
    from storage.aggregate import Aggregates
    from storage.store import Query, Tended
    from storage.windows import Function, Windows


def open_engine(url: str) -> VictoriaMetrics | Spread:
    """Open ``victoriametrics://host:port[,...][/prefix][?database=...&tls=1&insert=...&storage=...&retention=...]``.

    Raises StoreBusyError when a server does not answer, ValueError for an address that cannot be meant, or where rows
    are on another node than their thing's.
    """
    nodes = addresses(url)
    if len(nodes) == 1:
        return VictoriaMetrics(Server(nodes[0]))
    with ExitStack() as opened:
        stores = [opened.enter_context(closing(VictoriaMetrics(Server(node)))) for node in nodes]
        spread = Spread(stores, [node.select.url for node in nodes])
        opened.pop_all()
        return spread


emitter = PromQL


class VictoriaMetrics:
    """A store in a server. Reads go on while the one write at a time is under way."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._writing = threading.Lock()
        self._dictionary = Dictionary()
        self._reader = Reader(server, self._dictionary)
        self._rollup = Rollup(server, self._dictionary, self._reader)
        self._unsure = True
        self._settle()
        self._followed = Followed(self._dictionary, Journal(SampleTrail(server)), self._reader.rows)
        rows, samples = self._rollup.newest(self._followed.known(self._rollup.streams()).tolist())
        self._followed.load(rows, samples.code, samples.time.view(TIME))

    def _settle(self) -> None:
        """After a write that failed its samples may be there or not: have all searchable before looking."""
        if self._unsure:
            self._server.make_searchable()
            self._unsure = False

    def write(self, batch: Batch) -> Written:
        """Make the rows durable; see ``Store.write``."""
        refused = refusals(batch) | unkeepable(batch, self._dictionary.unknown(batch), *self._server.kept())
        with self._writing:
            written = self._write(batch.take(np.setdiff1d(np.arange(len(batch)), list(refused))) if refused else batch)
        return written_or_refused(written, refused, len(batch))

    def _write(self, batch: Batch) -> Written:
        self._settle()
        self._followed.follow()
        incoming = self._followed.coded(batch)
        held = self._reader.at(self._followed.near(incoming))
        both = together([held.best.batch, incoming], incoming.datastreams)
        found = resolve(both.datastream, both.phenomenon_time, rank(both), both.result, len(held.best.batch))
        taken = incoming.take(np.concatenate([found.insert, found.replace]))
        if len(taken):
            self._commit(Rows(taken, next_generation(held.samples, taken)))
        self._followed.journal.settle()
        return Written(found.outcome, self._followed.journal.version)

    def _commit(self, rows: Rows) -> None:
        """Have rows on the server's disk; where it fails some of them may be there, and none is told of."""
        with self._reader.flight.writing(rows):
            begun, lines = self._followed.begin(rows.batch)
            self._unsure = True
            for some in (lines, *row_lines(rows)):
                self._server.send(some)
            self._server.make_durable()
            self._unsure = False
            self._followed.take_over(rows.batch)
        # A server that takes no lines now (its disk is full) may not have written the last ones: then this raises.
        self._followed.journal.end(begun)

    def read(self, query: Query) -> Batch:
        """Give the rows of a query; see ``Store.read``."""
        codes = self._followed.chosen(list(dict.fromkeys(query.datastreams)))
        start = 0 if query.start is None else max(0, _milliseconds(query.start))
        end = now_ms() + AHEAD if query.end is None else min(now_ms() + AHEAD, _milliseconds(query.end) - 1)
        parts = self._parts(codes, start, end, query) if start <= end else iter(())
        rows = together(list(parts), self._dictionary.datastreams)
        place = np.full(len(rows.datastreams), len(codes))
        place[codes] = np.arange(len(codes))
        times = rows.phenomenon_time.view(np.int64)
        order = np.lexsort((-times if query.newest_first else times, place[rows.datastream]))
        return rows.take(order[: query.limit])

    def _parts(self, codes: NDArray[np.int32], start: int, end: int, query: Query) -> Iterator[Batch]:
        if query.limit is None:
            yield self._reader.rows(codes.tolist(), start, end)
            return
        extents = self._rollup.extents(codes.tolist())
        missing = query.limit
        for code in codes.tolist():
            near, far = max(start, int(extents.first[code])), min(end, int(extents.last[code]))
            for rows in self._reader.walk(code, near, far, newest_first=query.newest_first):
                yield rows
                missing -= len(rows)
                if missing <= 0:
                    return

    def stream(self, query: Query, rows: int = 100_000) -> Iterator[Batch]:
        """Give the rows of a query in parts; see ``Store.stream``."""
        return stream_by_reading(self, query, rows)

    def aggregate(
        self,
        datastreams: Sequence[Datastream],
        windows: Windows,
        functions: Sequence[Function],
        groups: Sequence[int] | None = None,
    ) -> Aggregates:
        """Sum up the rows of each window; see ``Store.aggregate``."""
        return aggregate_by_reading(self, datastreams, windows, functions, groups)

    def latest(self, datastreams: Sequence[Datastream] | None = None, at: np.datetime64 | None = None) -> Batch:
        """Give the newest row of each datastream, from memory where it is that now; see ``Store.latest``."""
        return self._followed.latest(
            datastreams, at, lambda codes, instant: self._rollup.newest_until(codes.tolist(), instant)
        )

    def spans(self, datastreams: Sequence[Datastream] | None = None) -> Spans:
        """Tell what is held of each datastream; see ``Store.spans``."""
        codes = self._followed.chosen(datastreams)
        extents = self._rollup.extents(codes.tolist())
        held = codes[extents.count[codes] > 0]
        streams = tuple(self._dictionary.datastreams[code] for code in held)
        return Spans(streams, extents.first[held].view(TIME), extents.last[held].view(TIME), extents.count[held])

    def changes(self, after: int, apart: np.timedelta64 | None = None) -> Changes:
        """Tell what was touched after a version; see ``Store.changes``."""
        return self._followed.changes(after, apart, self.spans)

    def resumed(self, version: int) -> int:
        """Give a version of which all were told long since; see ``Store.resumed``."""
        return self._followed.journal.resumed(version)

    def tend(self, now: np.datetime64) -> Iterator[Tended]:  # noqa: ARG002 - the server does so itself
        """Do nothing; see ``Store.tend``."""
        return iter(())

    def forget(self, datastreams: Sequence[Datastream], before: np.datetime64) -> int:
        """Say who can; see ``Store.forget``."""
        raise CannotForgetError(
            f"VictoriaMetrics deletes whole series, not what {len(datastreams)} of them held before {before}. Start "
            "the server with -retentionPeriod=400d or the like, which counts for everything in it, or use two servers "
            "for what is to be kept for different times"
        )

    def close(self) -> None:
        """Let go of the connections; every write is on the server's disk already."""
        with self._writing:
            self._server.close()


def _milliseconds(time: np.datetime64) -> int:
    return int(time.astype(TIME).astype(np.int64))
