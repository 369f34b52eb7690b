"""Texts as instants, in columns: ISO 8601, a format of one's own, seconds since 1970, and local times of a zone.

Once a year a zone's clock goes through an hour twice and leaves one out. The hour that comes twice is told apart by the
rule ``ambiguous``: ``order`` takes what stands first in the file for the earlier, ``earlier`` and ``later`` say it for
all, ``refuse`` takes none. An hour that there was not is refused, or with ``missing = "shift"`` read as if the clock
had not been put forward. What was decided so is counted.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sensors.model import TIME
from storage.exchange.numbers import numbers_of, texts_of, to_numpy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from storage.exchange.mapping import Time
    from storage.exchange.objections import Objections

_ISO = r"%Y-%m-%d(?:[T ]%H:%M(?::%S)?)?\s*(?:%z)?"
_PARTS = {
    "%Y": r"(?P<year>\d{4})",
    "%y": r"(?P<short_year>\d{2})",
    "%m": r"(?P<month>\d{1,2})",
    "%d": r"(?P<day>\d{1,2})",
    "%H": r"(?P<hour>\d{1,2})",
    "%M": r"(?P<minute>\d{1,2})",
    "%S": r"(?P<second>\d{1,2}(?:[.,]\d{1,9})?)",
    "%z": r"(?P<zone>Z|[+-]\d{2}:?\d{2})",
    "%%": "%",
}
_SINCE_1970 = {"unix": 1000.0, "unix_ms": 1.0}


def pattern_of(form: str) -> str:
    """Write a format as the pattern of its texts. Raises ValueError for a part that is not understood."""
    iso = form == "iso"
    pieces = re.split(r"(%.)", _ISO if iso else form)
    unknown = [piece for piece in pieces if re.fullmatch("%.", piece) and piece not in _PARTS]
    if unknown:
        raise ValueError(
            f"'{unknown[0]}' in '{form}' is not understood: write {', '.join(_PARTS)}, or iso, unix, unix_ms"
        )
    parts = (_PARTS.get(piece, piece if iso else re.escape(piece)) for piece in pieces)
    return f"^{''.join(parts)}$"


class Clock:
    """Reads the time column of one file; remembers which ambiguous times it has met."""

    def __init__(self, time: Time) -> None:
        self._time = time
        self._pattern = "" if time.format in _SINCE_1970 else pattern_of(time.format)
        self._met: Counter[tuple[str, int]] = Counter()

    def read(
        self, column: pa.ChunkedArray, lines: NDArray[np.int64], series: Sequence[str] | None, told: Objections
    ) -> NDArray[np.datetime64]:
        """Give instants in UTC, NaT where there is none; ``series`` tells apart what shares a time in a long file."""
        if pa.types.is_timestamp(column.type):
            return self._of_timestamps(column, lines, series, told)
        if self._time.format in _SINCE_1970:
            return self._since_1970(column, lines, told)
        texts = texts_of(column)
        wall, offset, wrong = _taken_apart(texts, self._pattern)
        shown = texts.combine_chunks()
        bad = np.flatnonzero(wrong)
        told.refuse(
            "no time", lines[bad], lambda place: f"{_shown(shown, bad[place])} is no time ({self._time.format})"
        )
        without = ~wrong & np.isnan(offset)
        instants = wall - np.nan_to_num(offset).astype(np.int64)
        instants[without] = self._local(wall[without], lines[without], _chosen(series, without), told)
        instants[wrong] = np.iinfo(np.int64).min
        return instants.view(TIME)

    def _of_timestamps(
        self, column: Any, lines: NDArray[np.int64], series: Sequence[str] | None, told: Objections
    ) -> NDArray[np.datetime64]:
        wall = to_numpy(column.cast(pa.timestamp("ms", column.type.tz), safe=False).cast(pa.int64()).fill_null(_NEVER))
        if column.type.tz is None:
            given = wall != _NEVER
            wall = wall.copy()
            wall[given] = self._local(wall[given], lines[given], _chosen(series, given), told)
        empty = lines[wall == _NEVER]
        told.refuse("no time", empty, lambda _: "the time is missing")
        return wall.view(TIME)

    def _since_1970(self, column: Any, lines: NDArray[np.int64], told: Objections) -> NDArray[np.datetime64]:
        numbers, wrong = numbers_of(column)
        bad = np.flatnonzero(wrong | np.isnan(numbers))
        told.refuse("no time", lines[bad], lambda _: f"the time is no number ({self._time.format})")
        instants = np.round(np.nan_to_num(numbers) * _SINCE_1970[self._time.format]).astype(np.int64)
        instants[bad] = _NEVER
        return instants.view(TIME)

    def _local(
        self, wall: NDArray[np.int64], lines: NDArray[np.int64], series: Sequence[str] | None, told: Objections
    ) -> NDArray[np.int64]:
        """Give the instants of times on the clocks of a zone."""
        if not len(wall):
            return wall
        if not self._time.zone:
            told.refuse("no zone", lines, lambda _: "the time has no offset; say in [time] of which zone it is")
            return np.full(len(wall), _NEVER)
        earlier, later = _in_zone(wall, self._time.zone)
        back = _on_clocks(earlier, self._time.zone)
        instants, skipped = earlier.copy(), back != wall
        twice = ~skipped & (earlier != later)
        instants[twice] = self._told_apart(earlier[twice], later[twice], _chosen(series, twice), lines[twice], told)
        instants[skipped] = self._put_forward(wall[skipped], earlier[skipped], back[skipped], lines[skipped], told)
        return instants

    def _told_apart(
        self,
        earlier: NDArray[np.int64],
        later: NDArray[np.int64],
        series: Sequence[str] | None,
        lines: NDArray[np.int64],
        told: Objections,
    ) -> NDArray[np.int64]:
        rule = self._time.ambiguous
        if rule == "refuse":
            told.refuse("twice", lines, lambda _: f"this time came twice in {self._time.zone} (ambiguous = 'refuse')")
            return np.full(len(earlier), _NEVER)
        told.remark(f"of an hour that came twice in {self._time.zone}, taken by the rule '{rule}'", len(earlier))
        if rule == "order":
            second = self._met_before(earlier.tolist(), series)
            return np.where(second, later, earlier)
        return earlier if rule == "earlier" else later

    def _met_before(self, times: list[int], series: Sequence[str] | None) -> NDArray[np.bool_]:
        met = []
        for place, time in enumerate(times):
            key = ("" if series is None else series[place], time)
            met.append(self._met[key] > 0)
            self._met[key] += 1
        return np.array(met, dtype=bool)

    def _put_forward(self, wall: Any, before: Any, back: Any, lines: Any, told: Objections) -> NDArray[np.int64]:
        if self._time.missing == "shift":
            told.remark(f"of an hour that there was not in {self._time.zone}, read by the clock before it", len(wall))
            return np.asarray(wall - (back - before), dtype=np.int64)
        told.refuse("never", lines, lambda _: f"this time there was not in {self._time.zone} (missing = 'refuse')")
        return np.full(len(wall), _NEVER)


_NEVER = int(np.iinfo(np.int64).min)
"""What NaT is as a number."""


def _taken_apart(texts: Any, pattern: str) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]:
    """Give the time on the clock and the offset from UTC, both in milliseconds, and where there is no time."""
    found = pc.extract_regex(texts, pattern).combine_chunks()
    names = [found.type.field(place).name for place in range(found.type.num_fields)]
    parts = {name: pc.struct_field(found, name) for name in names}
    rows = len(found)

    def number(name: str, default: float) -> NDArray[np.float64]:
        if name not in parts:
            return np.full(rows, default)
        digits = pc.replace_substring(pc.if_else(pc.equal(parts[name], ""), None, parts[name]), ",", ".")
        return to_numpy(digits.cast(pa.float64()).fill_null(default))

    year = number("year", np.nan) if "year" in parts else 2000 + number("short_year", np.nan)
    month, day = number("month", 1), number("day", 1)
    hour, minute, second = number("hour", 0), number("minute", 0), number("second", 0)
    wrong = to_numpy(found.is_null()) | np.isnan(year)
    in_year = np.nan_to_num(year - 1970) * 12 + np.clip(month, 1, 12) - 1
    first = in_year.astype(np.int64).view("datetime64[M]").astype("datetime64[D]").view(np.int64)
    next_first = (in_year.astype(np.int64) + 1).view("datetime64[M]").astype("datetime64[D]").view(np.int64)
    wrong |= (month < 1) | (month > 12) | (day < 1) | (day > next_first - first)
    wrong |= (hour > 23) | (minute > 59) | (second >= 60)
    clock = np.round((hour * 3600 + minute * 60 + second) * 1000).astype(np.int64)
    wall = (first + day.astype(np.int64) - 1) * 86_400_000 + clock
    offset = _offsets(parts["zone"]) if "zone" in parts else np.full(rows, np.nan)
    return np.where(wrong, 0, wall), np.where(wrong, 0.0, offset), wrong


def _offsets(zone: Any) -> NDArray[np.float64]:
    """Give offsets from UTC in milliseconds, NaN where there is none: there are few, told apart once each."""
    coded = zone.fill_null("").dictionary_encode()
    offsets = np.array([_offset(text) for text in coded.dictionary.to_pylist()] or [np.nan])
    return np.asarray(offsets[to_numpy(coded.indices)]) if len(zone) else np.empty(0)


def _offset(text: str) -> float:
    if not text:
        return np.nan
    if text == "Z":
        return 0.0
    digits = text[1:].replace(":", "")
    return (-1 if text[0] == "-" else 1) * (int(digits[:2]) * 60 + int(digits[2:])) * 60_000.0


def _in_zone(wall: NDArray[np.int64], zone: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    clocks = pa.array(wall).cast(pa.timestamp("ms"))
    rules = ("earliest", "latest")
    found = (pc.assume_timezone(clocks, zone, ambiguous=rule, nonexistent=rule).cast(pa.int64()) for rule in rules)
    earlier, later = (to_numpy(instants) for instants in found)
    return earlier, later


def _on_clocks(instants: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    return to_numpy(pc.local_timestamp(pa.array(instants).cast(pa.timestamp("ms", zone))).cast(pa.int64()))


def _chosen(series: Sequence[str] | None, wanted: NDArray[np.bool_]) -> Sequence[str] | None:
    return None if series is None else [series[place] for place in np.flatnonzero(wanted).tolist()]


def _shown(texts: Any, row: int) -> str:
    text = texts[int(row)].as_py()
    return "the time is empty, which" if text is None else repr(text[:60])
