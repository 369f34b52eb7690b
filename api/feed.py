"""What a feed of open data is: one file of ``api.feeds``, and the state of the city that it is written from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from unicodedata import normalize

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from sensors.model import Thing


@dataclass(frozen=True, slots=True)
class Column:
    """One property of every thing of a state; every column has shape (n,)."""

    value: NDArray[np.float64]
    """NaN where it is not known now: never told, told too long ago, or failed."""
    time: NDArray[np.datetime64]
    """Since when it is so; NaT where it is not known."""
    quality: NDArray[np.uint8]
    """QARTOD flag, MISSING where it is not known."""

    @classmethod
    def unknown(cls, n: int) -> Column:
        """Give the column of what nobody has told."""
        never = np.full(n, np.datetime64("NaT"), dtype="datetime64[ms]")
        return cls(np.full(n, np.nan), never, np.full(n, 9, dtype=np.uint8))


@dataclass(frozen=True, slots=True)
class State:
    """The public things of a city at a moment, and what is known of each, by property."""

    city: str
    moment: np.datetime64
    link: str
    """Address under which people reach the platform; may be empty."""
    things: tuple[Thing, ...]
    columns: Mapping[str, Column]

    def column(self, name: str) -> Column:
        """Give a property of every thing, unknown where nobody tells it."""
        return self.columns.get(name) or Column.unknown(len(self.things))


def plain(name: str) -> str:
    """Write a name so that it can stand in a path: ``Köln am Rhein`` as ``koln-am-rhein``, ``city`` for nothing."""
    letters = normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-") or "city"


class Write(Protocol):
    """Writes one document of a feed."""

    def __call__(self, state: State, document: str, /) -> bytes:
        """Give the document as it is sent."""


class Names(Protocol):
    """Names the documents of a feed, at any time the same for a city."""

    def __call__(self, city: str, /) -> Iterable[str]:
        """Give their names, as they stand in the path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """How the state of the city is told in one standard. Its documents are at ``/open/{name}/{document}``."""

    name: str
    title: str
    title_de: str
    description: str
    source: str
    """Where the form is defined."""
    media_type: str
    documents: Names
    write: Write
