"""What is said over one connection: what is retained is put right, then every change, the heartbeat and replies."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from processing.announcing.line import RefusedError
from processing.announcing.messages import Heartbeat, encode
from processing.announcing.outbox import AT_ONCE, Letter, Outbox
from processing.announcing.topics import ACKNOWLEDGEMENTS, ALERTS, HEARTBEAT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from processing.announcing.desk import Desk
    from processing.announcing.line import Line

log = logging.getLogger(__name__)

LOOK_S = 0.1
"""Between two looks at the outbox, where nobody says that there is something new."""
RETAINED_S = 20.0
"""Within which the broker must have said what it retains."""


def _unknown() -> datetime | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an installation says of how it announces."""

    link: str = ""
    """Address of its page and API, for links."""
    version: str = ""
    """Of the platform."""
    heartbeat_s: float = 30.0
    let_go_s: float = 3600.0
    """How long what is over is retained."""
    patience_s: tuple[float, float] = (0.5, 15.0)
    """Until the first new attempt to connect, and the longest pause; it doubles in between."""
    evaluated: Callable[[], datetime | None] = _unknown
    """When rules were looked at last."""

    def heartbeat(self, sequence: int, *, alive: bool = True) -> Letter:
        """Write the heartbeat; one that is not alive is what the broker says when we are gone."""
        beat = Heartbeat(
            alive=alive,
            at=datetime.now(UTC),
            interval_s=self.heartbeat_s,
            sequence=sequence,
            evaluated=self.evaluated(),
            version=self.version,
        )
        return Letter(HEARTBEAT, encode(beat))


class Session:
    """One connection, from its beginning to its end. ``said`` counts the changes that were published over it."""

    def __init__(
        self, line: Line, outbox: Outbox, desk: Desk, terms: Terms, goes_on: Callable[[], Awaitable[bool]]
    ) -> None:
        self.said = 0
        self._line = line
        self._outbox = outbox
        self._desk = desk
        self._terms = terms
        self._goes_on = goes_on
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Say that there is something new, or that it is over; in the thread of the loop."""
        self._news.set()

    async def begin(self) -> None:
        """Say that we are there, put right what is retained, and begin to hear."""
        await self._restore(await self._retained())
        await self._line.subscribe(ACKNOWLEDGEMENTS, 1)

    async def hold(self) -> None:
        """Speak and listen for as long as it ``goes_on``; raises LineError, in a group, when the connection breaks."""
        async with asyncio.TaskGroup() as group:
            ears = group.create_task(self._listen())
            await self._speak()
            ears.cancel()
        await self._line.send([await self._beat(alive=False)])

    async def _speak(self) -> None:
        late, beaten = await self._tell(), time.monotonic()
        # Who comes late shall find what ended while the broker was away.
        tidied = beaten + (self._terms.let_go_s if late else 0.0)
        while await self._goes_on():
            now = time.monotonic()
            if now >= beaten + self._terms.heartbeat_s:
                beaten = now
                await self._line.send([await self._beat()])
            if now >= tidied:
                tidied = now + min(self._terms.heartbeat_s, self._terms.let_go_s)
                await self._let_go()
            await self._tell()
            await self._look_up()

    async def _tell(self) -> int:
        """Say what is new; tells how much that was."""
        before = self.said
        while await self._goes_on() and (letters := await asyncio.to_thread(self._outbox.next)):
            await self._say(letters)
        return self.said - before

    async def _say(self, letters: list[Letter]) -> None:
        come = 0

        def taken(letter: Letter) -> None:
            nonlocal come
            come = max(come, letter.sequence)
            self.said += letter.sequence > 0

        try:
            await self._line.send(letters, taken)
        finally:
            if come:
                await asyncio.to_thread(self._outbox.note, come)

    async def _let_go(self) -> None:
        before = time.time_ns() // 1_000_000 - round(1000 * self._terms.let_go_s)
        letters, upto = await asyncio.to_thread(self._outbox.over, before)
        await self._send(letters)
        await asyncio.to_thread(self._outbox.note_over, upto)

    async def _listen(self) -> None:
        async for arrived in self._line.arriving():
            if arrived.retained:  # it would come again with every connection
                log.warning("an acknowledgement was sent to be retained, and is overlooked: %s", arrived.topic[:200])
                continue
            reply = await asyncio.to_thread(self._desk.hear, arrived.topic, arrived.payload)
            if reply is not None:
                await self._line.send([reply])
            self.wake()

    async def _retained(self) -> dict[str, bytes]:
        """Ask the broker what it retains; nothing where it does not say.

        Our heartbeat comes back after it, for both subscriptions are ours: so we know when that was all.
        """
        beat, found = await self._beat(), dict[str, bytes]()
        try:
            for topic in (ALERTS, HEARTBEAT):
                await self._line.subscribe(topic, 0)
            await self._line.send([beat])
            async with asyncio.timeout(RETAINED_S):
                async for arrived in self._line.arriving():
                    if (arrived.topic, arrived.payload) == (beat.topic, beat.payload) and not arrived.retained:
                        break
                    if arrived.retained and arrived.topic != HEARTBEAT:
                        found[arrived.topic] = arrived.payload
        except (TimeoutError, RefusedError) as silent:
            log.warning("the broker does not say what it retains (%s): everything that fires is said again", silent)
            found = {}
        for topic in (ALERTS, HEARTBEAT):
            await self._line.unsubscribe(topic)
        return found

    async def _restore(self, retained: dict[str, bytes]) -> None:
        await self._send(await asyncio.to_thread(lambda: list(self._outbox.repairs(retained))))

    async def _send(self, letters: list[Letter]) -> None:
        for first in range(0, len(letters), AT_ONCE):
            await self._line.send(letters[first : first + AT_ONCE])

    async def _beat(self, *, alive: bool = True) -> Letter:
        return await asyncio.to_thread(lambda: self._terms.heartbeat(self._outbox.said, alive=alive))

    async def _look_up(self) -> None:
        """Wait for news, but no longer than until it is time to look for some."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_S):
                await self._news.wait()
        self._news.clear()
