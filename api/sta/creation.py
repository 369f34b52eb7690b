"""Takes observations over HTTP into the store: all of a request that can be, or none of it; booked like any message.

The same observation sent again changes nothing. The store first, then the ledger, then the answer: who is not answered
sends again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from starlette.responses import Response

from api.bodies import parsed
from api.problem import ProblemError
from api.sta.naming import observation_id
from api.sta.paths import segments
from api.sta.refusals import missing, unsupported
from api.sta.sent import MOST, Link, SentArray, SentObservation, Taken, rows_of, stream_of, taken
from api.sta.sets import SETS
from api.times import milliseconds, now
from sensors.model import TIME, Batch
from sensors.ranges import flagged
from storage.catalogue import Counts
from storage.store import Outcome, Query, StoreRefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from api.city import City
    from api.sta.links import Links

SOURCE, WORKER = "http", "api"
"""Under which observations stand in the ledger: each is a message."""
ARRAYS = "CreateObservations"


def create(city: City, links: Links, path: str, body: bytes) -> Response:
    """Store what a body holds. Raises ProblemError."""
    moment = int(now().astype(np.int64))
    if path == ARRAYS:
        return _of_arrays(city, links, body, moment)
    link = _named(path)
    sent = parsed(body, SentObservation)
    if link is not None and sent.datastream is not None and sent.datastream.id != link.id:
        raise ProblemError("bad-body", f"The path names {link.id!r}, and the body {sent.datastream.id!r}.")
    (observation,) = [taken(stream_of(city, link or sent.datastream), sent, moment)]
    (stays,) = _stored(city, [observation], moment)
    name = observation_id(observation.stream, observation.time)
    if not stays:
        detail = f"There is another result of {observation.stream.name} at that time, which stays: look at {name!r}."
        raise ProblemError("conflict", detail)
    return Response(status_code=201, headers={"location": links.entity("Observations", name)})


def _of_arrays(city: City, links: Links, body: bytes, moment: int) -> Response:
    """Store data arrays; answers with a link for each observation, ``error`` where another result stays."""
    arrays = parsed(body, list[SentArray])
    count = sum(len(array.data_array) for array in arrays)
    if count > MOST:
        raise ProblemError("body-too-large", f"A request may hold {MOST} observations, this one has {count}.")
    observations = []
    for number, array in enumerate(arrays, 1):
        stream = stream_of(city, array.datastream)
        for row, sent in enumerate(rows_of(array, number), 1):
            observations.append(taken(stream, sent, moment, f"Array {number}, row {row}: "))
    names = (observation_id(one.stream, one.time) for one in observations)
    stays = _stored(city, observations, moment)
    told = [links.entity("Observations", name) if one else "error" for name, one in zip(names, stays, strict=True)]
    return Response(msgspec.json.encode(told), 201, media_type="application/json")


def _named(path: str) -> Link | None:
    """Read of which datastream a path is; None where the body says it. Raises ProblemError."""
    steps = segments(path)
    names = [step.name for step in steps]
    if names == ["Observations"] and steps[0].id is None:
        return None
    if names == ["Datastreams", "Observations"] and steps[0].id is not None and steps[1].id is None:
        return Link(steps[0].id)
    if names[0] in SETS:
        instead = "Observations are sent to Observations, Datastreams('id')/Observations and CreateObservations"
        raise unsupported(f"Creating at {path[:80]!r}", f"{instead}; Things come from the register: smilecity things.")
    raise missing(f"entity set {names[0][:60]!r}")


def _stored(city: City, observations: Sequence[Taken], moment: int) -> list[bool]:
    """Write observations and book them; tells of each whether what the store holds now has its result."""
    if not observations:
        return []
    batch = flagged(_batch(observations, moment), city.estate().things)
    try:
        outcome = city.write(batch).outcome
    except StoreRefusedError as refusal:
        _book(city, refusal.written.outcome)
        raise ProblemError("bad-body", f"{next(iter(refusal.reasons.values()))}.") from None
    _book(city, outcome)
    return [bool(stays) for stays in _stay(city, batch, outcome)]


def _batch(observations: Sequence[Taken], moment: int) -> Batch:
    streams = tuple(dict.fromkeys(one.stream for one in observations))
    place = {stream: number for number, stream in enumerate(streams)}
    return Batch.of(
        streams,
        [place[one.stream] for one in observations],
        np.array([one.time for one in observations], dtype=np.int64).view(TIME),
        [one.result for one in observations],
        result_time=np.full(len(observations), moment, dtype=np.int64).view(TIME),
        quality=[one.flag for one in observations],
    )


def _book(city: City, outcome: NDArray[np.uint8]) -> None:
    """Note in the ledger what became of observations; what the store refused was not taken, and its sender is told."""
    tally = np.bincount(outcome, minlength=len(Outcome)).tolist()
    counts = Counts(
        received=sum(tally) - tally[Outcome.REFUSED],
        stored=tally[Outcome.STORED],
        duplicate=tally[Outcome.DUPLICATE],
        superseded=tally[Outcome.SUPERSEDED],
    )
    city.book(SOURCE, WORKER, counts)


def _stay(city: City, batch: Batch, outcome: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Tell which rows have the result that is held now: of two different ones the better stays."""
    stay = np.ones(len(batch), dtype=bool)
    for code in np.unique(batch.datastream[outcome == Outcome.SUPERSEDED]).tolist():
        mine = np.flatnonzero(batch.datastream == code)
        times = batch.phenomenon_time[mine]
        end = times.max() + np.timedelta64(1, "ms")
        held = city.services.store.read(Query(datastreams=(batch.datastreams[code],), start=times.min(), end=end))
        place = np.searchsorted(milliseconds(held.phenomenon_time), milliseconds(times))
        stay[mine] = np.isclose(held.result[place], batch.result[mine], rtol=0, atol=0, equal_nan=True)
    return stay
