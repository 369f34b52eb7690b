"""History from one store into another, piece by piece: compared, written where it is lacking, compared again.

Nothing is remembered beside the stores: a piece that agrees is skipped, so that one who was killed just begins again.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from storage.comparing import aligned, compare
from storage.pieces import pieces
from storage.store import StoreBusyError, StoreRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np

    from sensors.model import Batch, Datastream
    from storage.comparing import Comparison, Unlike
    from storage.pieces import Piece
    from storage.store import Spans, Store

PATIENCE = 30
"""Times that a store which is busy is asked again."""
Answer = TypeVar("Answer")
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UnlikeDay:
    """A day of a datastream that the two stores hold differently, in rows."""

    datastream: Datastream
    day: np.datetime64
    source: int
    target: int
    missing: int
    different: int
    further: int

    @property
    def wrong(self) -> bool:
        """Whether more is to be said than that the target holds more."""
        return self.missing + self.different > 0


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one piece, or of several."""

    rows: int = 0
    """Of the source."""
    written: int = 0
    """Rows that the target holds now and did not before, or held otherwise."""
    missing: int = 0
    """Rows that the target lacks now."""
    different: int = 0
    """Rows that the target holds otherwise now."""
    days: int = 0
    """Datastreams times days with rows."""
    days_skipped: int = 0
    """Those of them that agreed before anything was written."""
    days_wrong: int = 0
    """Those of them on which something is missing or different now."""
    refused: Counter[str] = field(default_factory=Counter)
    """Rows that the target never takes, by its sentence."""
    unlike: tuple[UnlikeDay, ...] = ()
    """Days on which something is missing, different or further now; of one piece only, for there may be many."""

    def __add__(self, other: Step) -> Step:
        numbers = ("rows", "written", "missing", "different", "days", "days_skipped", "days_wrong")
        sums = {name: getattr(self, name) + getattr(other, name) for name in numbers}
        return Step(**sums, refused=self.refused + other.refused)


def migrate(source: Store, target: Store, spans: Spans, *, write: bool = True) -> Iterator[Step]:
    """Bring what ``spans`` tell of the source into the target and compare; without ``write`` compare only."""
    for piece in pieces(spans):
        rows = _read(source, piece)
        yield _moved(rows, target, piece) if write else _seen(compare(rows, _read(target, piece)), rows)


def _moved(rows: Batch, target: Store, piece: Piece) -> Step:
    before = compare(rows, _read(target, piece))
    if not len(before.lacking):
        return _seen(before, rows)
    refused = _written(target, rows.take(before.lacking))
    after = compare(rows, _read(target, piece))
    written = len(before.lacking) - len(after.lacking)
    return replace(_seen(after, rows), written=written, refused=refused, days_skipped=before.alike)


def _written(target: Store, rows: Batch) -> Counter[str]:
    try:
        patiently(lambda: target.write(rows))
    except StoreRefusedError as error:
        return Counter(error.reasons.values())
    return Counter()


def _read(store: Store, piece: Piece) -> Batch:
    return aligned(patiently(lambda: store.read(piece.query())), piece.datastreams)


def _seen(found: Comparison, rows: Batch) -> Step:
    return Step(
        rows=len(rows),
        missing=int(found.unlike.missing.sum()),
        different=int(found.unlike.different.sum()),
        days=found.days,
        days_skipped=found.alike,
        days_wrong=int(found.unlike.wrong().sum()),
        unlike=tuple(_unlike_days(found.unlike, rows)),
    )


def _unlike_days(unlike: Unlike, rows: Batch) -> Iterator[UnlikeDay]:
    columns = (unlike.source_count, unlike.target_count, unlike.missing, unlike.different, unlike.further)
    days = unlike.day.astype("datetime64[D]")
    for place, numbers in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        yield UnlikeDay(rows.datastreams[int(unlike.datastream[place])], days[place], *numbers)


def patiently(ask: Callable[[], Answer]) -> Answer:
    """Ask a store again that is busy. Raises StoreBusyError where it stays so."""
    for left in range(PATIENCE, 0, -1):
        try:
            return ask()
        except StoreBusyError as busy:
            if left == 1:
                raise
            _LOG.warning("the store is busy (%s); trying again", busy)
            time.sleep(busy.retry_after)
    raise AssertionError
