"""Blocked places as they are published: their shape, and how it is filled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from api.schema import Document, Instant, Location
from api.times import iso_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from processing.blocked import Blocked, BlockedPlaces


class BlockedPlaceDocument(Document):
    """A place that must be free, and is not or may not be."""

    thing: str = Field(examples=["fire-1"])
    name: str
    kind: str = Field(description="Name of a kind in /v1/kinds", examples=["fire_access_zone"])
    operator: str
    district: str
    location: Location
    indicator: str = Field(description="Which indicator tells of it", examples=["blocked_fire_access"])
    why: Literal["blocked", "check"] = Field(description="blocked; check: it cannot be told, somebody must look")
    minutes: float | None = Field(description="For how long it has been blocked; null where that is not known")
    since: Instant | None = Field(description="Since when it has been blocked")
    allowed_minutes: float = Field(description="For how long one may stand there", examples=[0.0])
    heard: Instant | None = Field(description="Newest word of its sensor; null where there never was one")
    reason: str = Field(
        description="The same in a sentence", examples=["blocked for 9 min, since 2026-06-01 10:00 UTC"]
    )
    reason_de: str


class BlockedDocument(Document):
    """What is blocked at an instant: fire access first, then by how long; last what cannot be told."""

    time: Instant
    looked_at: int = Field(description="Places that were looked at", ge=0)
    blocked: list[BlockedPlaceDocument]


def blocked_document(
    listed: BlockedPlaces, *, operator: str | None = None, district: str | None = None
) -> BlockedDocument:
    """Show the list, or of one operator or district its part."""
    wanted = [
        thing.id for thing in listed.places if operator in (None, thing.operator) and district in (None, thing.district)
    ]
    return BlockedDocument(
        time=iso_of(listed.moment), looked_at=len(wanted), blocked=_places(listed.found, set(wanted))
    )


def _places(found: Iterable[Blocked], wanted: set[str]) -> list[BlockedPlaceDocument]:
    return [_place(one) for one in found if one.thing.id in wanted]


def _place(one: Blocked) -> BlockedPlaceDocument:
    thing = one.thing
    return BlockedPlaceDocument(
        thing=thing.id,
        name=thing.name,
        kind=thing.kind,
        operator=thing.operator,
        district=thing.district,
        location=Location(longitude=thing.longitude, latitude=thing.latitude),
        indicator=one.indicator,
        why=one.why.value,
        minutes=one.minutes,
        since=None if one.since is None else iso_of(one.since),
        allowed_minutes=one.allowed,
        heard=None if one.heard is None else iso_of(one.heard),
        reason=one.reason(),
        reason_de=one.reason("de"),
    )
