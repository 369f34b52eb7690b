"""Containers to be emptied as they are published: their shape, and how it is filled."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from api.schema import Document, Instant
from api.times import iso_of

if TYPE_CHECKING:
    from processing.collection import Collection, Stop


class StopDocument(Document):
    """A container to be emptied or looked at."""

    thing: str
    name: str
    operator: str
    district: str
    longitude: float
    latitude: float
    why: Literal["overflow", "full_soon", "check"]
    risk: float | None = Field(description="Probability of being full before the next round")
    level: float | None = Field(description="Per cent")
    full_in_hours: tuple[float, float, float] | None = Field(description="With a probability of 10, 50 and 90 %")
    round_in_hours: float | None
    round_known_by: str
    heard: Instant | None
    reason: str
    reason_de: str


class CollectionDocument(Document):
    """Containers to be emptied or looked at, by operator, the most urgent first."""

    time: Instant
    likely: float
    containers: int = Field(description="How many were looked at")
    stops: list[StopDocument]


def collection_document(
    listed: Collection, *, operator: str | None = None, district: str | None = None
) -> CollectionDocument:
    """Show the list, or of one operator or district its part."""
    wanted = {
        thing.id
        for thing in listed.containers
        if operator in (None, thing.operator) and district in (None, thing.district)
    }
    stops = [_stop(one) for one in listed.stops() if one.thing.id in wanted]
    return CollectionDocument(time=iso_of(listed.moment), likely=listed.likely, containers=len(wanted), stops=stops)


def _stop(one: Stop) -> StopDocument:
    return StopDocument(
        thing=one.thing.id,
        name=one.thing.name,
        operator=one.thing.operator,
        district=one.thing.district,
        longitude=one.thing.longitude,
        latitude=one.thing.latitude,
        why=one.why.value,
        risk=one.risk,
        level=one.level,
        full_in_hours=one.full_in,
        round_in_hours=None if isnan(one.round_in) else one.round_in,
        round_known_by=one.plan.name.lower(),
        heard=None if one.heard is None else iso_of(one.heard),
        reason=one.reason("en"),
        reason_de=one.reason("de"),
    )
