"""What a declaration of a city's own register says: how its columns are called there, and how here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sensors.model import nothing

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """One register of a city, as its office exports it: column names to our words."""

    title: str
    source: str
    """Where its columns are told."""
    marks: frozenset[str]
    """Columns that make it known: a table with all of them is this register."""
    words: Mapping[str, str]
    """Its column to ours: ``id``, ``name``, ``operator``, ``district``, or a site property. Others keep their name."""
    kind: str = ""
    """Kind of its things, where nothing else is said; ``""`` where it has to be said."""
    site: Mapping[str, str] = field(default_factory=nothing)
    """What holds for the site of every thing in it."""
