"""Cells of a CSV table: text to values and back, with a decimal point or a decimal comma.

A cell holds a number, ``true`` or ``false``, JSON (what begins with a quote, a bracket or a brace), or text. What is
written comes back as it was: text that would be read as something else is written as JSON.
"""

from __future__ import annotations

import json
import re
from math import isfinite
from typing import TYPE_CHECKING, Any

from sensors.numeric import LONGEST_WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 40
"""Digits beyond this are no number that anybody measured."""

_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?(?:[eE][+-]?\d+)?")
_LEADING_ZERO = re.compile(r"[+-]?0\d")
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
"""One thousand or a fraction of three digits: nobody can tell without knowing the decimal mark."""
_WORDS = {"true": True, "false": False, "null": None}


def decimal_mark(cells: Iterable[str]) -> str:
    """Give the mark that numbers of a table use, by cells that hold nothing but numbers; ``""`` where none shows it."""
    for cell in cells:
        found = _NUMBER.fullmatch(cell.strip())
        if found is not None and found[1] is not None:
            return found[1][0]
    return ""


def number(cell: str) -> float | None:
    """Read a number with either mark, None for what is none."""
    text = cell.strip()
    if len(text) > LONGEST or _NUMBER.fullmatch(text) is None:
        return None
    value = float(text.replace(",", "."))
    return value if isfinite(value) else None


def read(cell: str, mark: str = ".") -> Any:
    """Read a cell of a table whose numbers use a decimal mark, ``""`` for one that is not known."""
    cell = cell.strip()
    if cell in _WORDS:
        return _WORDS[cell]
    if cell[:1] in ('"', "[", "{"):
        return _json(cell)
    if _is_number(cell, mark):
        return _whole(cell) if cell.lstrip("+-").isdigit() else float(cell.replace(",", "."))
    return cell


def _whole(cell: str) -> int | str:
    """Read digits: so many of them are a name, as that of a SIM card, which needs each of them."""
    value = int(cell)
    return value if abs(value) <= LONGEST_WHOLE else cell


def read_text(cell: str) -> str:
    """Read a cell that is text, whatever it looks like."""
    value = _json(cell.strip()) if cell.strip()[:1] == '"' else cell.strip()
    return value if isinstance(value, str) else cell.strip()


def write(value: Any) -> str:
    """Write a value so that ``read`` gives it back; a whole number of more than 64 bits comes back as its digits.

    Raises ValueError for one that no cell can hold: NaN, infinity, an object of a program.
    """
    if isinstance(value, int) and abs(value) > LONGEST_WHOLE:
        return str(value)
    plain = value if isinstance(value, str) else _dumped(value)
    for text in (plain, _dumped(value)):
        if text and _fits(text) and _same(read(text), value):
            return text
    raise ValueError(f"no cell can hold {value!r:.60}")


def write_text(value: str) -> str:
    """Write text so that ``read_text`` gives it back."""
    return value if _fits(value) and read_text(value) == value else _dumped(value)


def _fits(text: str) -> bool:
    """Tell whether text may stand in a cell as it is; JSON escapes all control characters but DEL."""
    return text.replace("\x7f", "").isprintable()


def _is_number(cell: str, mark: str) -> bool:
    found = _NUMBER.fullmatch(cell) if cell.isascii() and len(cell) <= LONGEST else None
    if found is None or _LEADING_ZERO.match(cell) is not None or not isfinite(float(cell.replace(",", "."))):
        return False
    if not mark:
        return _GROUPED.fullmatch(cell) is None
    return found[1] is None or found[1][0] == mark


def _json(cell: str) -> Any:
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell


def _dumped(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        return text if _fits(text) else json.dumps(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"no cell can hold {value!r:.60}: {error}") from None


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and bool(one == other)
