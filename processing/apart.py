"""Work of which some raises is computed apart, so that one thing's nonsense takes results from nobody else.

A formula raises for all that it was given at once. So a portion that raises is computed by indicator, and what still
raises by halves of its things, down to the one that it raises for. That one's windows are left out and the work goes
on: who follows the store does not come to them again, so they are lost until something changes there or the span is
computed again, and the log and a counter say so.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from time import monotonic
from traceback import extract_tb
from typing import TYPE_CHECKING

import numpy as np

from processing.metrics import LEFT_OUT
from processing.portion import Done, Portion
from processing.stored import joined
from sensors.model import Batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from processing.group import Group
    from processing.piece import Known, Piece

log = logging.getLogger(__name__)

MOST = 8
"""Things that a piece may raise for before the rest of it is no longer divided: then it is the formula, not they."""
AGAIN_S = 3600.0
"""How long the same is not said again: a thing that goes on sending would have it said every second."""
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What an indicator was not computed for, and why."""

    things: tuple[str, ...]
    why: str
    indicator: str
    windows: int
    start: np.datetime64
    end: np.datetime64


@dataclass(frozen=True, slots=True)
class Read:
    """What was read for a portion: what it is made of, the results that are held, and the result time. [ms]."""

    rows: Batch
    held: Batch
    moment: int


def looked_at(portion: Portion, rows: Batch) -> tuple[Portion, Known | None]:
    """Leave out windows that come out as before, see ``Portion.narrowed``; all stay where that raises, and None."""
    try:
        known = portion.known(rows)
        return portion.narrowed(known.usable, known.told), known
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - whatever a check raises; ``computed`` finds out for which thing
        return portion, None


def computed(portion: Portion, known: Known | None, read: Read) -> Done:
    """Compute a portion; what raises is computed apart, and left out where it still does."""
    try:
        return portion.compute(known or portion.known(read.rows), read.held, read.moment)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - whatever a formula raises
        done = [one for piece in portion.pieces for one in _divided(portion.group, piece, read)]
    news = joined([one.news for one in done if len(one.news)])
    return Done(sum(one.windows for one in done), news, tuple(left for one in done for left in one.left_out))


def _divided(group: Group, piece: Piece, read: Read) -> Iterator[Done]:
    """Compute a piece by halves of those that results are of, as far as it raises; at last one of them is left out."""
    waiting, raised = [np.flatnonzero(piece.due.any(axis=1))], 0
    while waiting:
        chosen = waiting.pop()
        some = Portion(group.take(chosen), (_only(piece, chosen),))
        try:
            yield some.compute(some.known(read.rows), read.held, read.moment)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a formula raises
            if len(chosen) == 1 or raised >= MOST:
                raised += len(chosen)
                yield Done(0, Batch.empty(), (_left_out(some, error),))
            else:
                waiting += [chosen[len(chosen) // 2 :], chosen[: len(chosen) // 2]]


def _only(piece: Piece, chosen: NDArray[np.intp]) -> Piece:
    touched = None if piece.touched is None else piece.touched.take(chosen)
    return replace(piece, due=piece.due[chosen], touched=touched)


def _left_out(portion: Portion, error: Exception) -> LeftOut:
    (piece,) = portion.pieces
    place = extract_tb(error.__traceback__)[-1]
    return LeftOut(
        things=tuple(thing.id for thing in portion.group.targets),
        why=f"{type(error).__name__}: {error}"[:_LONGEST] + f" ({Path(place.filename).name}:{place.lineno})",
        indicator=piece.indicator.property_name(piece.window),
        windows=int(np.count_nonzero(piece.due)),
        start=piece.edges[0],
        end=piece.edges[-1],
    )


class Complaints:
    """Says what was left out, once an hour where it goes on. For one thread at a time."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, str], float] = {}
        """By thing and cause when it was said last. [s]"""

    def hear(self, left: Iterable[LeftOut]) -> None:
        """Count what was left out, and say it in one sentence for each cause."""
        for _, several in groupby(sorted(left, key=_cause), key=_cause):
            together = list(several)
            for one in together:
                LEFT_OUT.labels(one.indicator).inc(one.windows)
            fresh = [one for one in together if not self._known(one)]
            if fresh:
                log.error("%s", _sentence(fresh))
                self._said |= {(thing, one.why): monotonic() for one in fresh for thing in one.things}

    def _known(self, left: LeftOut) -> bool:
        self._said = {each: when for each, when in self._said.items() if monotonic() - when < AGAIN_S}
        return all((thing, left.why) in self._said for thing in left.things)


def _cause(left: LeftOut) -> str:
    return left.why


def _sentence(left: Sequence[LeftOut]) -> str:
    start, end = (np.datetime_as_string(time, unit="m", timezone="UTC") for time in _span(left))
    things, names = (
        sorted({f"'{thing}'" for one in left for thing in one.things}),
        sorted({one.indicator for one in left}),
    )
    return (
        f"Not computed of {_some(things)}: {_some(names)}, {start} to {end}, since {left[0].why}. All else goes on; "
        "these windows stay left out until something changes there or they are computed again: look at what is said "
        f"of the site, then 'smilecity process --backfill {start} {end}'"
    )


def _span(left: Sequence[LeftOut]) -> tuple[np.datetime64, np.datetime64]:
    return min(one.start for one in left), max(one.end for one in left)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST]) + (f" and {len(names) - MOST:,} more" if len(names) > MOST else "")
