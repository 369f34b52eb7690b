"""Where public things stand, as Grafana looks places up: a URL of it is a gazetteer for a map of anybody's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from api.feed import Feed
from processing.gazetteer import gazetteer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.feed import State

PLACES = "places.json"


def _documents(_city: str) -> Iterator[str]:
    yield PLACES


def _write(state: State, _document: str) -> bytes:
    return msgspec.json.encode(gazetteer(state.things))


FEED = Feed(
    name="gazetteer",
    title="Places by id, for maps in Grafana",
    title_de="Orte nach Kennung, für Karten in Grafana",
    description=(
        "Longitude and latitude of every public thing by its id, and of its site, district and operator as the middle "
        "of what is public of them: what Grafana's map looks places up in."
    ),
    source="Grafana, geomap panel, location mode lookup",
    media_type="application/json",
    documents=_documents,
    write=_write,
)
