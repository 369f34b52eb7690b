"""Several stores as one: every thing has its node, by a hash of its id, and their answers are put together.

A write is acknowledged when every node has its rows. Where one of them is busy nothing is: what the others have taken
is met there as duplicates when the rows come again. Nothing is answered without a node that may know of it.
"""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from sensors.model import TIME, Batch
from storage.by_reading import aggregate_by_reading, stream_by_reading
from storage.coded import together
from storage.comparing import aligned
from storage.positions import Positions
from storage.store import Changes, Spans, StoreRefusedError, Written

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from numpy.typing import DTypeLike, NDArray

    from sensors.model import Datastream
    from storage.aggregate import Aggregates
    from storage.store import Query, Store, Tended
    from storage.windows import Function, Windows

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
_AT_ONCE = 4
"""Readers that are served at the same time by each node."""
_REMEMBERED = 1 << 17
"""Things whose nodes are not worked out anew for every batch."""
_NOTHING_AFTER = np.iinfo(np.int64).max


@lru_cache(_REMEMBERED)
def node_of(thing: str, nodes: int) -> int:
    """Give the node of a thing: the same in every process and for ever, as long as there are as many nodes."""
    # Not a CRC: it is linear, and of meter-1, meter-2, meter-3 its last bit is the same.
    digest = hashlib.blake2b(thing.encode(errors="surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") % nodes


class Spread:
    """A store of stores. All rows of a thing are on one node, so nothing has to be settled between nodes."""

    def __init__(self, nodes: Sequence[Store], names: Sequence[str]) -> None:
        """Take over opened stores, with names to speak of. Raises ValueError where one holds another one's rows."""
        self._nodes = tuple(nodes)
        self._all = dict.fromkeys(range(len(nodes)))
        for place, rows in enumerate(node.latest() for node in nodes):
            _check(rows, place, names)
        self._positions = Positions(tuple(node.changes(_NOTHING_AFTER).version for node in nodes))
        self._writing = threading.Lock()
        self._crew = ThreadPoolExecutor(_AT_ONCE * len(nodes), "node")

    def _ask(self, asked: Mapping[int, Asked], ask: Callable[[Store, Asked], Answer]) -> dict[int, Answer]:
        """Ask some nodes at once and wait for all of them; then raises what the first of them raised."""
        if len(asked) == 1:
            return {place: ask(self._nodes[place], what) for place, what in asked.items()}
        answers = {place: self._crew.submit(ask, self._nodes[place], what) for place, what in asked.items()}
        wait(answers.values())
        return {place: answer.result() for place, answer in answers.items()}

    def _dealt(self, datastreams: Sequence[Datastream]) -> dict[int, list[Datastream]]:
        """Give the nodes that datastreams are on, each with its own, in order."""
        dealt: dict[int, list[Datastream]] = {}
        for stream in datastreams:
            dealt.setdefault(node_of(stream.thing, len(self._nodes)), []).append(stream)
        return dealt

    def write(self, batch: Batch) -> Written:
        """Make the rows durable, each on its node; see ``Store.write``."""
        nodes = [node_of(stream.thing, len(self._nodes)) for stream in batch.datastreams]
        node = np.array(nodes, dtype=np.int64)[batch.datastream]
        rows = {place: np.flatnonzero(node == place) for place in np.unique(node).tolist()}
        with self._writing:
            answers = self._ask(rows, lambda node, some: _written(node, batch.take(some)))
            version = self._positions.further({place: written.version for place, (written, _) in answers.items()})
        outcome = np.empty(len(batch), dtype=np.uint8)
        refused: dict[int, str] = {}
        for place, (written, reasons) in answers.items():
            outcome[rows[place]] = written.outcome
            refused |= {int(rows[place][row]): sentence for row, sentence in reasons.items()}
        if refused:
            raise StoreRefusedError(dict(sorted(refused.items())), Written(outcome, version))
        return Written(outcome, version)

    def read(self, query: Query) -> Batch:
        """Give the rows of a query; see ``Store.read``."""
        streams = tuple(dict.fromkeys(query.datastreams))
        parts = self._ask(self._dealt(streams), lambda node, some: node.read(replace(query, datastreams=some)))
        rows = _in_order(parts.values(), streams)
        return rows if query.limit is None else rows.take(np.arange(min(query.limit, len(rows))))

    def stream(self, query: Query, rows: int = 100_000) -> Iterator[Batch]:
        """Give the rows of a query in parts; see ``Store.stream``."""
        return stream_by_reading(self, query, rows)

    def aggregate(
        self,
        datastreams: Sequence[Datastream],
        windows: Windows,
        functions: Sequence[Function],
        groups: Sequence[int] | None = None,
    ) -> Aggregates:
        """Sum up the rows of each window; see ``Store.aggregate``."""
        return aggregate_by_reading(self, datastreams, windows, functions, groups)

    def latest(self, datastreams: Sequence[Datastream] | None = None, at: np.datetime64 | None = None) -> Batch:
        """Give the newest row of each datastream; see ``Store.latest``."""
        if datastreams is None:
            parts = self._ask(self._all, lambda node, _: node.latest(at=at))
            return _in_order(parts.values(), [stream for part in parts.values() for stream in part.datastreams])
        streams = tuple(dict.fromkeys(datastreams))
        return _in_order(self._ask(self._dealt(streams), lambda node, some: node.latest(some, at)).values(), streams)

    def spans(self, datastreams: Sequence[Datastream] | None = None) -> Spans:
        """Tell what is held of each datastream; see ``Store.spans``."""
        if datastreams is None:
            return _spans(self._ask(self._all, lambda node, _: node.spans()).values())
        streams = list(dict.fromkeys(datastreams))
        found = _spans(self._ask(self._dealt(streams), lambda node, some: node.spans(some)).values())
        place = {stream: number for number, stream in enumerate(streams)}
        order = np.argsort([place[stream] for stream in found.datastreams]) if found.datastreams else np.arange(0)
        named = tuple(found.datastreams[number] for number in order.tolist())
        return Spans(named, found.first[order], found.last[order], found.count[order])

    def changes(self, after: int, apart: np.timedelta64 | None = None) -> Changes:
        """Tell what was touched after a version; see ``Store.changes``."""
        found = self._ask(dict(enumerate(self._positions.of(after))), lambda node, since: node.changes(since, apart))
        version = self._positions.reached(tuple(each.version for each in found.values()))
        streams = tuple(stream for each in found.values() for stream in each.datastreams)
        first, last = (_joined([getattr(each, name) for each in found.values()], TIME) for name in ("first", "last"))
        stretch = _joined([each.stretch for each in found.values()], np.int64)
        return Changes(version, streams, first, last, stretch)

    def resumed(self, version: int) -> int:
        """Give a version of which all nodes told long since; see ``Store.resumed``."""
        return self._positions.resumed(version)

    def tend(self, now: np.datetime64) -> Iterator[Tended]:
        """Put what is finished into order, node by node; see ``Store.tend``."""
        for node in self._nodes:
            yield from node.tend(now)

    def forget(self, datastreams: Sequence[Datastream], before: np.datetime64) -> int:
        """Take rows out of their nodes; see ``Store.forget``."""
        return sum(self._ask(self._dealt(datastreams), lambda node, some: node.forget(some, before)).values())

    def close(self) -> None:
        """Let the write that is under way end, then close all nodes."""
        with self._writing:
            self._crew.shutdown()
            for node in self._nodes:
                node.close()


def _check(rows: Batch, place: int, names: Sequence[str]) -> None:
    """Raise ValueError where rows lie on a node that is not their thing's: the nodes were others once."""
    for code in np.unique(rows.datastream).tolist():
        thing = rows.datastreams[code].thing
        right = node_of(thing, len(names))
        if right != place:
            raise ValueError(
                f"{names[place]} holds rows of '{thing}', which among these {len(names)} nodes belong to "
                f"{names[right]}. Name the nodes that the store was spread over, in their order; to spread it over "
                "others, copy it: smilecity migrate --from URL --to URL, with another database in the new URL"
            )


def _written(node: Store, rows: Batch) -> tuple[Written, Mapping[int, str]]:
    try:
        return node.write(rows), {}
    except StoreRefusedError as error:
        return error.written, error.reasons


def _in_order(parts: Collection[Batch], streams: Sequence[Datastream]) -> Batch:
    """Put answers together by the places of datastreams; the rows of each are in order already, and of one node."""
    rows = together([aligned(part, streams) for part in parts], streams)
    return rows if len(parts) == 1 else rows.take(np.argsort(rows.datastream, kind="stable"))


def _spans(parts: Collection[Spans]) -> Spans:
    streams = tuple(stream for part in parts for stream in part.datastreams)
    first, last = (_joined([getattr(part, name) for part in parts], TIME) for name in ("first", "last"))
    return Spans(streams, first, last, _joined([part.count for part in parts], np.int64))


def _joined(columns: Sequence[NDArray[Any]], kind: DTypeLike) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype=kind), *columns])
