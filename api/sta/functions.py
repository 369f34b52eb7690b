"""The functions of expressions, by name: what each takes, and what it gives.

Source: OGC 18-088 section 9.3.3.5.2, and OData 4.01 Part 2 section 5.1.1. Parts of a time are those of UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from api.sta import places
from api.sta.values import NEVER, KindError, Loose, Numbers, Places, Texts, Times, Truths, Value, truths

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DAY_MS = 86_400_000
LONGEST_TEXT = 1_000_000
_EARLIEST, _LATEST = -62_135_596_800_000, 253_402_300_799_999
"""The years 1 to 9999."""


@dataclass(frozen=True, slots=True)
class Function:
    """What a function takes, and how it is worked out."""

    takes: tuple[type, ...]
    work: Callable[..., Value]
    optional: int = 0
    """So many of what it takes may be left out."""


def applied(name: str, given: tuple[Value, ...]) -> Value:
    """Work a function out. Raises KindError, KeyError for one that is not known."""
    function = FUNCTIONS[name]
    least = len(function.takes) - function.optional
    if not least <= len(given) <= len(function.takes):
        wanted = f"{least}" if not function.optional else f"{least} or {len(function.takes)}"
        raise KindError(f"{name}() takes {wanted} values, and is given {len(given)}")
    taken = [_as(kind, value, name) for kind, value in zip(function.takes, given, strict=False)]
    return function.work(*taken)


def _as(kind: type, value: Value, name: str) -> Value:
    if isinstance(value, Loose):
        value = value.texts() if kind is Texts else value.times() if kind is Times else value.numbers()
    if not isinstance(value, kind):
        wanted: Any = kind
        raise KindError(f"{name}() takes {wanted.word}, and is given {value.word}")
    return value


def _match(how: Callable[..., Any], python: Callable[[str, str], bool]) -> Callable[[Texts, Texts], Truths]:
    """Make a test of texts against a pattern: one for all rows, or one of each row's own."""

    def test(text: Texts, pattern: Texts) -> Truths:
        if isinstance(pattern.values, pa.Scalar):
            sought = pattern.values.as_py()
            return Truths(np.zeros((), dtype=bool) if sought is None else truths(how(text.values, sought)))
        return Truths(_row_by_row(text.values, pattern.values, python))

    return test


def _row_by_row(text: Any, pattern: Any, test: Callable[[str, str], bool]) -> Any:
    sought = pattern.to_pylist()
    within = [text.as_py()] * len(sought) if isinstance(text, pa.Scalar) else text.to_pylist()
    pairs = zip(within, sought, strict=True)
    return np.array([None not in pair and test(*pair) for pair in pairs], dtype=bool)


def _text(how: Callable[[Any], Any]) -> Function:
    return Function((Texts,), lambda text: Texts(how(text.values)))


def _joined(one: Texts, other: Texts) -> Texts:
    return Texts(pc.binary_join_element_wise(one.values, other.values, ""))


def _length(text: Texts) -> Numbers:
    return Numbers(_floats(pc.utf8_length(text.values)))


def _found(text: Texts, sought: Texts) -> Numbers:
    """Tell where a text begins in others, -1 where it is not there; characters from 0."""
    if not isinstance(sought.values, pa.Scalar):
        raise KindError("indexof() takes a text that is written out as what is sought")
    wanted = sought.values.as_py() or ""
    if isinstance(text.values, pa.Scalar):
        return Numbers(np.array(float((text.values.as_py() or "").find(wanted))))
    found = [np.nan if one is None else one.find(wanted) for one in text.values.to_pylist()]
    return Numbers(np.array(found, dtype=np.float64))


def _part(text: Texts, start: Numbers, length: Numbers | None = None) -> Texts:
    if start.values.ndim or (length is not None and length.values.ndim):
        raise KindError("substring() takes numbers that are written out")
    first = _places(start)
    stop = None if length is None else first + _places(length)
    return Texts(pc.utf8_slice_codeunits(text.values, first, stop))


def _places(number: Numbers) -> int:
    """Give a number of characters: none where it is negative, or no number."""
    return int(np.clip(np.nan_to_num(number.values), 0, LONGEST_TEXT))


def _floats(array: Any) -> Any:
    if isinstance(array, pa.Scalar):
        return np.array(np.nan if array.as_py() is None else float(array.as_py()))
    return pc.cast(array, pa.float64()).to_numpy(zero_copy_only=False)


def _number(how: Callable[[Any], Any]) -> Function:
    return Function((Numbers,), lambda number: Numbers(how(number.values)))


def _halves_up(values: Any) -> Any:
    """Round to the nearest whole number, halves away from zero, as OData does."""
    return np.copysign(np.floor(np.abs(values) + 0.5), values)


def _of_time(part: Callable[[Any], Any]) -> Function:
    """Make a function of the beginning of a time; NaN where there is none."""

    def work(time: Times) -> Numbers:
        start = time.start.astype("datetime64[ms]")
        return Numbers(np.where(time.known(), part(start), np.nan).astype(np.float64))

    return Function((Times,), work)


def _year(time: Any) -> Any:
    return time.astype("datetime64[Y]").astype(np.int64) + 1970


def _month(time: Any) -> Any:
    return time.astype("datetime64[M]").astype(np.int64) % 12 + 1


def _day(time: Any) -> Any:
    return (time.astype("datetime64[D]") - time.astype("datetime64[M]")).astype(np.int64) + 1


def _in_day(unit: int, count: int) -> Callable[[Any], Any]:
    return lambda time: time.astype(np.int64) // unit % count


def _date(time: Times) -> Times:
    """Give the day in which a time begins."""
    start = np.where(time.known(), time.start // DAY_MS * DAY_MS, NEVER)
    return Times(start, np.where(time.known(), start + DAY_MS, NEVER))


def _always(moment: int) -> Function:
    return Function((), lambda: Times.instants(np.array(moment, dtype=np.int64)))


def _relation(name: str) -> Function:
    return Function(
        (Places, Places), lambda one, other: Truths(_over_places(one, other, lambda *two: places.related(name, *two)))
    )


def _distance(one: Places, other: Places) -> Numbers:
    return Numbers(_over_places(one, other, places.distance))


def _over_places(one: Places, other: Places, work: Callable[[Any, Any], Any]) -> Any:
    """Work something out for every place, once where rows share them."""
    if one.place is None or other.place is None:
        found, place = work(one.shapes, other.shapes), other.place if one.place is None else one.place
        return found if place is None else found[place]
    return work(one.shapes[one.place], other.shapes[other.place])


def _spans(test: Callable[[Times, Times], Any]) -> Function:
    return Function((Times, Times), lambda one, other: Truths(test(one, other) & one.known() & other.known()))


FUNCTIONS: Mapping[str, Function] = {
    "startswith": Function((Texts, Texts), _match(pc.starts_with, str.startswith)),
    "endswith": Function((Texts, Texts), _match(pc.ends_with, str.endswith)),
    "contains": Function((Texts, Texts), _match(pc.match_substring, str.__contains__)),
    "substringof": Function(
        (Texts, Texts), lambda sought, text: _match(pc.match_substring, str.__contains__)(text, sought)
    ),
    "tolower": _text(pc.utf8_lower),
    "toupper": _text(pc.utf8_upper),
    "trim": _text(pc.utf8_trim_whitespace),
    "concat": Function((Texts, Texts), _joined),
    "length": Function((Texts,), _length),
    "indexof": Function((Texts, Texts), _found),
    "substring": Function((Texts, Numbers, Numbers), _part, optional=1),
    "round": _number(_halves_up),
    "floor": _number(np.floor),
    "ceiling": _number(np.ceil),
    "year": _of_time(_year),
    "month": _of_time(_month),
    "day": _of_time(_day),
    "hour": _of_time(_in_day(3_600_000, 24)),
    "minute": _of_time(_in_day(60_000, 60)),
    "second": _of_time(_in_day(1000, 60)),
    "fractionalseconds": _of_time(lambda time: _in_day(1, 1000)(time) / 1000),
    "totaloffsetminutes": _of_time(lambda time: np.zeros(time.shape)),
    "date": Function((Times,), _date),
    "mindatetime": _always(_EARLIEST),
    "maxdatetime": _always(_LATEST),
    "before": _spans(lambda one, other: one.end <= other.start),
    "after": _spans(lambda one, other: one.start >= other.end),
    "during": _spans(lambda one, other: (one.start >= other.start) & (one.end <= other.end)),
    "overlaps": _spans(lambda one, other: (one.start < other.end) & (other.start < one.end)),
    "geo.distance": Function((Places, Places), _distance),
    **{name: _relation(name) for name in places.RELATIONS},
}
"""``now`` is not among them: it is the same throughout a request."""
