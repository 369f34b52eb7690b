"""Car parks as ParkAPI tells them, the form that the app ParkenDD and its kin read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from api.feed import Feed, plain
from sensors.numeric import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.feed import State
    from sensors.model import Thing

REFERENCE = "https://github.com/offenesdresden/ParkAPI"
INDEX = "index.json"


def _documents(city: str) -> Iterator[str]:
    yield from (INDEX, plain(city))


def _write(state: State, document: str) -> bytes:
    return msgspec.json.encode(_cities(state) if document == INDEX else _lots(state))


def _cities(state: State) -> dict[str, Any]:
    return {
        "api_version": "1.0",
        "server_version": "1.0.0",
        "reference": REFERENCE,
        "cities": {plain(state.city): state.city},
    }


def _lots(state: State) -> dict[str, Any]:
    """Tell every car park. One that is not known now has 0 free spaces and the state ``nodata``: the form demands."""
    free, closed = state.column("available_spot_number"), state.column("closed")
    out_of_service = np.nan_to_num(state.column("out_of_service_slot_number").value)
    moment = int(state.moment.astype("datetime64[ms]").astype(np.int64))
    places = [place for place, thing in enumerate(state.things) if thing.kind == "parking_lot"]
    told = free.time[places].astype(np.int64)
    return {
        "last_updated": _utc(np.datetime64(int(np.max(told, initial=0)), "ms")),
        "last_downloaded": _utc(state.moment),
        "data_source": state.link,
        "lots": [
            _lot(state.things[place], moment, free.value[place], out_of_service[place], shut=closed.value[place] == 1)
            for place in places
        ],
    }


def _lot(thing: Thing, moment: int, free: float, out_of_service: float, *, shut: bool) -> dict[str, Any]:
    site = thing.site(moment)
    optional = {"region": thing.district, "address": site.get("address"), "lot_type": site.get("lot_type")}
    known = not np.isnan(free)
    return {
        "id": thing.id,
        "name": thing.name,
        "coords": {"lat": thing.latitude, "lng": thing.longitude},
        "total": max(0, round(number(site.get("capacity"), 0.0) - out_of_service)),
        "free": max(0, round(free)) if known else 0,
        "state": "closed" if shut else "open" if known else "nodata",
        "forecast": False,
        **{name: value for name, value in optional.items() if value},
    }


def _utc(time: np.datetime64) -> str:
    """Write a time as ParkAPI does: in UTC, to the second, without saying so."""
    return str(np.datetime_as_string(time, unit="s"))


FEED = Feed(
    name="parkapi",
    title="Free spaces in car parks, for ParkenDD",
    title_de="Freie Plätze in Parkhäusern, für ParkenDD",
    description="Name, place, capacity, free spaces and state of every car park whose operator has made it public.",
    source=f"ParkAPI 1.0, {REFERENCE} README",
    media_type="application/json",
    documents=_documents,
    write=_write,
)
