"""Events as the store holds them: new ones are written, and those that did not happen after all are taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.stored import SAME
from sensors.model import TIME, Batch
from sensors.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from processing.indicator import Events
    from processing.stored import Held
    from sensors.model import Datastream

_TIME_BITS = 43
"""Milliseconds until the year 2248 fit, so a datastream's place and a time make one sortable integer."""


def news(
    events: Events,
    held: Held,
    streams: Sequence[Datastream],
    span: tuple[np.datetime64, np.datetime64],
    now: np.datetime64,
) -> Batch:
    """Make observations of what is new or different in the half-open span: taken back is MISSING, one revision on."""
    first, end = (int(limit.astype(TIME).astype(np.int64)) for limit in span)
    inside = (events.time >= first) & (events.time < end)
    wanted = events.thing[inside] << _TIME_BITS | events.time[inside]
    known, revision, value, quality = _held(held, streams, (first, end))
    place = np.searchsorted(known, wanted)
    found = np.append(known, -1)[place] == wanted
    same = found & np.isclose(np.append(value, np.nan)[place], events.value[inside], rtol=SAME, atol=SAME)
    same &= np.append(quality, 0)[place] == events.quality[inside]
    gone = ~np.isin(known, wanted) & (quality != Quality.MISSING)
    fresh = np.flatnonzero(inside)[~same]
    return Batch.of(
        streams,
        np.concatenate([events.thing[fresh], known[gone] >> _TIME_BITS]),
        np.concatenate([events.time[fresh], known[gone] & ((1 << _TIME_BITS) - 1)]).astype(TIME),
        np.concatenate([events.value[fresh], np.full(np.count_nonzero(gone), np.nan)]),
        result_time=np.full(len(fresh) + np.count_nonzero(gone), now),
        quality=np.concatenate([events.quality[fresh], np.full(np.count_nonzero(gone), Quality.MISSING)]),
        revision=np.concatenate([np.where(found, np.append(revision, 0)[place] + 1, 0)[~same], revision[gone] + 1]),
        coverage=1.0,
        samples=np.concatenate([events.samples[fresh], np.zeros(np.count_nonzero(gone), dtype=np.int64)]),
    )


def _held(
    held: Held, streams: Sequence[Datastream], span: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.uint8]]:
    """Give key, revision, result and flag of the events that are held in a span, by ascending key."""
    index, place = held.of(streams)
    time = held.rows.phenomenon_time[index].astype(TIME).view(np.int64)
    mine = (time >= span[0]) & (time < span[1])
    keys = place[mine] << _TIME_BITS | time[mine]
    order = np.argsort(keys)
    rows = held.rows.take(index[mine][order])
    return keys[order], rows.revision.astype(np.int64), rows.result, rows.quality
