"""Observations that are sent: their JSON, one by one and as data arrays, and what of it can be taken.

Source: OGC 18-088 sections 10.2 (creation) and 12.3 (data array).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from api.problem import ProblemError
from api.vocabulary import all_properties
from sensors.clock import AHEAD, UNSYNCHRONISED
from sensors.quality import Quality
from sensors.ranges import UNTESTED

if TYPE_CHECKING:
    from api.city import City
    from sensors.model import Datastream

MOST = 10_000
"""Observations in a request."""
_FLAGS = tuple(int(flag) for flag in Quality)


class Link(msgspec.Struct, frozen=True, rename={"id": "@iot.id"}):
    """An entity that is there already; whatever else is said of it is passed over, for it is not changed here."""

    id: str | int


class SentObservation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """An observation as it is sent."""

    result: Annotated[
        float | bool | str | None,
        Meta(description="In the unit of the datastream; the name of a category, or null for none"),
    ]
    phenomenon_time: Annotated[
        str | None, Meta(description="When it was true, with its offset; of an interval the beginning. Default: now")
    ] = None
    result_time: Annotated[
        str | None, Meta(description="Read and passed over: the platform notes when it knew of it itself")
    ] = None
    result_quality: Annotated[Any, Meta(description="A QARTOD flag, or an object with one as `flag`")] = None
    datastream: Annotated[
        Link | None, msgspec.Meta(description="By its `@iot.id`, where the path does not name it")
    ] = msgspec.field(default=None, name="Datastream")
    feature_of_interest: Annotated[Link | None, Meta(description="The place of the Thing; may be left out")] = (
        msgspec.field(default=None, name="FeatureOfInterest")
    )
    parameters: dict[str, Any] | None = None
    valid_time: str | None = None


class SentArray(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Observations of one datastream as rows of a table."""

    datastream: Link = msgspec.field(name="Datastream")
    components: list[str]
    data_array: list[list[Any]] = msgspec.field(name="dataArray")
    count: int | None = msgspec.field(default=None, name="dataArray@iot.count")


class Taken(NamedTuple):
    """An observation that can be stored."""

    stream: Datastream
    time: int
    """Milliseconds since 1970 UTC."""
    result: float
    """NaN where there is none."""
    flag: int


TRUTHS = 2
"""Categories of what can be said by true and false."""
COMPONENTS = (
    "phenomenonTime",
    "result",
    "resultTime",
    "resultQuality",
    "FeatureOfInterest/id",
    "parameters",
    "validTime",
)


def taken(stream: Datastream, sent: SentObservation, now: int, where: str = "") -> Taken:
    """Look whether an observation can be stored. Raises ProblemError, which says ``where``."""
    try:
        _refuse_the_rest(stream, sent)
        _moment(sent.result_time, now, "resultTime")
        time = now if sent.phenomenon_time is None else _moment(sent.phenomenon_time, now, "phenomenonTime")
        result = _result(stream, sent.result)
        return Taken(stream, time, result, _flag(sent.result_quality, result))
    except ValueError as wrong:
        raise ProblemError("bad-body", f"{where}{wrong}.") from None


def stream_of(city: City, link: Link | None) -> Datastream:
    """Find the datastream that is meant, one that is declared and has no observation yet included.

    Raises ProblemError.
    """
    if link is None:
        raise ProblemError("bad-body", 'Say of which datastream it is: "Datastream": {"@iot.id": "lot-1/occupied"}.')
    thing, _, name = str(link.id).rpartition("/")
    stream = _declared(city, thing, name)
    if stream.derived:
        detail = f"{stream.name} is an indicator, which is made here; send what it is made of."
        raise ProblemError("bad-body", detail)
    return stream


def _declared(city: City, thing: str, name: str) -> Datastream:
    try:
        return city.stream(thing, name)
    except ProblemError as why:
        if why.code != "household":
            raise
        detail = (
            f"{thing}/{name} is of a household: what it measures is shown to nobody, and over HTTP nobody can send "
            "what they cannot see. Let the device send it to the broker, or import it there: 'smilecity import'."
        )
        raise ProblemError("household", detail) from None


def rows_of(array: SentArray, number: int) -> list[SentObservation]:
    """Read a data array. Raises ProblemError, which names array and row, counted from 1."""
    unknown = [name for name in array.components if name not in COMPONENTS]
    if unknown or len(set(array.components)) < len(array.components) or "result" not in array.components:
        detail = f"Array {number}: components are {', '.join(COMPONENTS)}, each once, and 'result' among them."
        raise ProblemError("bad-body", detail)
    if array.count not in {None, len(array.data_array)}:
        detail = f"Array {number} has {len(array.data_array)} rows, and says that it has {array.count}."
        raise ProblemError("bad-body", detail)
    return [_row(array, values, f"Array {number}, row {row}") for row, values in enumerate(array.data_array, 1)]


def _row(array: SentArray, values: list[Any], where: str) -> SentObservation:
    if len(values) != len(array.components):
        raise ProblemError("bad-body", f"{where}: {len(values)} values for {len(array.components)} components.")
    said = dict(zip(array.components, values, strict=True))
    place = said.pop("FeatureOfInterest/id", None)
    if place is not None:
        said["FeatureOfInterest"] = {"@iot.id": place}
    try:
        return msgspec.convert(said, SentObservation)
    except msgspec.ValidationError as wrong:
        raise ProblemError("bad-body", f"{where}: {wrong}.") from None


def _refuse_the_rest(stream: Datastream, sent: SentObservation) -> None:
    place = sent.feature_of_interest
    if place is not None and str(place.id) != stream.thing:
        raise ValueError(f"the feature of interest of {stream.name} is {stream.thing!r}; leave it out")
    if sent.parameters or sent.valid_time is not None:
        raise ProblemError(
            "not-implemented", "'parameters' and 'validTime' of an observation are not kept; leave them out."
        )


def _moment(text: str | None, now: int, name: str) -> int:
    """Read a time; of an interval its beginning. Raises ValueError."""
    if text is None:
        return now
    try:
        instant = datetime.fromisoformat(text.partition("/")[0])
    except ValueError:
        raise ValueError(f"{name} {text[:60]!r} is no time: write 2026-03-29T01:00:00Z") from None
    if instant.tzinfo is None:
        raise ValueError(f"{name} {text[:60]!r} has no offset: write 2026-03-29T01:00:00Z")
    time = (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    if not UNSYNCHRONISED <= time <= now + AHEAD:
        raise ValueError(f"{name} {text[:60]!r} lies before the year 2000 or in the future: is the clock right?")
    return time


def _result(stream: Datastream, result: float | bool | str | None) -> float:  # noqa: FBT001 - a result may be a truth
    """Give a result as a number, NaN where there is none. Raises ValueError."""
    if result is None:
        return float("nan")
    declared = all_properties().get(stream.observed_property)
    categories = declared.categories if declared else ()
    if isinstance(result, bool) and len(categories) != TRUTHS:
        raise ValueError(f"the result {str(result).lower()} is none of {stream.name}: it is a number")
    if not isinstance(result, str):
        return float(result)
    if result not in categories:
        known = f"its categories are {', '.join(categories)}" if categories else "it is a number"
        raise ValueError(f"the result {result[:60]!r} is none of {stream.name}: {known}")
    return float(categories.index(result))


def _flag(quality: Any, result: float) -> int:
    """Read a flag that is sent; what has none is tested later. Raises ValueError."""
    missing = result != result  # noqa: PLR0124 - NaN is not itself
    flag = quality.get("flag") if isinstance(quality, dict) else quality
    if flag is None:
        return Quality.MISSING if missing else UNTESTED
    if isinstance(flag, bool) or flag not in _FLAGS:
        raise ValueError("resultQuality has one of the flags 1 good, 2 not evaluated, 3 suspect, 4 failed, 9 missing")
    if missing != (flag == Quality.MISSING):
        raise ValueError("flag 9 says that there is no result: send null with it, and it with null")
    return int(flag)
