"""The JSON shapes of forecasts: what is foretold of a thing, and the report card of what was."""

from typing import Literal

from pydantic import Field

from api.schema import Document, Instant


class ForecastProperties(Document):
    """Under which names the history of a forecast is kept; a row stands at the window in which it was made."""

    value: str = Field(examples=["free_spaces_in_15min_15min"])
    low: str
    high: str
    observed: str = Field(description="What really was in each window, in the forecast's unit")


class ReportCard(Document):
    """How right the forecasts of the last 28 days were, beside the two that anybody could make."""

    day: Instant = Field(description="Beginning of the last day that is scored")
    forecasts: int = Field(description="How many came true or not", ge=0)
    skill: float | None = Field(
        description="1 - MAE / MAE of the better naive forecast; below 0 that one is served; null: too few to tell"
    )
    mae: float | None = Field(description="Mean absolute error of the model, in the forecast's unit")
    mae_persistence: float | None = Field(description="That of 'it stays as it is'")
    mae_last_week: float | None = Field(description="That of 'as at the same time last week'")
    held: float | None = Field(
        description="Share of results between low and high as served, 0 to 1; 0.8 is what is meant"
    )
    brier: float | None = Field(
        description="Mean square of what the chance was off by, 0 to 1: 0 is never wrong, 0.25 a toss of a coin; null "
        "where no chance is foretold"
    )
    brier_persistence: float | None = Field(description="That of 'it stays as it is', which is always sure")


class ForecastDocument(Document):
    """One forecast of a thing: what is foretold now, and how right it was; where ``made`` is null nothing is known."""

    name: str = Field(examples=["free_spaces_in_15min"])
    title: str
    title_de: str
    description: str
    unit: str = Field(description="UCUM code")
    source: str
    version: int
    window: str = Field(description="Kind of the windows that are foretold", examples=["15min"])
    steps: int = Field(description="How many windows ahead", ge=1)
    properties: ForecastProperties
    made: Instant | None = Field(description="End of the newest window that it rests on")
    start: Instant | None = Field(description="The window that is foretold")
    end: Instant | None
    value: float | None
    low: float | None = Field(description="Below it lies one in ten; null where too little is known of its errors")
    high: float | None = Field(description="Above it lies one in ten")
    chance: float | None = Field(description="Probability of one or more, where that is foretold: of a free space")
    served: Literal["model", "persistence", "last_week"] | None = Field(description="Which forecast this is")
    card: ReportCard | None


class ForecastList(Document):
    """The forecasts of a thing, those of the nearest window first; of a kind that nothing foretells there is none."""

    thing: str
    forecasts: list[ForecastDocument]
