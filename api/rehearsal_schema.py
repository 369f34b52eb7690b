"""The published shape of a rehearsal."""

from __future__ import annotations

from pydantic import Field

from api.schema import Document, Instant


class ForesightDocument(Document):
    """How a rule's alerts stood to what they warn of."""

    events: int = Field(ge=0)
    foreseen: int = Field(description="Events before which an alert fired, within the horizon", ge=0)
    lead_hours_10: float | None = Field(description="Nine of ten foreseen events were told of earlier before they came")
    lead_hours_median: float | None
    lead_hours_90: float | None
    needless: int = Field(description="Alerts that no event followed within the horizon", ge=0)


class TrialDocument(Document):
    """What one form of a rule would have done."""

    value: float | None = Field(description="What was tried; null where the rule is tried as it is")
    alerts: int = Field(ge=0)
    things: int = Field(description="Things that had at least one", ge=0)
    weekly: float = Field(description="Alerts a week")
    median_hours: float | None = Field(description="Length of those that ended; null where none did")
    long_hours: float | None = Field(description="Nine of ten were shorter")
    total_hours: float = Field(description="All together, up to the end of the span")
    unended: int = Field(description="Still firing at the end of the span", ge=0)
    flaps: int = Field(description="Alerts that came back within an hour after they were over", ge=0)
    weeks: list[int] = Field(description="Alerts in each seven days from the start of the span")
    foresight: ForesightDocument | None = Field(description="null where no event is named")


class RehearsedDocument(Document):
    """One alert of a rehearsal."""

    trial: int = Field(description="Index into `trials`; -1 for an event that alerts are compared with", ge=-1)
    thing: str
    since: Instant
    fired: Instant
    ended: Instant | None = Field(description="null where it had not ended by the end of the span")
    value: float | None


class RehearsalDocument(Document):
    """What an alert rule would have done in a span of history."""

    rule: str = Field(examples=["car_park_nearly_full"])
    version: int
    title: str
    title_de: str
    looks_at: str = Field(examples=["available_spot_number"])
    start: Instant
    end: Instant
    things: int = Field(description="Things that the rule is for", ge=0)
    rows: int = Field(description="Observations that were looked at", ge=0)
    swept: str | None = Field(description="What was tried in several values; null: the rule as it is")
    event: str | None = Field(description="Rule of what the alerts are compared with; null where there is none")
    horizon_hours: float = Field(description="How long after an alert an event counts as what it warned of")
    trials: list[TrialDocument]
    alerts: list[RehearsedDocument] = Field(description="The alerts of all trials and the events, in the order of time")
    left_out: int = Field(description="How many more there were than `alerts` has, the latest of them", ge=0)
