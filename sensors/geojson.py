"""Things and devices from a GeoJSON FeatureCollection, and back: how a city's engineer tells what stands where.

A Feature is a Thing: ``id``, a Point with longitude and latitude (RFC 7946: in this order), and the properties
``name``, ``kind``, ``operator``, ``district``, ``public``, ``devices: [{"id": ..., "model": ...}]`` and, of a site that
has changed, ``calibrations: [{"since": ..., <what changed>}]``; every other property is the site's own. The columns of
a city's own registers (``sensors.registers``) are understood as properties, and metres of UTM zone 33N where the old
``crs`` member declares them. What cannot be taken is refused feature by feature, with a sentence naming the feature.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from sensors.coordinates import PositionError, Reference, position, reference
from sensors.entries import OWN, Assumed, Entries, Parsed, Refusal, RefusedError, identity_of, thing_of
from sensors.numeric import is_number
from sensors.registers import register_of, taken_down, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sensors.model import Device, Thing
    from sensors.registers._register import Register

ASSUMING_NOTHING = Assumed()


def things_from_geojson(document: Mapping[str, Any], assumed: Assumed = ASSUMING_NOTHING) -> Parsed:
    """Read things and their devices. Never raises: a document that is no FeatureCollection is refused as a whole."""
    features = _features(document)
    if features is None:
        return _refused_whole("the document is no GeoJSON FeatureCollection: it needs a list 'features'.")
    try:
        told = reference(document["crs"]) if document.get("crs") is not None else Reference.DEGREES
    except PositionError as why:
        return _refused_whole(str(why))
    entries = Entries()
    for place, feature in enumerate(features):
        try:
            entries.add(*_thing(feature, told, assumed))
        except (RefusedError, PositionError) as why:
            entries.refusals.append(Refusal(_label(place, feature), str(why)))
    return entries.parsed()


def geojson_from_things(things: Iterable[Thing], devices: Iterable[Device] = ()) -> dict[str, Any]:
    """Write things with their devices as a FeatureCollection that ``things_from_geojson`` reads back unchanged.

    Raises ValueError for a site property that bears one of the names in ``OWN``.
    """
    of_thing: dict[str, list[dict[str, str]]] = {}
    for device in devices:
        of_thing.setdefault(device.thing.id, []).append({"id": device.id, "model": device.model})
    return {
        "type": "FeatureCollection",
        "features": [_feature(thing, of_thing.get(thing.id, [])) for thing in things],
    }


def _refused_whole(sentence: str) -> Parsed:
    return Parsed((), (), (Refusal("", sentence),))


def _features(document: Any) -> Sequence[Any] | None:
    if not isinstance(document, Mapping):
        return None
    if document.get("type") == "Feature":
        return [document]
    features = document.get("features")
    return features if isinstance(features, list | tuple) else None


def _label(place: int, feature: Any) -> str:
    name = feature.get("id") if isinstance(feature, Mapping) else None
    return f"features[{place}]" if name is None else f"features[{place}] '{name}'"


def _thing(feature: Any, told: Reference, assumed: Assumed) -> tuple[Thing, tuple[Device, ...]]:
    if not isinstance(feature, Mapping) or feature.get("type") != "Feature":
        raise RefusedError('it is no Feature: it needs "type": "Feature"')
    said = feature.get("properties") or {}
    if not isinstance(said, Mapping):
        raise RefusedError("its properties are no object")
    said = dict(said)
    register = register_of(said)
    if register is not None:
        said, assumed = _in_our_words(register, said), assumed.in_register(register)
    given = feature["id"] if feature.get("id") is not None else said.pop("id", None)
    identity = identity_of(given, 'give the feature an "id" beside its "type"')
    return thing_of(identity, _position(feature.get("geometry"), told), said, assumed)


def _in_our_words(register: Register, said: Mapping[str, Any]) -> dict[str, Any]:
    gone = taken_down(said)
    if gone:
        raise RefusedError(gone)
    words = words_of(register, said)
    return {words[column]: value for column, value in said.items() if value is not None}


def _position(geometry: Any, told: Reference) -> tuple[float, float]:
    if not isinstance(geometry, Mapping) or geometry.get("type") != "Point":
        raise RefusedError("its geometry is no Point: give one point per thing")
    given = geometry.get("coordinates")
    if not isinstance(given, list | tuple) or len(given) < 2 or not all(is_number(number) for number in given[:2]):
        raise RefusedError("its coordinates must be two numbers, longitude and latitude")
    return position(float(given[0]), float(given[1]), told, "GeoJSON wants longitude first, then latitude")


def _feature(thing: Thing, devices: list[dict[str, str]]) -> dict[str, Any]:
    taken = sorted(set(OWN) & set(thing.properties))
    if taken:
        raise ValueError(f"thing '{thing.id}' has site properties named as its own: {', '.join(taken)}. Rename them")
    own = {name: getattr(thing, name) for name in OWN if name not in {"devices", "calibrations"}}
    changed = [{"since": _written(each.since), **each.properties} for each in thing.calibrations]
    own |= {"calibrations": changed} if changed else {}
    return {
        "type": "Feature",
        "id": thing.id,
        "geometry": {"type": "Point", "coordinates": [thing.longitude, thing.latitude]},
        "properties": {**own, **thing.properties, "devices": devices},
    }


def _written(milliseconds: int) -> str:
    return str(np.datetime_as_string(np.datetime64(milliseconds, "ms"), timezone="UTC"))
