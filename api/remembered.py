"""Answers that many ask for alike: made once for each version of what they are made of, and given to all who ask.

The city now is half a megabyte of JSON that every page which is opened asks for; without this it would be written anew
for each. What was remembered of another version is never given: nobody sees less than what was known when they asked.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

MOST_ANSWERS = 16
MOST_BYTES = 16 << 20
"""Of all answers that one remembers."""


@dataclass(slots=True)
class _Answer:
    lock: Lock = field(default_factory=Lock)
    version: Hashable = None
    body: bytes = b""


class Remembered:
    """The newest answers to some questions; safe to call from several threads."""

    def __init__(self) -> None:
        self._answers: OrderedDict[str, _Answer] = OrderedDict()
        self._lock = Lock()

    def of(self, question: str, version: Hashable, make: Callable[[], bytes]) -> bytes:
        """Give the answer to a question at a version; of several who ask at once one makes it, and the others wait.

        Raises what ``make`` raises; such an answer is not remembered.
        """
        with self._lock:
            answer = self._answers.setdefault(question, _Answer())
            self._answers.move_to_end(question)
        with answer.lock:
            if answer.version != version:
                answer.version, answer.body = None, b""
                answer.body = make()
                answer.version = version
            body = answer.body
        self._forget()
        return body

    def _forget(self) -> None:
        """Let go of what was asked for longest ago."""
        with self._lock:
            while (
                len(self._answers) > MOST_ANSWERS or sum(len(one.body) for one in self._answers.values()) > MOST_BYTES
            ):
                self._answers.popitem(last=False)
