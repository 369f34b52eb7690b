"""SensorThings over MQTT: every observation that comes in is published under ``v1.1/Datastreams('id')/Observations``.

It is found in what changed in the store since the last look, and published at QoS 1; the next look waits until the
broker has acknowledged all. What comes while the broker is away is published when it is back. Killed, it begins anew
with what comes in from then on.

Source: OGC 18-088 section 14, MQTT extension.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from api.sta.entities import Register
from api.sta.links import Links
from api.sta.naming import key
from api.sta.observations import Written, observations_text
from api.sta.observed import Observed
from api.sta.sets import OBSERVATIONS
from api.times import milliseconds, now
from processing.announcing.line import Broker, LineError, VersionError, connected
from processing.announcing.outbox import Letter
from sensors.model import TIME
from storage.store import Query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from api.city import City
    from api.sta.entities import Entities
    from processing.announcing.line import Line
    from sensors.model import Datastream
    from storage.store import Changes

log = logging.getLogger(__name__)

CLIENT = "smilecity-observations"
LOOK_S = 0.5
"""Between two looks at the store."""
PATIENCE_S = (0.5, 15.0)
"""Until the first new attempt to connect, and the longest pause; it doubles in between."""
AT_ONCE = 100
"""Messages under way."""
STREAMS_AT_ONCE = 2000
BEHIND = np.timedelta64(1, "D")
"""What was true longer ago is history that is brought in, not news."""
REMEMBERED = 500_000
"""So many observations are known to have been published, or twice as many."""
EVERYTHING = frozenset(("@iot.id", "@iot.selfLink", *OBSERVATIONS.fields, *OBSERVATIONS.relations))


class Updates:
    """Publishes what comes into a city's store, in a thread, until it is stopped."""

    def __init__(self, city: City, broker: Broker, root: str, *, look_s: float = LOOK_S) -> None:
        """Publish what a view of the city sees; ``root`` is the address of the service, for links."""
        self.connected = False
        self.published = 0
        self.place = f"{broker.host}:{broker.port}"
        self._news = News(city, Links(root))
        self._broker = replace(broker, client=CLIENT, protocol="5" if broker.protocol == "auto" else broker.protocol)
        self._auto = broker.protocol == "auto"
        self._look_s = look_s
        self._waiting: list[Letter] = []
        """What is under way, and goes first when the connection was lost meanwhile."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="observations", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin with what comes in from now on."""
        self._news.begin()
        self._thread.start()

    def stop(self) -> None:
        """End after what is under way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    async def _run(self) -> None:
        pause, longest = PATIENCE_S
        while not self._stopping.is_set():
            before = self.published
            await self._try()
            pause = PATIENCE_S[0] if self.published > before else min(2 * pause, longest)
            await self._rest(pause)

    async def _try(self) -> None:
        """Publish for as long as the connection stands."""
        try:
            async with connected(self._broker) as line:
                log.info("observations are published at %s", self.place)
                self.connected = True
                await self._hold(line)
        except LineError as lost:
            log.warning("observations wait for the broker at %s (%s); trying again", self.place, lost)
            if self._auto and isinstance(lost, VersionError):
                other = "3.1.1" if self._broker.protocol == "5" else "5"
                self._broker = replace(self._broker, protocol=other)
        except Exception:  # a store that is away, for example; what was not published is looked up again
            log.exception("observations cannot be published; trying again")
        finally:
            self.connected = False

    async def _hold(self, line: Line) -> None:
        await self._send(line, self._waiting)
        while not self._stopping.is_set():
            changes = await asyncio.to_thread(self._news.look)
            portions = self._news.portions(changes)
            while (
                not self._stopping.is_set() and (letters := await asyncio.to_thread(next, portions, None)) is not None
            ):
                await self._send(line, letters)
            if self._stopping.is_set():
                return
            self._news.come_to(changes)
            await self._rest(self._look_s)

    async def _send(self, line: Line, letters: list[Letter]) -> None:
        for first in range(0, len(letters), AT_ONCE):
            self._waiting = letters[first:]
            await line.send(self._waiting[:AT_ONCE])
            self.published += len(self._waiting[:AT_ONCE])
        self._waiting = []

    async def _rest(self, seconds: float) -> None:
        left = seconds
        while left > 0 and not self._stopping.is_set():
            await asyncio.sleep(min(left, 0.1))
            left -= 0.1


class News:
    """What is new in a city's store, as messages. For one thread at a time."""

    def __init__(self, city: City, links: Links) -> None:
        self._city = city
        self._links = links
        self._register = Register()
        self._version = 0
        self._since: np.datetime64 = now()
        self._known: set[tuple[int, ...]] = set()
        self._known_before: set[tuple[int, ...]] = set()

    def begin(self) -> None:
        """Take what is there for known."""
        self._version = self._city.held().version
        self._since = now()

    def look(self) -> Changes:
        """Tell what was touched since everything was published."""
        changes = self._city.services.store.changes(self._version)
        self._version = min(self._version, changes.version)  # another store may have come in its place
        return changes

    def come_to(self, changes: Changes) -> None:
        """Note that everything up to a look was published."""
        self._version = max(self._version, changes.version)

    def portions(self, changes: Changes) -> Iterator[list[Letter]]:
        """Give messages of what is new, some datastreams after the other."""
        entities = self._register.of(self._city) if changes.datastreams else None
        for first in range(0, len(changes.datastreams), STREAMS_AT_ONCE):
            assert entities is not None  # noqa: S101 - there are some
            part = slice(first, first + STREAMS_AT_ONCE)
            streams = changes.datastreams[part]
            yield self._letters(self._new(entities, streams, changes.first[part], changes.last[part]))

    def _new(
        self, entities: Entities, streams: tuple[Datastream, ...], first: NDArray[Any], last: NDArray[Any]
    ) -> Observed:
        """Read what was touched, and leave out what was true long ago, was known before, or was published already."""
        known = [number for number, stream in enumerate(streams) if stream in entities.index]
        start = np.maximum(first[known].astype(TIME), now() - BEHIND)
        asked = tuple(streams[number] for number in known)
        if not asked:
            return Observed.none(entities, self._city.services)
        query = Query(datastreams=asked, start=start.min(), end=last[known].max() + np.timedelta64(1, "ms"))
        rows = Observed.of(entities, self._city.services, self._city.services.store.read(query))
        limits = np.full((2, len(entities.streams)), 0, dtype=np.int64)
        place = [entities.index[stream] for stream in asked]
        limits[0, place], limits[1, place] = milliseconds(start), milliseconds(last[known])
        inside = (rows.start >= limits[0, rows.stream]) & (rows.start <= limits[1, rows.stream])
        return self._unsaid(rows.at(inside & (rows.batch.result_time >= self._since)))

    def _unsaid(self, rows: Observed) -> Observed:
        streams, times = rows.stream.tolist(), rows.start.tolist()
        results, revisions = rows.batch.result.view(np.int64).tolist(), rows.batch.revision.tolist()
        names = [rows.entities.streams[stream] for stream in streams]
        said = [
            (hash(name), time, result, revision)
            for name, time, result, revision in zip(names, times, results, revisions, strict=True)
        ]
        new = np.array([one not in self._known and one not in self._known_before for one in said], dtype=bool)
        if len(self._known) > REMEMBERED:
            self._known, self._known_before = set(), self._known
        self._known.update(one for one, is_new in zip(said, new.tolist(), strict=True) if is_new)
        return rows.at(new)

    def _letters(self, rows: Observed) -> list[Letter]:
        texts = observations_text(rows, Written(self._links, EVERYTHING))
        names = [rows.entities.streams[stream].name for stream in rows.stream.tolist()]
        return [
            Letter(f"v1.1/Datastreams{key(name)}/Observations", text.encode(), retain=False)
            for name, text in zip(names, texts, strict=True)
        ]
