"""What an alert rule would have done in a span of history, before it is switched on."""

from threading import Lock
from typing import Annotated

import numpy as np
from fastapi import Query

from api.access import READ
from api.parameters import CityNow, versioned
from api.problem import ProblemError
from api.rehearsal_schema import RehearsalDocument
from api.rehearsing import Plan, rehearsal_document
from api.times import ACCEPTED, now, read_span
from processing.region import Region

ROUTER = versioned("alerts", READ)

DEFAULT_FROM = "-8w"
_ALONE = Lock()
"""A rehearsal reads weeks of history: one at a time."""


@ROUTER.get("/rehearsal", summary="Rehearse an alert rule")
def rehearsal(
    city: CityNow,
    *,
    rule: Annotated[str, Query(description="Name of an alert rule", examples=["car_park_nearly_full"])],
    sweep: Annotated[
        str | None,
        Query(description="Try several values: `above=0.7:0.95:0.05` (first:last:step), `pending=0,5,15` (minutes)"),
    ] = None,
    event: Annotated[
        str | None,
        Query(description="Rule of what the alerts are to warn of. Default: what the rule foretells"),
    ] = None,
    horizon: Annotated[
        float | None, Query(description="Hours within which an alert counts as a warning. Default: 24", gt=0, le=744)
    ] = None,
    from_: Annotated[str, Query(alias="from", description=f"First instant: {ACCEPTED}")] = DEFAULT_FROM,
    to: Annotated[str, Query(description="End, itself not included; forms as for `from`")] = "now",
) -> RehearsalDocument:
    """Run a rule over what is stored: how often it would have fired, for how long, how it flaps, how early it warns."""
    services = city.services
    start, end = read_span(from_, to, newest=now(), zone=services.zone)
    region = Region(services.zone, services.land)
    if not _ALONE.acquire(blocking=False):
        raise ProblemError("too-many-rehearsals", "Somebody else's rehearsal is under way; ask again in some seconds.")
    try:
        plan = Plan.of(rule, sweep, event, horizon, kept=services.catalogue.alerts.rules())
        things = city.estate().things.values()
        return rehearsal_document(plan, services.store, things, (_ms(start), _ms(end)), region)
    except ValueError as wrong:
        raise ProblemError("bad-value", str(wrong)) from None
    finally:
        _ALONE.release()


def _ms(time: np.datetime64) -> int:
    return int(time.astype("datetime64[ms]").astype(np.int64))
