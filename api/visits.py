"""Sensors that need a person as they are published: their shape, and how it is filled."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from api.schema import Document, Instant
from api.times import iso_of
from processing.fitness import Fitness

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

    from processing.visits import Visit

State = Literal["ok", "watch", "visit"]
STATES: dict[Fitness, State] = {Fitness.OK: "ok", Fitness.WATCH: "watch", Fitness.VISIT: "visit"}


class VisitDocument(Document):
    """A thing whose sensor is not well."""

    thing: str
    name: str
    kind: str
    operator: str
    district: str
    state: State
    silent_times: float | None = Field(description="Silence in multiples of what is expected; null: never heard")
    battery_days_left: float | None
    reasons: list[str]
    reasons_de: list[str]


class VisitList(Document):
    """Sensors that are not well, the worst first."""

    time: Instant
    visits: list[VisitDocument]


def visit_list(
    found: Iterable[Visit], moment: np.datetime64, *, operator: str | None = None, district: str | None = None
) -> VisitList:
    """Show the sensors of an instant, or of one operator or district its part."""
    wanted = [one for one in found if operator in (None, one.thing.operator) and district in (None, one.thing.district)]
    return VisitList(time=iso_of(moment), visits=[_visit(one) for one in wanted])


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


def _number(value: float) -> float | None:
    return None if isnan(value) else value
