"""Receives from one MQTT broker and acknowledges only when told to: the only file that knows paho-mqtt.

Each connection is a client object of its own, so that an acknowledgement can never reach a later connection than the
one that delivered the message. The session is persistent: what was not acknowledged comes again.
"""

from __future__ import annotations

import logging
import random
import ssl
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from ingest import metrics
from ingest.gather import Delivery, Inbox
from sensors.model import Message

if TYPE_CHECKING:
    from paho.mqtt.reasoncodes import ReasonCode

    from ingest.source import Source

log = logging.getLogger(__name__)

KEEPALIVE_S = 30
SESSION_EXPIRY_S = 7 * 24 * 3600
"""How long a broker keeps the session, and what it queued, for a worker that is away."""
CONNECT_TIMEOUT_S = 10.0
ANSWER_TIMEOUT_S = 3.0
"""How long a broker may take to answer CONNECT; some that do not speak MQTT 5 never do."""
BACKOFF_S = (0.2, 30.0)
UNSUPPORTED_PROTOCOL = 132


class Receiver:
    """Keeps one source connected and puts what it delivers into an inbox, from a thread of its own.

    A full inbox stops the reading, so that TCP and the broker's in-flight window hold back what the store cannot take.
    """

    def __init__(self, source: Source, worker: str, inbox: Inbox) -> None:
        self.source = source
        self.worker = worker
        self.received = 0
        self._inbox = inbox
        self._in_flight = metrics.IN_FLIGHT.labels(source.name, worker)
        self._protocol = MQTTProtocolVersion.MQTTv311 if source.protocol == "3.1.1" else MQTTProtocolVersion.MQTTv5
        self._stop = threading.Event()
        self._paused = threading.Event()
        self._subscribed = threading.Event()
        self._connection: _Connection | None = None
        self._thread = threading.Thread(target=self._run, name=f"mqtt-{source.name}", daemon=True)

    @property
    def client_id(self) -> str:
        """Stable over restarts: it is what the broker's persistent session hangs on."""
        return f"smilecity-{self.worker}-{self.source.name}"

    @property
    def connected(self) -> bool:
        """Whether the subscription stands right now."""
        return self._subscribed.is_set()

    def start(self) -> None:
        """Begin to connect; returns at once, a broker that is absent is tried again until ``stop``."""
        self._thread.start()

    def wait_until_connected(self, timeout: float) -> bool:
        """Wait until the subscription stands; False when it does not within ``timeout`` seconds."""
        return self._subscribed.wait(timeout)

    def pause(self) -> None:
        """Leave what comes from now on to the broker, while what was received can still be acknowledged."""
        self._paused.set()

    def stop(self) -> None:
        """Send what was acknowledged, disconnect, and end the thread. The session stays with the broker."""
        self._stop.set()
        if self._connection is not None:
            self._connection.close()
        if self._thread.is_alive():
            self._thread.join(CONNECT_TIMEOUT_S + 1)

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            stood, refusal = self._connect_once()
            failures = 0 if stood else failures + 1
            if refusal:
                self._consider_protocol(refusal)
            self._stop.wait(_backoff(failures))

    def _connect_once(self) -> tuple[bool, str]:
        """Hold one connection until it ends; tell whether it had stood, and why it ended."""
        connection = self._connection = _Connection(self, self._protocol)
        try:
            return connection.hold(self._stop)
        finally:
            self._subscribed.clear()
            metrics.CONNECTED.labels(self.source.name, self.worker).set(0)

    def _consider_protocol(self, refusal: str) -> None:
        """Try the other version of MQTT where a broker is there and gives none or that answer; absence is no reason."""
        log.warning("%s: %s, trying again", self.source.place, refusal)
        if self.source.protocol != "auto" or refusal not in {_Connection.NO_ANSWER, _Connection.UNSUPPORTED}:
            return
        if self._protocol == MQTTProtocolVersion.MQTTv311:
            self._protocol = MQTTProtocolVersion.MQTTv5
            return
        self._protocol = MQTTProtocolVersion.MQTTv311
        log.warning(
            "%s: going on with MQTT 3.1.1: the broker decides how many messages may be under way (Mosquitto: 20) "
            "and how long it keeps the session",
            self.source.place,
        )

    def _on_message(self, client: paho.Client, _userdata: object, packet: paho.MQTTMessage) -> None:
        message = Message(self.source.name, _topic(packet), bytes(packet.payload), time.time_ns() // 1_000_000)
        if self._paused.is_set():
            return
        self.received += 1
        self._in_flight.inc()
        self._inbox.put(Delivery(message, partial(client.ack, packet.mid, packet.qos)))

    def _on_subscribed(self) -> None:
        self._subscribed.set()
        metrics.CONNECTIONS.labels(self.source.name, self.worker).inc()
        metrics.CONNECTED.labels(self.source.name, self.worker).set(1)
        log.info("%s: receiving %s", self.source.place, ", ".join(self.source.topics))


class _Connection:
    """One connection from CONNECT to its end."""

    NO_ANSWER = "the broker does not answer"
    UNSUPPORTED = "the broker refuses MQTT 5"

    def __init__(self, receiver: Receiver, protocol: MQTTProtocolVersion) -> None:
        self._receiver = receiver
        self._ended = threading.Event()
        self._answered = threading.Event()
        self._reason = ""
        self._client = self._make_client(receiver.source, protocol)

    def _make_client(self, source: Source, protocol: MQTTProtocolVersion) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._receiver.client_id,
            protocol=protocol,
            manual_ack=True,
            reconnect_on_failure=False,
            # MQTT 5 says the same in CONNECT, see _session.
            clean_session=False if protocol == MQTTProtocolVersion.MQTTv311 else None,
        )
        client.connect_timeout = CONNECT_TIMEOUT_S
        if source.username is not None:
            client.username_pw_set(source.username, source.password)
        if source.tls:
            client.tls_set_context(ssl.create_default_context())
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._receiver._on_message  # noqa: SLF001 - the receiver's own half of this connection
        return client

    def hold(self, stop: threading.Event) -> tuple[bool, str]:
        source = self._receiver.source
        try:
            self._client.connect(source.host, source.port, keepalive=KEEPALIVE_S, **self._session())
        except OSError as error:
            return False, f"no connection ({error})"
        if stop.is_set():
            return False, ""
        self._client.loop_start()
        if self._answered.wait(ANSWER_TIMEOUT_S):
            self._ended.wait()
        else:
            self._reason = self.NO_ANSWER
        self._client.loop_stop()
        return not self._reason, "" if stop.is_set() else self._reason or "the connection was lost"

    def close(self) -> None:
        if self._client.is_connected():
            self._client.disconnect()
        else:
            self._end()

    def _end(self) -> None:
        """Let ``hold`` go on; a connection that ends without an answer need not be waited for."""
        self._ended.set()
        if not self._answered.is_set():
            self._reason = self.NO_ANSWER
            self._answered.set()

    def _session(self) -> dict[str, Any]:
        if self._client.protocol == MQTTProtocolVersion.MQTTv311:
            return {}
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it untyped
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
        properties.ReceiveMaximum = self._receiver.source.window
        return {"clean_start": False, "properties": properties}

    def _on_connect(self, client: paho.Client, _userdata: object, _flags: object, code: ReasonCode, *_: object) -> None:
        self._answered.set()
        if code.is_failure:
            self._reason = self.UNSUPPORTED if code.value == UNSUPPORTED_PROTOCOL else f"the broker refuses us: {code}"
            client.disconnect()
            return
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
        topics = self._receiver.source.topics
        if client.protocol == MQTTProtocolVersion.MQTTv311:
            client.subscribe([(topic, 1) for topic in topics])
        else:
            client.subscribe([(topic, options) for topic in topics])

    def _on_subscribe(
        self, client: paho.Client, _userdata: object, _mid: int, codes: list[ReasonCode], *_: object
    ) -> None:
        refused = [topic for topic, code in zip(self._receiver.source.topics, codes, strict=False) if code.is_failure]
        if refused:
            self._reason = f"the broker refuses the subscription to {', '.join(refused)}"
            client.disconnect()
            return
        self._receiver._on_subscribed()  # noqa: SLF001 - the receiver's own half of this connection

    def _on_disconnect(
        self, _client: paho.Client, _userdata: object, _flags: object, code: ReasonCode, *_: object
    ) -> None:
        log.debug("%s: %s", self._receiver.source.place, code)
        self._end()


def _topic(packet: paho.MQTTMessage) -> str:
    try:
        return packet.topic
    except UnicodeDecodeError:
        return repr(packet._topic)  # noqa: SLF001 - the bytes of a topic that is not UTF-8 are to be had nowhere else


def _backoff(failures: int) -> float:
    """Wait longer after each failure, with jitter so that many workers do not come back at once. [s]."""
    low, high = BACKOFF_S
    return random.uniform(0.5, 1.0) * min(high, low * 2.0 ** min(failures, 10))
