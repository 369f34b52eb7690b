"""The embedded broker: amqtt in a thread of its own, good for the first five minutes; the only file that knows amqtt.

It speaks MQTT 3.1.1, keeps everything in memory and takes about a thousand messages a second. A killed process loses
what it had taken and not yet delivered: a city runs Mosquitto (``smilecity up --broker mqtt://host``).
"""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import TYPE_CHECKING, Any

from amqtt.broker import Broker
from amqtt.errors import BrokerError

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from concurrent.futures import Future

log = logging.getLogger(__name__)

START_S = 10.0
DRAIN_S = 15.0
MAX_CONNECTIONS = 1000


class _DrainableBroker(Broker):
    """A broker that can stop taking messages and wait until all that it took is acknowledged by its subscribers."""

    async def drain(self, keep: str) -> None:
        """End every connection but that of client ``keep``, then wait until nothing is queued or under way to it."""
        for server in self._servers.values():
            server.instance.close()
        for client_id, (_, handler) in list(self._sessions.items()):
            if client_id != keep:
                await self._stop_handler(handler)
        while not self._idle():  # noqa: ASYNC110 - amqtt offers no event to wait for
            await asyncio.sleep(0.02)

    def _idle(self) -> bool:
        return self._broadcast_queue.empty() and all(task.done() for task in self._tasks_queue)


class EmbeddedBroker:
    """A broker on loopback for ``smilecity up``."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self._loop = asyncio.new_event_loop()
        self._broker: _DrainableBroker | None = None
        self._thread = threading.Thread(target=self._run, name="broker", daemon=True)
        # amqtt reports every connection, and a client that goes away, as if they were news.
        logging.getLogger("amqtt").setLevel(logging.CRITICAL)
        logging.getLogger("transitions").setLevel(logging.WARNING)

    @property
    def url(self) -> str:
        """Where clients on this machine connect."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"mqtt://{host}:{self.port}"

    def start(self) -> None:
        """Begin to listen. Raises OSError when the port is taken."""
        self._thread.start()
        try:
            self._call(self._start()).result(START_S)
        except BrokerError as error:
            self._end()
            raise OSError(str(error)) from error

    def drain(self, keep: str) -> bool:
        """Take nothing more and wait until client ``keep`` has acknowledged all; False when it did not in time."""
        if self._broker is None:
            return True
        drained = self._call(asyncio.wait_for(self._broker.drain(keep), DRAIN_S))
        try:
            drained.result(DRAIN_S + 1)
        except TimeoutError:
            return False
        return True

    def stop(self) -> None:
        """End all connections and the thread."""
        if self._broker is not None:
            self._call(self._broker.shutdown()).result(START_S)
            self._broker = None
        self._end()

    async def _start(self) -> None:
        listener = {"type": "tcp", "bind": f"{self.host}:{self.port}", "max_connections": MAX_CONNECTIONS}
        anonymous = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
        broker = _DrainableBroker({"listeners": {"default": listener}, "plugins": anonymous})
        await broker.start()
        self._broker = broker

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(lambda _loop, context: log.debug("amqtt: %s", context.get("message")))
        self._loop.run_forever()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.close()

    def _call(self, coroutine: Coroutine[Any, Any, Any]) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_S)
