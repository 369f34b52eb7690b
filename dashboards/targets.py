"""What panels ask, as Grafana's targets, one form for each of its data sources' types."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dashboards.sdk import Builder, Dataquery, common, make_prometheus, prometheus
from dashboards.setting import METRICS, STORE

if TYPE_CHECKING:
    from dashboards.setting import Setting
    from storage.drawing import Asked

_THING = {"prometheus": "{{thing}}", "influxdb": "$tag_thing"}
"""A series' thing, in its name."""


def column(ref: str) -> str:
    """Name the column of a target in a table, as Grafana does for Prometheus."""
    return f"Value #{ref}"


def over_time(setting: Setting, asked: Asked, ref: str = "A") -> Builder[Dataquery]:
    """Ask for a series of each thing."""
    text, name = setting.store.over_time(asked), _THING[setting.store.type]
    if setting.store.type == "influxdb":
        return InfluxQuery(text, ref, alias=name)
    return _prometheus(text, ref, STORE).range().legend_format(name)


def newest(setting: Setting, asked: Asked, ref: str = "A", suffix: str = "") -> Builder[Dataquery]:
    """Ask for a number of each thing."""
    text, name = setting.store.newest(asked, column(ref)), _THING[setting.store.type] + suffix
    if setting.store.type == "influxdb":
        return InfluxQuery(text, ref, alias=name)
    return _prometheus(text, ref, STORE).instant().legend_format(name)


def table(setting: Setting, asked: Asked, ref: str) -> Builder[Dataquery]:
    """Ask for a row of each thing, with its number in the column that is called after ``ref``."""
    text = setting.store.newest(asked, column(ref))
    if setting.store.type == "influxdb":
        return InfluxQuery(text, ref, form="table")
    return _prometheus(text, ref, STORE).instant().format(prometheus.PromQueryFormat.TABLE)


def with_coverage(asked: Asked) -> tuple[Asked, Asked]:
    """Ask for something and for its coverage."""
    return asked, replace(asked, field="coverage")


def measured(query: str, legend: str, *, instant: bool, as_table: bool = False) -> Builder[Dataquery]:
    """Ask for what the platform tells Prometheus."""
    target = _prometheus(query, "A", METRICS).legend_format(legend or "__auto")
    target = target.instant() if instant else target.range()
    return target.format(prometheus.PromQueryFormat.TABLE) if as_table else target


def _prometheus(text: str, ref: str, source: str) -> make_prometheus.Dataquery:
    return (
        make_prometheus.Dataquery()
        .datasource(common.DataSourceRef(type_val="prometheus", uid=source))
        .editor_mode(prometheus.QueryEditorMode.CODE)
        .expr(text)
        .ref_id(ref)
    )


@dataclass(frozen=True, slots=True)
class InfluxQuery(Dataquery, Builder[Dataquery]):
    """A target of InfluxDB, which the SDK has no words for."""

    text: str
    ref: str
    alias: str = ""
    form: str = "time_series"

    def build(self) -> Dataquery:
        """Give itself."""
        return self

    def to_json(self) -> dict[str, object]:
        """Write it as Grafana does."""
        return {
            "alias": self.alias,
            "datasource": {"type": "influxdb", "uid": STORE},
            "query": self.text,
            "rawQuery": True,
            "refId": self.ref,
            "resultFormat": self.form,
        }
