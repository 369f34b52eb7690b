"""The command line: each file in ``smilecity/commands`` is one command (``COMMAND``) or several (``GROUP``)."""

from __future__ import annotations

import logging
import os
import sys
from importlib import import_module
from typing import Any

import typer
from rich.console import Console
from rich.logging import RichHandler
from typer.core import TyperGroup
from typer.main import get_command, get_group

from sensors.discovery import module_names
from smilecity import commands
from smilecity.lock import DataInUseError
from smilecity.moments import MomentError
from smilecity.signals import Interruption


class _Commands(TyperGroup):
    """Imports a command when it is called for: one that only reads the ledger need not wait for pandas and FastAPI."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands: dict[str, Any] = dict.fromkeys(module_names(commands))

    def get_command(self, _context: Any, name: str) -> Any:
        if name not in self.commands:
            return None
        if self.commands[name] is None:
            self.commands[name] = _command(name)
        return self.commands[name]


def _command(name: str) -> Any:
    module = import_module(f"{commands.__name__}.{name}")
    if hasattr(module, "GROUP"):
        command: Any = get_group(module.GROUP)
    else:
        alone = typer.Typer(pretty_exceptions_enable=False, add_completion=False, rich_markup_mode="rich")
        alone.command()(module.COMMAND)
        command = get_command(alone)
    command.name = name
    return command


app = typer.Typer(
    name="smilecity",
    help="An urban sensor data platform that loses nothing.\n\nStart with:  smilecity up --simulate",
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


@app.callback()
def _options() -> None:
    """Make a group of it though no command is known yet; the help text stands above."""


def _log_to(errors: Console) -> None:
    """Log in columns for a person at a terminal, else a line for each, whole and with its time, for files and pipes."""
    if errors.is_terminal:
        shown = RichHandler(console=errors, show_path=False, rich_tracebacks=False)
        logging.basicConfig(level=logging.WARNING, format="%(message)s", handlers=[shown])
    else:
        logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")


def main() -> None:
    """Run the command line; an expected failure is one sentence and exit status 1, never a traceback.

    A moment or a span that cannot be read has exit status 2, as any other argument that was not understood.

    One that another process replaced has a status of its own: started again it would replace that one in turn, so that
    a supervisor had better not.
    """
    interruption, errors = Interruption(), Console(stderr=True)
    _log_to(errors)
    try:
        app()
    except BaseException as error:
        if interruption.came and not _is_done(error):
            interruption.end()
        status = _status(error)
        if status is None:
            raise
        errors.print(f"smilecity: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(status)


def _is_done(error: BaseException) -> bool:
    """Tell whether a command came to its end, and well."""
    return isinstance(error, SystemExit) and not error.code


def _status(error: BaseException) -> int | None:
    """Give the exit status of an expected failure, whose message is a sentence for the person at the terminal."""
    if not isinstance(error, Exception):
        return None
    # Loaded when it is needed: until this file is, Ctrl-C has a traceback.
    from storage.presence import ReplacedError  # noqa: PLC0415
    from storage.store import StoreBusyError, StoreLockedError  # noqa: PLC0415

    if isinstance(error, MomentError):
        return 2
    if isinstance(error, ReplacedError):
        return os.EX_CONFIG
    expected = (DataInUseError, StoreLockedError, StoreBusyError, OSError, ValueError)
    return 1 if isinstance(error, expected) else None
