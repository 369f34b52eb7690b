"""What expressions are made of while they are worked out: columns of one kind each, and how two of them compare.

A column has shape (n,), or none where it is the same for every row. What is not there is NaN, null or ``NEVER``: a
comparison with it is false, only ``ne`` is true. A time is the half-open span of milliseconds that it covers: an
instant one, a day many, an interval its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from sys import float_info
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

NEVER = np.iinfo(np.int64).min
"""Stands for a time that is not there."""

Mask = Any
"""A truth per row, or one for all: a numpy array of bool."""


class KindError(Exception):
    """Two things that cannot be compared, or a function that cannot take one: its text is a sentence."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers, NaN where there is none."""

    values: NDArray[np.float64]
    word = "a number"

    def take(self, rows: NDArray[np.intp]) -> Numbers:
        """Give some rows."""
        return Numbers(self.values[rows])

    def known(self) -> Mask:
        """Tell where there is something."""
        return ~np.isnan(self.values)


@dataclass(frozen=True, slots=True)
class Truths:
    """Truths."""

    values: NDArray[np.bool_]
    word = "a truth"

    def take(self, rows: NDArray[np.intp]) -> Truths:
        """Give some rows."""
        return Truths(self.values[rows])

    def known(self) -> Mask:
        """Tell where there is something: everywhere."""
        return np.ones_like(self.values)


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts, null where there is none: an Arrow array, or a scalar."""

    values: Any
    word = "a text"

    def take(self, rows: NDArray[np.intp]) -> Texts:
        """Give some rows."""
        return Texts(self.values.take(pa.array(rows)))

    def known(self) -> Mask:
        """Tell where there is something."""
        return truths(pc.is_valid(self.values))


@dataclass(frozen=True, slots=True)
class Times:
    """Half-open spans. [ms since 1970 UTC]."""

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    instant: bool = False
    """Whether all are instants, one millisecond long."""
    word = "a time"

    @classmethod
    def instants(cls, start: NDArray[np.int64]) -> Times:
        """Make instants."""
        return cls(start, start + 1, instant=True)

    def take(self, rows: NDArray[np.intp]) -> Times:
        """Give some rows."""
        return Times(self.start[rows], self.end[rows], self.instant)

    def known(self) -> Mask:
        """Tell where there is something."""
        return self.start != NEVER


@dataclass(frozen=True, slots=True)
class Durations:
    """Durations, NaN where there is none. [ms]."""

    values: NDArray[np.float64]
    word = "a duration"

    def take(self, rows: NDArray[np.intp]) -> Durations:
        """Give some rows."""
        return Durations(self.values[rows])

    def known(self) -> Mask:
        """Tell where there is something."""
        return ~np.isnan(self.values)


@dataclass(frozen=True, slots=True)
class Places:
    """Geometries: some, and which of them each row has, so that many rows of few places cost little."""

    shapes: Any
    """A geometry, or an array of them."""
    place: NDArray[np.intp] | None = None
    """Index into ``shapes``, shape (n,); None where there is one for all rows."""
    word = "a geometry"

    def take(self, rows: NDArray[np.intp]) -> Places:
        """Give some rows."""
        return Places(self.shapes, rows if self.place is None else self.place[rows])

    def known(self) -> Mask:
        """Tell where there is something: everywhere."""
        return np.ones(() if self.place is None else self.place.shape, dtype=bool)


@dataclass(frozen=True, slots=True)
class Loose:
    """Values of a register, which may be of any kind, None where there is none; shape (n,)."""

    values: NDArray[np.object_]
    word = "a property of any kind"

    def take(self, rows: NDArray[np.intp]) -> Loose:
        """Give some rows."""
        return Loose(self.values[rows])

    def known(self) -> Mask:
        """Tell where there is something."""
        return np.array([value is not None for value in self.values], dtype=bool)

    def numbers(self) -> Numbers:
        """Give those that are numbers."""
        return Numbers(np.array([_number(value) for value in self.values], dtype=np.float64))

    def texts(self) -> Texts:
        """Give those that are texts."""
        return Texts(pa.array([value if isinstance(value, str) else None for value in self.values], pa.string()))

    def times(self) -> Times:
        """Give those that are times."""
        return Times.instants(np.array([_moment(value) for value in self.values], dtype=np.int64))

    def truths(self, *, wanted: bool) -> Mask:
        """Tell which are this truth."""
        return np.array([value is wanted for value in self.values], dtype=bool)


@dataclass(frozen=True, slots=True)
class Nothing:
    """The literal null."""

    word = "nothing"

    def take(self, rows: NDArray[np.intp]) -> Nothing:  # noqa: ARG002 - like all others
        """Give some rows."""
        return self

    def known(self) -> Mask:
        """Tell where there is something: nowhere."""
        return np.zeros((), dtype=bool)


Value = Numbers | Truths | Texts | Times | Durations | Places | Loose | Nothing


def truths(array: Any) -> NDArray[np.bool_]:
    """Make a mask of what Arrow says; what it does not know is false."""
    if isinstance(array, pa.Scalar):
        return np.array(array.as_py() is True)
    filled: NDArray[np.bool_] = pc.fill_null(array, False).to_numpy(zero_copy_only=False)
    return filled.astype(bool)


def compared(operator: str, left: Value, right: Value) -> Mask:
    """Compare two columns. Raises KindError."""
    if operator == "ne":
        return ~compared("eq", left, right)
    if isinstance(left, Nothing) or isinstance(right, Nothing):
        return _with_nothing(operator, right if isinstance(left, Nothing) else left)
    left, right = alike(left, right)
    both = left.known() & right.known()
    return np.asarray(_COMPARE[type(left)](operator, left, right) & both)


def _with_nothing(operator: str, other: Value) -> Mask:
    if operator != "eq":
        raise KindError("null is neither greater nor less than anything: ask with eq or ne")
    return np.ones((), dtype=bool) if isinstance(other, Nothing) else ~other.known()


def alike(left: Value, right: Value) -> tuple[Value, Value]:
    """Make two columns one kind, where a register's may be what the other is. Raises KindError."""
    if isinstance(left, Loose):
        left = loosened(left, right)
    if isinstance(right, Loose):
        right = loosened(right, left)
    if type(left) is not type(right):
        raise KindError(f"{left.word} and {right.word} cannot be compared{_advice(left, right)}")
    return left, right


def loosened(loose: Loose, other: Value) -> Value:
    """Give the values of a register that are of the kind of another column."""
    if isinstance(other, Texts):
        return loose.texts()
    if isinstance(other, Times):
        return loose.times()
    if isinstance(other, Truths) and other.values.ndim == 0:
        wanted = bool(other.values)
        return Truths(loose.truths(wanted=wanted) == wanted)
    return loose.numbers()


def _advice(left: Value, right: Value) -> str:
    kinds = {type(left), type(right)}
    return ": write texts and ids in quotes, '...'" if kinds == {Numbers, Texts} else ""


def _numbers(operator: str, left: Any, right: Any) -> Mask:
    return _ORDERED[operator](left.values, right.values)


def _texts(operator: str, left: Texts, right: Texts) -> Mask:
    return truths(_ARROW[operator](left.values, right.values))


def _times(operator: str, left: Times, right: Times) -> Mask:
    """Compare spans: every instant of the one before, or not behind, every instant of the other, and so on."""
    if operator == "eq":
        return (left.start == right.start) & (left.end == right.end)
    if operator in {"lt", "le"}:
        return left.end <= (right.start if operator == "lt" else right.end)
    return left.start >= (right.end if operator == "gt" else right.start)


def _truths(operator: str, left: Truths, right: Truths) -> Mask:
    if operator != "eq":
        raise KindError("a truth is neither greater nor less than another: ask with eq or ne")
    return left.values == right.values


def _places(operator: str, left: Places, right: Places) -> Mask:  # noqa: ARG001 - one for all operators
    raise KindError("geometries are compared by functions: st_equals(location,geography'POINT(12.1 54.1)')")


_ORDERED: Mapping[str, Callable[[Any, Any], Any]] = {
    "eq": np.equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
}
_ARROW: Mapping[str, Callable[[Any, Any], Any]] = {
    "eq": pc.equal,
    "lt": pc.less,
    "le": pc.less_equal,
    "gt": pc.greater,
    "ge": pc.greater_equal,
}
_COMPARE: Mapping[type, Callable[[str, Any, Any], Mask]] = {
    Numbers: _numbers,
    Durations: _numbers,
    Texts: _texts,
    Times: _times,
    Truths: _truths,
    Places: _places,
}


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return np.nan
    return float(value) if abs(value) <= float_info.max else np.inf if value > 0 else -np.inf


def _moment(value: Any) -> int:
    """Read a time of a register; one without an offset is none, for nobody knows when it was."""
    try:
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return NEVER
    return NEVER if instant.tzinfo is None else round(instant.timestamp() * 1000)
