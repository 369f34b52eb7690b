"""Reads the city's places from its GeoJSON file: what stands where, which device watches it and over which network."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ROSTOCK = Path(__file__).with_name("rostock.geojson")


@dataclass(frozen=True, slots=True)
class Gateway:
    """A LoRaWAN gateway that hears the devices around it."""

    id: str
    eui: str
    longitude: float
    latitude: float


@dataclass(frozen=True, slots=True)
class Place:
    """One thing with its one device, as the simulation needs to know them."""

    thing: str
    kind: str
    name: str
    longitude: float
    latitude: float
    device: str
    model: str
    site: Mapping[str, Any]
    """The thing's properties: capacity, depth of a container, floor area."""
    network: str
    """``tts``, ``chirpstack`` or ``plain``."""
    decoded: bool
    """Whether the network's codec delivers fields beside the bytes."""
    rhythm: str
    """Name in ``simulators.rhythm.RHYTHMS``."""
    habit: Mapping[str, Any]
    """Further numbers of the simulation: mean stay, emptying days, loads."""


@dataclass(frozen=True, slots=True)
class Places:
    """All places and gateways of a city."""

    places: tuple[Place, ...]
    gateways: tuple[Gateway, ...]


def read_places(path: Path = ROSTOCK) -> Places:
    """Read a GeoJSON file whose features carry the foreign member ``simulation``; others are not simulated."""
    document = json.loads(path.read_text(encoding="utf-8"))
    places = tuple(_place(feature) for feature in document["features"] if "simulation" in feature)
    gateways = tuple(Gateway(**gateway) for gateway in document.get("gateways", ()))
    return Places(places, gateways)


def _place(feature: Mapping[str, Any]) -> Place:
    site, habit = dict(feature["properties"]), dict(feature["simulation"])
    device = site.pop("devices")[0]
    longitude, latitude = feature["geometry"]["coordinates"]
    return Place(
        thing=feature["id"],
        kind=site.pop("kind"),
        name=site.pop("name"),
        longitude=longitude,
        latitude=latitude,
        device=device["id"],
        model=device["model"],
        site=site,
        network=habit.pop("network"),
        decoded=habit.pop("decoded", False),
        rhythm=habit.pop("rhythm"),
        habit=habit,
    )
