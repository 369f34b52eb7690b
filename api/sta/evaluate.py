"""Works expressions out over all rows at once: a mask of those for which a filter is true, and their order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from api.problem import did_you_mean, named
from api.sta import places
from api.sta.functions import DAY_MS, FUNCTIONS, applied
from api.sta.refusals import unsupported, wrong
from api.sta.rows import UnknownError
from api.sta.sets import SETS
from api.sta.tree import ARITHMETIC, COMPARISONS, Call, Kind, Literal, Operation, Path, paths
from api.sta.values import (
    Durations,
    KindError,
    Loose,
    Nothing,
    Numbers,
    Places,
    Texts,
    Times,
    Truths,
    Value,
    compared,
)
from api.times import milliseconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from api.sta.options import Key
    from api.sta.rows import Space
    from api.sta.tree import Node

FURTHEST = 1e15
"""Milliseconds by which a time is moved at most: 30 000 years."""
NOT_HERE = ("geo.length", "st_relate", "time", "starts", "finishes", "meets")
"""Functions that SensorThings knows besides."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is needed besides an expression: what to call it in a sentence, and the time that it calls now."""

    option: str
    text: str
    now: int
    """Milliseconds since 1970 UTC."""

    def chosen(self, node: Node, space: Space) -> NDArray[np.bool_]:
        """Tell for which rows an expression is true; shape (n,). Raises ProblemError."""
        return np.broadcast_to(self._mask(node, space), len(space))

    def order(self, keys: Sequence[Key], space: Space) -> NDArray[np.intp]:
        """Give the places of rows in their order; what is not there comes last, equal ones stay as they are."""
        columns = {f"{number}": self._sortable(key, space) for number, key in enumerate(keys)}
        by = [(f"{number}", "descending" if key.descending else "ascending") for number, key in enumerate(keys)]
        found: NDArray[np.intp] = pc.sort_indices(
            pa.table({**columns, "place": np.arange(len(space))}), sort_keys=[*by, ("place", "ascending")]
        ).to_numpy()
        return found.astype(np.intp)

    def value(self, node: Node, space: Space) -> Value:
        """Work out what is no truth by itself. Raises ProblemError."""
        if isinstance(node, Literal):
            return self._literal(node)
        if isinstance(node, Path):
            return self._path(node, space)
        try:
            return self._call(node, space) if isinstance(node, Call) else self._operation(node, space)
        except KindError as error:
            raise wrong(self.option, self.text, node.at, f"{error}.") from None

    def _mask(self, node: Node, space: Space) -> Any:
        if isinstance(node, Operation) and node.name in {"and", "or"}:
            join = np.logical_and if node.name == "and" else np.logical_or
            masks = [self._mask(operand, space) for operand in node.operands]
            return join.reduce(np.broadcast_arrays(*masks))
        if isinstance(node, Operation) and node.name == "not":
            return ~self._mask(node.operands[0], space)
        crossing = next((found for path in paths(node) if (found := self._crossing(path, space))), ())
        return self._any(node, crossing, space) if crossing else self._leaf(node, space)

    def _leaf(self, node: Node, space: Space) -> Any:
        value = self.value(node, space)
        if isinstance(value, Loose):
            return value.truths(wanted=True)
        if not isinstance(value, Truths):
            raise wrong(
                self.option, self.text, node.at, f"expected is a truth, such as a comparison, not {value.word}."
            )
        return value.values

    def _crossing(self, path: Path, space: Space) -> tuple[str, ...]:
        """Give the steps up to the first that leads to many; none where all lead to one."""
        at = space.set
        for number, step in enumerate(path.steps):
            relation = at.relations.get(step)
            if relation is None:
                return ()
            if relation.many:
                return path.steps[: number + 1]
            at = SETS[relation.to]
        return ()

    def _any(self, node: Node, crossing: tuple[str, ...], space: Space) -> Any:
        """Tell for which rows something is true of any of the many that some steps lead to."""
        if crossing[-1] == "Observations":
            what = "A filter by what is observed, from here,"
            raise unsupported(what, "Ask for Observations, and filter by what leads from them to the rest.")
        for step in crossing[:-1]:
            space = space.one(step)
        children, parent = space.many(crossing[-1])
        mask = self.chosen(self._behind(node, crossing), children)
        return np.bincount(parent[mask], minlength=len(space)) > 0

    def _behind(self, node: Node, crossing: tuple[str, ...]) -> Node:
        """Take the steps away with which all paths of an expression begin."""
        if isinstance(node, Path):
            if node.steps[: len(crossing)] != crossing or len(node.steps) == len(crossing):
                raise unsupported(f"A comparison of what {'/'.join(crossing)} leads to with something else")
            return replace(node, steps=node.steps[len(crossing) :])
        if isinstance(node, Literal):
            return node
        return replace(node, operands=tuple(self._behind(operand, crossing) for operand in node.operands))

    def _path(self, path: Path, space: Space) -> Value:
        for number, step in enumerate(path.steps):
            relation = space.set.relations.get(step)
            if relation is None:
                return self._column(path, number, space)
            if relation.many:
                raise unsupported(f"{path} as a value", f"{step} are many.")
            space = space.one(step)
        raise wrong(self.option, self.text, path.at, f"{path} is an entity; name one of its properties.")

    def _column(self, path: Path, number: int, space: Space) -> Value:
        try:
            return space.column(path.steps[number:])
        except UnknownError as error:
            step = number + error.step
            at = path.at + sum(len(known) + 1 for known in path.steps[:step])
            name = path.steps[step] if step < len(path.steps) else ""
            why = f"{error.what} has no {name[:60]!r}" if name else error.what
            near = did_you_mean(name, error.known)
            raise wrong(self.option, self.text, at, f"{why}.{near} Known: {named(error.known)}.") from None

    def _literal(self, node: Literal) -> Value:
        try:
            return _LITERALS[node.kind](node.value)
        except ValueError as error:
            raise wrong(self.option, self.text, node.at, f"{error}.") from None

    def _call(self, node: Call, space: Space) -> Value:
        if node.name == "now" and not node.operands:
            return Times.instants(np.array(self.now, dtype=np.int64))
        if node.name not in FUNCTIONS:
            if node.name in NOT_HERE:
                raise unsupported(f"The function {node.name}()")
            near = did_you_mean(node.name, FUNCTIONS)
            raise unsupported(f"A function {node.name[:60]}()", f"Known are {named(('now', *FUNCTIONS))}.{near}")
        return applied(node.name, tuple(self.value(operand, space) for operand in node.operands))

    def _operation(self, node: Operation, space: Space) -> Value:
        if node.name in {"and", "or", "not"}:
            return Truths(self._mask(node, space))
        values = [self.value(operand, space) for operand in node.operands]
        if node.name in COMPARISONS:
            return Truths(compared(node.name, *values))
        return _negative(values[0]) if node.name == "minus" else _reckoned(node.name, *values)

    def _sortable(self, key: Key, space: Space) -> Any:
        """Make a column that Arrow sorts."""
        value = self.value(key.by, space)
        if isinstance(value, Loose):
            texts = any(isinstance(one, str) for one in value.values)
            value = value.texts() if texts else value.numbers()
        if isinstance(value, Places):
            raise wrong(self.option, self.text, key.by.at, "geometries have no order.")
        return _column_of(value, len(space))


def _column_of(value: Value, size: int) -> Any:
    if isinstance(value, Texts):
        return pa.array([value.values.as_py()] * size) if isinstance(value.values, pa.Scalar) else value.values
    if isinstance(value, Nothing):
        return pa.nulls(size)
    numbers = value.start if isinstance(value, Times) else value.values  # type: ignore[union-attr]
    return pa.array(np.broadcast_to(numbers, size), mask=np.broadcast_to(~value.known(), size))


def _time(value: np.datetime64) -> Times:
    return Times.instants(_scalar(value))


def _interval(value: tuple[np.datetime64, np.datetime64]) -> Times:
    return Times(_scalar(value[0]), _scalar(value[1]))


def _scalar(time: np.datetime64) -> NDArray[np.int64]:
    return milliseconds(np.array(time))


def _day(value: np.datetime64) -> Times:
    start = _scalar(value)
    return Times(start, start + DAY_MS)


_LITERALS: Mapping[Kind, Callable[[Any], Value]] = {
    Kind.NOTHING: lambda _: Nothing(),
    Kind.TRUTH: lambda value: Truths(np.array(value)),
    Kind.NUMBER: lambda value: Numbers(np.array(value, dtype=np.float64)),
    Kind.TEXT: lambda value: Texts(pa.scalar(value, pa.string())),
    Kind.TIME: _time,
    Kind.DAY: _day,
    Kind.INTERVAL: _interval,
    Kind.DURATION: lambda value: Durations(np.array(value.astype("timedelta64[ms]").astype(np.float64))),
    Kind.PLACE: lambda value: Places(places.geometry(value)),
}


def _negative(value: Value) -> Value:
    if isinstance(value, Loose):
        value = value.numbers()
    if not isinstance(value, Numbers | Durations):
        raise KindError(f"{value.word} has no negative")
    return type(value)(-value.values)


def _reckoned(name: str, left: Value, right: Value) -> Value:
    """Add, subtract, multiply, divide; times and durations as far as that has a meaning. Raises KindError."""
    left, right = (value.numbers() if isinstance(value, Loose) else value for value in (left, right))
    if isinstance(left, Times) and name in {"add", "sub"}:
        return _of_times(name, left, right)
    if isinstance(left, Numbers) and isinstance(right, Numbers):
        return Numbers(_number(name, left.values, right.values))
    if isinstance(left, Durations) and isinstance(right, Durations) and name in {"add", "sub"}:
        return Durations(_number(name, left.values, right.values))
    if isinstance(left, Durations) and isinstance(right, Numbers) and name in {"mul", "div"}:
        return Durations(_number(name, left.values, right.values))
    raise KindError(f"{left.word} {name} {right.word} has no meaning")


def _of_times(name: str, left: Times, right: Value) -> Value:
    if isinstance(right, Times) and name == "sub":
        known = left.known() & right.known()
        return Durations(np.where(known, (left.start - right.start).astype(np.float64), np.nan))
    if not isinstance(right, Durations):
        raise KindError(f"{left.word} {name} {right.word} has no meaning")
    known = left.known() & right.known()
    milliseconds_by = np.clip(np.where(known, right.values, 0), -FURTHEST, FURTHEST)
    by = milliseconds_by.astype(np.int64) * (1 if name == "add" else -1)
    start = np.where(known, left.start + by, np.iinfo(np.int64).min)
    return Times(start, np.where(known, left.end + by, start), left.instant)


def _number(name: str, left: Any, right: Any) -> Any:
    work = dict(zip(ARITHMETIC, (np.add, np.subtract, np.multiply, np.divide, np.fmod), strict=True))[name]
    with np.errstate(all="ignore"):
        found = np.asarray(work(left, right))
    return np.where(np.isfinite(found), found, np.nan)
