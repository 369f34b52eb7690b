"""Windows of history computed again, on as many cores or machines as there are, with the same results bit for bit.

The store is read and written here; what is read for a portion goes to an executor of ``concurrent.futures``, which may
be processes of this machine or a Dask cluster, and its results come back. A portion is computed alone and never
divided, so that it does not matter where.
"""

from __future__ import annotations

import copyreg
from collections import deque
from dataclasses import dataclass, replace
from itertools import chain
from time import perf_counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from processing import due
from processing.apart import Complaints, Read, computed
from processing.group import Spans
from processing.portion import Report, count, portions
from processing.stages import stages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Executor, Future

    from processing.group import Group
    from processing.portion import Demand, Done, Portion
    from processing.region import Region
    from sensors.model import Batch
    from storage.store import Store


def _frozen(mapping: dict[object, object]) -> MappingProxyType[object, object]:
    return MappingProxyType(mapping)


# Declarations and things hold mappings that cannot be changed, which pickle does not know by itself.
copyreg.pickle(MappingProxyType, lambda frozen: (_frozen, (dict(frozen),)))


class Told(Protocol):
    """Hears which stage is under way, of how many, and how many of its portions are done, of how many.

    What a later stage is made of is not there yet, so nobody knows how many portions that will have.
    """

    def __call__(self, stage: tuple[int, int], done: int, of: int, /) -> None:
        """Hear it."""
        ...


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open span of time [ms], up to where windows are closed, and the result time of what is computed."""

    start: int
    end: int
    closing: int
    moment: int


@dataclass(frozen=True, slots=True)
class Crew:
    """Who computes: an executor and how many portions it works on at once."""

    executor: Executor
    hands: int


def backfill(
    store: Store,
    groups: Iterable[Group],
    span: Span,
    region: Region,
    *,
    crew: Crew | None = None,
    told: Told | None = None,
) -> Report:
    """Compute again every closed window that touches a span; without a crew here, one portion after the other.

    Results that come out the same stay as they are, the others get the next revision. What is made of results is
    computed after them. Raises StoreBusyError when the store cannot take the results now; what was written stays.
    """
    began, report, every = perf_counter(), Report(), stages(replace(one, again=True) for one in groups)
    complaints = Complaints()
    for number, stage in enumerate(every, start=1):
        wanted = [(group, _demands(store, group, span)) for group in stage]
        total = sum(count(group, demands, region) for group, demands in wanted)
        work = chain.from_iterable(portions(group, demands, region) for group, demands in wanted)
        for finished, done in enumerate(_computed(store, work, span.moment, crew), start=1):
            if len(done.news):
                store.write(done.news)
            report += done.report()
            complaints.hear(done.left_out)
            if told is not None:
                told((number, len(every)), finished, total)
    return replace(report, seconds=perf_counter() - began)


def _demands(store: Store, group: Group, span: Span) -> list[Demand]:
    held = store.spans(group.streams())
    spanned = group.touched_by_indicator(Spans.sorted(held.datastreams, held.first, held.last))
    wanted = span.start, span.end
    return [(one, due.asked(one, known, ahead, wanted, span.closing)) for one, known, ahead in spanned]


def _computed(store: Store, work: Iterable[Portion], moment: int, crew: Crew | None) -> Iterator[Done]:
    """Compute portions and give what came of them, in their order; only so many are read ahead as there are hands."""
    if crew is None:
        yield from (_compute(portion, *_read(store, portion), moment) for portion in work)
        return
    under_way: deque[Future[Done]] = deque()
    try:
        for portion in work:
            under_way.append(crew.executor.submit(_compute, portion, *_read(store, portion), moment))
            if len(under_way) > crew.hands:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        for future in under_way:
            future.cancel()


def _read(store: Store, portion: Portion) -> tuple[Batch, Batch]:
    return store.read(portion.inputs()), store.read(portion.results())


def _compute(portion: Portion, read: Batch, held: Batch, moment: int) -> Done:
    """Run where the executor runs it."""
    return computed(portion, None, Read(read, held, moment))
