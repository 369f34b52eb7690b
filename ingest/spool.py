"""A spool on disk for sources whose broker keeps nothing for us: what came is safe before anybody looks at it.

One SQLite file per source and worker, each write-ahead-logged commit fsync'd before it returns. Bounded: beyond its
limit it takes nothing, and who offers has to say what becomes of it.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from sensors.model import Message

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

log = logging.getLogger(__name__)

MEGABYTE = 1 << 20
WORTH_SHRINKING = 16 * MEGABYTE
"""Bytes of a file from which on an empty spool gives its room back to the disk."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS portion (
    id INTEGER PRIMARY KEY AUTOINCREMENT, count INTEGER NOT NULL, messages BLOB NOT NULL
)"""
_SUMS = "SELECT coalesce(sum(count), 0), coalesce(sum(length(messages)), 0) FROM portion"
_Kept = tuple[str, bytes, int]
"""Topic, payload and time of receipt of a message; its source is the spool's."""
_WRITE = msgspec.msgpack.Encoder()
_READ = msgspec.msgpack.Decoder(list[_Kept])


class Spool:
    """Messages of one source in the order in which they came, from ``append`` until ``release``; safe from threads.

    Raises OSError where the file cannot be opened or is none of ours.
    """

    def __init__(self, path: Path, source: str, limit: int) -> None:
        self._path = path
        self._source = source
        self._limit = limit
        self._changed = threading.Condition()
        self._released = 0
        self._full = False
        self._closed = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = _open(path)
            self.messages, self.bytes = self._connection.execute(_SUMS).fetchone()
        except (sqlite3.Error, OSError) as error:
            raise OSError(
                f"the spool '{path}' cannot be opened: {error}. Move it away to begin with a new one"
            ) from None

    def append(self, messages: Sequence[Message]) -> bool:
        """Make messages durable; False where there is no room, in the spool or on the disk, and none was taken."""
        portion = _WRITE.encode([(one.topic, one.payload, one.received) for one in messages])
        with self._changed:
            room = not self._closed and self.bytes + len(portion) <= self._limit
            taken = room and self._change(portion, len(messages))
            self._tell(full=not taken)
            if taken:
                self._changed.notify_all()
        return taken

    def next(self, after: int, timeout: float) -> tuple[int, list[Message]]:
        """Give the first portion behind ``after`` and its place; (after, []) where none comes within ``timeout`` s."""
        with self._changed:
            if not (row := self._first(after)) and self._changed.wait(timeout):
                row = self._first(after)
            if not row:
                self._forget()
                return after, []
        place, portion = row
        return place, [Message(self._source, *kept) for kept in _READ.decode(portion)]

    def release(self, upto: int) -> None:
        """Let go all portions up to a place: they are stored. The disk learns of it with the next write.

        What is let go and not yet forgotten when the process is killed comes again, and is known then.
        """
        with self._changed:
            self._released = max(self._released, upto)

    def close(self) -> None:
        """Forget what was released and close the file. Calling it twice is harmless."""
        with self._changed:
            if not self._closed:
                self._forget()
                self._closed = True
                self._connection.close()
                self._changed.notify_all()

    def _forget(self) -> None:
        """Delete what was released, outside of an append."""
        if self._released:
            self._change(b"", 0)
        with suppress(sqlite3.Error, OSError):
            if not self.messages and self._path.stat().st_size > WORTH_SHRINKING:
                self._connection.execute("VACUUM")

    def _change(self, portion: bytes, count: int) -> bool:
        """Add a portion, or none, and delete what was released, in one commit; False where the disk fails."""
        try:
            with self._connection:
                if count:
                    self._connection.execute("INSERT INTO portion (count, messages) VALUES (?, ?)", (count, portion))
                gone, freed = self._delete()
        except sqlite3.Error as error:
            log.warning("the spool '%s' cannot be written: %s", self._path, error)
            return False
        self._released = 0
        self.messages += count - gone
        self.bytes += len(portion) - freed
        return True

    def _delete(self) -> tuple[int, int]:
        released = (self._released,)
        sums = self._connection.execute(f"{_SUMS} WHERE id <= ?", released).fetchone() if self._released else (0, 0)
        self._connection.execute("DELETE FROM portion WHERE id <= ?", released)
        return int(sums[0]), int(sums[1])

    def _first(self, after: int) -> tuple[int, bytes] | None:
        if self._closed:
            return None
        query = "SELECT id, messages FROM portion WHERE id > ? ORDER BY id LIMIT 1"
        row: tuple[int, bytes] | None = self._connection.execute(query, (after,)).fetchone()
        return row

    def _tell(self, *, full: bool) -> None:
        """Say once when the spool can take nothing any more, and once when it can again."""
        if full != self._full and not self._closed:
            self._full = full
            size, limit = self.bytes / MEGABYTE, self._limit / MEGABYTE
            state = "takes nothing more" if full else "takes messages again"
            log.warning("the spool '%s' %s: %.1f of %.0f MB are held", self._path, state, size, limit)


def forgotten(folder: Path, sources: Collection[str]) -> list[str]:
    """Name the sources that have a spool in a folder and are not declared any more: what it holds waits for nobody."""
    return sorted(path.stem for path in folder.glob("*.sqlite") if path.stem not in sources)


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    # In WAL mode FULL is what makes every commit wait for the disk.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(_SCHEMA)
    return connection
