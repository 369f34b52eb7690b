"""The embedded engine: one DuckDB file, ``duckdb:///path/to/city.duckdb``.

Exactly one row per datastream and time without an index: the newest row of every datastream is held in memory, so a row
that is newer needs no look-up, and only the others are compared with the file. A commit is on disk before it returns.
New rows go to one table as they come; days that are over move to a table of their month, see ``tend``.
"""

from __future__ import annotations

import threading
from contextlib import closing, contextmanager, suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import numpy as np
import pyarrow as pa

from sensors.model import TIME, Batch, Datastream
from storage.apart import EVER, numbered, parted
from storage.by_reading import stream_by_reading
from storage.coded import together
from storage.dictionary import UNKNOWN, Dictionary
from storage.duck import copying, days, forgetting, lookup, settling, several, summing
from storage.duck.file import ConflictError, GoneError, arrays, checkpoint, columns, open_file, parsed, transaction
from storage.duck.reading import COLUMNS, batch, batch_of_one, limits, of_one, order, ordered, rows
from storage.extents import Extents
from storage.newest import Newest, as_of
from storage.precedence import rank, resolve
from storage.recent import Recent
from storage.refusal import refusals, written_or_refused
from storage.store import Changes, Spans, Tended, Written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from storage.aggregate import Aggregates
    from storage.digest import Digest
    from storage.duck.file import Connection
    from storage.duck.month import Month
    from storage.store import Query
    from storage.windows import Function, Windows

REST = np.timedelta64(1, "D")
"""A day that ended this long ago is finished: what is late by less costs no look-up in a month."""

MANY = 50_000
"""Rows that may be asked for from which on they are put into order here."""

PORTIONS = 5
"""Portions moved until the room that they took before is let go of, while writes wait: a fifth of a second or so."""


def open_engine(url: str) -> DuckDB:
    """Open ``duckdb:///absolute/path`` or ``duckdb:relative/path``; folder and file are made where missing.

    Raises StoreLockedError when another process holds the file, ValueError for a file that is no store of ours.
    """
    path = Path(unquote(urlsplit(url).path))
    path.parent.mkdir(parents=True, exist_ok=True)
    return DuckDB(path)


class DuckDB:
    """A store in one file. Reads use cursors of their own, beside the one write at a time."""

    def __init__(self, path: Path) -> None:
        self._connection = open_file(path)
        self._lock = threading.Lock()
        """Held by who changes the file: a commit takes as long as the disk does."""
        self._memory = threading.Lock()
        """Held by who changes or reads what is known of the file in memory, for a moment only."""
        self._tending = threading.Lock()
        self._closed = False
        settling.drop_leftovers(self._connection)
        streams = self._connection.execute("SELECT thing, observed_property, derived FROM datastream ORDER BY code")
        self._dictionary = Dictionary(Datastream(*row) for row in streams.fetchall())
        self._months = settling.months(self._connection)
        self._corrected: set[Month] = set()
        self._turn = 0
        """Odd while the months change."""
        self._parsed = lru_cache(maxsize=64)(partial(parsed, self._connection))
        self._version = lookup.version(self._connection)
        self._recent = Recent(self._version)
        code, first, last, count = lookup.extents(self._connection)
        self._extents = Extents()
        self._extents.put(code, first, last, count)
        newest = lookup.newest(self._connection, code, last, self._months)
        self._newest = Newest(self._rows(self._connection, *newest))

    def write(self, batch: Batch) -> Written:
        """Make the rows durable; see ``Store.write``."""
        refused = refusals(batch)
        with self._lock:
            written = self._write(batch.take(np.setdiff1d(np.arange(len(batch)), list(refused))) if refused else batch)
        return written_or_refused(written, refused, len(batch))

    def _write(self, batch: Batch) -> Written:
        further = self._dictionary.unknown(batch)
        incoming = self._dictionary.encoded(batch, further)
        with self._memory:
            newer = self._newest.is_newer(incoming)
        held = self._held(incoming.take(~newer))
        both = together([held, incoming], incoming.datastreams)
        found = resolve(both.datastream, both.phenomenon_time, rank(both), both.result, len(held))
        taken = incoming.take(np.concatenate([found.insert, found.replace]))
        if len(taken):
            self._commit(further, incoming.take(found.replace), taken)
            with self._memory:
                self._dictionary.extend(further)
                self._newest.take_over(taken)
                self._extents.add(incoming.take(found.insert))
                self._version += 1
                self._recent.note(self._version, taken)
        return Written(found.outcome, self._version)

    def _commit(self, further: Sequence[Datastream], leaving: Batch, taken: Batch) -> None:
        """Write one transaction; where it fails nothing has changed."""
        with transaction(self._connection) as connection:
            if further:
                connection.register("further", self._named(further))
                connection.execute("INSERT INTO datastream SELECT * FROM further")
            if len(leaving):
                self._corrected |= lookup.remove(connection, leaving, self._months)
            connection.register("taken", _arrow(taken, self._version + 1))
            connection.execute("INSERT INTO observation SELECT * FROM taken")

    def _named(self, further: Sequence[Datastream]) -> pa.Table:
        first = len(self._dictionary)
        return pa.table(
            {
                "code": np.arange(first, first + len(further), dtype=np.int32),
                "thing": [stream.thing for stream in further],
                "observed_property": [stream.observed_property for stream in further],
                "derived": [stream.derived for stream in further],
            }
        )

    def _held(self, asked: Batch) -> Batch:
        """Give the rows in the file that have a datastream and time of the rows asked for."""
        if not len(asked):
            return asked
        return self._rows(self._connection, lookup.alike(self._connection, asked, self._months))

    def read(self, query: Query) -> Batch:
        """Give the rows of a query; see ``Store.read``."""
        codes = self._dictionary.codes(query.datastreams)
        start, end = limits(query)
        wanted = np.flatnonzero(self._newest.reach(codes, start))
        if not len(wanted):
            return Batch.empty()
        if len(wanted) == 1:
            return self._of_one(query, int(wanted[0]), int(codes[wanted[0]]))
        with self._cursor() as (cursor, months):
            cursor.register("wanted", pa.table({"datastream": codes[wanted], "place": wanted}))
            # Months lie in order already: to ask for it costs as much again as the rows.
            many = query.limit is None or query.limit >= MANY
            limit = "" if query.limit is None else f"LIMIT {query.limit + 1:d}"
            said = f"SELECT {COLUMNS}, place FROM ({rows(months, start, end)}) JOIN wanted USING (datastream)"  # noqa: S608 - own names
            found = columns(cursor, f"{said} {limit}") if many else []
            if not many or (query.limit is not None and len(found[0]) > query.limit):
                found = columns(cursor, f"{said} ORDER BY place, {order(query)}")
        return batch(ordered(found, newest_first=query.newest_first), self._dictionary.datastreams)

    def read_each(self, queries: Sequence[Query]) -> list[Batch]:
        """Give the rows of several queries by one question; see ``AtOnce.read_each``."""
        asked = [self._asked(query) for query in queries]
        if sum(len(one.codes) > 0 for one in asked) < 2:
            return [self.read(query) for query in queries]
        found = self._by_one_statement(partial(several.found, asked))
        every = batch(ordered(found, newest_first=False), self._dictionary.datastreams)
        return [every.take(part) for part in several.parts(asked, found[-1])]

    def _asked(self, query: Query) -> several.Asked:
        codes, span = self._dictionary.codes(query.datastreams), limits(query)
        return several.Asked(codes[self._newest.reach(codes, span[0])], *span)

    def _of_one(self, query: Query, place: int, code: int) -> Batch:
        """Give rows of one datastream."""
        # A few are not looked for among many; all are put into order faster once they are there.
        limited = "" if query.limit is None else f" ORDER BY {order(query)}"

        def ask(connection: Connection, months: tuple[Month, ...]) -> list[NDArray[Any]]:
            sql, parameters = of_one(months, *limits(query), code)
            return arrays(connection, self._parsed(sql + limited), parameters)

        return batch_of_one(self._by_one_statement(ask), query.datastreams[place], newest_first=query.newest_first)

    def _by_one_statement(self, ask: several.Ask) -> list[NDArray[Any]]:
        """Ask without a transaction, which sees one instant if the months are as they were; else ask again in one."""
        turn, found = self._turn, None
        if turn % 2 == 0:
            with suppress(GoneError), closing(self._connection.cursor()) as cursor:
                found = ask(cursor, self._months)
        if found is None or turn != self._turn:
            with self._cursor() as (cursor, months):
                found = ask(cursor, months)
        return found

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
        chosen = summing.Chosen.of(self._dictionary.codes(datastreams))
        question = summing.Question(self._cursor, chosen, windows, functions)
        return question.of_each(tuple(datastreams)) if groups is None else question.of_groups(groups)

    def latest(self, datastreams: Sequence[Datastream] | None = None, at: np.datetime64 | None = None) -> Batch:
        """Give the newest row of each datastream, from memory where it is that now; see ``Store.latest``."""
        with self._memory:
            newest = self._newest.rows(self._chosen(datastreams), self._dictionary.datastreams)
        return as_of(newest, at, self._earlier)

    def _earlier(self, codes: NDArray[np.int32], instant: int) -> Batch:
        """Look up the newest row of each datastream at an instant [ms] or before it."""
        with self._cursor() as (cursor, months):
            code, time = lookup.last(cursor, codes, instant, months)
            return self._rows(cursor, *lookup.newest(cursor, code, time, months))

    def spans(self, datastreams: Sequence[Datastream] | None = None) -> Spans:
        """Tell what is held of each datastream, from memory; see ``Store.spans``."""
        with self._memory:
            code, first, last, count = self._extents.of(self._chosen(datastreams))
        return Spans(self._streams(code), first.view(TIME), last.view(TIME), count)

    def changes(self, after: int, apart: np.timedelta64 | None = None) -> Changes:
        """Tell what was touched after a version; see ``Store.changes``.

        What was long ago is looked up in the file: of a day that has moved since, it tells all.
        """
        far = EVER if apart is None else apart
        with self._memory:
            version, recent = self._version, self._recent.touched(after, far)
        if recent is None:
            with self._cursor() as (cursor, months):
                code, first, last = columns(cursor, lookup.changed(cursor, months, after, version, far))
                recent = parted(code, first, last, far)
        code, first, last = recent
        return Changes(version, self._streams(code), first.view(TIME), last.view(TIME), numbered(code))

    def resumed(self, version: int) -> int:
        """Give the version itself: one process at a time holds the file; see ``Store.resumed``."""
        return version

    def tend(self, now: np.datetime64) -> Iterator[Tended]:
        """Move days that are over to their month and sort months that are; writes wait for little of it."""
        with self._tending:
            finished = int((now.astype(TIME) - REST).astype(np.int64))
            yield from self._settle(finished)
            yield from self._sum_up()
            yield from self._sort(finished)

    def _settle(self, finished: int) -> Iterator[Tended]:
        """Move days in portions, copied beside writes; one that these corrected meanwhile stays for the next time."""
        portions = settling.finished(self._connection.cursor(), finished)
        for done, portion in enumerate(portions, start=1):
            moved = 0
            with suppress(ConflictError), closing(self._connection.cursor()) as cursor:
                moved = settling.settle(cursor, portion, self._alone())
            if done % PORTIONS == 0 or done == len(portions):
                self._checkpoint()
            yield Tended("settling days", done, len(portions), moved)

    def _sum_up(self) -> Iterator[Tended]:
        """Sum up the days that a version which did not do so has moved."""
        unsummed = settling.unsummed(self._connection.cursor())
        for done, month in enumerate(unsummed, start=1):
            with closing(self._connection.cursor()) as cursor:
                days.sum_up_month(cursor, month, settling.parts(cursor, month))
            yield Tended("summing up days", done, len(unsummed), 0)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep writes away, and know which months there are before the next; readers see that these may change."""
        with self._lock:
            self._turn += 1
            try:
                yield
            finally:
                if not self._closed:
                    self._months = settling.months(self._connection)
                self._turn += 1

    def _sort(self, finished: int) -> Iterator[Tended]:
        """Build a month anew beside the writes; one that they changed meanwhile is left for the next time."""
        unsorted = settling.disordered(self._connection.cursor(), finished)
        for done, month in enumerate(unsorted, start=1):
            self._corrected.discard(month)
            cursor = self._connection.cursor()
            for part in settling.sort_aside(cursor, month):
                yield Tended("sorting months", done - 1, len(unsorted), part)
            cursor.close()
            with self._alone():
                if self._closed:
                    return
                if month in self._corrected:
                    settling.drop_leftovers(self._connection)
                else:
                    settling.put_in_place(self._connection, month)
            self._checkpoint()
            yield Tended("sorting months", done, len(unsorted), 0)

    def _checkpoint(self) -> None:
        with closing(self._connection.cursor()) as cursor:
            checkpoint(cursor)

    def forget(self, datastreams: Sequence[Datastream], before: np.datetime64) -> int:
        """Take rows out, portion by portion; see ``Store.forget``. Never called amid a ``tend`` of the same thread."""
        codes = np.unique(self._dictionary.codes(datastreams))
        codes, instant = codes[codes != UNKNOWN], int(before.astype(TIME).astype(np.int64))
        with self._tending:
            try:
                return self._forget(codes, instant, before)
            finally:
                self._look_again(codes)

    def _forget(self, codes: NDArray[np.int32], instant: int, before: np.datetime64) -> int:
        gone = 0
        for portion in list(forgetting.portions(self._connection.cursor(), codes, instant)):
            with self._alone():
                gone += forgetting.forget(self._connection, portion)
        with self._lock:
            # What was written meanwhile goes, too: a row that nothing newer is known of must not be there.
            gone += forgetting.forget(self._connection, forgetting.Portion(codes, instant))
            with self._memory:
                self._newest.forget(codes, before)
                self._recent.forget(self._version)
        return gone

    def _look_again(self, codes: NDArray[np.int32]) -> None:
        """Ask the file how far some datastreams reach."""
        with self._lock:
            held = lookup.extents(self._connection, codes)
            with self._memory:
                self._extents.clear(codes)
                self._extents.put(*held)

    def copy_to(self, path: Path, step: Callable[[int], None]) -> tuple[int, Digest]:
        """Copy what is held now into a new file beside reads and writes; gives its version and what it must hold.

        ``step`` hears twice of every row. Raises StoreBusyError where there is no room, OSError where a file is there.
        """
        with self._tending, closing(self._connection.cursor()) as cursor:
            return copying.copy(cursor, path, step)

    def close(self) -> None:
        """Write everything into the file itself and let go of it."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._connection.close()

    def _chosen(self, datastreams: Sequence[Datastream] | None) -> NDArray[np.int32]:
        if datastreams is None:
            return np.arange(len(self._dictionary), dtype=np.int32)
        return self._dictionary.codes(datastreams)

    def _streams(self, codes: NDArray[Any]) -> tuple[Datastream, ...]:
        return tuple(self._dictionary.datastreams[code] for code in codes)

    def _rows(self, connection: Connection, *sql: str) -> Batch:
        """Ask for rows with ``COLUMNS``."""
        parts = zip(*(columns(connection, one) for one in sql), strict=True)
        return batch([np.concatenate(column) for column in parts], self._dictionary.datastreams)

    @contextmanager
    def _cursor(self) -> Iterator[tuple[Connection, tuple[Month, ...]]]:
        """Begin to read: what is moved meanwhile stays where it is for this reader."""
        cursor = self._connection.cursor()
        try:
            with transaction(cursor):
                yield cursor, settling.months(cursor)
        finally:
            cursor.close()


def _arrow(batch: Batch, version: int) -> pa.Table:
    return pa.table(
        {
            "datastream": batch.datastream,
            "phenomenon_time": batch.phenomenon_time.astype(TIME),
            "result_time": batch.result_time.astype(TIME),
            "result": pa.array(batch.result, from_pandas=True),
            "quality": batch.quality,
            "revision": batch.revision,
            "coverage": pa.array(batch.coverage, from_pandas=True),
            "samples": batch.samples,
            "version": np.full(len(batch), version, dtype=np.int64),
        }
    )
