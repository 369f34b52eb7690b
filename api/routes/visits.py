"""Sensor health: which sensors need a person, and which containers a round, the worst first, each with its reasons."""

from collections.abc import Iterable, Iterator
from math import isnan
from typing import Annotated, Literal

import numpy as np
from fastapi import Query

from api.access import READ
from api.parameters import CityNow, DistrictName, DomainName, KindName, OperatorName, ThingName, versioned
from api.tending_schema import CollectionDocument, StopDocument, VisitDocument, VisitList
from api.times import ACCEPTED, iso_of, now, read_time
from processing.collection import LIKELY, Stop, collection
from processing.fitness import Fitness
from processing.group import Group
from processing.region import Region
from processing.visits import Visit, visits

ROUTER = versioned("platform", READ)

STATES: dict[Fitness, Literal["ok", "watch", "visit"]] = {
    Fitness.OK: "ok",
    Fitness.WATCH: "watch",
    Fitness.VISIT: "visit",
}
At = Annotated[str | None, Query(description=f"As of when: {ACCEPTED}. Default: now")]


@ROUTER.get("/visits", summary="List sensors that need a person")
def needing_a_visit(
    city: CityNow,
    *,
    thing: ThingName = None,
    kind: KindName = None,
    domain: DomainName = None,
    operator: OperatorName = None,
    district: DistrictName = None,
    least: Annotated[
        Literal["ok", "watch", "visit"],
        Query(description="`watch` lists those to keep an eye on, too, and `ok` those that are well"),
    ] = "visit",
    at: At = None,
) -> VisitList:
    """List things whose sensor is not well, the worst first, then those that have been silent longest."""
    choice = city.choose(thing=thing, kind=kind, domain=domain, operator=operator, district=district)
    services, moment = city.services, _moment(city, at)
    chosen = {one.id for one in city.estate().chosen(choice)}
    groups = city.groups() if thing is None else _only(city.groups(), thing)
    found = visits(services.store, groups, moment, Region(services.zone, services.land), least=Fitness[least.upper()])
    return VisitList(time=iso_of(moment), visits=[_visit(one) for one in found if one.thing.id in chosen])


@ROUTER.get("/collection", summary="List containers to be emptied or looked at")
def to_be_collected(
    city: CityNow,
    *,
    operator: OperatorName = None,
    district: DistrictName = None,
    likely: Annotated[
        float, Query(gt=0, le=1, description="Probability of being full from which one is listed")
    ] = LIKELY,
    at: At = None,
) -> CollectionDocument:
    """List containers that overflow, are likely full before their next planned round, or are silent, by operator."""
    choice = city.choose(operator=operator, district=district)
    services, moment = city.services, _moment(city, at)
    chosen = {thing.id for thing in city.estate().chosen(choice)}
    found = collection(services.store, city.groups(), moment, Region(services.zone, services.land), likely=likely)
    stops = [_stop(one) for one in found.stops() if one.thing.id in chosen]
    return CollectionDocument(time=iso_of(moment), likely=likely, containers=found.containers, stops=stops)


def _only(groups: Iterable[Group], thing: str) -> Iterator[Group]:
    """Keep what is computed of one thing, so that nobody waits for all the others."""
    for group in groups:
        place = np.array([number for number, one in enumerate(group.targets) if one.id == thing], dtype=np.intp)
        if len(place):
            yield group.take(place)


def _moment(city: CityNow, at: str | None) -> np.datetime64:
    clock = now()
    return clock if at is None else read_time("at", at, newest=clock, zone=city.services.zone)


def _visit(one: Visit) -> VisitDocument:
    return VisitDocument(
        thing=one.thing.id,
        name=one.thing.name,
        kind=one.thing.kind,
        operator=one.thing.operator,
        district=one.thing.district,
        state=STATES[one.fitness],
        silent_times=_number(one.silent),
        battery_days_left=_number(one.battery),
        reasons=[reason.en for reason in one.reasons],
        reasons_de=[reason.de for reason in one.reasons],
    )


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
        round_in_hours=_number(one.round_in),
        round_known_by=one.plan.name.lower(),
        heard=None if one.heard is None else iso_of(one.heard),
        reason=one.reason("en"),
        reason_de=one.reason("de"),
    )


def _number(value: float) -> float | None:
    return None if isnan(value) else value
