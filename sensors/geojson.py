"""Things and devices from a GeoJSON FeatureCollection, and back: how a city's engineer tells what stands where.

A Feature is a Thing: ``id``, a Point with longitude and latitude (RFC 7946: in this order), and the properties
``name``, ``kind``, ``operator``, ``district``, ``public``, ``devices: [{"id": ..., "model": ...}]``; every other
property is the site's own. What cannot be taken is refused feature by feature, with a sentence that names the feature.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from sensors.devices import models
from sensors.eui import device_id
from sensors.hint import did_you_mean, nearest, shown
from sensors.kinds import kinds
from sensors.model import Device, Thing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sensors.device import DeviceModel
    from sensors.model import SensorKind

OWN = ("name", "kind", "operator", "district", "public", "devices")
"""Feature properties that are the Thing's own; every other one belongs to its site."""
GERMANY = ((5.8, 15.1), (47.2, 55.1))
"""Longitudes and latitudes. A point that lies here once its numbers change places was written the wrong way round."""

_GREATEST = 2**53
"""Whole numbers up to it are exact as floating point numbers."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a document holds, and a sentence for every feature that was refused."""

    things: tuple[Thing, ...]
    devices: tuple[Device, ...]
    refused: tuple[str, ...]


class RefusedError(ValueError):
    """A feature that cannot be taken; its text says why and what to do."""


def things_from_geojson(document: Mapping[str, Any]) -> Parsed:
    """Read things and their devices. Never raises: a document that is no FeatureCollection is refused as a whole."""
    features = _features(document)
    if features is None:
        return Parsed((), (), ("the document is no GeoJSON FeatureCollection: it needs a list 'features'.",))
    things: dict[str, Thing] = {}
    devices: dict[str, Device] = {}
    refused: list[str] = []
    for place, feature in enumerate(features):
        try:
            thing, its_devices = _thing(feature)
            _refuse_known(thing, its_devices, things, devices)
        except RefusedError as why:
            refused.append(_sentence(f"{_label(place, feature)}: {why}"))
            continue
        things[thing.id] = thing
        devices.update({device.id: device for device in its_devices})
    return Parsed(tuple(things.values()), tuple(devices.values()), tuple(refused))


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


def _features(document: Any) -> Sequence[Any] | None:
    if not isinstance(document, Mapping):
        return None
    if document.get("type") == "Feature":
        return [document]
    features = document.get("features")
    return features if isinstance(features, list | tuple) else None


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?")) else f"{text}."


def _label(place: int, feature: Any) -> str:
    name = feature.get("id") if isinstance(feature, Mapping) else None
    return f"features[{place}]" if name is None else f"features[{place}] '{name}'"


def _thing(feature: Any) -> tuple[Thing, tuple[Device, ...]]:
    if not isinstance(feature, Mapping) or feature.get("type") != "Feature":
        raise RefusedError('it is no Feature: it needs "type": "Feature"')
    said = feature.get("properties") or {}
    if not isinstance(said, Mapping):
        raise RefusedError("its properties are no object")
    identity = _identity(feature.get("id"))
    longitude, latitude = _position(feature.get("geometry"))
    kind = _kind(said.get("kind"))
    site = {name: value for name, value in said.items() if name not in OWN}
    _check_site(kind, site)
    thing = Thing(
        id=identity,
        name=_text(said, "name") or identity,
        kind=kind.name,
        longitude=longitude,
        latitude=latitude,
        operator=_text(said, "operator"),
        district=_text(said, "district"),
        public=_public(said.get("public", False)),
        properties=site,
    )
    return thing, _devices(said.get("devices", ()), thing)


def _identity(given: Any) -> str:
    if given is None or isinstance(given, bool) or not isinstance(given, str | int):
        raise RefusedError('it has no id: give the feature an "id" beside its "type"')
    identity = str(given)
    if not identity.strip() or not identity.isprintable() or any(sign in identity for sign in "/+#"):
        raise RefusedError("its id must be printable text without '/', '+' and '#'")
    return identity


def _position(geometry: Any) -> tuple[float, float]:
    if not isinstance(geometry, Mapping) or geometry.get("type") != "Point":
        raise RefusedError("its geometry is no Point: give one point per thing")
    given = geometry.get("coordinates")
    if not isinstance(given, list | tuple) or len(given) < 2 or not all(_is_number(number) for number in given[:2]):
        raise RefusedError("its coordinates must be two numbers, longitude and latitude")
    longitude, latitude = float(given[0]), float(given[1])
    _check_position(longitude, latitude)
    return longitude, latitude


def _check_position(longitude: float, latitude: float) -> None:
    place = f"[{longitude:g}, {latitude:g}]"
    if longitude == latitude == 0:
        raise RefusedError("its coordinates are [0, 0], which stands for unknown: give the real place")
    if _within(GERMANY, latitude, longitude) or (abs(latitude) > 90 >= abs(longitude) and abs(latitude) <= 180):
        raise RefusedError(f"its coordinates {place} are swapped: GeoJSON wants longitude first, then latitude")
    if abs(longitude) > 180 or abs(latitude) > 90:
        raise RefusedError(f"its coordinates {place} are out of range: longitude -180 to 180, latitude -90 to 90")


def _within(area: tuple[tuple[float, float], tuple[float, float]], longitude: float, latitude: float) -> bool:
    (west, east), (south, north) = area
    return west <= longitude <= east and south <= latitude <= north


def _kind(name: Any) -> SensorKind:
    kind = kinds().get(name) if isinstance(name, str) else None
    if kind is None:
        raise RefusedError(f"no sensor kind is called {shown(name)}.{did_you_mean(str(name), kinds())}")
    return kind


def _check_site(kind: SensorKind, site: Mapping[str, Any]) -> None:
    _check_numbers(kind.required, site, f"a {kind.name}", kind.site)
    objection = kind.objection(site) if kind.objection is not None else ""
    if objection:
        raise RefusedError(objection)


def _check_numbers(required: Iterable[str], site: Mapping[str, Any], who: str, told: Mapping[str, str]) -> None:
    for name in required:
        if name not in site:
            near = nearest(name, [given for given in site if given not in told])
            hint = f": is it what you call '{near}'?" if near else ""
            raise RefusedError(f"{who} needs the property '{name}' ({told.get(name, 'a number')}){hint}")
        if not _is_number(site[name]) or site[name] < 0:
            raise RefusedError(f"'{name}' is {shown(site[name])}, but must be a number, 0 or more")


def _devices(given: Any, thing: Thing) -> tuple[Device, ...]:
    if not isinstance(given, list | tuple):
        raise RefusedError('its devices must be a list such as [{"id": "...", "model": "..."}]')
    return tuple(_device(place, said, thing) for place, said in enumerate(given))


def _device(place: int, said: Any, thing: Thing) -> Device:
    name = said.get("id") if isinstance(said, Mapping) else None
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise RefusedError(f'devices[{place}] has no id: write it as {{"id": "...", "model": "..."}}')
    model = models().get(str(said.get("model")))
    if model is None:
        hint = did_you_mean(str(said.get("model")), models())
        raise RefusedError(f"device '{name}': no device model is called {shown(said.get('model'))}.{hint}")
    _refuse_blind(model, kinds()[thing.kind])
    _check_numbers(model.required, thing.properties, f"a {model.name}", kinds()[thing.kind].site)
    return Device(id=device_id(name), model=model.name, thing=thing)


def _refuse_blind(model: DeviceModel, kind: SensorKind) -> None:
    seen = {meaning.property for meaning in model.fields.values()}
    if seen and not seen & {prop.name for prop in kind.properties}:
        raise RefusedError(f"a {model.name} observes nothing of a {kind.name}: it tells {', '.join(sorted(seen))}")


def _refuse_known(
    thing: Thing, its_devices: Sequence[Device], things: Mapping[str, Thing], devices: Mapping[str, Device]
) -> None:
    if thing.id in things:
        raise RefusedError("a feature before it has the same id: every thing needs its own")
    names = [device.id for device in its_devices]
    for name in names:
        if name in devices:
            raise RefusedError(f"its device '{name}' belongs to '{devices[name].thing.id}' already")
        if names.count(name) > 1:
            raise RefusedError(f"its device '{name}' stands there twice")


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RefusedError(f"'{name}' is {shown(value)}, but must be text")
    return value


def _public(value: Any) -> bool:
    if not isinstance(value, bool):
        raise RefusedError(f"'public' is {shown(value)}, but must be true or false")
    return value


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= _GREATEST if isinstance(value, int) else isfinite(value)


def _feature(thing: Thing, devices: list[dict[str, str]]) -> dict[str, Any]:
    taken = sorted(set(OWN) & set(thing.properties))
    if taken:
        raise ValueError(f"thing '{thing.id}' has site properties named as its own: {', '.join(taken)}. Rename them")
    own = {name: getattr(thing, name) for name in OWN if name != "devices"}
    return {
        "type": "Feature",
        "id": thing.id,
        "geometry": {"type": "Point", "coordinates": [thing.longitude, thing.latitude]},
        "properties": {**own, **thing.properties, "devices": devices},
    }
