"""A connection over plain TCP in MQTT 5: reads many messages at once and acknowledges many at once.

The codec ``mqtt5`` (Rust, no input or output of its own) turns bytes into packets; this is the only file that knows it.
A delivery is what one read of the socket held: a busy broker makes large ones, whose PUBACKs leave in one write.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import mqtt5

from ingest.connection import (
    ANSWER_TIMEOUT_S,
    CONNECT_TIMEOUT_S,
    FAILURE_FROM,
    KEEPALIVE_S,
    LOST,
    NO_ANSWER,
    SESSION_EXPIRY_S,
    UNSUPPORTED,
    UNSUPPORTED_PROTOCOL,
    not_granted,
)
from ingest.gather import Delivery
from sensors.model import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.connection import Listener

READ_BYTES = 1 << 18
LARGEST_PACKET = 16 << 20
"""Bytes of the largest packet that the broker may send us; a longer one it drops by itself, as MQTT 5 wants it."""
LARGEST_PAYLOAD = 1 << 20
"""Bytes of a payload that are kept: longer is no sensor's, and goes into quarantine as too large by its beginning."""


class Mqtt5Connection:
    """One connection from CONNECT to its end; see ``ingest.connection.Connection``."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._sending = threading.Lock()
        self._socket: socket.socket | None = None
        self._closing = False
        self._answered = False
        self._stood = False
        self._waiting: Sequence[Any] = ()
        """Packets that came behind the one awaited."""
        self._unread = bytearray()
        self._sent = 0.0
        """When something was last sent: the broker must hear of us, however much it sends."""

    def hold(self, stop: threading.Event) -> tuple[bool, str]:
        """Connect, subscribe and deliver until the end; tell whether it had stood, and why it ended."""
        source = self._listener.source
        try:
            self._socket = socket.create_connection((source.host, source.port), CONNECT_TIMEOUT_S)
        except OSError as error:
            return False, f"no connection ({error})"
        try:
            refusal = "" if stop.is_set() or self._closing else self._open()
            if not refusal:
                self._stood = True
                self._listener.on_subscribed()
                self._receive()
        except (OSError, ValueError) as error:
            refusal = f"{LOST} ({error})" if self._answered else NO_ANSWER
        finally:
            self._hang_up()
        return self._stood, "" if stop.is_set() or self._closing else refusal

    def close(self) -> None:
        """Disconnect; the thread in ``hold`` ends by it."""
        self._closing = True
        with suppress(OSError):
            self._send(mqtt5.DisconnectPacket().write())
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _open(self) -> str:
        """Bring CONNECT and SUBSCRIBE about; gives why not, where the broker refuses."""
        source = self._listener.source
        self._wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._wire.settimeout(ANSWER_TIMEOUT_S)
        self._send(
            mqtt5.ConnectPacket(
                client_id=self._listener.client_id,
                username=source.username,
                password=source.password.encode() if source.password is not None else None,
                clean_start=source.clean,
                keep_alive=KEEPALIVE_S,
                session_expiry_interval=0 if source.clean else SESSION_EXPIRY_S,
                receive_max=source.window,
                max_packet_size=LARGEST_PACKET,
            ).write()
        )
        answer = self._await(mqtt5.ConnAckPacket)
        self._answered = True
        if _refused(answer.reason_code):
            return (
                UNSUPPORTED
                if int(answer.reason_code) == UNSUPPORTED_PROTOCOL
                else f"the broker refuses us: {_why(answer)}"
            )
        if self._listener.leaving:
            self._send(mqtt5.UnsubscribePacket(1, list(source.filters)).write())
            self._await(mqtt5.UnsubAckPacket)
            return ""
        # A shared subscription never gets retained messages, and must not ask for them.
        retained = mqtt5.RetainHandling
        handling = retained.SEND_NEVER if source.group else retained.SEND_IF_SUBSCRIPTION_NOT_EXISTS
        quality = mqtt5.QoS.AT_LEAST_ONCE if source.qos else mqtt5.QoS.AT_MOST_ONCE
        filters = [mqtt5.TopicFilter(each, max_qos=quality, retain_handling=handling) for each in source.filters]
        self._send(mqtt5.SubscribePacket(1, filters).write())
        return not_granted(source, [int(code) for code in self._await(mqtt5.SubAckPacket).reason_codes])

    def _await(self, kind: type[Any]) -> Any:
        """Read until a packet of a kind comes; messages of the session that come before it are delivered."""
        while True:
            packets, self._waiting = self._waiting or self._read(), ()
            for place, packet in enumerate(packets):
                if isinstance(packet, kind):
                    self._deliver(packets[:place])
                    self._waiting = packets[place + 1 :]
                    return packet
            self._deliver(packets)

    def _receive(self) -> None:
        """Deliver until the connection ends; give and ask for a sign of life when there was none for a while."""
        self._wire.settimeout(KEEPALIVE_S / 2)
        self._deliver(self._waiting)
        self._waiting = ()
        asked = False
        while not self._closing:
            if time.monotonic() - self._sent > KEEPALIVE_S / 2:
                self._send(mqtt5.PingReqPacket().write())
            try:
                packets = self._read()
            except TimeoutError:
                if asked:
                    raise
                asked = True
                continue
            asked = False
            self._deliver(packets)

    def _read(self) -> list[Any]:
        """Read what has come, and give the whole packets in it. Raises OSError at the end of the connection."""
        chunk = self._wire.recv(READ_BYTES)
        if not chunk:
            raise ConnectionResetError("the broker closed the connection")
        self._unread += chunk
        packets: list[Any] = []
        with memoryview(self._unread) as view:
            used = _parse(view, packets)
        del self._unread[:used]
        return packets

    def _deliver(self, packets: Sequence[Any]) -> None:
        received = time.time_ns() // 1_000_000
        name = self._listener.source.name
        recent = self._listener.recent
        messages, identifiers, numbered = [], [], []
        for packet in packets:
            if type(packet) is mqtt5.PublishPacket:
                since = received
                if packet.duplicate and packet.packet_id is not None:
                    since = recent.received(packet.packet_id, packet.topic, packet.payload, received)
                message = Message(name, packet.topic, packet.payload[:LARGEST_PAYLOAD], since)
                messages.append(message)
                if packet.packet_id is not None:
                    identifiers.append(packet.packet_id)
                    numbered.append(message)
            elif type(packet) is mqtt5.DisconnectPacket:
                raise ConnectionResetError(f"the broker ends the connection: {_why(packet)}")
        recent.note(identifiers, numbered)
        if messages:
            self._listener.on_delivery(Delivery(messages, partial(self._acknowledge, identifiers)))

    def _acknowledge(self, identifiers: Sequence[int]) -> None:
        """Send PUBACKs; where the connection is gone, the broker sends the messages again to the next one."""
        # Four bytes each: success and no properties.
        packets = b"".join([b"\x40\x02" + identifier.to_bytes(2, "big") for identifier in identifiers])
        with suppress(OSError):
            self._send(packets)

    def _send(self, packet: bytes) -> None:
        with self._sending:
            self._wire.sendall(packet)
            self._sent = time.monotonic()

    @property
    def _wire(self) -> socket.socket:
        if self._socket is None:
            raise ConnectionResetError("the connection is closed")
        return self._socket

    def _hang_up(self) -> None:
        with self._sending:
            if self._socket is not None:
                self._socket.close()
            self._socket = None


def _parse(view: memoryview, packets: list[Any]) -> int:
    """Add the whole packets at the beginning of some bytes to a list; gives how many bytes they take."""
    used, end = 0, len(view)
    while used < end:
        try:
            packet, length = mqtt5.read(view[used:])
        except IndexError:
            break
        packets.append(packet)
        used += length
    return used


def _refused(code: Any) -> bool:
    return int(code) >= FAILURE_FROM


def _why(packet: Any) -> str:
    """Put a reason code into words: ``ConnAckReasonCode.NOT_AUTHORIZED`` is "not authorized"."""
    text = packet.reason_code.name.replace("_", " ").lower()
    return f"{text} ({packet.reason_str})" if packet.reason_str else text
