"""Panels of what the platform measures of itself and Prometheus has scraped."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from dashboards.board import BY_SEVERITY, Look
from dashboards.limits import COLOURS
from dashboards.panels import fixed_colour
from dashboards.sdk import Builder, common, dashboard, make, make_common, make_stat, make_table, make_timeseries
from dashboards.setting import METRICS
from dashboards.targets import measured as target
from dashboards.units import grafana_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dashboards.board import Measured
    from dashboards.setting import Setting


_Drawn: TypeAlias = make_stat.Panel | make_timeseries.Panel | make_table.Panel


def measured(panel: Measured, setting: Setting) -> Builder[dashboard.Panel]:
    """Draw a number, lines or a table."""
    drawn = _DRAW[panel.look](panel)
    drawn.title(setting.language.of(panel.title, panel.title_de)).description(panel.description)
    drawn.datasource(common.DataSourceRef(type_val="prometheus", uid=METRICS)).unit(grafana_unit(panel.unit))
    colours = [dashboard.Threshold(None, "green")]
    if panel.red_from is not None:
        colours.append(dashboard.Threshold(panel.red_from, "red"))
    if panel.legend == BY_SEVERITY:
        for severity, colour in COLOURS.items():
            drawn.override_by_name(severity, [fixed_colour(colour)])
    return drawn.thresholds(make.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(colours))


def _number(panel: Measured) -> make_stat.Panel:
    drawn = make_stat.Panel().with_target(target(panel.query, panel.legend, instant=True))
    drawn.reduce_options(make_common.ReduceDataOptions().calcs(["lastNotNull"]).values(values=False))
    return drawn.graph_mode(common.BigValueGraphMode.NONE).color_mode(common.BigValueColorMode.VALUE)


def _lines(panel: Measured) -> make_timeseries.Panel:
    drawn = make_timeseries.Panel().with_target(target(panel.query, panel.legend, instant=False))
    drawn.fill_opacity(5).line_width(1).show_points(common.VisibilityMode.NEVER)
    return drawn.tooltip(make_common.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI))


def _table(panel: Measured) -> make_table.Panel:
    drawn = make_table.Panel().with_target(target(panel.query, panel.legend, instant=True, as_table=True))
    drawn.with_transformation(dashboard.DataTransformerConfig("organize", options={"excludeByName": {"Time": True}}))
    order = {"sort": [{"field": "Value", "desc": True}]}
    return drawn.with_transformation(dashboard.DataTransformerConfig("sortBy", options=order))


_DRAW: Mapping[Look, Callable[[Measured], _Drawn]] = {
    Look.NUMBER: _number,
    Look.LINES: _lines,
    Look.TABLE: _table,
}
