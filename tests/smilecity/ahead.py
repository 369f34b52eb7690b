"""Runs a command in a process of its own that need not import anything any more: one process has done it ahead."""

from __future__ import annotations

import multiprocessing
import os
import sys
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired
from typing import TYPE_CHECKING

from sensors.discovery import module_names
from smilecity import commands

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["smilecity.cli", *(f"smilecity.commands.{name}" for name in module_names(commands))])


def run_ahead(
    arguments: tuple[str, ...], environment: Mapping[str, str], timeout: float, folder: Path
) -> CompletedProcess[str]:
    """Run a command to its end; what it writes goes into files of the folder meanwhile. Raises TimeoutExpired."""
    written = (folder / "stdout", folder / "stderr")
    process = _CONTEXT.Process(target=_run, args=(arguments, dict(environment), str(Path.cwd()), *map(str, written)))
    process.start()
    process.join(timeout)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise TimeoutExpired(arguments, timeout)
    output, errors = (path.read_text(encoding="utf-8") for path in written)
    return CompletedProcess(arguments, process.exitcode, output, errors)


def _run(arguments: tuple[str, ...], environment: dict[str, str], folder: str, *written: str) -> None:
    """Be ``python -m smilecity``."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, path in enumerate(written, start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.argv = ["smilecity", *arguments]
    from smilecity.cli import main  # noqa: PLC0415 - imported ahead, but not in the tests' process

    main()
