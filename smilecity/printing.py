"""Prints what others have written: no markup of theirs is obeyed, no control sequence reaches the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def printable(text: str) -> str:
    r"""Write characters that are not for reading as escapes.

    >>> printable("a\x1b[31mb")
    'a\\x1b[31mb'
    """
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def print_table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under names."""
    table = Table(*names)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    Console().print(table)


def print_said(said: Mapping[str, str]) -> None:
    """Print names with what is said of them, where something is."""
    console = Console()
    for name, value in said.items():
        if value:
            console.print(f"{name:<12} {printable(value)}", markup=False, highlight=False, soft_wrap=True)
