"""Every indicator's declaration, and its examples as tests."""

from __future__ import annotations

import numpy as np
import pytest

from processing.calendar import WINDOWS, edges
from processing.indicator import Given, Indicator, IndicatorExample, Reduction
from processing.indicators import derived_properties, indicators
from processing.rows import Rows
from sensors.kinds import kinds, properties
from sensors.model import SeriesKind
from sensors.quality import Quality

EXAMPLES = [
    pytest.param(one, example, id=f"{one.name}-{number}")
    for one in indicators().values()
    for number, example in enumerate(one.examples)
]
EVERY = [pytest.param(one, id=name) for name, one in indicators().items()]


def given(example: IndicatorExample) -> Given:
    start = np.datetime64(example.start, "ms")
    rows = {
        name: Rows.of(1, np.zeros(len(rows)), [time for time, _ in rows], [result for _, result in rows])
        for name, rows in example.rows.items()
    }
    span = edges(example.window, start, start + np.timedelta64(1, "ms"), "Europe/Berlin")
    assert span[0] == start
    return Given(window=example.window, edges=span, rows=rows, sites=[example.site])


@pytest.mark.parametrize(("indicator", "example"), EXAMPLES)
def test_example(indicator: Indicator, example: IndicatorExample):
    results = indicator.compute(given(example))
    assert results.value == pytest.approx(np.array([[example.value]]), nan_ok=True)
    assert results.coverage == pytest.approx(np.array([[example.coverage]]))
    assert results.quality == np.array([[example.quality]])


@pytest.mark.parametrize("indicator", EVERY)
def test_nothing_in_is_nothing_out(indicator: Indicator):
    window = indicator.windows[0]
    kind = kinds()[indicator.kinds[0]]
    inputs = [prop.name for prop in kind.properties if prop.name in indicator.inputs]
    day = np.datetime64("2026-03-29T00:00", "ms")
    for things, span in ((0, 0), (0, 1), (2, 0), (2, 1)):
        cover = edges(window, day, day + np.timedelta64(span, "h"), "Europe/Berlin")
        rows = {name: Rows.of(things, [], [], []) for name in inputs}
        results = indicator.compute(Given(window=window, edges=cover, rows=rows, sites=[{}] * things))
        shape = (things, len(cover) - 1)
        assert results.value.shape == results.coverage.shape == results.samples.shape == results.quality.shape == shape
        assert np.isnan(results.value).all()
        assert (results.coverage == 0).all()
        assert (results.samples == 0).all()
        assert (results.quality == Quality.MISSING).all()


@pytest.mark.parametrize("indicator", EVERY)
def test_declaration(indicator: Indicator):
    assert indicator.examples
    assert set(indicator.windows) <= set(WINDOWS)
    assert set(indicator.inputs) <= set(properties())
    assert all(set(indicator.inputs) & {prop.name for prop in kinds()[kind].properties} for kind in indicator.kinds)
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


def test_amounts_are_deltas_and_the_rest_gauges():
    events = {name for name, prop in derived_properties().items() if prop.series is SeriesKind.EVENT}
    assert events == {one.property_name("event") for one in indicators().values() if one.happenings is not None}
    for one in indicators().values():
        series = {derived_properties()[one.property_name(window)].series for window in one.every_window()}
        amounts = {SeriesKind.DELTA} if one.roll_up is Reduction.SUM else {SeriesKind.DELTA, SeriesKind.GAUGE}
        assert series <= amounts
