"""Rows on their way: readers in this process see a commit whole or not at all."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")


class Flight(Generic[T]):
    """What is being written, and to which readers it must stay hidden: those that began before it was all there."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._writing: list[T] = []
        self._readers: list[list[T]] = []

    @contextmanager
    def writing(self, commit: T) -> Iterator[None]:
        """Hide a commit from everybody who is reading now or begins to before the end."""
        with self._lock:
            self._writing.append(commit)
            for hidden in self._readers:
                hidden.append(commit)
        try:
            yield
        finally:
            with self._lock:
                self._writing = [each for each in self._writing if each is not commit]

    @contextmanager
    def reading(self) -> Iterator[list[T]]:
        """Give what is to be hidden from one reader: the list grows while it reads."""
        with self._lock:
            hidden = list(self._writing)
            self._readers.append(hidden)
        try:
            yield hidden
        finally:
            with self._lock:
                self._readers = [each for each in self._readers if each is not hidden]
