"""What every receiver is: a name, what it asks for, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from processing.announcing.messages import AlertMessage
    from processing.notifying.choice import Choice


class UndeliveredError(Exception):
    """A receiver has not taken what it was sent. The sentence names no secret.

    ``wait`` is how long it asks us to wait. [s].
    """

    def __init__(self, sentence: str, wait: float = 0.0) -> None:
        super().__init__(sentence)
        self.wait = wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is common to receivers of all kinds."""

    name: str
    choice: Choice
    oldest_ms: int | None = None
    """Changes recorded longer ago are passed over; None: none is."""


class Receiver(Protocol):
    """Somebody who is told."""

    @property
    def terms(self) -> Terms:
        """Who it is, and what it asks for."""
        ...

    @property
    def place(self) -> str:
        """Where it is, without any secret."""
        ...

    @property
    def at_once(self) -> int:
        """How many changes it can be told together."""
        ...

    def tell(self, messages: Sequence[AlertMessage]) -> None:
        """Tell it of changes, in their order. Raises UndeliveredError; it may have heard of them nevertheless."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
