"""What of Grafana's foundation SDK draws classic boards; importing it warns that newer ones exist, which we know."""

from __future__ import annotations

import warnings

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from grafana_foundation_sdk.builders import common as make_common
        from grafana_foundation_sdk.builders import dashboard as make
        from grafana_foundation_sdk.builders import geomap as make_geomap
        from grafana_foundation_sdk.builders import prometheus as make_prometheus
        from grafana_foundation_sdk.builders import stat as make_stat
        from grafana_foundation_sdk.builders import table as make_table
        from grafana_foundation_sdk.builders import timeseries as make_timeseries
        from grafana_foundation_sdk.cog.builder import Builder
        from grafana_foundation_sdk.cog.encoder import JSONEncoder
        from grafana_foundation_sdk.cog.variants import Dataquery
        from grafana_foundation_sdk.models import common, dashboard, geomap, prometheus
except ModuleNotFoundError as absent:
    raise ValueError("boards need grafana-foundation-sdk: pip install 'smilecity[boards]'") from absent

__all__ = [
    "Builder",
    "Dataquery",
    "JSONEncoder",
    "common",
    "dashboard",
    "geomap",
    "make",
    "make_common",
    "make_geomap",
    "make_prometheus",
    "make_stat",
    "make_table",
    "make_timeseries",
    "prometheus",
]
