"""The JSON shapes of the API: what the OpenAPI document publishes, and what tests hold every answer against."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Instant = Annotated[
    str,
    Field(
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
        description="ISO 8601, UTC, milliseconds",
        examples=["2026-03-29T01:00:00.000Z"],
        json_schema_extra={"format": "date-time"},
    ),
]
Next = Annotated[
    str | None,
    Field(
        description="Relative URL of the next page; null on the last one",
        examples=["/v1/things?limit=2&cursor=Imx0LTEi"],
    ),
]
Series = Literal["gauge", "state", "counter", "delta", "event"]
QualityName = Literal["good", "unknown", "suspect", "fail", "missing"]


class Document(BaseModel):
    """A JSON object with exactly the members that are published."""

    model_config = ConfigDict(extra="forbid")


class Location(Document):
    """A point in WGS 84."""

    longitude: float = Field(description="Degrees east", examples=[12.1007])
    latitude: float = Field(description="Degrees north", examples=[54.0887])


class ThingDocument(Document):
    """An asset of the city that is observed."""

    id: str = Field(examples=["lot-1"])
    name: str = Field(examples=["Car park at the harbour"])
    kind: str = Field(description="Name of a kind in /v1/kinds", examples=["parking_lot"])
    domain: str = Field(examples=["parking"])
    operator: str = Field(description="Who owns it", examples=["car-parks"])
    district: str = Field(examples=["Stadtmitte"])
    public: bool = Field(description="Whether its observations are open data")
    location: Location
    properties: dict[str, Any] = Field(description="What the kind knows of the site", examples=[{"capacity": 350}])


class ThingPage(Document):
    """Things in the order of their ids."""

    things: list[ThingDocument]
    next: Next


class DeviceDocument(Document):
    """A piece of hardware and what it observes, or observed for a while; one that was moved is listed several times."""

    id: str = Field(description="Lower-case EUI, or the network's own name", examples=["24e124713c401925"])
    model: str = Field(description="Name of its device model", examples=["milesight_em310_udl"])
    thing: str = Field(examples=["bin-1"])
    valid_from: str | None = Field(description="Since when; null is ever", examples=["2026-03-01T11:00:00.000Z"])
    valid_to: str | None = Field(description="The first instant no longer; null is still", examples=[None])


class DevicePage(Document):
    """Devices in the order of their ids and of time."""

    devices: list[DeviceDocument]
    next: Next


class DatastreamDocument(Document):
    """One property of one thing, and how much of it the store holds."""

    id: str = Field(description="thing/observed_property", examples=["lot-1/available_spot_number"])
    thing: str
    observed_property: str
    title: str
    title_de: str
    unit: str = Field(description="UCUM code", examples=["{space}"])
    series: Series | None = Field(description="How the series behaves between observations; null if no longer declared")
    derived: bool = Field(description="Whether it holds an indicator's results")
    first: Instant | None = Field(description="Time of the oldest observation; null where there is none")
    last: Instant | None = Field(description="Time of the newest observation; null where there is none")
    count: int = Field(description="Number of observations", ge=0)


class DatastreamPage(Document):
    """Datastreams that hold observations, ordered by thing and property."""

    datastreams: list[DatastreamDocument]
    next: Next


class ObservationDocument(Document):
    """One observation. An indicator's phenomenon time is the start of its window."""

    phenomenon_time: Instant
    result_time: Instant
    result: float | None = Field(description="In the datastream's unit; null exactly where quality is missing")
    quality: int = Field(description="QARTOD flag: 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing")
    quality_name: QualityName
    coverage: float | None = Field(
        description="Known share of an indicator's window, 0 to 1; null for raw observations"
    )
    samples: int = Field(description="Observations that an indicator's result rests on", ge=0)
    revision: int = Field(description="Revision of an indicator, or the uplink's frame counter")
    formula_version: int | None = Field(
        None,
        description="By which version of its formula an indicator's result was computed; null where nobody has noted "
        "it. Not of one raw datastream, and of latest only where `fields` names it",
    )


class ObservationPage(Document):
    """Observations of one datastream in the order of time."""

    datastream: DatastreamDocument
    observations: list[ObservationDocument]
    next: Next


class LatestObservation(ObservationDocument):
    """The newest observation of a datastream."""

    thing: str
    observed_property: str
    unit: str
    derived: bool


class LatestDocument(Document):
    """The newest observation of every datastream asked for; rows are at least as new as ``version``."""

    version: int = Field(description="The store's version; /v1/stream?after= continues from here", ge=0)
    observations: list[LatestObservation]


class FormulaVersion(Document):
    """A version of a formula, and since when it computes."""

    version: int | None = Field(description="null where nobody can tell, since a clock was set back")
    since: Instant = Field(description="Results with a result time from here on are by it, up to the next one's")


class IndicatorDocument(Document):
    """What an indicator says and where its definition comes from."""

    name: str
    title: str
    title_de: str
    description: str
    unit: str
    source: str
    version: int = Field(description="Of the formula that computes now")
    versions: list[FormulaVersion] = Field(description="Of the formulas that have computed, in the order of time")
    domain: str
    kinds: list[str]
    inputs: list[str] = Field(description="Observed properties it is computed from")
    windows: list[str] = Field(examples=[["15min", "hour", "day"]])
    properties: list[str] = Field(
        description="Names of its derived properties: one per window and part, and one of its events"
    )
    min_coverage: float = Field(description="Below this known share of the window the result is null")


class IndicatorList(Document):
    """Every indicator."""

    indicators: list[IndicatorDocument]


class PropertyDocument(Document):
    """What can be observed."""

    name: str
    title: str
    title_de: str
    unit: str
    series: Series
    description: str
    source: str
    categories: list[str] = Field(description="Names of the codes 0, 1, 2 ... where the result is a category")
    fail: tuple[float, float] | None = Field(description="Outside this range a result cannot be true")
    suspect: tuple[float, float] | None = Field(description="Outside this range a result is doubted")
    max_hold_seconds: float = Field(description="How long an observation may be taken for still true")


class KindDocument(Document):
    """How one kind of asset is observed."""

    name: str
    domain: str
    title: str
    title_de: str
    properties: list[PropertyDocument]
    site: dict[str, str] = Field(description="Site properties that the kind understands, each with a sentence")


class KindList(Document):
    """Every kind."""

    kinds: list[KindDocument]


class Tally(Document):
    """Messages by what became of them: received is the sum of all others."""

    received: int
    stored: int
    duplicate: int
    superseded: int
    quarantined: int
    empty: int = Field(description="Read, of a known device, and without any observation")
    dropped: int = Field(description="Came from a broker that keeps nothing while there was no room in the spool")
    in_flight: int = Field(description="Received and not settled yet")


class LedgerEntryDocument(Tally):
    """The tally of one worker on one source."""

    source: str
    worker: str
    balanced: bool
    updated: Instant | None = Field(description="When it last settled messages; null before the first time")


class LedgerDocument(Document):
    """What became of every message received."""

    entries: list[LedgerEntryDocument]
    total: Tally
    balanced: bool = Field(description="Whether every entry balances; if not, messages were lost or doubled")


class QuarantinedDocument(Document):
    """A message that could not become observations; alike ones (source, device, reason, topic) are counted together."""

    id: int
    source: str
    topic: str
    device: str = Field(description="Empty where the message could not be read that far")
    reason: str = Field(examples=["unknown_device"])
    detail: str = Field(description="What is wrong and what to do")
    payload: str | None = Field(description="The last payload as text; null where it is not UTF-8")
    payload_base64: str | None = Field(description="The last payload in Base64 where it is not UTF-8; else null")
    first_seen: Instant
    last_seen: Instant
    count: int = Field(ge=1)
    decoder: str = Field(
        description="What rejected it last: the version of Smile City and a mark of each declaration that took part; "
        "empty where it was rejected before that was noted",
        examples=["0.1.0 milesight_em310_udl@3f9c01ab"],
    )
    older_decoder: bool = Field(description="Whether that has changed since: a replay may read the message now")


class QuarantinePage(Document):
    """Quarantined messages in the order of their ids."""

    quarantine: list[QuarantinedDocument]
    next: Next


class FitDocument(Document):
    """A device model that an unknown device may be of, at the kind of thing that it then observes."""

    model: str = Field(description="Name of a device model", examples=["milesight_em310_udl"])
    kind: str = Field(description="Name of a kind in /v1/kinds", examples=["waste_container"])
    score: float = Field(description="How well its field names fit, and whether its results can be true", ge=0, le=1)
    results: dict[str, float | None] = Field(
        description="What its newest message would tell by property; null where nothing was measured"
    )
    needs: list[str] = Field(description="Site properties that the thing must have")


class ProposalDocument(Document):
    """A device that no thing is observed by: what its messages say, and the models that they fit best."""

    device: str = Field(examples=["24e124713c401925"])
    count: int = Field(description="Messages that wait in quarantine", ge=1)
    first_seen: Instant
    last_seen: Instant
    names: list[str] = Field(description="Other names that the network has for it")
    envelopes: list[str] = Field(examples=[["chirpstack"]])
    topics: list[str]
    ports: list[int]
    fields: dict[str, bool | int | float | str] = Field(
        description="The newest value by name, as the network's codec gave it; `a.b` is `b` in `a`, lists are left out"
    )
    payload_hex: str = Field(description="The newest bytes, where the network decoded none; else empty")
    rssi: float | None = Field(description="The best signal, in dBm")
    snr: float | None = Field(description="The best signal to noise ratio, in dB")
    battery: float | None = Field(description="The newest charge that the network told, in percent")
    earliest: Instant | None = Field(description="The first time that a message tells itself; null where none does")
    latest: Instant | None
    models: list[FitDocument] = Field(description="The best first; empty where nothing fits")
    feature: dict[str, Any] | None = Field(
        description="A thing of the best model's kind as GeoJSON, to be added once each null is filled in"
    )


class ProposalPage(Document):
    """Unknown devices in the order of their ids."""

    proposals: list[ProposalDocument]
    next: Next


class HealthDocument(Document):
    """That the platform answers, and how much it holds."""

    status: Literal["ok"]
    version: str
    store_version: int
    things: int
    datastreams: int


class ProblemDocument(BaseModel):
    """RFC 9457 problem details; further members depend on the type."""

    type: str = Field(examples=["/docs#unknown-parameter"])
    title: str
    status: int
    detail: str = Field(description="What is wrong and what to do")
