"""A filter over observations taken apart: what tells datastreams apart, what rows, and which span of time is enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from api.sta.sets import OBSERVATIONS
from api.sta.tree import Call, Literal, Operation, Path, conjoined, conjuncts, paths
from api.sta.values import Times
from api.times import EARLIEST, LATEST

if TYPE_CHECKING:
    from api.sta.evaluate import Asked
    from api.sta.rows import Space
    from api.sta.tree import Node

_FIRST, _LAST = (int(limit.astype(np.int64)) for limit in (EARLIEST, LATEST + np.timedelta64(36_525, "D")))
_TURNED = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge", "eq": "eq"}


@dataclass(frozen=True, slots=True)
class Parts:
    """What a filter over observations says."""

    of_sources: Node | None
    """True of a datastream, or not, whatever was observed."""
    of_rows: Node | None
    start: int
    """No observation that begins before this can be meant, [ms since 1970 UTC],"""
    end: int
    """and none that begins at this or later."""

    @property
    def all_times(self) -> bool:
        """Whether the span leaves nothing out."""
        return self.start == _FIRST and self.end == _LAST


def parts_of(node: Node | None, asked: Asked, space: Space) -> Parts:
    """Take a filter apart; ``space`` may be any rows, for what is written out is the same for all."""
    sources: list[Node] = []
    rows: list[Node] = []
    start, end = _FIRST, _LAST
    for term in conjuncts(node):
        (sources if _of_source(term) else rows).append(term)
        first, last = _span(term, asked, space)
        start, end = max(start, first), min(end, last)
    return Parts(conjoined(tuple(sources)), conjoined(tuple(rows)), start, max(start, end))


def _of_source(term: Node) -> bool:
    steps = [path.steps[0] for path in paths(term)]
    return bool(steps) and all(step in OBSERVATIONS.relations for step in steps)


def _span(term: Node, asked: Asked, space: Space) -> tuple[int, int]:
    """Give a span outside which a term is false; everything where it says nothing of the time."""
    everything = (_FIRST, _LAST)
    if not isinstance(term, Operation) or term.name not in _TURNED:
        return everything
    left, right = term.operands
    if _is_time(left) and _fixed(right):
        return _limits(term.name, asked, right, space)
    if _is_time(right) and _fixed(left):
        return _limits(_TURNED[term.name], asked, left, space)
    return everything


def _limits(operator: str, asked: Asked, node: Node, space: Space) -> tuple[int, int]:
    value = asked.value(node, space)
    if not isinstance(value, Times):
        return _FIRST, _LAST
    start, end = int(value.start), int(value.end)
    if operator == "eq":
        return start, start + 1
    if operator in {"gt", "ge"}:
        return (end if operator == "gt" else start), _LAST
    return _FIRST, (start if operator == "lt" else end)


def _is_time(node: Node) -> bool:
    return isinstance(node, Path) and node.steps == ("phenomenonTime",)


def _fixed(node: Node) -> bool:
    """Tell whether a node is the same for every row."""
    return isinstance(node, Literal | Call | Operation) and not any(paths(node))
