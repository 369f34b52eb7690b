"""What is to be done: sensors that need a person, and containers that need a round, the worst first, with reasons."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

import numpy as np
from fastapi import Query

from api.access import READ
from api.collection import CollectionDocument, collection_document
from api.parameters import (
    At,
    CityNow,
    DistrictName,
    DomainName,
    KindName,
    OperatorName,
    ThingName,
    instant_of,
    versioned,
)
from api.visits import VisitList, visit_list
from processing.collection import LIKELY, collection
from processing.fitness import Fitness
from processing.group import Group
from processing.region import Region
from processing.visits import visits

ROUTER = versioned("platform", READ)


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
    choice = city.choose(thing=thing, kind=kind, domain=domain)
    services = city.services
    moment, region = instant_of(at, services.zone), Region(services.zone, services.land)
    chosen = {one.id for one in city.estate().chosen(choice)}
    groups = city.groups() if thing is None else _only(city.groups(), thing)
    found = visits(services.store, groups, moment, region, least=Fitness[least.upper()])
    mine = [one for one in found if one.thing.id in chosen]
    return visit_list(mine, moment, operator=operator, district=district)


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
    services = city.services
    moment, region = instant_of(at, services.zone), Region(services.zone, services.land)
    found = collection(services.store, city.groups(), moment, region, likely=likely)
    return collection_document(found, operator=operator, district=district)


def _only(groups: Iterable[Group], thing: str) -> Iterator[Group]:
    """Keep what is computed of one thing, so that nobody waits for all the others."""
    for group in groups:
        place = np.array([number for number, one in enumerate(group.targets) if one.id == thing], dtype=np.intp)
        if len(place):
            yield group.take(place)
