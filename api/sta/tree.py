"""The tree of an expression, as the grammar makes it: literals, paths, calls and operations, and back to text."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le")
ARITHMETIC = ("add", "sub", "mul", "div", "mod")


class Kind(StrEnum):
    """What a literal is."""

    NOTHING = "nothing"
    TRUTH = "a truth"
    NUMBER = "a number"
    TEXT = "a text"
    TIME = "a time"
    DAY = "a day"
    INTERVAL = "an interval"
    DURATION = "a duration"
    PLACE = "a geometry"


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that is written out.

    Times are datetime64[ms] in UTC, days datetime64[D], intervals pairs of times, durations timedelta64[ms], geometries
    well-known text.
    """

    kind: Kind
    value: Any
    at: int = field(default=0, compare=False)
    """Where it stands in the text, counted from 0."""
    depth: int = field(default=1, compare=False)

    def __str__(self) -> str:
        return _WRITTEN[self.kind](self.value)


@dataclass(frozen=True, slots=True)
class Path:
    """Names that lead to a property: ``Thing/properties/capacity``."""

    steps: tuple[str, ...]
    at: int = field(default=0, compare=False)
    depth: int = field(default=1, compare=False)

    def __str__(self) -> str:
        return "/".join(self.steps)


@dataclass(frozen=True, slots=True)
class Call:
    """A function and what it is given."""

    name: str
    operands: tuple[Node, ...]
    at: int = field(default=0, compare=False)
    depth: int = field(default=1, compare=False)

    def __str__(self) -> str:
        return f"{self.name}({','.join(map(str, self.operands))})"


@dataclass(frozen=True, slots=True)
class Operation:
    """``or`` and ``and`` of two or more, ``not`` and ``minus`` of one, comparisons and arithmetic of two."""

    name: str
    operands: tuple[Node, ...]
    at: int = field(default=0, compare=False)
    depth: int = field(default=1, compare=False)

    def __str__(self) -> str:
        if len(self.operands) == 1:
            return f"{'-' if self.name == 'minus' else 'not '}({self.operands[0]})"
        return f" {self.name} ".join(f"({operand})" for operand in self.operands)


Node = Literal | Path | Call | Operation


def conjuncts(node: Node | None) -> tuple[Node, ...]:
    """Give what must all be true for an expression to be."""
    if node is None:
        return ()
    return node.operands if isinstance(node, Operation) and node.name == "and" else (node,)


def conjoined(nodes: tuple[Node, ...]) -> Node | None:
    """Put together what ``conjuncts`` took apart."""
    if len(nodes) < 2:
        return nodes[0] if nodes else None
    return Operation("and", nodes, nodes[0].at, 1 + max(node.depth for node in nodes))


def paths(node: Node) -> Iterator[Path]:
    """Go through the paths of an expression."""
    if isinstance(node, Path):
        yield node
    elif not isinstance(node, Literal):
        for operand in node.operands:
            yield from paths(operand)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _time(value: np.datetime64) -> str:
    return f"{np.datetime_as_string(value, unit='ms')}Z"


def _duration(value: np.timedelta64) -> str:
    milliseconds = int(value.astype("timedelta64[ms]").astype(np.int64))
    sign = "-" if milliseconds < 0 else ""
    return f"duration'{sign}PT{abs(milliseconds) / 1000:.3f}S'"


_WRITTEN: Mapping[Kind, Callable[[Any], str]] = {
    Kind.NOTHING: lambda _: "null",
    Kind.TRUTH: lambda value: "true" if value else "false",
    Kind.NUMBER: repr,
    Kind.TEXT: _text,
    Kind.TIME: _time,
    Kind.DAY: str,
    Kind.INTERVAL: lambda value: "/".join(map(_time, value)),
    Kind.DURATION: _duration,
    Kind.PLACE: lambda value: f"geography'{value}'",
}
