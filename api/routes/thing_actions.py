"""What is done about things: told of, changed, calibrated, retired; for those who know the key."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Path
from msgspec import UNSET, Meta, UnsetType, field
from starlette.requests import Request
from starlette.responses import Response

from api.access import CATALOGUE
from api.bodies import Body, body_of, documented
from api.parameters import CityNow, versioned
from api.problem import ProblemError
from api.schema import ThingDocument
from api.tending import change, shown_thing
from api.times import now
from sensors.entries import OWN, Assumed, RefusedError, identity_of, thing_of
from sensors.model import Calibration, Thing

ROUTER = versioned("things", CATALOGUE)

Words = Annotated[str, Meta(max_length=200)]
Degrees = Annotated[float, Meta(ge=-180, le=180)]
Id = Annotated[str, Path(description="Id of the thing", max_length=200)]
CHANGED: dict[int | str, dict[str, Any]] = {
    201: {"description": "Made", "model": ThingDocument},
}


class Place(Body, frozen=True, kw_only=True):
    """A point in WGS 84."""

    longitude: Degrees
    latitude: Annotated[float, Meta(ge=-90, le=90)]


class PutThing(Body, frozen=True, kw_only=True):
    """A thing in full, as GET shows it."""

    kind: Annotated[Words, Meta(description="Name of a kind in /v1/kinds")]
    location: Place
    name: Words = ""
    operator: Words = ""
    district: Words = ""
    public: bool = False
    properties: Annotated[dict[str, Any], Meta(description="What the kind needs to know of the site")] = field(
        default_factory=dict
    )


class PatchThing(Body, frozen=True, kw_only=True):
    """What changes of a thing; of ``properties`` too only what is named, and null takes one away (RFC 7396)."""

    kind: Words | UnsetType = UNSET
    location: Place | UnsetType = UNSET
    name: Words | UnsetType = UNSET
    operator: Words | UnsetType = UNSET
    district: Words | UnsetType = UNSET
    public: bool | UnsetType = UNSET
    properties: dict[str, Any] | UnsetType = UNSET


class NewCalibration(Body, frozen=True, kw_only=True):
    """What is true of a site from an instant on."""

    since: Annotated[datetime, Meta(tz=True, description="From then on")]
    properties: Annotated[dict[str, Any], Meta(min_length=1, description="Only those that change")]


@ROUTER.put(
    "/things/{id:path}",
    summary="Tell of a thing, or replace it",
    response_model=ThingDocument,
    responses=CHANGED,
    openapi_extra=documented(PutThing),
)
def put(request: Request, city: CityNow, id: Id, told: Annotated[PutThing, body_of(PutThing)]) -> Response:  # noqa: A002 - the name that the path shows
    """Make a thing, or put it in the place of the one of its id, which `If-Match` must name by its `ETag`.

    How a site has changed (calibrations) and which devices observe it stays.
    """
    _refuse_own(told.properties)
    said = {**told.properties, **_told(told, "kind", "name", "operator", "district", "public")}
    place = (told.location.longitude, told.location.latitude)

    def write(before: Thing | None, version: int) -> None:
        city.services.catalogue.put([_thing(id, place, said, before)], version=version)

    before = change(request, city, id, write)
    made = {"location": f"/v1/things/{quote(id)}"} if before is None else {}
    return shown_thing(city.thing(id), 201 if before is None else 200, **made)


@ROUTER.patch(
    "/things/{id:path}",
    summary="Change a thing",
    response_model=ThingDocument,
    openapi_extra=documented(PatchThing),
)
def patch(request: Request, city: CityNow, id: Id, told: Annotated[PatchThing, body_of(PatchThing)]) -> Response:  # noqa: A002 - the name that the path shows
    """Change what is named of the thing that `If-Match` names by its `ETag`."""

    def write(before: Thing | None, version: int) -> None:
        thing = city.thing(id) if before is None else before
        city.services.catalogue.put([_patched(thing, told)], version=version)

    change(request, city, id, write)
    return shown_thing(city.thing(id))


@ROUTER.delete(
    "/things/{id:path}",
    summary="Retire a thing",
    status_code=204,
    response_class=Response,
)
def retire(request: Request, city: CityNow, id: Id) -> Response:  # noqa: A002 - the name that the path shows
    """Take a thing off the register now; its devices observe nothing any more, and what was observed stays."""

    def write(before: Thing | None, version: int) -> None:
        thing = city.thing(id) if before is None else before
        with _of_ones_own(thing):
            city.services.catalogue.retire(thing.id, _ms_now(), version=version)

    change(request, city, id, write)
    return Response(status_code=204)


@ROUTER.post(
    "/things/{id:path}/calibrations",
    summary="Note that a site has changed",
    status_code=201,
    response_model=ThingDocument,
    openapi_extra=documented(NewCalibration),
)
def calibrate(city: CityNow, id: Id, told: Annotated[NewCalibration, body_of(NewCalibration)]) -> Response:  # noqa: A002 - the name that the path shows
    """Say what is true of a site from an instant on: a sensor hung elsewhere, fewer spaces.

    Readings are taken by the site as it was at their own time. What was noted for the same instant is replaced.
    """
    thing = city.thing(id)
    _refuse_own(told.properties)
    since = round(told.since.timestamp() * 1000)
    said = {**_own(thing), **thing.site(since), **told.properties}
    _made(thing.id, (thing.longitude, thing.latitude), said)
    calibration = Calibration(since=since, properties=told.properties)
    with _of_ones_own(thing):
        city.services.catalogue.calibrate(thing.id, calibration)
    return shown_thing(city.thing(id), 201)


@contextmanager
def _of_ones_own(thing: Thing) -> Iterator[None]:
    """Let who sees a thing, but may not change it, know why nothing happens. Raises ProblemError ``not-allowed``."""
    try:
        yield
    except ValueError:
        detail = f"{thing.id!r} belongs to {thing.operator!r}: only they, or the city, may change it."
        raise ProblemError("not-allowed", detail) from None


def _refuse_own(properties: dict[str, Any]) -> None:
    """Raise ProblemError ``bad-body`` for what is no property of a site."""
    own = sorted(set(OWN) & set(properties))
    if own:
        detail = f"{', '.join(own)} is no property of the site: say it beside them, or in a path of its own."
        raise ProblemError("bad-body", detail)


def _patched(thing: Thing, told: PatchThing) -> Thing:
    own = _own(thing) | _told(told, "kind", "name", "operator", "district", "public")
    changed = {} if isinstance(told.properties, UnsetType) else told.properties
    _refuse_own(changed)
    site = {name: value for name, value in {**thing.properties, **changed}.items() if value is not None}
    at = told.location
    place = (thing.longitude, thing.latitude) if isinstance(at, UnsetType) else (at.longitude, at.latitude)
    return _thing(thing.id, place, {**site, **own}, thing)


def _own(thing: Thing) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in ("kind", "name", "operator", "district", "public")}


def _told(told: Body, *names: str) -> dict[str, Any]:
    return {name: getattr(told, name) for name in names if getattr(told, name) is not UNSET}


def _thing(name: str, place: tuple[float, float], said: dict[str, Any], before: Thing | None) -> Thing:
    """Make a thing of what is said; it keeps what is known of it besides."""
    made = _made(name, place, said)
    return made if before is None else replace(made, calibrations=before.calibrations)


def _made(name: str, place: tuple[float, float], said: dict[str, Any]) -> Thing:
    """Check what is said of a thing as a register's entry is. Raises ProblemError ``bad-body``."""
    try:
        made, _ = thing_of(identity_of(name, "name it in the path"), place, said, Assumed())
    except RefusedError as why:
        raise ProblemError("bad-body", f"The thing cannot be taken: {why}.".replace("?.", "?")) from None
    return made


def _ms_now() -> int:
    return int(now().astype("datetime64[ms]").astype(int))
