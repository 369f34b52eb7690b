"""What Arrow's writers write into: bytes that are taken from it as they come, so that none wait for the end."""

from __future__ import annotations

from typing import Any


class Sink:
    """A file that keeps what was written only until it is taken."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self._written = 0
        self.closed = False

    def write(self, some: Any) -> int:
        """Take bytes."""
        self._waiting.append(bytes(some))
        self._written += len(self._waiting[-1])
        return len(self._waiting[-1])

    def tell(self) -> int:
        """Say how many bytes were written ever."""
        return self._written

    def flush(self) -> None:
        """Do nothing: what was written is here already."""

    def writable(self) -> bool:
        """Say that it takes bytes."""
        return True

    def readable(self) -> bool:
        """Say that it gives none as a file does."""
        return False

    def seekable(self) -> bool:
        """Say that what was written is gone."""
        return False

    def close(self) -> None:
        """Take no more bytes."""
        self.closed = True

    def taken(self) -> bytes:
        """Take what has been written since the last time."""
        some = b"".join(self._waiting)
        self._waiting.clear()
        return some
