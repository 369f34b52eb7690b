"""Devices: which piece of hardware observes which thing, and did so when."""

from typing import Annotated

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from api.access import READ
from api.choosing import names_in
from api.documents import device_document
from api.paging import cut, link
from api.parameters import CityNow, Cursor, Fields, ThingName, versioned
from api.schema import DeviceDocument, DevicePage
from api.selecting import selected
from api.table_schema import SelectedDevices
from sensors.model import Device

ROUTER = versioned("devices", READ)


@ROUTER.get("/devices", summary="List devices", response_model=DevicePage | SelectedDevices)
def devices(
    request: Request,
    city: CityNow,
    *,
    thing: ThingName = None,
    device: Annotated[str | None, Query(description="Only this device", examples=["24e124713c401925"])] = None,
    fields: Fields = None,
    limit: Annotated[int, Query(ge=1, le=5000, description="Devices per page")] = 500,
    cursor: Cursor = None,
) -> Response:
    """List what each device observes and has observed, in the order of ids and of time."""
    city.choose(thing=thing)
    known = city.services.catalogue.devices()
    asked = known.values() if device is None else [known.get(device, ())]
    chosen = sorted((each for observed in asked for each in observed if thing in (None, each.thing.id)), key=_key)
    page, following = cut(chosen, _key, cursor, limit, tuple[str, int])
    documents, shown = [device_document(each) for each in page], names_in("fields", fields)
    return selected("devices", documents, DeviceDocument, shown, link(request, following))


def _key(device: Device) -> tuple[str, int]:
    return device.id, device.valid_from or 0
