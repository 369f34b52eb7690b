"""Where one number comes from: its inputs, how long each of them held, the gaps, what was left out, and the sums."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from processing.calendar import edges
from processing.indicator import Reduction
from processing.indicators import derived_properties, kinds_of, window_of, with_forecasts
from processing.made import Source, made
from processing.piece import Known, Piece
from sensors.kinds import properties
from sensors.model import TIME
from sensors.quality import Quality
from storage.store import Query

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from processing.group import Group
    from processing.indicator import Indicator
    from processing.made import Made
    from processing.region import Region
    from processing.rows import Rows
    from sensors.model import Datastream, Thing
    from storage.store import Store


class Number(NamedTuple):
    """A result and what it carries."""

    value: float | None
    coverage: float
    samples: int
    quality: Quality
    revision: int | None
    """None for what is not stored."""
    stated: np.datetime64 | None
    """When it was computed; None for what is not stored."""


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
    arithmetic: str
    """How a value of a group or of a longer window comes of its members or days; else the definition says it."""


def explain(
    store: Store, groups: Iterable[Group], stream: Datastream, moment: np.datetime64, region: Region
) -> Explanation:
    """Explain the result of a derived datastream for the window that holds an instant.

    Raises ValueError for what is no result of an indicator for this thing.
    """
    window = window_of().get(stream.observed_property)
    if window is None:
        raise ValueError(_no_window(stream.observed_property))
    group, indicator, part = _maker(tuple(groups), stream, window)
    limits = edges(window, moment, moment.astype(TIME) + np.timedelta64(1, "ms"), region.zone)
    piece = Piece(indicator, window, limits, np.ones((1, 1), dtype=bool), region)
    return _explained(store, group, piece, part)


def _maker(groups: Sequence[Group], stream: Datastream, window: str) -> tuple[Group, Indicator, str]:
    """Find what makes a datastream, and of which part of its results."""
    for group in groups:
        for indicator in (one for one in group.indicators if window in one.windows):
            for part in ("", *(part.name for part in indicator.parts)):
                if indicator.property_name(window, part) == stream.observed_property:
                    place = [number for number, thing in enumerate(group.targets) if thing.id == stream.thing]
                    if place:
                        return group.take(np.array(place)), indicator, part
    raise ValueError(_not_made(groups, stream))


def _no_window(name: str) -> str:
    """Say why a property has no window that could be explained."""
    if name in derived_properties():
        return (
            f"'{name}' tells what happened at an instant, which no window holds. Explain the number that counts it: "
            f"{name.removesuffix('_event')}_day."
        )
    return (
        f"'{name}' is no result of an indicator. Results are named like occupancy_hour; 'smilecity query' shows what a "
        "sensor said."
    )


def _not_made(groups: Sequence[Group], stream: Datastream) -> str:
    """Say why nothing is made for a thing, or that there is none."""
    kind = next((thing.kind for group in groups for thing in group.targets if thing.id == stream.thing), "")
    if not kind:
        return f"the catalogue has no thing and no group '{stream.thing}'. 'smilecity things list' shows what it has."
    made = sorted(kinds_of()[stream.observed_property])
    return f"'{stream.observed_property}' is made for {', '.join(made)}; '{stream.thing}' is of the kind {kind}."


_OF_MEMBERS = {
    Reduction.SUM: "the sum of its members' values",
    Reduction.MAXIMUM: "the greatest of its members' values",
    Reduction.MINIMUM: "the least of its members' values",
}
_OF_DAYS = {
    Reduction.SUM: "the sum of its days",
    Reduction.MAXIMUM: "the greatest of its days",
    Reduction.MINIMUM: "the least of its days",
    Reduction.LAST: "the last of its days",
}


def arithmetic(name: str, window: str, *, of_members: bool) -> str:
    """Say how the value of a group comes of its members, or that of a longer window of its days; else nothing."""
    declared = next(one for one in with_forecasts() if one.name == name)
    how = declared.grouping
    weight = how.by and f"{how.by}_{window if of_members else 'day'}" if how else ""
    if of_members and how is not None and not declared.of_groups:
        counted = weight or how.weight or "nothing: all count alike"
        return _OF_MEMBERS.get(how.reduction, f"the mean of its members' values, weighed by {counted}")
    if of_members or declared.roll_up is None or window in declared.windows:
        return ""
    return _OF_DAYS.get(declared.roll_up, f"the mean of its days, weighed by {weight or 'the time that each knows'}")


def _explained(store: Store, group: Group, piece: Piece, part: str) -> Explanation:
    start, end = piece.reach()
    batch = store.read(Query(datastreams=group.streams(), start=start, end=end))
    rows = group.rows(batch, piece.sited)
    given = piece.given(group, Known(rows))
    results = piece.indicator.compute(given)
    chosen = results.part(part) if part else results
    computed = Number(
        _number(chosen.value[0, 0]),
        float(chosen.coverage[0, 0]),
        int(chosen.samples[0, 0]),
        Quality(chosen.quality[0, 0]),
        None,
        None,
    )
    (stream,) = piece.streams(group, part)
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
        inputs=tuple(_inputs(group, rows, piece)),
        arithmetic=arithmetic(piece.indicator.name, piece.window, of_members=bool(group.groups)),
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
        held.result_time[0],
    )


def _inputs(group: Group, rows: Mapping[str, Rows], piece: Piece) -> Iterator[Made]:
    """Show what each input gives for each thing that it is observed for."""
    known = {**properties(), **derived_properties()}
    for one in group.inputs:
        begin, end = rows[one.name].limits()
        for place, thing in enumerate(group.things):
            (stream,), changed = one.streams([thing]), group.exchanges[place] if group.exchanges else ()
            if stream.thing:
                mine = replace(rows[one.name].take(np.arange(begin[place], end[place])), count=1)
                mine = replace(mine, series=np.zeros(len(mine), dtype=np.int64))
                yield made(
                    Source(
                        one,
                        stream,
                        known[one.name].unit,
                        changed,
                        thing.site(piece.sited),
                        piece.region.zone,
                        piece.window,
                    ),
                    mine,
                    piece.edges,
                )


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
