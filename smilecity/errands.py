"""Errands for the process that holds a data folder: asked for in a file of that folder, answered in another.

Whoever may write to the folder may ask; nobody else can, and no port is opened for it.
"""

from __future__ import annotations

import logging
import os
import time
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from smilecity.lock import hold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from threading import Event

    from smilecity.backup import Told

    Done = Callable[[str, Told], str]
    """Does an errand of one kind about what was said; gives its answer, or raises with a sentence."""

log = logging.getLogger(__name__)

FOLDER = "errands"
LOOK_S = 0.2
TAKEN_S = 15.0
"""How long the holder may take to begin."""
TOLD_S = 0.3


class Errand(msgspec.Struct):
    """What is asked for."""

    kind: str
    about: str


class Answer(msgspec.Struct):
    """How far it is, and in the end what came of it."""

    process: int = 0
    """Who is doing it."""
    doing: str = ""
    done: int = 0
    of: int = 0
    answer: str | None = None
    failure: str | None = None


class StoppedError(Exception):
    """The platform is being stopped."""


def ask(data: Path, kind: str, about: str, told: Told) -> str:
    """Have an errand done by who holds a data folder; gives its answer.

    Raises OSError with the holder's sentence, DataInUseError where the holder does no errands.
    """
    folder = data / FOLDER
    folder.mkdir(exist_ok=True)
    asked = folder / f"{uuid.uuid4().hex}.asked"
    answers = asked.with_suffix(".answer")
    _write(asked, Errand(kind, about))
    try:
        return _followed(data, asked, answers, told)
    finally:
        asked.unlink(missing_ok=True)
        answers.unlink(missing_ok=True)


def _followed(data: Path, asked: Path, answers: Path, told: Told) -> str:
    began = time.monotonic()
    while True:
        time.sleep(LOOK_S)
        ended = _ended(_answer(answers).process)
        found = _answer(answers)
        if found.failure is not None:
            raise OSError(found.failure)
        if found.answer is not None:
            return found.answer
        if ended:
            raise OSError("the process that had begun with it has ended. Ask again")
        if found.doing:
            told(found.doing, found.done, found.of)
        elif asked.exists() and time.monotonic() > began + TAKEN_S:
            hold(data, "an errand").close()  # raises who holds it
            raise OSError("nobody holds the data any more. Ask again")


def _ended(process: int) -> bool:
    try:
        os.kill(process or os.getpid(), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # it is somebody else's, and alive
        return False
    return False


def do_errands(data: Path, ways: Mapping[str, Done], stop: Event) -> None:
    """Do what is asked for until told to stop, one after another."""
    folder = data / FOLDER
    for left in folder.glob("*.answer"):
        left.unlink(missing_ok=True)
    while not stop.wait(LOOK_S):
        for asked in sorted(folder.glob("*.asked")):
            _do(asked, ways, stop)


def _do(asked: Path, ways: Mapping[str, Done], stop: Event) -> None:
    answers = asked.with_suffix(".answer")
    due = 0.0

    def told(doing: str, done: int, of: int) -> None:
        nonlocal due
        if stop.is_set():
            raise StoppedError("the platform is being stopped")
        if time.monotonic() >= due:
            due = time.monotonic() + TOLD_S
            _write(answers, Answer(os.getpid(), doing, done, of))

    try:
        errand = msgspec.json.decode(asked.read_bytes(), type=Errand)
        asked.unlink()
        told("beginning", 0, 0)
        found = Answer(os.getpid(), answer=ways[errand.kind](errand.about, told))
    except FileNotFoundError:
        return
    except KeyError as error:
        found = Answer(os.getpid(), failure=f"the process that holds the data does not know how to do {error}")
    except Exception as error:  # noqa: BLE001 - whatever it is, somebody waits for the answer
        log.warning("an errand could not be done: %s", error)
        found = Answer(os.getpid(), failure=str(error) or type(error).__name__)
    with suppress(OSError):
        asked.unlink(missing_ok=True)
        _write(answers, found)


def _answer(answers: Path) -> Answer:
    with suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode(answers.read_bytes(), type=Answer)
    return Answer()


def _write(path: Path, what: Errand | Answer) -> None:
    aside = path.with_suffix(f"{path.suffix}.{os.getpid()}")
    aside.write_bytes(msgspec.json.encode(what))
    aside.replace(path)
