"""Observations as InfluxDB line protocol: whole columns to bytes, without a loop over rows.

A line is ``observed_property,thing=...[,derived=true][,further tags] quality=1,result=7.5,result_time=... time``. All
fields are floats. What is left out has its default: no result is a missing one, no revision is 0, no coverage is NaN,
no samples are 0. Servers skip a bad line without a word, so names are looked at before anything is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sensors.model import TIME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sensors.model import Batch, Datastream

LONGEST_NAME = 1024
"""Bytes of a thing's or a property's name. VictoriaMetrics cuts labels off at 16 384."""
_ESCAPES = str.maketrans({"\\": "\\\\", ",": "\\,", " ": "\\ ", "=": "\\="})
_NANOSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Field:
    """A field of many lines: the texts of its values, shape (n,), and in which lines it is given (None: in all)."""

    name: str
    text: pa.Array
    given: NDArray[np.bool_] | None = None


def unspeakable(name: str) -> str:
    """Tell why a name cannot stand in line protocol, as the end of a sentence; ``""`` where it can."""
    if not name:
        return "is empty"
    if not name.isprintable():
        return "has letters that cannot be printed"
    if name.startswith("#"):
        return "begins with '#', which makes a line a comment"
    return f"is longer than {LONGEST_NAME} bytes" if len(name.encode()) > LONGEST_NAME else ""


def head(stream: Datastream, tags: str = "") -> str:
    """Write a line's beginning: measurement and tags. ``tags`` are further ones, ``,name=value``."""
    derived = ",derived=true" if stream.derived else ""
    return f"{escaped(stream.observed_property)},thing={escaped(stream.thing)}{derived}{tags}"


def escaped(name: str) -> str:
    """Write a measurement, tag or tag value so that commas, blanks, equal signs and backslashes stay what they are."""
    return name.translate(_ESCAPES)


def fields_of(batch: Batch, every: NDArray[np.bool_] | None = None) -> list[Field]:
    """Write the columns of a batch as fields; what has its default is left out of the line.

    Rows of ``every`` are written with all fields, defaults included (no coverage is -1): for a server that merges what
    it gets with what it has. No result is left out of them, too.
    """
    none = np.zeros(len(batch), dtype=bool) if every is None else every
    result, coverage = ~np.isnan(batch.result), ~np.isnan(batch.coverage)
    return [
        whole("quality", batch.quality),
        Field("result", _text(np.where(result, batch.result, 0.0)), result),
        whole("result_time", batch.result_time.astype(TIME).view(np.int64)),
        whole("revision", batch.revision, none | (batch.revision != 0)),
        Field("coverage", _text(np.where(coverage, batch.coverage, np.float32(-1))), none | coverage),
        whole("samples", batch.samples, none | (batch.samples != 0)),
    ]


def whole(name: str, column: NDArray[np.integer], given: NDArray[np.bool_] | None = None) -> Field:
    """Write a column of whole numbers as a field."""
    return Field(name, _text(column), given)


def lines(
    heads: Sequence[str], head_of: NDArray[np.integer], fields: Sequence[Field], time: NDArray[np.int64]
) -> bytes:
    """Write lines: line i begins with ``heads[head_of[i]]``; ``time``, in milliseconds, is sent in nanoseconds.

    The first field must be given in all lines.
    """
    if not len(time):
        return b""
    begin = pa.array(heads, pa.string()).take(pa.array(head_of))
    pieces = [begin, *(piece for place, field in enumerate(fields) for piece in _pieces(field, first=place == 0))]
    # A time of 0 is taken for "now" by VictoriaMetrics; one nanosecond after it is the same millisecond.
    instant = _text(np.where(time == 0, 1, time * _NANOSECONDS))
    return _bytes(pc.binary_join_element_wise(*pieces, pa.scalar(" "), instant, pa.scalar("\n"), pa.scalar("")))


def _pieces(field: Field, *, first: bool) -> list[pa.Array]:
    name = pa.scalar(f"{' ' if first else ','}{field.name}=")
    if field.given is None:
        return [name, field.text]
    if not field.given.any():
        return []
    given, nothing = pa.array(field.given), pa.scalar("")
    return [pc.if_else(given, name, nothing), pc.if_else(given, field.text, nothing)]


def _text(column: NDArray[np.generic]) -> pa.Array:
    """Write numbers so that reading them gives the same numbers."""
    return pa.array(column).cast(pa.string())


def _bytes(texts: pa.Array) -> bytes:
    """Give texts one behind the other: they lie so in memory already."""
    whole_text: pa.Array = texts.cast(pa.large_string())
    ends = np.frombuffer(whole_text.buffers()[1], dtype=np.int64)
    return bytes(whole_text.buffers()[2][int(ends[0]) : int(ends[len(whole_text)])])
