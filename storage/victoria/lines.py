"""Rows as the lines that VictoriaMetrics is sent, and rows that it cannot keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sensors.model import TIME
from storage.journal import RESERVED
from storage.line_protocol import Field, fields_of, head, lines, unspeakable, whole
from storage.victoria.exact import LARGEST, needs_rest, rest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sensors.model import Batch, Datastream
    from storage.victoria.samples import Rows

_AT_ONCE = 50_000
"""Rows in one request."""


def row_lines(rows: Rows) -> Iterator[bytes]:
    """Write rows as lines, in portions; each line has a field that counts its others."""
    for begin in range(0, len(rows.generation), _AT_ONCE):
        some = np.arange(begin, min(begin + _AT_ONCE, len(rows.generation)))
        yield _lines(rows.batch.take(some), rows.generation[some])


def _lines(batch: Batch, generation: np.ndarray[tuple[int], np.dtype[np.int32]]) -> bytes:
    pairs, place = np.unique(batch.datastream.astype(np.int64) << 32 | generation, return_inverse=True)
    heads = [_head(batch.datastreams[pair >> 32], pair & 0xFFFF_FFFF) for pair in pairs.tolist()]
    fields = [*fields_of(batch), whole("rest", rest(batch.result), needs_rest(batch.result))]
    time = batch.phenomenon_time.astype(TIME).view(np.int64)
    return lines(heads, place, [whole("fields", _count(fields, len(batch))), *fields], time)


def _head(stream: Datastream, generation: int) -> str:
    return head(stream, f",generation={generation}" if generation else "")


def _count(fields: list[Field], rows: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    count = np.zeros(rows, dtype=np.int64)
    for field in fields:
        count += 1 if field.given is None else field.given
    return count


def unkeepable(
    batch: Batch, unknown: Sequence[Datastream], earliest: np.datetime64, latest: np.datetime64
) -> dict[int, str]:
    """Name the rows that VictoriaMetrics would drop, cut or round without a word; known names are in order."""
    time = batch.phenomenon_time.astype(TIME)
    with np.errstate(invalid="ignore"):
        tests = {
            f"VictoriaMetrics keeps nothing before {earliest}: start it with a longer -retentionPeriod": time
            < earliest,
            f"VictoriaMetrics keeps nothing more than two days ahead, at the moment {latest}": time >= latest,
            f"the result is larger than {LARGEST:g}, which VictoriaMetrics rounds": np.abs(batch.result) > LARGEST,
        }
    found = {int(row): sentence for sentence, wrong in tests.items() for row in np.flatnonzero(wrong)}
    return _unspeakable(batch, set(unknown)) | found


def _unspeakable(batch: Batch, unknown: set[Datastream]) -> dict[int, str]:
    used = np.unique(batch.datastream).tolist() if unknown else []
    wrong = {code: _objection(batch.datastreams[code]) for code in used if batch.datastreams[code] in unknown}
    return {
        int(row): sentence
        for code, sentence in wrong.items()
        if sentence
        for row in np.flatnonzero(batch.datastream == code)
    }


def _objection(stream: Datastream) -> str:
    observed = stream.observed_property
    if observed.startswith(RESERVED):
        return f"the observed property {observed!r} begins as what VictoriaMetrics holds for the store itself"
    for what, name in (("observed property", observed), ("thing", stream.thing)):
        if unspeakable(name):
            return f"the name of the {what} {name[:80]!r} {unspeakable(name)}"
    return ""
