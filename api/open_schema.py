"""The published shapes of open data: which feeds there are."""

from pydantic import Field

from api.schema import Document


class FeedDocument(Document):
    """The public part of the city in one standard."""

    name: str = Field(examples=["geojson"])
    title: str
    title_de: str
    description: str
    source: str = Field(description="Where the form is defined", examples=["RFC 7946"])
    media_type: str = Field(examples=["application/geo+json"])
    documents: list[str] = Field(description="Paths", examples=[["/open/geojson/parking.geojson"]])


class OpenDataDocument(Document):
    """Every feed."""

    city: str = Field(examples=["Rostock"])
    feeds: list[FeedDocument]
