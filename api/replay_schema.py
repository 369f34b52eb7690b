"""The JSON shape of a request to read messages again."""

from pydantic import Field

from api.schema import Document


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
