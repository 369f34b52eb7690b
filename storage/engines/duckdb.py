"""The embedded engine: one DuckDB file, ``duckdb:///path/to/city.duckdb``; the only file that knows DuckDB.

Exactly one row per datastream and time without an index: the newest row of every datastream is held in memory, so a row
that is newer needs no look-up, and only the others are compared with the file. A commit is on disk before it returns.
"""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import duckdb
import numpy as np
import pyarrow as pa

from sensors.model import TIME, Batch, Datastream
from storage.by_reading import aggregate_by_reading, stream_by_reading
from storage.dictionary import UNKNOWN, Dictionary
from storage.newest import Newest
from storage.precedence import rank, resolve
from storage.refusal import refusals, written_or_refused
from storage.store import Changes, Spans, StoreBusyError, StoreLockedError, Written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from storage.aggregate import Aggregates, Function, Windows
    from storage.store import Query

SCHEMA_VERSION = 1
_SETTINGS = {
    # Checkpoints while writing cost up to 0.3 s each: fewer, and one at the end.
    "checkpoint_threshold": "256MB",
    "memory_limit": "2GB",
}
_SCHEMA = """
CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS datastream (
    code INTEGER NOT NULL, thing VARCHAR NOT NULL, observed_property VARCHAR NOT NULL, derived BOOLEAN NOT NULL
);
CREATE TABLE IF NOT EXISTS observation (
    datastream INTEGER NOT NULL, phenomenon_time TIMESTAMP_MS NOT NULL, result_time TIMESTAMP_MS NOT NULL,
    result DOUBLE, quality UTINYINT NOT NULL, revision INTEGER NOT NULL, coverage FLOAT, samples INTEGER NOT NULL,
    version BIGINT NOT NULL
);
"""
_COLUMNS = "datastream, phenomenon_time, result_time, result, quality, revision, coverage, samples"
_WIDE = np.timedelta64(6, "h")
_STRETCHES = 15
_HOLDER = re.compile(r"PID (\d+)")


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
        self._connection = _connect(path)
        self._lock = threading.Lock()
        self._closed = False
        _check_schema(self._connection, path)
        streams = self._connection.execute("SELECT thing, observed_property, derived FROM datastream ORDER BY code")
        self._dictionary = Dictionary(Datastream(*row) for row in streams.fetchall())
        ((self._version,),) = self._connection.execute("SELECT coalesce(max(version), 0) FROM observation").fetchall()
        self._newest = Newest(self._newest_rows())

    def write(self, batch: Batch) -> Written:
        """Make the rows durable; see ``Store.write``."""
        refused = refusals(batch)
        with self._lock:
            written = self._write(batch.take(np.setdiff1d(np.arange(len(batch)), list(refused))) if refused else batch)
        return written_or_refused(written, refused, len(batch))

    def _write(self, batch: Batch) -> Written:
        further = self._dictionary.unknown(batch)
        incoming = self._dictionary.encoded(batch, further)
        held = self._held(incoming.take(~self._newest.is_newer(incoming)))
        both = _joined(held, incoming)
        found = resolve(both.datastream, both.phenomenon_time, rank(both), both.result, len(held))
        taken = incoming.take(np.concatenate([found.insert, found.replace]))
        if len(taken):
            self._commit(further, incoming.take(found.replace), taken)
            self._dictionary.extend(further)
            self._newest.take_over(taken)
            self._version += 1
        return Written(found.outcome, self._version)

    def _commit(self, further: Sequence[Datastream], leaving: Batch, taken: Batch) -> None:
        """Write one transaction; where it fails nothing has changed."""
        with _transaction(self._connection) as connection:
            if further:
                connection.register("further", self._named(further))
                connection.execute("INSERT INTO datastream SELECT * FROM further")
            if len(leaving):
                connection.register("leaving", _keys(leaving))
                connection.execute(
                    "DELETE FROM observation USING leaving WHERE observation.datastream = leaving.datastream "
                    "AND observation.phenomenon_time = leaving.phenomenon_time"
                )
            connection.register("taken", _arrow(taken, self._version + 1))
            connection.execute(f"INSERT INTO observation SELECT {_COLUMNS}, version FROM taken")  # noqa: S608 - own names

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
        self._connection.register("asked", _keys(asked))
        spans = _stretches(asked.phenomenon_time)
        within = " OR ".join(["phenomenon_time BETWEEN ? AND ?"] * len(spans))
        return self._rows(
            self._connection,
            f"SELECT {_COLUMNS} FROM observation SEMI JOIN asked USING (datastream, phenomenon_time) WHERE {within}",  # noqa: S608 - own names
            [limit.item() for span in spans for limit in span],
        )

    def read(self, query: Query) -> Batch:
        """Give the rows of a query; see ``Store.read``."""
        codes = self._dictionary.codes(query.datastreams)
        wanted = np.flatnonzero(codes != UNKNOWN)
        conditions, parameters = _span(query)
        with self._cursor() as cursor:
            cursor.register("wanted", pa.table({"datastream": codes[wanted], "place": wanted}))
            narrow = "observation.datastream = ? AND" if len(wanted) == 1 else ""
            return self._rows(
                cursor,
                f"SELECT {_COLUMNS} FROM observation JOIN wanted USING (datastream) WHERE {narrow} {conditions} "  # noqa: S608 - own names
                f"ORDER BY place, phenomenon_time {'DESC' if query.newest_first else ''} "
                f"{'' if query.limit is None else f'LIMIT {int(query.limit)}'}",
                [int(codes[wanted[0]]), *parameters] if narrow else parameters,
            )

    def stream(self, query: Query, rows: int = 100_000) -> Iterator[Batch]:
        """Give the rows of a query in parts; see ``Store.stream``."""
        return stream_by_reading(self, query, rows)

    def aggregate(
        self, datastreams: Sequence[Datastream], windows: Windows, functions: Sequence[Function]
    ) -> Aggregates:
        """Sum up the rows of each window; see ``Store.aggregate``."""
        return aggregate_by_reading(self, datastreams, windows, functions)

    def latest(self, datastreams: Sequence[Datastream] | None = None) -> Batch:
        """Give the newest row of each datastream, from memory; see ``Store.latest``."""
        with self._lock:
            return self._newest.rows(self._chosen(datastreams), tuple(self._dictionary.datastreams))

    def spans(self, datastreams: Sequence[Datastream] | None = None) -> Spans:
        """Tell what is held of each datastream; see ``Store.spans``."""
        codes = self._chosen(datastreams)
        wanted = np.flatnonzero(codes != UNKNOWN)
        with self._cursor() as cursor:
            cursor.register("wanted", pa.table({"datastream": codes[wanted], "place": wanted}))
            code, first, last, count = _columns(
                cursor,
                "SELECT datastream, min(phenomenon_time), max(phenomenon_time), count(*) FROM observation "
                "JOIN wanted USING (datastream) GROUP BY datastream, place ORDER BY place",
            )
        return Spans(self._streams(code), first.astype(TIME), last.astype(TIME), count.astype(np.int64))

    def changes(self, after: int) -> Changes:
        """Tell what was touched after a version; see ``Store.changes``."""
        with self._lock:
            version = self._version
        with self._cursor() as cursor:
            code, first, last = _columns(
                cursor,
                "SELECT datastream, min(phenomenon_time), max(phenomenon_time) FROM observation "
                "WHERE version > ? AND version <= ? GROUP BY datastream ORDER BY datastream",
                [after, version],
            )
        return Changes(version, self._streams(code), first.astype(TIME), last.astype(TIME))

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

    def _newest_rows(self) -> Batch:
        return self._rows(
            self._connection,
            f"SELECT {_COLUMNS} FROM observation SEMI JOIN (SELECT datastream, max(phenomenon_time) AS phenomenon_time "  # noqa: S608 - own names
            "FROM observation GROUP BY datastream) USING (datastream, phenomenon_time)",
            [],
        )

    def _rows(self, connection: duckdb.DuckDBPyConnection, sql: str, parameters: list[Any]) -> Batch:
        datastream, time, result_time, result, quality, revision, coverage, samples = _columns(
            connection, sql, parameters
        )
        return Batch.of(
            self._dictionary.datastreams,
            datastream,
            time,
            result,
            result_time=result_time,
            quality=quality,
            revision=revision,
            coverage=coverage,
            samples=samples,
        )

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = self._connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), config=dict(_SETTINGS))
    except duckdb.IOException as error:
        if "lock" not in str(error):
            raise OSError(f"the store '{path}' cannot be opened: {error}") from None
        holder = _HOLDER.search(str(error))
        by = f"process {holder[1]}" if holder else "another process"
        raise StoreLockedError(f"The store '{path}' is held by {by}; DuckDB lets only one process have it.") from None


def _check_schema(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    connection.execute(_SCHEMA)
    found = [version for (version,) in connection.execute("SELECT version FROM schema_version").fetchall()]
    if not found:
        connection.execute("INSERT INTO schema_version VALUES (?)", [SCHEMA_VERSION])
    elif found != [SCHEMA_VERSION]:
        connection.close()
        raise ValueError(f"the store '{path}' has schema {found}, this version of Smile City reads {SCHEMA_VERSION}")


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """Commit at the end or roll back; a disk that is full or fails is a busy store."""
    connection.begin()
    try:
        yield connection
        connection.commit()
    except BaseException as error:
        _roll_back(connection)
        if isinstance(error, (duckdb.IOException, duckdb.OutOfMemoryException)):
            raise StoreBusyError(f"DuckDB could not write: {error}", retry_after=2.0) from error
        raise


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    try:
        connection.rollback()
    except duckdb.TransactionException:
        # A commit that failed has ended the transaction already.
        return


def _span(query: Query) -> tuple[str, list[Any]]:
    limits = {"phenomenon_time >= ?": query.start, "phenomenon_time < ?": query.end}
    given = {condition: time.astype(TIME).item() for condition, time in limits.items() if time is not None}
    return " AND ".join(given) or "true", list(given.values())


def _stretches(times: NDArray[np.datetime64]) -> list[tuple[np.datetime64, np.datetime64]]:
    """Part times at gaps, the widest first, so that one row of last year does not have all of the year looked at."""
    ordered = np.unique(times.astype(TIME))
    gaps = np.diff(ordered)
    widest = np.argsort(gaps)[::-1][:_STRETCHES]
    cuts = np.sort(widest[gaps[widest] > _WIDE]) + 1
    return [(part[0], part[-1]) for part in np.split(ordered, cuts)]


def _keys(batch: Batch) -> pa.Table:
    return pa.table({"datastream": batch.datastream, "phenomenon_time": batch.phenomenon_time.astype(TIME)})


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


def _columns(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] = ()) -> list[NDArray[Any]]:
    table = connection.sql(sql, params=list(parameters)).to_arrow_table()
    return [column.to_numpy() for column in table.columns]


def _joined(left: Batch, right: Batch) -> Batch:
    columns = ("datastream", "phenomenon_time", "result_time", "result", "quality", "revision", "coverage", "samples")
    joined = [np.concatenate([getattr(left, name), getattr(right, name)]) for name in columns]
    return Batch(right.datastreams, *joined)
