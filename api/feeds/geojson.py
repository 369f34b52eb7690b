"""A layer of the map for each domain: every public thing with what is known of it now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from api.columns import QUALITY_NAMES
from api.feed import Feed
from api.times import iso, iso_of
from api.vocabulary import all_properties, domain_of, domains

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from api.feed import Column, State
    from sensors.model import Thing

ENDING = ".geojson"


def _documents(_city: str) -> Iterator[str]:
    return (f"{domain}{ENDING}" for domain in sorted(domains()))


def _write(state: State, document: str) -> bytes:
    domain = document.removesuffix(ENDING)
    places = np.array([at for at, thing in enumerate(state.things) if domain_of(thing.kind) == domain], dtype=np.int64)
    told = {name: column for name, column in state.columns.items() if (column.quality[places] != 9).any()}
    return msgspec.json.encode(
        {
            "type": "FeatureCollection",
            "name": f"{state.city}: {domain}",
            "timeStamp": iso_of(state.moment),
            "units": {name: all_properties()[name].unit if name in all_properties() else "" for name in told},
            "features": list(_features(state, places, told)),
        }
    )


def _features(state: State, places: NDArray[np.int64], told: dict[str, Column]) -> Iterator[dict[str, Any]]:
    """Tell things one by one. QGIS and Leaflet style by flat members, so that results stand under their property."""
    known = {name: column.value[places].tolist() for name, column in told.items()}
    newest, worst = _newest(places, told), _worst(places, told)
    for at, place in enumerate(places.tolist()):
        thing = state.things[place]
        results = {name: values[at] for name, values in known.items() if values[at] == values[at]}
        yield _feature(thing, {"phenomenon_time": newest[at], "quality": worst[at], **results})


def _feature(thing: Thing, state: dict[str, Any]) -> dict[str, Any]:
    about = {"name": thing.name, "kind": thing.kind, "operator": thing.operator, "district": thing.district}
    return {
        "type": "Feature",
        "id": thing.id,
        "geometry": {"type": "Point", "coordinates": [thing.longitude, thing.latitude]},
        "properties": {"id": thing.id, **about, **state},
    }


def _newest(places: NDArray[np.int64], told: dict[str, Column]) -> list[str | None]:
    """Write when each was last told of; None where nothing is known now."""
    times = [column.time[places].astype(np.int64) for column in told.values()]
    newest = np.max(times, axis=0, initial=-1) if times else np.full(len(places), -1)
    written = iso(newest.astype("datetime64[ms]")).tolist()
    return [text if known else None for text, known in zip(written, newest >= 0, strict=True)]


def _worst(places: NDArray[np.int64], told: dict[str, Column]) -> list[str]:
    """Name the worst flag of what is shown of each."""
    flags = [np.where(column.quality == 9, 0, column.quality)[places] for column in told.values()]
    worst = np.max(flags, axis=0, initial=0) if flags else np.zeros(len(places), dtype=np.uint8)
    return [QUALITY_NAMES[flag or 9] for flag in worst.tolist()]


FEED = Feed(
    name="geojson",
    title="Layers for maps",
    title_de="Ebenen für Karten",
    description=(
        "One layer per domain: every public thing with its newest results that still hold, and what follows of them. "
        "What is not known now is left out, never 0. `units` names the UCUM unit of each result."
    ),
    source="RFC 7946",
    media_type="application/geo+json",
    documents=_documents,
    write=_write,
)
