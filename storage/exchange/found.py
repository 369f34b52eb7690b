"""Tables with a known meaning as batches: a row per observation, or a column per series."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sensors.model import TIME, Batch, Datastream
from sensors.quality import Quality
from sensors.ranges import UNTESTED
from storage.exchange.columns import streams_of
from storage.exchange.instants import Clock
from storage.exchange.mapping import Time, require, scaling
from storage.exchange.numbers import numbers_of, to_numpy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from storage.exchange.mapping import Doubted, Long, Mapping, Wide
    from storage.exchange.objections import Objections
    from storage.exchange.tables import Chunk

_FLAGS = np.array(list(Quality), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Found:
    """Observations of some rows of a file, and the line of each; shape (n,)."""

    batch: Batch
    lines: NDArray[np.int64]


def table_of(mapping: Mapping, names: Sequence[str], told: Objections) -> LongTable | WideTable:
    """Begin to read a table with these columns. Raises ValueError where it does not have what the mapping names."""
    if mapping.long is not None:
        return LongTable(mapping, mapping.long, names, told)
    return WideTable(mapping, names, told)


class LongTable:
    """Reads a table with a row per observation."""

    def __init__(self, mapping: Mapping, table: Long, names: Sequence[str], told: Objections) -> None:
        self._mapping, self._table, self._told = mapping, table, told
        self.columns = list(dict.fromkeys([*mapping.time.columns, *table.columns()]))
        require(self.columns, names)
        self._clock = Clock(mapping.time)
        self._known = Clock(Time())

    def found(self, chunk: Chunk, now: np.datetime64) -> Found:
        """Give what a part of the file says; ``now`` is the result time where it tells none."""
        streams, place = self._streams(chunk)
        series = [streams[code].name for code in place.tolist()] if self._mapping.time.zone else None
        time = self._clock.read(_time(chunk, self._mapping.time), chunk.lines, series, self._told)
        result, wrong = self._results(chunk, streams, place)
        quality, no_flag = self._quality(chunk, result)
        rest, bad = self._rest(chunk, now)
        nameless = np.array([not (each.thing and each.observed_property) for each in streams], dtype=bool)[place]
        self._told.refuse("no name", chunk.lines[nameless], lambda _: "thing or property is empty")
        empty = np.isnan(result) & ~wrong & (quality != Quality.MISSING)
        self._told.remark("rows without a value, left out", int(empty.sum()))
        kept = ~(wrong | no_flag | bad | np.isnat(time) | nameless | empty)
        batch = Batch.of(streams, place, time, result, quality=quality, **rest)
        return Found(batch.take(kept), chunk.lines[kept])

    def _streams(self, chunk: Chunk) -> tuple[tuple[Datastream, ...], NDArray[np.int32]]:
        table, rows = self._table, len(chunk.lines)
        thing = _constant(table.thing_is, rows) if table.thing_is else chunk.table[table.thing].cast(pa.string())
        named = table.property_is
        observed = _constant(named, rows) if named else chunk.table[table.property].cast(pa.string())
        derived = _truth(chunk.table[table.derived]) if table.derived else pa.chunked_array([pa.array([False] * rows)])
        if not rows:
            return (), np.empty(0, dtype=np.int32)
        streams, place = streams_of(thing.fill_null(""), observed.fill_null(""), derived)
        renamed = (
            Datastream(
                each.thing and table.thing_as.replace("{thing}", each.thing),
                table.properties.get(each.observed_property, each.observed_property),
                each.derived,
            )
            for each in streams
        )
        return tuple(renamed), place

    def _results(
        self, chunk: Chunk, streams: Sequence[Datastream], place: NDArray[np.int32]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        text, table = self._mapping.file, self._table
        numbers, wrong = numbers_of(chunk.table[table.value], text.missing, text.decimal)
        _refuse_numbers(self._told, chunk, table.value, wrong)
        if self._mapping.own:
            return numbers, wrong
        scales = [
            scaling(each.observed_property, table.units.get(each.observed_property, table.unit)) for each in streams
        ]
        scale, offset = np.array(scales, dtype=float).reshape(-1, 2).T
        return numbers * scale[place] + offset[place], wrong

    def _quality(self, chunk: Chunk, result: NDArray[np.float64]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        if not self._table.quality:
            return np.full(len(result), UNTESTED, dtype=np.uint8), np.zeros(len(result), dtype=bool)
        flags, _ = numbers_of(chunk.table[self._table.quality])
        wrong = ~np.isin(flags, _FLAGS)
        self._told.refuse(
            "no flag", chunk.lines[wrong], lambda _: "the quality is none of the QARTOD flags 1, 2, 3, 4, 9"
        )
        return np.where(wrong, Quality.UNKNOWN, flags).astype(np.uint8), wrong

    def _rest(self, chunk: Chunk, now: np.datetime64) -> tuple[dict[str, Any], NDArray[np.bool_]]:
        table, rows = self._table, len(chunk.lines)
        rest: dict[str, Any] = {"result_time": np.full(rows, now, dtype=TIME)}
        bad = np.zeros(rows, dtype=bool)
        if table.result_time:
            rest["result_time"] = self._known.read(chunk.table[table.result_time], chunk.lines, None, self._told)
            bad |= np.isnat(rest["result_time"])
        for name in ("revision", "samples", "coverage"):
            column = getattr(table, name)
            if column:
                numbers, wrong = numbers_of(chunk.table[column])
                _refuse_numbers(self._told, chunk, column, wrong)
                bad |= wrong
                rest[name] = numbers if name == "coverage" else np.nan_to_num(numbers)
        return rest, bad


class WideTable:
    """Reads a table with a column per series."""

    def __init__(self, mapping: Mapping, names: Sequence[str], told: Objections) -> None:
        self._mapping, self._told = mapping, told
        self._series = _series(mapping, names)
        self._doubted = mapping.doubted
        further = [self._doubted.column] if self._doubted else []
        require([*mapping.time.columns, *further], names)
        self.columns = list(dict.fromkeys([*mapping.time.columns, *further, *self._series]))
        self._clock = Clock(mapping.time)

    def found(self, chunk: Chunk, now: np.datetime64) -> Found:
        """Give what a part of the file says; ``now`` is the result time."""
        time = self._clock.read(_time(chunk, self._mapping.time), chunk.lines, None, self._told)
        told = ~np.isnat(time)
        numbers = np.array([self._numbers(chunk, name, told) for name in self._series]).reshape(-1, len(time))
        quality = np.array([self._flags(chunk, name) for name in self._series], dtype=np.uint8).reshape(numbers.shape)
        series, row = np.nonzero(~np.isnan(numbers) & told)
        streams = [stream for stream, _ in self._series.values()]
        batch = Batch.of(
            streams,
            series,
            time[row],
            numbers[series, row],
            quality=quality[series, row],
            result_time=np.full(len(row), now, dtype=TIME),
        )
        return Found(batch, chunk.lines[row])

    def _numbers(self, chunk: Chunk, name: str, told: NDArray[np.bool_]) -> NDArray[np.float64]:
        text, (scale, offset) = self._mapping.file, self._series[name][1]
        numbers, wrong = numbers_of(chunk.table[name], text.missing, text.decimal)
        _refuse_numbers(self._told, chunk, name, wrong & told)
        return numbers * scale + offset

    def _flags(self, chunk: Chunk, name: str) -> NDArray[np.uint8]:
        if self._doubted is None:
            return np.full(len(chunk.lines), UNTESTED, dtype=np.uint8)
        return np.where(_names(chunk.table[self._doubted.column], name, self._doubted), self._doubted.quality, UNTESTED)


def _series(mapping: Mapping, names: Sequence[str]) -> dict[str, tuple[Datastream, tuple[float, float]]]:
    """Tell which columns are which series. Raises ValueError where none is, or two are the same."""
    series: dict[str, tuple[Datastream, tuple[float, float]]] = {}
    for name in names:
        stated = next(((each, found) for each in mapping.wide if (found := re.fullmatch(each.pattern, name))), None)
        if stated is not None and name not in mapping.time.columns:
            series[name] = _meant(*stated)
    if not series:
        raise ValueError(
            f"no column has the pattern '{mapping.wide[0].pattern}'. There are: {', '.join(names[:8])}, ..."
        )
    [(stream, columns)] = Counter(stream for stream, _ in series.values()).most_common(1)
    if columns > 1:
        raise ValueError(f"{columns} columns are '{stream.name}': tell them apart with groups of the pattern")
    return series


def _meant(stated: Wide, found: re.Match[str]) -> tuple[Datastream, tuple[float, float]]:
    groups = {name: text or "" for name, text in found.groupdict().items()} or {"thing": found[0]}
    try:
        observed, thing = stated.property.format(**groups), stated.thing.format(**groups)
    except (KeyError, IndexError, ValueError) as error:
        raise ValueError(f"the pattern '{stated.pattern}' has no group {error}: write (?P<thing>...)") from None
    return Datastream(thing, observed), scaling(observed, stated.unit)


def _names(column: Any, name: str, doubted: Doubted) -> NDArray[np.bool_]:
    """Tell in which rows a column names another one."""
    mark = re.escape(doubted.separator)
    found = pc.match_substring_regex(column, f"(?:^|{mark}){re.escape(name)}(?:{mark}|$)")
    return to_numpy(found.fill_null(False))


def _time(chunk: Chunk, time: Time) -> Any:
    columns = [chunk.table[name] for name in time.columns]
    if len(columns) == 1:
        return columns[0]
    return pc.binary_join_element_wise(*(column.cast(pa.string()) for column in columns), " ")


def _refuse_numbers(told: Objections, chunk: Chunk, name: str, wrong: NDArray[np.bool_]) -> None:
    bad = np.flatnonzero(wrong)
    told.refuse(
        "no number", chunk.lines[bad], lambda place: f"{_cell(chunk, name, bad[place])} in '{name}' is no number"
    )


def _cell(chunk: Chunk, name: str, row: int) -> str:
    return repr(str(chunk.table[name][int(row)].as_py())[:60])


def _constant(text: str, rows: int) -> Any:
    return pa.chunked_array([pa.array([text]).take(pa.array(np.zeros(rows, dtype=np.int64)))])


def _truth(column: Any) -> Any:
    if pa.types.is_boolean(column.type):
        return column.fill_null(False)
    return pc.is_in(pc.utf8_lower(column.cast(pa.string())), value_set=pa.array(["true", "1", "yes"]))
