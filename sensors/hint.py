"""The end of an error sentence: what the writer may have meant."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 200
"""Words longer than this are nobody's slip of the pen, and comparing them costs time."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Give `` Did you mean 'x'?`` for the nearest known word, else `` Known: x, y.``, else nothing."""
    choices = sorted(set(known))
    nearest = get_close_matches(word, choices, n=1) if len(word) <= LONGEST else []
    if nearest:
        return f" Did you mean '{nearest[0]}'?"
    return f" Known: {', '.join(choices)}." if choices else ""
