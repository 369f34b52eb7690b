"""The JSON shapes of alerts over HTTP: those of MQTT (``docs/alert.schema.json``), and what is asked beside them."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from api.schema import Document, Next, ObservationDocument

Moment = Annotated[
    str,
    Field(
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$",
        description="ISO 8601, UTC",
        examples=["2026-03-29T06:15:00Z"],
        json_schema_extra={"format": "date-time"},
    ),
]
Severity = Literal["info", "warning", "critical"]
State = Literal["pending", "firing", "acknowledged", "resolved"]


class SentenceDocument(Document):
    """The same sentence twice."""

    de: str
    en: str


class AcknowledgedDocument(Document):
    """Who knows of it."""

    who: str
    comment: str
    at: Moment


class AlertDocument(Document):
    """How an alert stands: one rule and one thing, or one group of things."""

    key: str = Field(description="rule/thing", examples=["container_overflow/hro-glas-17"])
    sequence: int = Field(description="Of its last change, over all alerts; 0 while it is pending", ge=0)
    incident: int = Field(description="Sequence of the change with which it began to fire; 0 before", ge=0)
    state: State
    severity: Severity
    rule: str
    rule_version: int
    domain: str
    thing: str = Field(description="Id of the thing; of a group `group:<what they share>:<its name>`")
    kind: str
    operator: str
    district: str
    since: Moment = Field(description="When its condition came true")
    fired: Moment | None
    ended: Moment | None
    heard: Moment = Field(description="Time of the value")
    value: float | None = Field(description="What the rule looked at; null where there are no data")
    threshold: float | None
    unit: str = Field(description="UCUM code of value and threshold")
    coverage: float | None = Field(description="Known part of an indicator's window, 0 to 1")
    reason: SentenceDocument
    escalated: bool = Field(description="Nobody has acknowledged it in time")
    silenced: bool = Field(description="Nobody is to be notified for now; it stands nevertheless")
    acknowledged: AcknowledgedDocument | None
    group: str | None = Field(description="Key of the group's alert that speaks for it")
    members: int = Field(description="How many alerts it speaks for; 0 for itself alone", ge=0)
    link: str | None = Field(description="Where more is to be read")


class AlertPage(Document):
    """Alerts in the order of their keys."""

    sequence: int = Field(
        description="Every change up to it is in the list; /v1/alerts/changes?since_sequence= and "
        "/v1/alerts/stream?since_sequence= go on from here",
        ge=0,
    )
    alerts: list[AlertDocument]
    next: Next


class ChangeDocument(AlertDocument):
    """How an alert stood after a change: the same message as over MQTT."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    schema_: Literal["smilecity/alerts/v1/alert"] = Field(alias="schema")
    previous: int = Field(description="Sequence of the operator's change before this one; 0 for its first", ge=0)
    change: Literal["fired", "acknowledged", "escalated", "updated", "grouped", "silenced", "unsilenced", "resolved"]
    at: Moment = Field(description="When the change was true in the city")


class ChangePage(Document):
    """Changes in the order of their sequence."""

    changes: list[ChangeDocument]
    up_to: int = Field(
        description="Every change up to it is told with this page: what to give as since_sequence next time", ge=0
    )
    newest: int = Field(description="Sequence of the newest change of any operator", ge=0)
    complete: bool = Field(description="Whether there was nothing more when this was asked")
    next: Next


class ValuesDocument(Document):
    """What the rule looked at, around the alert."""

    observed_property: str
    unit: str = Field(description="UCUM code of the results")
    scale: float = Field(description="An alert's value and threshold are results times this")
    observations: list[ObservationDocument]
    next: str | None = Field(description="Where the observations after these are; null where these are all")


class RuleDocument(Document):
    """An alert rule."""

    name: str = Field(examples=["container_overflow"])
    origin: Literal["smilecity", "folder", "api"] = Field(
        description="Comes with Smile City, from the city's folder of rules, or was declared through this API"
    )
    enabled: bool
    title: str
    title_de: str
    severity: Severity | None = Field(description="null where the declaration cannot be read any more")
    domain: str
    version: int
    declared: dict[str, Any] = Field(description="Everything that it says but its examples; spans as ISO 8601")
    toml: str | None = Field(description="The declaration as it was given through this API; null for others")
    who: str = Field(description="Declared it, or switched it on or off, through this API")
    updated: Moment | None
    objection: str | None = Field(description="Why its declaration is left out; null where it is in force")


class RuleList(Document):
    """Every rule by name."""

    rules: list[RuleDocument]


class AlertHistory(Document):
    """One alert with all that is known of it."""

    alert: AlertDocument
    history: list[ChangeDocument] = Field(description="Its newest 100 changes, the newest first")
    grouped: list[str] = Field(description="Keys of the alerts that it speaks for, the first 1000")
    rule: RuleDocument | None = Field(description="As it is declared now; null where it is not any more")
    values: ValuesDocument | None = Field(
        description="From an hour before it came true; null for a group, and where a rule looks at the platform's "
        "books or at whether anything is heard"
    )


class SilenceDocument(Document):
    """Alerts of which nobody is notified for a while."""

    id: int
    since: Moment
    until: Moment = Field(description="The first instant at which it is over")
    who: str
    comment: str
    rule: str | None
    thing: str | None
    domain: str | None
    kind: str | None
    operator: str | None
    district: str | None


class SilenceList(Document):
    """Silences that are not over, ordered by their end."""

    silences: list[SilenceDocument]
