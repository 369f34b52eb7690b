"""The JSON shapes of what is to be done: sensors to be visited, containers to be emptied, messages to be read again."""

from typing import Literal

from pydantic import Field

from api.schema import Document, Instant


class ReplayDocument(Document):
    """A request to read messages again."""

    id: int
    device: str | None
    reason: str | None
    message: int | None = Field(description="Only this message; null for all that the others choose")
    messages: int = Field(description="Read again so far")
    observations: int = Field(description="New ones")
    left: int = Field(description="Messages that still cannot be read")
    finished: bool


class VisitDocument(Document):
    """A thing whose sensor is not well."""

    thing: str
    name: str
    kind: str
    operator: str
    district: str
    state: Literal["ok", "watch", "visit"]
    silent_times: float | None = Field(description="Silence in multiples of what is expected; null: never heard")
    battery_days_left: float | None
    reasons: list[str]
    reasons_de: list[str]


class VisitList(Document):
    """Sensors that are not well, the worst first."""

    time: Instant
    visits: list[VisitDocument]


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
