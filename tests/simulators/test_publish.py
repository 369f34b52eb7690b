from __future__ import annotations

import asyncio
import logging
import threading
from typing import TYPE_CHECKING

import pytest

from simulators.publish import deliver, rest
from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulators.publish import Letter
    from tests.servers import Mosquitto


class Pile:
    """Letters handed out in small heaps."""

    def __init__(self, letters: Sequence[Letter], heap: int = 7) -> None:
        self.heaps = [letters[i : i + heap] for i in range(0, len(letters), heap)]

    async def next(self) -> Sequence[Letter]:
        return self.heaps.pop(0) if self.heaps else []


def never() -> threading.Event:
    return threading.Event()


@pytest.mark.parametrize("url", ["127.0.0.1:1883", "http://127.0.0.1", "mqtt://", "mqtts:host"])
def test_what_is_no_broker_is_refused_with_a_way_out(url: str):
    with pytest.raises(ValueError, match=r"mqtt://127\.0\.0\.1:1883"):
        asyncio.run(deliver(url, Pile([]).next, stop=never(), acknowledged=lambda: None))


def test_nothing_to_say_ends_at_once(mosquitto: Mosquitto):
    asyncio.run(deliver(mosquitto.url, Pile([]).next, stop=never(), acknowledged=lambda: pytest.fail("said something")))


def test_every_letter_is_acknowledged_once(mosquitto: Mosquitto):
    acknowledged: list[int] = []
    letters = [(f"a/{i}", b"x" * (i % 5)) for i in range(500)]
    asyncio.run(deliver(mosquitto.url, Pile(letters).next, stop=never(), acknowledged=lambda: acknowledged.append(1)))
    assert len(acknowledged) == 500


def test_it_waits_for_an_absent_broker_until_told_to_stop(caplog: pytest.LogCaptureFixture):
    stop = threading.Event()

    class StopOnWarning(logging.Handler):
        def emit(self, _record: logging.LogRecord) -> None:
            stop.set()

    log, handler = logging.getLogger("simulators.publish"), StopOnWarning(logging.WARNING)
    log.addHandler(handler)
    try:
        url = f"mqtt://127.0.0.1:{free_port()}"
        asyncio.run(
            deliver(url, Pile([("a", b"")]).next, stop=stop, acknowledged=lambda: pytest.fail("nobody listens"))
        )
    finally:
        log.removeHandler(handler)
    assert "is away" in caplog.text


def test_a_stop_ends_a_rest():
    stop = threading.Event()
    stop.set()
    asyncio.run(asyncio.wait_for(rest(3600, stop), timeout=30))
