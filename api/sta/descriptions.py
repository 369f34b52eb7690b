"""What is told of things, places, sensors and observed properties: the city's words as SensorThings has them."""

from __future__ import annotations

import re
import time
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from api.vocabulary import all_properties, domain_of
from processing.indicators import indicator_of, window_of, with_forecasts
from sensors.devices import models
from sensors.kinds import kinds
from sensors.units import spelled_out

if TYPE_CHECKING:
    from processing.indicator import Indicator
    from sensors.model import ObservedProperty, Thing

MEASUREMENT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"
GEOJSON = "application/geo+json"
UCUM = "http://www.opengis.net/def/uom/UCUM/0/"
_ADDRESS = re.compile(r"https?://[^\s,;)]+")

Fields = dict[str, Any]


def of_thing(thing: Thing) -> Fields:
    """Tell of a thing: what the register says of it today, and to whom it belongs."""
    own = {"kind": thing.kind, "domain": domain_of(thing.kind), "operator": thing.operator, "district": thing.district}
    site = thing.site(time.time_ns() // 1_000_000)
    return {
        "name": thing.name,
        "description": _of_whom(thing, _title(thing.kind)),
        "properties": {**site, **own, "public": thing.public},
    }


def of_location(thing: Thing) -> Fields:
    """Tell where a thing is."""
    return {
        "name": thing.name,
        "description": f"Where {thing.name} is",
        "encodingType": GEOJSON,
        "location": point(thing),
        "properties": {"district": thing.district},
    }


def of_feature(thing: Thing) -> Fields:
    """Tell of the place that is observed."""
    told = of_location(thing)
    return {**told, "description": f"The place of {thing.name}", "feature": told.pop("location")}


def point(thing: Thing) -> Fields:
    """Give a thing's place as GeoJSON."""
    return {"type": "Point", "coordinates": [thing.longitude, thing.latitude]}


def of_stream(name: str) -> Fields:
    """Tell of the datastreams of a property what is the same for all of them."""
    declared, made = all_properties().get(name), indicator_of().get(name)
    unit = declared.unit if declared else ""
    return {
        "description": declared.description if declared else "",
        "observationType": MEASUREMENT,
        "unitOfMeasurement": {"name": unit, "symbol": unit, "definition": unit_address(unit)},
        "properties": {
            "observed_property": name,
            "derived": made is not None,
            "series": declared.series.value if declared else None,
            "categories": list(declared.categories) if declared else [],
            "window": window_of().get(name),
            **_of_indicator(made),
        },
    }


def of_property(name: str) -> Fields:
    """Tell of an observed property."""
    declared = all_properties().get(name)
    if declared is None:
        return {"name": name, "definition": f"urn:smilecity:{name}", "description": "Not declared any more"}
    return {
        "name": name,
        "definition": _definition(declared),
        "description": declared.description,
        "properties": {
            "title": declared.title,
            "title_de": declared.title_de,
            "unit": declared.unit,
            "series": declared.series.value,
            "source": declared.source,
            "fail": declared.fail,
            "suspect": declared.suspect,
            "categories": list(declared.categories),
        },
    }


def of_sensor(name: str) -> Fields:
    """Tell of what observes, by its id: a device model, a kind of thing, or an indicator's formula."""
    sort, _, rest = name.partition("/")
    return {"model": _of_model, "kind": _of_kind, "indicator": _of_formula}[sort](rest)


@cache
def observed_by(model: str) -> frozenset[str]:
    """Name the properties that a device model tells."""
    known = models().get(model)
    return frozenset(meaning.property for meaning in known.fields.values()) if known else frozenset()


def unit_address(unit: str) -> str:
    """Give the address of a unit's definition; nothing for what has no unit."""
    return UCUM + quote(spelled_out(unit), safe="") if unit else ""


def _of_model(name: str) -> Fields:
    known = models().get(name)
    if known is None:
        return _sensor(name, "A device model that is not declared any more", "", {})
    words = f"{known.vendor} {known.model}".strip()
    return _sensor(words, f"Device model {name}", known.source, {"model": name, "vendor": known.vendor})


def _of_kind(name: str) -> Fields:
    return _sensor(_title(name), f"What observes a thing of kind {name}", "", {"kind": name})


def _of_formula(name: str) -> Fields:
    found = next((one for one in with_forecasts() if one.name == name), None)
    if found is None:
        return _sensor(name, "A formula that is not declared any more", "", {})
    return _sensor(found.title, found.description, found.source, _of_indicator(found))


def _sensor(name: str, description: str, metadata: str, properties: Fields) -> Fields:
    return {
        "name": name,
        "description": description,
        "encodingType": "text/plain",
        "metadata": metadata,
        "properties": properties,
    }


def _of_indicator(made: Indicator | None) -> Fields:
    if made is None:
        return {}
    return {"indicator": made.name, "version": made.version, "min_coverage": made.min_coverage}


def _title(kind: str) -> str:
    return kinds()[kind].title if kind in kinds() else kind


def _of_whom(thing: Thing, title: str) -> str:
    said = [title, f"of {thing.operator}" if thing.operator else "", f"in {thing.district}" if thing.district else ""]
    return " ".join(filter(None, said))


def _definition(declared: ObservedProperty) -> str:
    """Give the first address in the source of a definition, or a name of our own."""
    found = _ADDRESS.search(declared.source)
    return found[0] if found else f"urn:smilecity:{declared.name}"
