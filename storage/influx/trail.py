"""The journal's commits as points: ``smilecity_commit`` and ``smilecity_touched``, by writer, at the commit's own time.

What a commit touches is packed into few texts instead of a point per datastream, which would double the points that are
written. A text lies a nanosecond behind the one before it.
"""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from sensors.model import TIME, Datastream
from storage.influx.queries import Span
from storage.journal import RESERVED, Commits
from storage.touched import Touched

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from storage.influx.server import Server

_NANOSECONDS = 1_000_000
_LONGEST_NAMES = 40_000
"""Bytes of names in one text: a field must not be longer than 64 KiB."""
_LONGEST = 4 << 20
"""Bytes that a text may unpack to."""


class _Packed(msgspec.Struct, array_like=True):
    """Columns, for the packing: names, whether derived; first times after the earliest, and how much later the last."""

    thing: list[str]
    observed_property: list[str]
    derived: list[int]
    earliest: int
    first: list[int]
    later: list[int]


class PointTrail:
    """Commits in the bucket; the server says how many milliseconds its points live."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def newest(self) -> int:
        """Give the time of the newest point; see ``Trail``."""
        statement = f'SELECT begun, done FROM "{RESERVED}commit" ORDER BY time DESC LIMIT 1'  # noqa: S608 - own names
        found = self._server.values(statement)
        return max((int(row[0]) for _, row in found), default=0)

    def begun(self, writer: str, time: int, touched: Touched) -> bytes:
        """Write the lines of a commit's beginning; see ``Trail``."""
        instant = time * _NANOSECONDS
        texts = [
            f'{RESERVED}touched,writer={writer} spans="{text}" {instant + place}\n'
            for place, text in enumerate(_packed(touched))
        ]
        return "".join([*texts, f"{RESERVED}commit,writer={writer} begun={time} {instant}\n"]).encode()

    def check(self, begun: int) -> None:
        """Raise FileNotFoundError where a commit that was begun is not read: InfluxQL reads another bucket."""
        if not self.commits(begun, begun).begun:
            raise self._server.misread()

    def done(self, writer: str, time: int, begun: int) -> None:
        """Say that a commit is on disk; see ``Trail``."""
        self._server.send(f"{RESERVED}commit,writer={writer} done={begun} {time * _NANOSECONDS}\n".encode())

    def commits(self, start: int, end: int) -> Commits:
        """Ask for what was said; see ``Trail``."""
        found = Commits([], {})
        where = Span(start, end).condition()
        for tags, (time, begun, done) in self._server.values(
            f'SELECT begun, done FROM "{RESERVED}commit" WHERE {where} GROUP BY "writer"'  # noqa: S608 - own names
        ):
            if begun is not None:
                found.begun.append((tags["writer"], int(begun)))
            if done is not None:
                found.done[tags["writer"], int(done)] = int(time)
        return found

    def touched(self, start: int, end: int) -> dict[int, Touched]:
        """Ask for what commits touch; see ``Trail``."""
        parts: dict[int, list[Touched]] = {}
        where = Span(start, end).condition()
        for _, (time, text) in self._server.values(f'SELECT spans FROM "{RESERVED}touched" WHERE {where}'):  # noqa: S608
            parts.setdefault(int(time), []).append(_unpacked(str(text)))
        return {time: Touched.merged(several) for time, several in sorted(parts.items())}


def _packed(touched: Touched) -> Iterator[str]:
    # Names in order are alike, which makes them short.
    order = sorted(range(len(touched.streams)), key=touched.streams.__getitem__)
    streams = [touched.streams[place] for place in order]
    first = touched.first.astype(TIME).view(np.int64)[order]
    later = touched.last.astype(TIME).view(np.int64)[order] - first
    lengths = [len(f"{stream.thing}{stream.observed_property}".encode()) + 30 for stream in streams]
    portion = np.cumsum(np.array(lengths, dtype=np.int64)) // _LONGEST_NAMES
    for some in np.split(np.arange(len(streams)), np.flatnonzero(np.diff(portion)) + 1):
        yield _text([streams[place] for place in some.tolist()], first[some], later[some])


def _text(streams: Sequence[Datastream], first: NDArray[np.int64], later: NDArray[np.int64]) -> str:
    earliest = int(first.min(initial=np.iinfo(np.int64).max))
    columns = _Packed(
        [stream.thing for stream in streams],
        [stream.observed_property for stream in streams],
        [int(stream.derived) for stream in streams],
        earliest,
        (first - earliest).tolist(),
        later.tolist(),
    )
    # No letter of base 85 needs an escape in line protocol.
    return base64.b85encode(zlib.compress(msgspec.json.encode(columns))).decode()


def _unpacked(text: str) -> Touched:
    try:
        packed = zlib.decompressobj().decompress(base64.b85decode(text), _LONGEST)
        columns = msgspec.json.decode(packed, type=_Packed)
    except (ValueError, zlib.error, msgspec.DecodeError) as error:
        raise OSError(f"the journal of commits in InfluxDB, '{RESERVED}touched', cannot be read: {error}") from None
    names = zip(columns.thing, columns.observed_property, map(bool, columns.derived), strict=True)
    first = np.array(columns.first, dtype=np.int64) + columns.earliest
    last = first + np.array(columns.later, dtype=np.int64)
    return Touched([Datastream(*each) for each in names], first.view(TIME), last.view(TIME))
