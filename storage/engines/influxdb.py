"""InfluxDB 2.x as a store: ``influxdb://host:8086?org=...&bucket=...``, where a city has one already.

A row is a point: measurement ``filling_level``, tag ``thing``, the columns as fields. A point that is written again is
the same point, and the later fields count; so what is held decides, before anything is sent, whether a row takes its
place. The newest time of every datastream is held in memory: only rows that are not newer need a look at the server. A
commit is in the server's write-ahead log, on its disk, before it returns. A datastream has one writer at a time;
different datastreams may have different writers.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from sensors.model import TIME, Batch
from storage.by_reading import aggregate_by_reading, stream_by_reading
from storage.coded import keys, together
from storage.dictionary import Dictionary
from storage.followed import Followed
from storage.influx.address import address
from storage.influx.drawing import InfluxQL
from storage.influx.hidden import Commit
from storage.influx.lines import row_lines, unkeepable
from storage.influx.queries import Span
from storage.influx.reading import EVER, Reader
from storage.influx.sending import send_all
from storage.influx.server import Server
from storage.influx.trail import PointTrail
from storage.journal import Journal
from storage.precedence import rank, resolve
from storage.refusal import refusals, written_or_refused
from storage.store import CannotForgetError, Changes, Spans, Written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sensors.model import Datastream
    from storage.aggregate import Aggregates
    from storage.store import Query, Tended
    from storage.windows import Function, Windows


def open_engine(url: str) -> InfluxDB:
    """Open ``influxdb://host:port[/prefix]?org=...&bucket=...[&retention=400d&tls=1&ca=...&token_file=...]``.

    Raises StoreBusyError when the server does not answer, PermissionError when the token may not, FileNotFoundError
    when there is no such organisation, ValueError for an address that cannot be meant.
    """
    return InfluxDB(Server(address(url)))


emitter = InfluxQL


class InfluxDB:
    """A store in a server. Reads go on while the one write at a time is under way."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._writing = threading.Lock()
        self._dictionary = Dictionary()
        self._reader = Reader(server, self._dictionary)
        self._trail = PointTrail(server)
        self._checked = False
        self._followed = Followed(self._dictionary, Journal(self._trail), self._reader.rows)
        rows = self._reader.newest(self._followed.known(self._reader.streams()).tolist())
        self._followed.load(rows, rows.datastream, rows.phenomenon_time)

    def write(self, batch: Batch) -> Written:
        """Make the rows durable; see ``Store.write``."""
        refused = refusals(batch) | unkeepable(batch, self._dictionary.unknown(batch), self._server.kept())
        with self._writing:
            chosen = np.setdiff1d(np.arange(len(batch)), list(refused))
            written, further = self._write(batch.take(chosen) if refused else batch)
        refused |= {int(chosen[row]): sentence for row, sentence in further.items()}
        outcome = np.delete(written.outcome, list(further)) if further else written.outcome
        return written_or_refused(Written(outcome, written.version), refused, len(batch))

    def _write(self, batch: Batch) -> tuple[Written, dict[int, str]]:
        """Write what no row stands against; gives the rows that the server would not have, too."""
        self._followed.follow()
        incoming = self._followed.coded(batch)
        held = self._reader.at(self._followed.near(incoming))
        both = together([held, incoming], incoming.datastreams)
        found = resolve(both.datastream, both.phenomenon_time, rank(both), both.result, len(held))
        taken = np.concatenate([found.insert, found.replace])
        refused = {}
        if len(taken):
            before = held.take(np.isin(keys(held), keys(incoming.take(found.replace))))
            refused = self._commit(Commit(incoming.take(taken), before), np.arange(len(taken)) >= len(found.insert))
        self._followed.journal.settle()
        written = Written(found.outcome, self._followed.journal.version)
        return written, _of_all(refused, taken, incoming) if refused else {}

    def _commit(self, commit: Commit, replacing: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> dict[int, str]:
        """Have rows in the server's log; where it fails some of them may be there, and none is told of."""
        rows = commit.rows
        with self._reader.flight.writing(commit):
            begun, lines = self._followed.begin(rows)
            self._server.send(lines)
            if not self._checked:
                self._trail.check(begun)
                self._checked = True
            refused = send_all(self._server.send, lambda some: row_lines(rows.take(some), replacing[some]), len(rows))
            self._followed.take_over(rows.take(np.setdiff1d(np.arange(len(rows)), list(refused))))
        self._followed.journal.end(begun)
        return refused

    def read(self, query: Query) -> Batch:
        """Give the rows of a query; see ``Store.read``."""
        codes = self._followed.chosen(list(dict.fromkeys(query.datastreams)))
        span = Span(
            0 if query.start is None else max(0, _milliseconds(query.start)),
            EVER.end if query.end is None else min(EVER.end, _milliseconds(query.end) - 1),
        )
        parts = self._parts(codes.tolist(), span, query) if span.start <= span.end else []
        rows = together(list(parts), self._dictionary.datastreams)
        place = np.full(len(rows.datastreams), len(codes))
        place[codes] = np.arange(len(codes))
        times = rows.phenomenon_time.view(np.int64)
        order = np.lexsort((-times if query.newest_first else times, place[rows.datastream]))
        return rows.take(order[: query.limit])

    def _parts(self, codes: list[int], span: Span, query: Query) -> Iterator[Batch]:
        if query.limit is None:
            yield self._reader.rows(codes, span.start, span.end)
        else:
            yield from self._reader.some_rows(codes, span, query.limit, newest_first=query.newest_first)

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
            datastreams, at, lambda codes, instant: self._reader.newest(codes.tolist(), instant)
        )

    def spans(self, datastreams: Sequence[Datastream] | None = None) -> Spans:
        """Tell what is held of each datastream; see ``Store.spans``."""
        codes = self._followed.chosen(datastreams)
        extents = self._reader.extents(codes.tolist())
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
            f"InfluxDB forgets by the retention of its bucket, not what {len(datastreams)} datastreams held before "
            f"{before}: influx bucket update --id ID --retention 400d"
        )

    def close(self) -> None:
        """Let go of the connections; every write is on the server's disk already."""
        with self._writing:
            self._server.close()


def _of_all(refused: dict[int, str], taken: np.ndarray[tuple[int], np.dtype[np.intp]], rows: Batch) -> dict[int, str]:
    """Refuse with a row that was tried all others of its datastream and time: they were measured against it."""
    sentences = {int(keys(rows)[taken[place]]): sentence for place, sentence in refused.items()}
    return {row: sentences[key] for row, key in enumerate(keys(rows).tolist()) if key in sentences}


def _milliseconds(time: np.datetime64) -> int:
    return int(time.astype(TIME).astype(np.int64))
