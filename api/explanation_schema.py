"""The JSON shapes of an explanation: a number as it is stored and as it comes out now, and all that it is made of."""

from typing import Any

from pydantic import Field

from api.schema import Document, Instant, QualityName


class NumberDocument(Document):
    """A result and what it carries."""

    value: float | None
    coverage: float = Field(description="Known share of the window, 0 to 1")
    samples: int = Field(description="Observations it rests on", ge=0)
    quality: int = Field(description="QARTOD flag")
    quality_name: QualityName
    revision: int | None = Field(description="null for what was computed just now")
    stated: Instant | None = Field(description="When it was computed; null for just now")
    formula_version: int | None = Field(
        description="By which version of the formula it was computed; null where nobody has noted that"
    )


class UsedDocument(Document):
    """One observation, and what it counts for."""

    phenomenon_time: Instant
    result: float | None
    quality_name: QualityName
    findings: list[str] = Field(description="What the quality control found")
    left_out: str = Field(description="Why it does not count in the window; empty where it does")
    hours: float = Field(description="How long it holds in the window")
    amount: float | None = Field(
        description="What it adds: value times hours; of a counter what was counted in the window until the next "
        "reading; of another indicator's result its value"
    )


class GapDocument(Document):
    """A part of the window of which an input says nothing."""

    start: Instant
    end: Instant


class MadeDocument(Document):
    """One datastream that a number is made of."""

    datastream: str
    unit: str
    rows: int = Field(description="Observations within reach; the 500 nearest to the window are listed", ge=0)
    observations: list[UsedDocument]
    hours: float = Field(description="For how long all of them hold in the window")
    amount: float | None = Field(description="What all of them add; null where nothing does")
    gaps: list[GapDocument]


class ExplanationDocument(Document):
    """Why a number is what it is."""

    thing: str
    property: str
    indicator: str
    version: int = Field(description="Of the formula that computes now")
    title: str
    title_de: str
    unit: str
    formula: str = Field(description="The definition in words")
    source: str
    window: str
    start: Instant
    end: Instant
    stored: NumberDocument | None
    computed: NumberDocument = Field(description="From what the store holds now")
    site: dict[str, Any]
    inputs: list[MadeDocument]
    arithmetic: str = Field(
        description="How the value of a group comes of its members, or that of a longer window of its days; empty "
        "where the formula says it"
    )
    min_coverage: float = Field(description="Known share of the window below which there is no value, 0 to 1")
