"""A load for test benches: many sensors, a rate, QoS 1, from one process; every message is awaited or told as lost.

Single parking spaces in plain JSON on ``city/parking/{id}``, each in turn changing its state. Packets are made and read
by the codec ``mqtt5``, and leave the socket many at once, so that the broker is the bound and not the load.
"""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

import mqtt5

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulators.publish import Stop

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

    def payload(self, number: int, now: int) -> tuple[str, bytes]:
        """Give topic and payload of a message: of each sensor in turn, its state changing every time."""
        turn, sensor = divmod(number, self.sensors)
        occupied = b"true" if (turn + sensor) % 2 else b"false"
        return f"city/parking/{PREFIX}-{sensor}", b'{"time":%d,"occupied":%s}' % (now, occupied)


@dataclass(slots=True)
class Published:
    """What became of a load so far."""

    sent: int = 0
    acknowledged: int = 0
    seconds: float = 0.0


def things(sensors: int) -> dict[str, object]:
    """Describe the sensors of a load as GeoJSON, for ``smilecity things add``: a grid beside the city's harbour."""
    return {"type": "FeatureCollection", "features": [_feature(number) for number in range(sensors)]}


def publish(broker: str, load: Load, stop: Stop) -> Iterator[Published]:
    """Publish a load; gives now and then how far it is, and at the end, when all is acknowledged or ``stop`` is set.

    ``broker`` is ``mqtt://[user:password@]host[:port]`` and speaks MQTT 5. Raises OSError when the connection breaks or
    the broker refuses, ValueError for another address.
    """
    with _Connection(broker) as connection:
        yield from _published(connection, load, stop)


def _published(connection: _Connection, load: Load, stop: Stop) -> Iterator[Published]:
    state, began = Published(), time.perf_counter()
    heard = 0.0
    while state.acknowledged < load.messages and not stop.is_set():
        state.seconds = time.perf_counter() - began
        due = min(load.messages, int(state.seconds * load.rate) + 1) - state.sent
        room = min(due, connection.free, PACKETS_AT_ONCE)
        if room > 0:
            now = time.time_ns() // 1_000_000
            connection.send([load.payload(number, now) for number in range(state.sent, state.sent + room)])
            state.sent += room
        taken = connection.acknowledged(wait=0.0 if room == due > 0 else TICK_S)
        heard = state.seconds if taken or state.sent == state.acknowledged else heard
        if state.seconds - heard > ANSWER_S:
            raise TimeoutError(f"the broker leaves {state.sent - state.acknowledged} messages unacknowledged")
        state.acknowledged += taken
        yield state
    state.seconds = time.perf_counter() - began
    yield state


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

    def send(self, letters: list[tuple[str, bytes]]) -> None:
        """Send messages in one write."""
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


def _feature(number: int) -> dict[str, object]:
    row, column = divmod(number, 200)
    device = f"{PREFIX}-{number}"
    return {
        "type": "Feature",
        "id": device,
        "geometry": {"type": "Point", "coordinates": [12.0 + column * 1e-3, 54.2 + row * 1e-3]},
        "properties": {
            "name": f"Space {number}",
            "kind": "parking_spot",
            "operator": "Test bench",
            "devices": [{"id": device, "model": "plain"}],
        },
    }
