"""A strict schema of a classic dashboard as these boards use it: what is not named here, Grafana would not know."""

from __future__ import annotations

from typing import Any

TEXT: dict[str, Any] = {"type": "string"}
SAID: dict[str, Any] = {"type": "string", "minLength": 1}
FLAG: dict[str, Any] = {"type": "boolean"}
WHOLE: dict[str, Any] = {"type": "integer", "minimum": 0}


def closed(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    """Describe an object that has these members and no other."""
    return {
        "type": "object",
        "properties": required | (optional or {}),
        "required": list(required),
        "additionalProperties": False,
    }


def some(of: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": of, "minItems": least}


SOURCE = closed(
    {"type": {"enum": ["prometheus", "influxdb"]}, "uid": {"enum": ["smilecity-store", "smilecity-metrics"]}}
)
SIZE = {"type": "integer", "minimum": 1, "maximum": 24}
POSITION = closed({"h": SIZE, "w": SIZE, "x": WHOLE, "y": WHOLE})
PROMETHEUS = closed(
    {
        "datasource": SOURCE,
        "expr": SAID,
        "refId": {"type": "string", "pattern": "^[A-Z]$"},
        "editorMode": {"const": "code"},
        "instant": FLAG,
        "range": FLAG,
    },
    {"legendFormat": SAID, "format": {"enum": ["table", "time_series"]}},
)
INFLUXDB = closed(
    {
        "datasource": SOURCE,
        "query": SAID,
        "rawQuery": {"const": True},
        "refId": {"type": "string", "pattern": "^[A-Z]$"},
        "resultFormat": {"enum": ["table", "time_series"]},
        "alias": TEXT,
    }
)
LINK = closed(
    {"title": SAID, "type": {"enum": ["link", "dashboards"]}, "targetBlank": FLAG},
    {
        "url": TEXT,
        "icon": TEXT,
        "tooltip": TEXT,
        "placement": {"const": "inControlsMenu"},
        "tags": some(SAID),
        "asDropdown": FLAG,
        "includeVars": FLAG,
        "keepTime": FLAG,
    },
)
STEPS = closed(
    {
        "mode": {"const": "absolute"},
        "steps": some(closed({"value": {"type": ["number", "null"]}, "color": SAID}), least=1),
    }
)
FIELDS = closed(
    {
        "defaults": closed(
            {},
            {
                "unit": SAID,
                "thresholds": STEPS,
                "min": {"const": 0},
                "max": {"type": "number"},
                "color": {"type": "object"},
                "custom": {"type": "object"},
                "links": some(LINK),
            },
        ),
        "overrides": some(
            closed(
                {
                    "matcher": closed({"id": {"enum": ["byName", "byFrameRefID"]}, "options": SAID}),
                    "properties": some(closed({"id": SAID, "value": {}}), least=1),
                }
            )
        ),
    }
)
STEP = closed(
    {
        "id": {"enum": ["joinByField", "filterFieldsByName", "organize", "sortBy", "limit", "renameByRegex"]},
        "options": {"type": "object"},
    }
)
HEADING = closed(
    {
        "type": {"const": "row"},
        "id": {"type": "integer", "minimum": 1},
        "title": SAID,
        "gridPos": POSITION,
        "collapsed": {"const": False},
        "panels": {"type": "array", "maxItems": 0},
    }
)
PANEL = closed(
    {
        "type": {"enum": ["stat", "timeseries", "table", "geomap"]},
        "id": {"type": "integer", "minimum": 1},
        "title": SAID,
        "description": SAID,
        "gridPos": POSITION,
        "datasource": SOURCE,
        "targets": some({"oneOf": [PROMETHEUS, INFLUXDB]}, least=1),
        "fieldConfig": FIELDS,
        "options": {"type": "object"},
    },
    {
        "transformations": some(STEP),
        "interval": {"type": "string", "pattern": r"^\d+[smhd]$"},
        "maxDataPoints": WHOLE,
        "timeFrom": {"type": "string", "pattern": r"^\d+d$"},
        "transparent": FLAG,
        "repeatDirection": SAID,
    },
)
VARIABLE = closed(
    {
        "type": {"enum": ["query", "custom"]},
        "name": {"enum": ["operator", "district", "kind", "thing"]},
        "label": SAID,
        "query": {"type": ["string", "object"]},
        "current": {"type": "object"},
        "includeAll": {"const": True},
        "allValue": SAID,
        "multi": FLAG,
    },
    {
        "datasource": SOURCE,
        "definition": SAID,
        "regex": SAID,
        "refresh": WHOLE,
        "sort": WHOLE,
        "options": some({"type": "object"}),
        "skipUrlSync": FLAG,
        "allowCustomValue": FLAG,
        "auto": FLAG,
        "auto_min": TEXT,
        "auto_count": WHOLE,
    },
)
BOARD = closed(
    {
        "uid": {"type": "string", "pattern": "^smilecity-[a-z]+$", "maxLength": 40},
        "title": SAID,
        "description": SAID,
        "tags": {"const": ["smilecity"]},
        "timezone": SAID,
        "editable": FLAG,
        "schemaVersion": {"type": "integer", "minimum": 39},
        "time": closed({"from": {"type": "string", "pattern": r"^now-\d+[hd]$"}, "to": {"const": "now"}}),
        "refresh": SAID,
        "panels": some({"oneOf": [PANEL, HEADING]}, least=2),
        "templating": closed({"list": some(VARIABLE)}),
        "annotations": {"type": "object"},
        "links": some(LINK, least=1),
    },
    {"graphTooltip": WHOLE, "fiscalYearStartMonth": WHOLE},
)
