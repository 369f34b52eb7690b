"""The command line: each file in ``smilecity/commands`` is one command (``COMMAND``) or several (``GROUP``)."""

from __future__ import annotations

import logging
import sys
from importlib import import_module

import typer
from rich.console import Console
from rich.logging import RichHandler

from sensors.discovery import module_names
from smilecity import commands
from smilecity.lock import DataInUseError
from storage.store import StoreBusyError, StoreLockedError

EXPECTED = (DataInUseError, StoreLockedError, StoreBusyError, OSError, ValueError)
"""Errors whose message is a sentence for the person at the terminal."""

app = typer.Typer(
    name="smilecity",
    help="An urban sensor data platform that loses nothing.\n\nStart with:  smilecity up --simulate",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for _name in module_names(commands):
    _module = import_module(f"{commands.__name__}.{_name}")
    if hasattr(_module, "GROUP"):
        app.add_typer(_module.GROUP, name=_name)
    else:
        app.command(_name)(_module.COMMAND)


def main() -> None:
    """Run the command line; an expected failure is one sentence and exit status 1, never a traceback."""
    errors = Console(stderr=True)
    logging.basicConfig(
        level=logging.WARNING,
        format="%(message)s",
        handlers=[RichHandler(console=errors, show_path=False, rich_tracebacks=False)],
    )
    try:
        app()
    except EXPECTED as error:
        errors.print(f"smilecity: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)
