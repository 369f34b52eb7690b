"""Rows as the lines that InfluxDB is sent, and rows that it cannot keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sensors.model import TIME
from storage.influx.names import head
from storage.journal import RESERVED
from storage.line_protocol import fields_of, lines, unspeakable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sensors.model import Batch, Datastream


def row_lines(rows: Batch, every: NDArray[np.bool_]) -> bytes:
    """Write rows as lines; those of ``every`` with all fields, since a field that is left out keeps what it was."""
    used, place = np.unique(rows.datastream, return_inverse=True)
    heads = [head(rows.datastreams[code]) for code in used.tolist()]
    return lines(heads, place, fields_of(rows, every), rows.phenomenon_time.astype(TIME).view(np.int64))


def unkeepable(batch: Batch, unknown: Sequence[Datastream], earliest: np.datetime64) -> dict[int, str]:
    """Name the rows that InfluxDB would drop or not find again; known names are in order."""
    early = np.flatnonzero(batch.phenomenon_time.astype(TIME) < earliest)
    sentence = f"the bucket keeps nothing before {earliest}: give it a longer retention"
    return _unspeakable(batch, unknown) | {int(row): sentence for row in early}


def _unspeakable(batch: Batch, unknown: Sequence[Datastream]) -> dict[int, str]:
    wrong = {stream: sentence for stream in unknown if (sentence := _objection(stream))}
    places = {place: wrong[stream] for place, stream in enumerate(batch.datastreams) if stream in wrong}
    return {int(row): places[place] for place in places for row in np.flatnonzero(batch.datastream == place)}


def _objection(stream: Datastream) -> str:
    observed = stream.observed_property
    if observed.startswith((RESERVED, "_")):
        return f"the observed property {observed!r} begins as what InfluxDB holds for itself or for the store"
    for what, name in (("observed property", observed), ("thing", stream.thing)):
        if unspeakable(name):
            return f"the name of the {what} {name[:80]!r} {unspeakable(name)}"
    return ""
