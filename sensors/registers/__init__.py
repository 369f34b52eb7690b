"""The registers that cities keep already, understood as they are: one file per register, found by discovery."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from sensors.discovery import declarations

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sensors.registers._register import Register

OWN_WORDS = frozenset({"name", "kind", "public"})
"""What speaks our words already is no city's register, whatever else it tells."""


@cache
def registers() -> tuple[Register, ...]:
    """Give every register, in alphabetical order of their files."""
    return declarations(sys.modules[__name__], "REGISTER")


def register_of(columns: Iterable[str]) -> Register | None:
    """Know a register by its columns; None for what is none."""
    told = frozenset(columns)
    if told >= OWN_WORDS:
        return None
    return next((register for register in registers() if told >= register.marks), None)


def words_of(register: Register | None, columns: Iterable[str]) -> dict[str, str]:
    """Give our word for every column: its own name where the register says nothing, or where our word is taken."""
    told = tuple(columns)
    words = register.words if register is not None else {}
    return {column: column if words.get(column) in told else words.get(column, column) for column in told}


def taken_down(said: Mapping[str, Any]) -> str:
    """Give the sentence for an entry of a register that is no longer there, else ``""``."""
    since = said.get("deaktiviert")
    if since in (None, "") and str(said.get("aktiv", True)).lower() not in {"false", "f"}:
        return ""
    return f"the register says that it was taken down{f' on {since}' if since else ''}"
