"""A load for test benches: many sensors, a rate, QoS 1, from one process; every message is awaited or told as lost.

Single parking spaces in plain JSON on ``city/parking/{id}``, each in turn changing its state, and meters among them
where wanted. Packets are made and read by the codec ``mqtt5``, and leave the socket many at once, so that the broker is
the bound and not the load.
"""

from __future__ import annotations

import socket
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote, urlsplit

import mqtt5
import numpy as np

from simulators.faults import NO_COUNTER, Told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from simulators.faults import Faults
    from simulators.publish import Letter, Stop

PREFIX = "load"
CHUNK_BYTES = 1 << 18
PACKETS_AT_ONCE = 500
TICK_S = 0.005
"""How often a load below the greatest rate looks at the clock."""
CONNECT_S = 10.0
ANSWER_S = 30.0
"""How long the broker may leave messages unacknowledged before the load gives up."""


@dataclass(frozen=True, slots=True)
class Load:
    """How much: messages a second from a number of sensors, ``messages`` in all."""

    rate: float
    sensors: int
    messages: int
    meters: int = 0
    """One in so many sensors is a meter of electricity, so that there are counters; 0: none is."""
    history: int = 0
    """Milliseconds before the present at which the times of the messages begin; they end in it."""

    def payload(self, number: int, now: int) -> Letter:
        """Give topic and payload of a message: of each sensor in turn, its state changing every time."""
        turn, sensor = divmod(number, self.sensors)
        if self.is_meter(sensor):
            return _reading(sensor, now, _register(sensor, now))
        occupied = b"true" if (turn + sensor) % 2 else b"false"
        return f"city/parking/{PREFIX}-{sensor}", b'{"time":%d,"occupied":%s}' % (now, occupied)

    def told(self, first: int, end: int, now: int) -> Told:
        """Give the messages from one number up to another as columns, to do faults on."""
        number = np.arange(first, end)
        device, time = number % self.sensors, self._times(number, now)
        meter = device % self.meters == 0 if self.meters else np.zeros(len(number), dtype=bool)

        def write(row: int, jump: int, counter: int) -> Letter:
            clock = int(time[row]) + jump
            if counter != NO_COUNTER:
                return _reading(int(device[row]), clock, counter)
            return self.payload(first + row, clock)

        counter = np.where(meter, _register(device, time), NO_COUNTER)
        return Told(device, time, counter, np.full(len(number), fill_value=True), write)

    def letters(self, first: int, end: int, now: int) -> list[Letter]:
        """Write the messages from one number up to another."""
        if not self.history:
            return [self.payload(number, now) for number in range(first, end)]
        times = self._times(np.arange(first, end), now).tolist()
        return [self.payload(number, time) for number, time in zip(range(first, end), times, strict=True)]

    def is_meter(self, sensor: int) -> bool:
        """Tell a meter from a parking space."""
        return self.meters > 0 and sensor % self.meters == 0

    def _times(self, number: NDArray[np.int64], now: int) -> NDArray[np.int64]:
        share = (self.messages - number) / self.messages
        return now - np.rint(self.history * share).astype(np.int64)


@dataclass(slots=True)
class Published:
    """What became of a load so far."""

    made: int = 0
    made_in: float = 0.0
    """Seconds until the last message was made: those that the broker has not taken keep the next from being made."""
    sent: int = 0
    acknowledged: int = 0
    seconds: float = 0.0


def things(sensors: int, meters: int = 0) -> dict[str, object]:
    """Describe the sensors of a load as GeoJSON, for ``smilecity things add``: a grid beside the city's harbour."""
    load = Load(1, sensors, 1, meters)
    return {"type": "FeatureCollection", "features": [_feature(number, load) for number in range(sensors)]}


def publish(broker: str, load: Load, stop: Stop, faults: Faults | None = None) -> Iterator[Published]:
    """Publish a load; gives now and then how far it is, and at the end, when all that was sent is acknowledged.

    It ends after all messages, or when ``stop`` is set. ``broker`` is ``mqtt://[user:password@]host[:port]`` and speaks
    MQTT 5. Raises OSError when the connection breaks or the broker refuses, ValueError for another address.
    """
    with _Connection(broker) as connection:
        yield from _published(connection, _Supply(load, faults), stop)


def _published(connection: _Connection, supply: _Supply, stop: Stop) -> Iterator[Published]:
    state, began = Published(), time.perf_counter()
    heard = 0.0
    while not supply.over or state.sent > state.acknowledged:
        state.seconds = time.perf_counter() - began
        if made := supply.make(state.seconds, stop):
            state.made, state.made_in = state.made + made, state.seconds
        letters = supply.take(connection.free)
        connection.send(letters)
        state.sent += len(letters)
        taken = connection.acknowledged(wait=0.0 if supply.behind and connection.free else TICK_S)
        heard = state.seconds if taken or state.sent == state.acknowledged else heard
        if state.seconds - heard > ANSWER_S:
            raise TimeoutError(f"the broker leaves {state.sent - state.acknowledged} messages unacknowledged")
        state.acknowledged += taken
        yield state
    state.seconds = time.perf_counter() - began
    yield state


class _Supply:
    """Makes messages as they become due, and does the faults on them."""

    def __init__(self, load: Load, faults: Faults | None) -> None:
        self._load = load
        self._faults = faults
        self._made = 0
        self._due = 0
        self._waiting: deque[Letter] = deque()
        self._ended = False

    @property
    def over(self) -> bool:
        """Whether everything was made and taken."""
        return self._ended and not self._waiting

    @property
    def behind(self) -> bool:
        """Whether there is more to send at once."""
        return bool(self._waiting) or self._made < self._due

    def make(self, seconds: float, stop: Stop) -> int:
        """Make messages that are due by now, not more than go out at once, and count them; at the end let all go."""
        if self._ended:
            return 0
        self._due = self._made if stop.is_set() else min(self._load.messages, int(seconds * self._load.rate) + 1)
        count = max(0, min(self._due - self._made, PACKETS_AT_ONCE - len(self._waiting)))
        if count:
            self._waiting += self._written(self._made, self._made + count)
            self._made += count
        if self._made == self._load.messages or stop.is_set():
            self._ended = True
            self._waiting += self._faults.rest() if self._faults else ()
        return count

    def take(self, free: int) -> list[Letter]:
        """Give what may go out now."""
        return [self._waiting.popleft() for _ in range(min(free, PACKETS_AT_ONCE, len(self._waiting)))]

    def _written(self, first: int, end: int) -> list[Letter]:
        now = time.time_ns() // 1_000_000
        if self._faults is None:
            return self._load.letters(first, end, now)
        return self._faults.through(self._load.told(first, end, now))


class _Connection:
    """One publisher's connection: packet identifiers in use, and what the broker allows."""

    def __init__(self, broker: str) -> None:
        parts = urlsplit(broker)
        if parts.scheme != "mqtt" or not parts.hostname:
            raise ValueError(
                f"'{parts.scheme}://{parts.hostname or ''}' is no address for a load. Use mqtt://host:port"
            )
        self._socket = socket.create_connection((parts.hostname, parts.port or 1883), CONNECT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread = bytearray()
        username = unquote(parts.username) if parts.username else None
        password = unquote(parts.password).encode() if parts.password else None
        client = f"smilecity-load-{time.time_ns():x}"
        self._socket.sendall(
            mqtt5.ConnectPacket(client, username=username, password=password, clean_start=True).write()
        )
        self._identifiers = list(range(1, self._allowed() + 1))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    @property
    def free(self) -> int:
        """How many messages may be sent before the next acknowledgement."""
        return len(self._identifiers)

    def send(self, letters: list[Letter]) -> None:
        """Send messages in one write."""
        if not letters:
            return
        quality = mqtt5.QoS.AT_LEAST_ONCE
        self._socket.sendall(
            b"".join(
                mqtt5.PublishPacket(topic, payload, qos=quality, packet_id=self._identifiers.pop()).write()
                for topic, payload in letters
            )
        )

    def acknowledged(self, wait: float) -> int:
        """Count messages that the broker has taken since the last look; waits at most ``wait`` seconds for one."""
        count = 0
        for packet in self._packets(wait):
            if isinstance(packet, mqtt5.PubAckPacket):
                self._identifiers.append(packet.packet_id)
                count += 1
            elif isinstance(packet, mqtt5.DisconnectPacket):
                raise ConnectionResetError(f"the broker ends the connection ({packet.reason_code.name})")
        return count

    def _allowed(self) -> int:
        for packet in self._packets(CONNECT_S):
            if isinstance(packet, mqtt5.ConnAckPacket) and packet.reason_code == mqtt5.ConnAckReasonCode.SUCCESS:
                return min(packet.receive_max, 65_000)
            raise ConnectionRefusedError(f"the broker refuses the load: {packet}")
        raise TimeoutError("the broker does not answer in MQTT 5")

    def _packets(self, wait: float) -> list[object]:
        self._socket.settimeout(max(wait, 1e-6))
        try:
            chunk = self._socket.recv(CHUNK_BYTES)
        except TimeoutError:
            return []
        if not chunk:
            raise ConnectionResetError("the broker closed the connection")
        self._unread += chunk
        found: list[object] = []
        used = 0
        with memoryview(self._unread) as view:
            while used < len(view):
                try:
                    packet, length = mqtt5.read(view[used:])
                except IndexError:
                    break
                except ValueError as error:
                    raise ConnectionAbortedError(f"the broker does not answer in MQTT 5 ({error})") from None
                found.append(packet)
                used += length
        del self._unread[:used]
        return found


def _register(sensor: Any, time: Any) -> Any:
    """Read a meter that always draws 1 kW, as if since 1970: it goes on where an earlier load ended. [Wh], as time."""
    return (time + sensor * 1000) // 3600


def _reading(sensor: int, time: int, counter: int) -> Letter:
    kilowatthours = b"%d.%03d" % divmod(counter, 1000)
    return f"city/energy/{PREFIX}-{sensor}", b'{"time":%d,"total_active_energy_import":%s}' % (time, kilowatthours)


def _feature(number: int, load: Load) -> dict[str, object]:
    row, column = divmod(number, 200)
    device = f"{PREFIX}-{number}"
    name, kind = ("Meter", "energy_meter") if load.is_meter(number) else ("Space", "parking_spot")
    return {
        "type": "Feature",
        "id": device,
        "geometry": {"type": "Point", "coordinates": [12.0 + column * 1e-3, 54.2 + row * 1e-3]},
        "properties": {
            "name": f"{name} {number}",
            "kind": kind,
            "operator": "Test bench",
            "devices": [{"id": device, "model": "plain"}],
        },
    }
