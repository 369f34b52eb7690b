"""The JSON shapes of lists with some members, of many datastreams, of aggregates, and of what can be cited."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from api.schema import DatastreamDocument, Document, Instant, LatestObservation, Next


class SelectedThings(Document):
    """Things with the members that ``fields`` names."""

    things: list[dict[str, Any]]
    next: Next


class SelectedDevices(Document):
    """The page with the members that ``fields`` names."""

    devices: list[dict[str, Any]]
    next: Next


class SelectedDatastreams(Document):
    """The page with the members that ``fields`` names."""

    datastreams: list[dict[str, Any]]
    next: Next


class SelectedLatest(Document):
    """The newest observations with the members that ``fields`` names."""

    version: int
    observations: list[dict[str, str | float | bool | None]]


class ManyObservations(Document):
    """Observations of several datastreams, ordered by thing, property and time."""

    observations: list[LatestObservation]
    next: Next


class SelectedObservations(Document):
    """Observations with the members that ``fields`` names."""

    datastream: DatastreamDocument | None = None
    observations: list[dict[str, str | float | bool | None]]
    next: Next = None


class AggregateDocument(BaseModel):
    """Functions of windows, and the mark that these are all."""

    aggregates: list[dict[str, str | float | None]] = Field(
        description="Thing or group, property, start and end of the window, unit, count, and each function; null where "
        "it has nothing to say"
    )
    complete: Literal[True]
    rows: int
    checksum: str = Field(description="Of all rows; the same in every format")
    left_out: int = Field(
        0,
        description="Only where it is not 0: how many households' things belong to what is summed up, and take no "
        "part in it. The values that a group has of its own count them in company",
    )


class AnswerDocument(Document):
    """What comes out of a question now."""

    rows: int
    checksum: str
    changed: bool = Field(description="Whether these are others than those that were cited")


class QueryDocument(Document):
    """A question that was answered whole, and what came out."""

    id: str
    asked: dict[str, str | int | None] = Field(description="Parameters of the question; the end is not included")
    pin: Instant = Field(description="As of when: what became known later takes no part")
    complete: Literal[True]
    rows: int
    checksum: str = Field(description="Of all rows, in 16 hexadecimal digits; the same in every format")
    rows_at: str = Field(description="Where the rows are given again")
    now: AnswerDocument | None = Field(description="What comes out now; null where `check` was not asked for")


class SelectedQuarantine(Document):
    """The page with the members that ``fields`` names."""

    quarantine: list[dict[str, Any]]
    next: Next


class SelectedProposals(Document):
    """The page with the members that ``fields`` names."""

    proposals: list[dict[str, Any]]
    next: Next


class SelectedAlerts(Document):
    """The page with the members that ``fields`` names."""

    sequence: int
    alerts: list[dict[str, Any]]
    next: Next


class SelectedKinds(Document):
    """Every kind with the members that ``fields`` names."""

    kinds: list[dict[str, Any]]


class SelectedIndicators(Document):
    """Every indicator with the members that ``fields`` names."""

    indicators: list[dict[str, Any]]
