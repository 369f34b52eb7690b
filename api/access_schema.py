"""The JSON shapes of access: who somebody is here, and what was administered."""

from typing import Literal

from pydantic import Field

from api.schema import Document, Instant, Next


class SessionDocument(Document):
    """As whom somebody asks."""

    name: str | None = Field(description="Name of the key; null without one")
    operator: str | None = Field(description="Whose estate is seen besides what is public; null: no one's alone")
    sees: Literal["public", "operator", "city"]
    scopes: list[str] = Field(description="What may be done")
    cookie: bool = Field(description="Whether the browser's session said so")
    keys: bool = Field(description="Whether there are keys that one could sign in with")


class AuditDocument(Document):
    """One thing that was done, or refused."""

    at: Instant
    who: str = Field(description="Name of the key, or of the user of the machine")
    key: str | None = Field(description="How the key begins; null for what was done at a terminal")
    operator: str | None = Field(description="Whose key it was, or whom it concerns; null: the city")
    whence: str = Field(description="Address that asked, or the machine")
    action: str = Field(examples=["PUT /v1/alerts/rules/cold"])
    outcome: str = Field(description="`done`, or the status of the refusal")


class AuditPage(Document):
    """A page of the audit log."""

    audit: list[AuditDocument]
    next: Next
