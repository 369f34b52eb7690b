"""Every indicator's declaration, and its examples as tests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from processing.calendar import WINDOWS, edges
from processing.control import control
from processing.indicator import Given, Indicator, IndicatorExample, Members, Reduction
from processing.indicators import derived_properties, indicators, with_forecasts
from processing.rows import Rows
from sensors.kinds import kinds, properties
from sensors.model import SeriesKind
from sensors.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Sequence

EXAMPLES = [
    pytest.param(one, example, id=f"{one.name}-{number}")
    for one in indicators().values()
    for number, example in enumerate(one.examples)
]
EVERY = [pytest.param(one, id=name) for name, one in indicators().items()]


LAND, ZONE = "MV", "Europe/Berlin"


def given(indicator: Indicator, example: IndicatorExample) -> Given:
    start = np.datetime64(example.start, "ms")
    span = edges(example.window, start, start + np.timedelta64(1, "ms"), ZONE)
    assert span[0] == start
    return Given(
        window=example.window,
        edges=span,
        rows={name: rows_of_example(indicator, example, name) for name in example.rows},
        sites=[example.site] * example.members,
        places=np.array([example.place] * example.members),
        zone=ZONE,
        land=LAND,
        members=one_group(example.members) if indicator.of_groups else Members.none(),
    )


def rows_of(name: str, told: Sequence[Any], members: int) -> Rows:
    """Make rows of one thing, or of each member in its turn; results of other indicators are wholly known."""
    each = told if members > 1 and told else [told]
    flat = [(code, *row) for code, rows in enumerate(each) for row in rows]
    series, time, value = zip(*flat, strict=True) if flat else ((), (), ())
    derived = {"coverage": np.ones(len(flat)), "samples": np.ones(len(flat), dtype=np.int64)}
    return Rows.of(members, series, time, value, **(derived if name in derived_properties() else {}))


def rows_of_example(indicator: Indicator, example: IndicatorExample, name: str) -> Rows:
    """Make the rows of an input; where an indicator judges them, they pass the quality control as they do in use."""
    rows = rows_of(name, example.rows[name], example.members)
    if name in derived_properties():
        return rows
    late = np.array(example.late_s or np.zeros(len(rows))) * 1000
    rows = replace(rows, received=rows.time + late.astype(np.int64))
    rows = replace(rows, revision=np.array(example.frames or np.zeros(len(rows)), dtype=np.int64))
    if not indicator.every_row:
        return rows
    found = control(rows, properties()[name], [example.site] * rows.count)
    return replace(rows, quality=found.flags, reasons=found.reasons)


def one_group(members: int) -> Members:
    return Members(np.arange(members), np.zeros(members, dtype=np.int64), 1)


@pytest.mark.parametrize(("indicator", "example"), EXAMPLES)
def test_example(indicator: Indicator, example: IndicatorExample):
    results = indicator.compute(given(indicator, example))
    assert results.value == pytest.approx(np.array([[example.value]]), nan_ok=True)
    assert results.coverage == pytest.approx(np.array([[example.coverage]]))
    assert results.quality == np.array([[example.quality]])
    assert set(example.parts) <= set(results.parts) == {part.name for part in indicator.parts}
    for name, value in example.parts.items():
        assert results.parts[name] == pytest.approx(np.array([[value]]), nan_ok=True)


@pytest.mark.parametrize("indicator", EVERY)
def test_nothing_in_is_nothing_out(indicator: Indicator):
    window = indicator.windows[0]
    day = np.datetime64("2026-03-29T00:00", "ms")
    for things, span in ((0, 0), (0, 1), (2, 0), (2, 1)):
        cover = edges(window, day, day + np.timedelta64(span, "h"), ZONE)
        targets = min(things, 1) if indicator.of_groups else things
        results = indicator.compute(
            Given(
                window=window,
                edges=cover,
                rows={name: rows_of(name, (), things) for name in inputs_of(indicator)},
                sites=[{}] * things,
                places=np.full((things, 2), 12.0),
                members=one_group(things) if things and indicator.of_groups else Members.none(),
            )
        )
        shape = (targets, len(cover) - 1)
        assert results.value.shape == results.coverage.shape == results.samples.shape == results.quality.shape == shape
        assert all(part.shape == shape for part in results.parts.values())
        assert np.isnan(results.value).all()
        assert (results.coverage == 0).all()
        assert (results.samples == 0).all()
        assert (results.quality == Quality.MISSING).all()


def inputs_of(indicator: Indicator) -> list[str]:
    """Name the inputs of the first kind that an indicator is made for."""
    own = {prop.name for prop in kinds()[indicator.kinds[0]].properties}
    return [
        name for name in indicator.inputs if name in own or name in derived_properties() or name in indicator.references
    ]


@pytest.mark.parametrize("indicator", EVERY)
def test_declaration(indicator: Indicator):
    assert indicator.examples
    assert set(indicator.windows) <= set(WINDOWS)
    assert set(indicator.inputs) <= set(properties()) | set(derived_properties())
    assert set(indicator.references) <= set(indicator.inputs)
    observed = {
        kind: {prop.name for prop in kinds()[kind].properties} | set(derived_properties()) for kind in indicator.kinds
    }
    assert all(set(indicator.inputs) & names for names in observed.values())
    if indicator.domain == "health":
        assert {example.kind for example in indicator.examples} <= set(indicator.kinds)
    else:
        assert all(kinds()[kind].domain == indicator.domain for kind in indicator.kinds)
        assert {example.kind for example in indicator.examples} == set(indicator.kinds)
    assert 0 <= indicator.min_coverage <= 1
    assert len(indicator.description) > 100
    assert indicator.title != indicator.title_de
    assert indicator.source
    assert indicator.version >= 1


def test_derived_properties_are_not_those_of_sensors():
    assert not set(derived_properties()) & set(properties())
    assert all(prop.name == name for name, prop in derived_properties().items())


def test_what_adds_up_is_an_amount_of_something_and_no_share():
    """A unit of 1 is shown as per cent."""
    sums = [one for one in with_forecasts() if Reduction.SUM in (one.roll_up, one.grouping and one.grouping.reduction)]
    assert len(sums) > 20
    assert {one.name for one in sums for unit in (one.unit, *(part.unit for part in one.parts)) if unit == "1"} == set()


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("health_day", "{code}"),
        ("fire_suspicion_hour", "{code}"),
        ("anomaly_day", "{Zscore}"),
        ("valid_observations_day", "{observation}"),
        ("lost_uplinks_count_day", "{uplink}"),
        ("lost_uplinks_day", "1"),
    ],
)
def test_what_is_counted_or_graded_is_shown_as_a_number(name: str, unit: str):
    assert derived_properties()[name].unit == unit


def test_amounts_are_deltas_and_the_rest_gauges():
    events = {name for name, prop in derived_properties().items() if prop.series is SeriesKind.EVENT}
    assert events == {one.property_name("event") for one in indicators().values() if one.happenings is not None}
    for one in indicators().values():
        series = {derived_properties()[one.property_name(window)].series for window in one.every_window()}
        amounts = {SeriesKind.DELTA} if one.roll_up is Reduction.SUM else {SeriesKind.DELTA, SeriesKind.GAUGE}
        assert series <= amounts
