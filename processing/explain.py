"""Where one number comes from: its inputs, how long each of them held, the gaps, what was left out, and the sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from processing.calendar import edges
from processing.indicators import derived_properties, window_of
from processing.piece import Known, Piece
from sensors.kinds import properties
from sensors.model import TIME, Datastream, SeriesKind
from sensors.quality import Quality
from storage.store import Query

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from processing.group import Group, Input
    from processing.indicator import Indicator
    from processing.region import Region
    from sensors.model import Batch, Thing
    from storage.store import Store

MOST_ROWS = 500
"""Rows that are shown of one input, those nearest to the window's end; how many there are in all is told."""


class Number(NamedTuple):
    """A result and what it carries."""

    value: float | None
    coverage: float
    samples: int
    quality: Quality
    revision: int | None
    """None for what is not stored."""


class Used(NamedTuple):
    """One observation, and what it counts for in the window."""

    time: np.datetime64
    value: float | None
    quality: Quality
    why_not: str
    """Empty where it is used: ``failed``, ``missing``, ``before the window``, ``after the window``."""
    hours: float
    """How long it holds in the window, or of a result how much of its own window is known."""
    amount: float | None
    """What it adds: value times hours, or what a counter counted until the next reading."""


class Gap(NamedTuple):
    """A part of the window of which an input says nothing."""

    start: np.datetime64
    end: np.datetime64


@dataclass(frozen=True, slots=True)
class Made:
    """One datastream that a number is made of."""

    datastream: Datastream
    unit: str
    rows: tuple[Used, ...]
    count: int
    """Rows within reach, shown or not."""
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a number is what it is."""

    thing: Thing
    indicator: Indicator
    property: str
    unit: str
    window: str
    start: np.datetime64
    end: np.datetime64
    stored: Number | None
    computed: Number
    site: Mapping[str, object]
    """What was true of the site, as far as formulas know it."""
    inputs: tuple[Made, ...]


def explain(
    store: Store, groups: Iterable[Group], stream: Datastream, moment: np.datetime64, region: Region
) -> Explanation:
    """Explain the result of a derived datastream for the window that holds an instant.

    Raises ValueError for what is no result of an indicator for this thing.
    """
    window = window_of().get(stream.observed_property)
    if window is None:
        raise ValueError(
            f"'{stream.observed_property}' is no result of an indicator. Results are named like occupancy_hour; "
            "'smilecity query' shows what a sensor said."
        )
    group, indicator, part = _maker(groups, stream, window)
    limits = edges(window, moment, moment.astype(TIME) + np.timedelta64(1, "ms"), region.zone)
    piece = Piece(indicator, window, limits, np.ones((1, 1), dtype=bool), region)
    return _explained(store, group, piece, part)


def _maker(groups: Iterable[Group], stream: Datastream, window: str) -> tuple[Group, Indicator, str]:
    """Find what makes a datastream, and of which part of its results."""
    for group in groups:
        for indicator in (one for one in group.indicators if window in one.windows):
            for part in ("", *(part.name for part in indicator.parts)):
                if indicator.property_name(window, part) == stream.observed_property:
                    place = [number for number, thing in enumerate(group.targets) if thing.id == stream.thing]
                    if place:
                        return group.take(np.array(place)), indicator, part
    raise ValueError(
        f"'{stream.observed_property}' is not made for '{stream.thing}': its kind has other indicators, or the "
        "catalogue does not have it."
    )


def _explained(store: Store, group: Group, piece: Piece, part: str) -> Explanation:
    start, end = piece.reach()
    batch = store.read(Query(datastreams=group.streams(), start=start, end=end))
    rows = group.rows(batch, int(piece.edges[0].astype(TIME).astype(np.int64)))
    given = piece.given(group, Known(rows))
    results = piece.indicator.compute(given)
    chosen = results.part(part) if part else results
    computed = Number(
        _number(chosen.value[0, 0]),
        float(chosen.coverage[0, 0]),
        int(chosen.samples[0, 0]),
        Quality(chosen.quality[0, 0]),
        None,
    )
    (stream,) = piece.streams(group, part)
    inputs = [_made(one, thing, batch, piece) for one in group.inputs for thing in group.things]
    return Explanation(
        thing=group.targets[0],
        indicator=piece.indicator,
        property=stream.observed_property,
        unit={"": piece.indicator.unit, **{each.name: each.unit for each in piece.indicator.parts}}[part],
        window=piece.window,
        start=piece.edges[0],
        end=piece.edges[-1],
        stored=_stored(store, stream, piece.edges),
        computed=computed,
        site={} if group.groups else given.sites[0],
        inputs=tuple(made for made in inputs if made is not None),
    )


def _stored(store: Store, stream: Datastream, limits: NDArray[np.datetime64]) -> Number | None:
    held = store.read(Query(datastreams=[stream], start=limits[0], end=limits[0] + np.timedelta64(1, "ms")))
    if not len(held):
        return None
    return Number(
        _number(held.result[0]),
        float(held.coverage[0]),
        int(held.samples[0]),
        Quality(held.quality[0]),
        int(held.revision[0]),
    )


def _made(one: Input, thing: Thing, batch: Batch, piece: Piece) -> Made | None:
    """Show what one input gives for one thing; None where nobody observes it."""
    stream = one.stream(thing)
    if not stream.thing:
        return None
    mine = np.array([each == stream for each in batch.datastreams], dtype=bool)[batch.datastream]
    told = batch.take(mine)
    told = told.take(np.argsort(told.phenomenon_time, kind="stable"))
    times, window = told.phenomenon_time.astype(TIME).view(np.int64), piece.edges.astype(TIME).view(np.int64)
    usable = (told.quality != Quality.FAIL) & (told.quality != Quality.MISSING)
    held = _held_until(one, times, usable)
    hours, amount = _counted(one, told, usable, held, window)
    used = [
        Used(
            time,
            _number(value),
            Quality(quality),
            "" if length > 0 else _why_not(Quality(quality), at, window),
            float(length),
            _number(share) if length > 0 else None,
        )
        for time, at, value, quality, length, share in zip(
            told.phenomenon_time, times, told.result, told.quality, hours, amount, strict=True
        )
    ]
    unit = {**properties(), **derived_properties()}[one.name].unit
    return Made(stream, unit, tuple(used[-MOST_ROWS:]), len(used), _gaps(times[usable], held[usable], window))


def _held_until(one: Input, times: NDArray[np.int64], usable: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Tell until when each row speaks: the next usable one, at most its hold; a result as long as its window. [ms]."""
    if one.derived:
        return times + one.span
    following = np.full(len(times), np.iinfo(np.int64).max)
    places = np.flatnonzero(usable)
    following[places[:-1]] = times[places[1:]]
    hold = int(np.timedelta64(properties()[one.name].max_hold).astype("timedelta64[ms]").astype(np.int64))
    return np.where(usable, np.minimum(following, times + hold), times)


def _counted(
    one: Input, told: Batch, usable: NDArray[np.bool_], until: NDArray[np.int64], window: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give how long each row counts in the window [h], and what it adds: as a counter, else value times hours."""
    times = told.phenomenon_time.astype(TIME).view(np.int64)
    clipped = np.minimum(until, window[-1]) - np.maximum(times, window[0])
    hours = np.where(usable, np.maximum(clipped, 0), 0) / 3_600_000.0
    declared = properties().get(one.name)
    if declared is not None and declared.series is SeriesKind.COUNTER:
        return hours, np.append(np.diff(told.result), np.nan)
    return hours, told.result if one.derived else told.result * hours


def _why_not(quality: Quality, time: int, window: NDArray[np.int64]) -> str:
    if quality in {Quality.FAIL, Quality.MISSING}:
        return "failed its tests" if quality is Quality.FAIL else "missing"
    return "after the window" if time >= window[-1] else "before the window"


def _gaps(times: NDArray[np.int64], until: NDArray[np.int64], window: NDArray[np.int64]) -> tuple[Gap, ...]:
    """Give the parts of the window in which no row holds."""
    begin = np.concatenate([[window[0]], np.clip(until, window[0], window[-1])])
    end = np.concatenate([np.clip(times, window[0], window[-1]), [window[-1]]])
    begin = np.maximum.accumulate(begin)
    open_ones = np.flatnonzero(end > begin)
    return tuple(Gap(_time(begin[one]), _time(end[one])) for one in open_ones)


def _time(milliseconds: int) -> np.datetime64:
    return np.datetime64(int(milliseconds), "ms").astype(TIME)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
