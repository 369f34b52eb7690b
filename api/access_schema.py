"""The JSON shapes of access: who somebody is here, and what was administered."""

from typing import Literal

from pydantic import Field

from api.schema import Document


class SessionDocument(Document):
    """As whom somebody asks."""

    name: str | None = Field(description="Name of the key; null without one")
    operator: str | None = Field(description="Whose estate is seen besides what is public; null: no one's alone")
    sees: Literal["public", "operator", "city"]
    scopes: list[str] = Field(description="What may be done")
    cookie: bool = Field(description="Whether the browser's session said so")
