"""Panels of what is in the store: numbers, lines, tables and maps, drawn from what their subjects declare."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from dashboards.board import DISTRICT, OPERATOR
from dashboards.limits import FINE, steps
from dashboards.sdk import (
    Builder,
    common,
    dashboard,
    geomap,
    make,
    make_common,
    make_geomap,
    make_stat,
    make_table,
    make_timeseries,
)
from dashboards.setting import STORE
from dashboards.subject import subject
from dashboards.targets import column, newest, over_time, table, with_coverage
from dashboards.units import SHARE, grafana_unit
from sensors.model import SeriesKind
from storage.drawing import GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dashboards.board import Lines, Number, Places, Ranking
    from dashboards.setting import Setting
    from dashboards.subject import Subject

T = TypeVar("T", make_stat.Panel, make_table.Panel, make_geomap.Panel, make_timeseries.Panel)

POINTS = 3000
"""Of a chart: a month of quarter hours."""
MOST = 100
"""Rows of a table: the ones that matter stand first."""
_REFS = "ABCDEFGHIJKLMNOP"
_PREFIX = "^(?:district|fraction|operator|site):(.*)$"
_GAUGE = {SHARE: 1, "percent": 100}
"""The most that a unit goes to, from 0 on."""


def number(panel: Number, setting: Setting) -> Builder[dashboard.Panel]:
    """Draw a number of each thing, and its coverage beside it."""
    shown = subject(panel.shows)
    suffix = f", {setting.language.word('coverage')}"
    value, coverage = with_coverage(shown.asked(panel.of, groups=_of_groups(panel.of)))
    drawn = _described(make_stat.Panel(), shown, setting)
    drawn.with_target(newest(setting, value)).with_target(newest(setting, coverage, "B", suffix))
    drawn.reduce_options(make_common.ReduceDataOptions().calcs(["lastNotNull"]).values(values=False))
    drawn.graph_mode(common.BigValueGraphMode.NONE).text_mode(common.BigValueTextMode.VALUE_AND_NAME)
    drawn.orientation(common.VizOrientation.VERTICAL).color_mode(common.BigValueColorMode.VALUE)
    drawn.with_transformation(_without_prefix())
    _valued(drawn, shown)
    if not steps(shown):
        drawn.color_scheme(make.FieldColor().mode(dashboard.FieldColorModeId.FIXED).fixed_color("text"))
    return drawn.override_by_query("B", [_unit(SHARE), fixed_colour("text")])


def lines(panel: Lines, setting: Setting) -> Builder[dashboard.Panel]:
    """Draw a line of each thing, bars where a value belongs to one window alone; limits of rules are dashed."""
    shown = subject(panel.shows)
    drawn = _described(make_timeseries.Panel(), shown, setting)
    drawn.with_target(over_time(setting, shown.asked(panel.of, groups=_of_groups(panel.of))))
    drawn.interval(shown.step).max_data_points(POINTS).with_transformation(_without_prefix())
    bars = shown.observed.series in (SeriesKind.DELTA, SeriesKind.EVENT)
    drawn.draw_style(common.GraphDrawStyle.BARS if bars else common.GraphDrawStyle.LINE)
    drawn.line_interpolation(_interpolation(shown)).fill_opacity(60 if bars else 5).line_width(1)
    drawn.show_points(common.VisibilityMode.AUTO)
    drawn.span_nulls(shown.observed.max_hold.total_seconds() * 1000)
    legend = make_common.VizLegendOptions().show_legend(show_legend=True).placement(common.LegendPlacement.BOTTOM)
    drawn.legend(legend.display_mode(common.LegendDisplayMode.LIST))
    many = common.TooltipDisplayMode.MULTI if _of_groups(panel.of) else common.TooltipDisplayMode.SINGLE
    drawn.tooltip(make_common.VizTooltipOptions().mode(many).sort(common.SortOrder.DESCENDING))
    _valued(drawn, shown, palette=True)
    if steps(shown):
        style = make_common.GraphThresholdsStyleConfig().mode(common.GraphThresholdsStyleMode.DASHED)
        drawn.thresholds_style(style)
    if panel.back:
        drawn.time_from(panel.back)
    return _linked(drawn, setting, "${__field.labels.thing}")


def ranking(panel: Ranking, setting: Setting) -> Builder[dashboard.Panel]:
    """Draw a table of things, each with its numbers and their coverage, ordered by the first."""
    shown = [subject(name) for name in panel.shows]
    titles = _columns(shown, setting)
    drawn = _described(make_table.Panel(), shown[0], setting)
    refs = iter(_REFS)
    for one in shown:
        for asked in with_coverage(one.asked(panel.of, groups=_of_groups(panel.of))):
            drawn.with_target(table(setting, asked, next(refs)))
    for step in _laid_out(titles, setting, descending=not panel.ascending):
        drawn.with_transformation(step)
    told = dict.fromkeys(one.description(setting.language) for one in shown)
    drawn.title("; ".join(titles[::2])).description("\n\n".join(told))
    for one, title, coverage in zip(shown, titles[::2], titles[1::2], strict=True):
        _column(drawn, one, title)
        drawn.override_by_name(coverage, [_unit(SHARE), fixed_colour("text")])
    if setting.link:
        links = [dashboard.DynamicConfigValue("links", [_link(setting, "${__data.fields[0]}").build().to_json()])]
        drawn.override_by_name(setting.language.word("thing"), links)
    return drawn


def places(panel: Places, setting: Setting) -> Builder[dashboard.Panel]:
    """Draw a map of things; where each stands is looked up in the gazetteer, for the store does not know it."""
    shown = subject(panel.shows)
    titles = _columns([shown], setting)
    drawn = _described(make_geomap.Panel(), shown, setting)
    for ref, asked in zip(_REFS, with_coverage(shown.asked(panel.of, groups=False)), strict=False):
        drawn.with_target(table(setting, asked, ref))
    for step in _laid_out(titles, setting, descending=True, most=0):
        drawn.with_transformation(step)
    drawn.view(make_geomap.MapViewConfig().id("fit").all_layers(all_layers=True).padding(10).max_zoom(16))
    drawn.basemap(make_common.MapLayerOptions().type("default").name("Basemap"))
    drawn.layers([_markers(titles[0], setting)])
    drawn.controls(make_geomap.ControlsOptions().show_zoom(show_zoom=True).show_attribution(show_attribution=True))
    drawn.tooltip(make_geomap.TooltipOptions().mode(geomap.TooltipMode.DETAILS))
    _valued(drawn, shown)
    drawn.override_by_name(titles[1], [_unit(SHARE)])
    return _linked(drawn, setting, "${__data.fields[0]}")


def _described(drawn: T, shown: Subject, setting: Setting) -> T:
    """Say what it shows, and where that is asked."""
    drawn.title(shown.title(setting.language)).description(shown.description(setting.language))
    return drawn.datasource(common.DataSourceRef(type_val=setting.store.type, uid=STORE))


def _valued(drawn: T, shown: Subject, *, palette: bool = False) -> T:
    """Give values their unit, their range where it is known, and colours by the limits of alert rules."""
    unit = grafana_unit(shown.observed.unit)
    drawn.unit(unit)
    if unit in _GAUGE:
        drawn.min(0).max(_GAUGE[unit])
    limits = steps(shown)
    colours = [dashboard.Threshold(one.value, one.colour) for one in limits] or [dashboard.Threshold(None, FINE)]
    drawn.thresholds(make.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(colours))
    return drawn.color_scheme(make.FieldColor().mode(_scheme(limited=bool(limits), palette=palette)))


def _scheme(*, limited: bool, palette: bool) -> dashboard.FieldColorModeId:
    if palette:
        return dashboard.FieldColorModeId.PALETTE_CLASSIC_BY_NAME
    return dashboard.FieldColorModeId.THRESHOLDS if limited else dashboard.FieldColorModeId.CONTINUOUS_BL_YL_RD


def _column(drawn: make_table.Panel, shown: Subject, title: str) -> None:
    """Give a column its unit, and colours where rules have limits."""
    limits = [{"value": one.value, "color": one.colour} for one in steps(shown)]
    said = [_unit(grafana_unit(shown.observed.unit))]
    if limits:
        said.append(dashboard.DynamicConfigValue("thresholds", {"mode": "absolute", "steps": limits}))
        said.append(dashboard.DynamicConfigValue("custom.cellOptions", {"type": "color-text"}))
    drawn.override_by_name(title, said)


def _unit(name: str) -> dashboard.DynamicConfigValue:
    return dashboard.DynamicConfigValue("unit", name)


def fixed_colour(name: str) -> dashboard.DynamicConfigValue:
    """Override a field's colour."""
    return dashboard.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": name})


def _interpolation(shown: Subject) -> common.LineInterpolation:
    """Draw steps where a value holds, through its window or until the next; between readings of a gauge lies a line."""
    stepped = shown.window or shown.observed.series is SeriesKind.STATE
    return common.LineInterpolation.STEP_AFTER if stepped else common.LineInterpolation.LINEAR


def _columns(shown: Sequence[Subject], setting: Setting) -> list[str]:
    """Title the columns of a table: of each subject its own and that of its coverage, no two alike, nor where cut."""
    coverage = setting.language.word("coverage")
    titles = [one.title(setting.language) for one in shown]
    return [each for title in titles for each in (title, f"{coverage}: {title}")]


def _laid_out(
    titles: Sequence[str], setting: Setting, *, descending: bool, most: int = MOST
) -> Iterator[dashboard.DataTransformerConfig]:
    """Put answers beside each other by thing, name their columns, and order them."""
    columns = [column(ref) for ref, _ in zip(_REFS, titles, strict=False)]
    thing = setting.language.word("thing")
    yield _transformed("joinByField", {"byField": "thing", "mode": "outer"})
    yield _transformed("filterFieldsByName", {"include": {"names": ["thing", *columns]}})
    names = {"thing": thing, **dict(zip(columns, titles, strict=True))}
    order = {name: place for place, name in enumerate(names)}
    yield _transformed("organize", {"renameByName": names, "indexByName": order, "excludeByName": {}})
    yield _transformed("sortBy", {"sort": [{"field": titles[0], "desc": descending}]})
    if most:
        yield _transformed("limit", {"limitField": most})


def _without_prefix() -> dashboard.DataTransformerConfig:
    """Call groups by their names alone: ``district:Reutershagen`` as ``Reutershagen``."""
    return _transformed("renameByRegex", {"regex": _PREFIX, "renamePattern": "$1"})


def _transformed(name: str, options: dict[str, Any]) -> dashboard.DataTransformerConfig:
    return dashboard.DataTransformerConfig(id_val=name, options=options)


def _markers(title: str, setting: Setting) -> make_common.MapLayerOptions:
    where = make_common.FrameGeometrySource().mode(common.FrameGeometrySourceMode.LOOKUP)
    where.lookup(setting.language.word("thing")).gazetteer(setting.gazetteer)
    style = {
        "color": {"field": title, "fixed": "dark-green"},
        "size": {"fixed": 7, "min": 4, "max": 12},
        "symbol": {"mode": "fixed", "fixed": "img/icons/marker/circle.svg"},
        "opacity": 0.8,
    }
    markers = make_common.MapLayerOptions().type("markers").name(title).tooltip(tooltip=True)
    return markers.location(where).config({"showLegend": True, "style": style})


def _linked(drawn: T, setting: Setting, thing: str) -> T:
    """Lead from a thing's value to its place on the web page, where there is one."""
    return drawn.data_links([_link(setting, thing)]) if setting.link else drawn


def _link(setting: Setting, thing: str) -> make.DashboardLink:
    url = f"{setting.link.rstrip('/')}/#thing={thing[:-1]}:percentencode}}"
    link = make.DashboardLink(setting.language.word("open")).type(dashboard.DashboardLinkType.LINK)
    return link.url(url).target_blank(target_blank=True)


def _of_groups(of: str) -> bool:
    """Tell whether groups are meant by a pattern of ids, or a variable."""
    return of in {OPERATOR, DISTRICT} or re.fullmatch(GROUPS, of) is not None
