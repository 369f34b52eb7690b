"""Parts of an error sentence: the value that is wrong, and what the writer may have meant."""

from __future__ import annotations

from difflib import get_close_matches
from reprlib import Repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 200
"""Words longer than this are nobody's slip of the pen, and comparing them costs time."""

_BRIEF = Repr()
_BRIEF.maxlevel, _BRIEF.maxstring, _BRIEF.maxlong, _BRIEF.maxother = 2, 60, 60, 60


def shown(value: Any) -> str:
    """Show a value in a sentence, however long or deep it is."""
    return _BRIEF.repr(value)


def nearest(word: str, known: Iterable[str]) -> str:
    """Give the known word that is most like a word, ``""`` where none is like it."""
    found = get_close_matches(word, sorted(set(known)), n=1) if len(word) <= LONGEST else []
    return found[0] if found else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Give `` Did you mean 'x'?`` for the nearest known word, else `` Known: x, y.``, else nothing."""
    choices = sorted(set(known))
    like = nearest(word, choices)
    if like:
        return f" Did you mean '{like}'?"
    return f" Known: {', '.join(choices)}." if choices else ""
