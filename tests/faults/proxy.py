"""A network that can be made bad: carries TCP to a server until told to delay, to cut, or to break off mid-packet."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from tests.servers import free_port

if TYPE_CHECKING:
    from types import TracebackType

CHUNK = 4096


@dataclass
class Proxy:
    """Listens on a port of its own; connections through it live and die as it is told."""

    to: int
    port: int = field(default_factory=free_port)
    delay: float = 0.0
    """Seconds by which every chunk is late, in both directions."""
    _open: set[socket.socket] = field(default_factory=set)
    _refusing: threading.Event = field(default_factory=threading.Event)
    _breaking: threading.Event = field(default_factory=threading.Event)
    _ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._listener.settimeout(0.1)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self.cut()
        self._listener.close()

    def cut(self, *, refuse: bool = False) -> None:
        """End every connection at once; with ``refuse`` none comes about until ``mend``."""
        if refuse:
            self._refusing.set()
        for each in tuple(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def break_off(self) -> None:
        """End every connection after half of its next chunk, in the midst of a packet."""
        self._breaking.set()

    def slow_down(self) -> None:
        """Let every chunk be late."""
        self.delay = 0.05

    def mend(self) -> None:
        """Be a good network again."""
        self.delay = 0.0
        self._refusing.clear()
        self._breaking.clear()

    def _accept(self) -> None:
        while not self._ended.is_set():
            with suppress(OSError):
                client, _ = self._listener.accept()
                if self._refusing.is_set():
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self.to), 5)
                self._open |= {client, server}
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(CHUNK):
                self._ended.wait(self.delay)
                if self._breaking.is_set():
                    sink.sendall(chunk[: len(chunk) // 2])
                    break
                sink.sendall(chunk)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
            self._open.discard(each)
