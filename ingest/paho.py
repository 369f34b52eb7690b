"""A connection through paho-mqtt, for MQTT 3.1.1 and for TLS: the only file that knows paho-mqtt."""

from __future__ import annotations

import logging
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from ingest.connection import (
    ANSWER_TIMEOUT_S,
    CONNECT_TIMEOUT_S,
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
    from paho.mqtt.reasoncodes import ReasonCode

    from ingest.connection import Listener

log = logging.getLogger(__name__)

VERSIONS = {"5": MQTTProtocolVersion.MQTTv5, "3.1.1": MQTTProtocolVersion.MQTTv311}


class PahoConnection:
    """One connection from CONNECT to its end; see ``ingest.connection.Connection``."""

    def __init__(self, listener: Listener, protocol: str) -> None:
        self._listener = listener
        self._ended = threading.Event()
        self._answered = threading.Event()
        self._reason = ""
        self._resumed = False
        """Whether the broker had kept our session: then what is retained was delivered before, as it came."""
        self._client = self._make_client(VERSIONS[protocol])

    def _make_client(self, protocol: MQTTProtocolVersion) -> paho.Client:
        source = self._listener.source
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._listener.client_id,
            protocol=protocol,
            manual_ack=True,
            reconnect_on_failure=False,
            # MQTT 5 says the same in CONNECT, see _session.
            clean_session=source.clean if protocol == MQTTProtocolVersion.MQTTv311 else None,
            transport="websockets" if source.websocket else "tcp",
        )
        client.connect_timeout = CONNECT_TIMEOUT_S
        if source.username is not None:
            client.username_pw_set(source.username, source.password)
        if source.websocket:
            client.ws_set_options(path=source.websocket)
        if source.tls is not None:
            client.tls_set_context(source.tls.context())
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = self._on_unsubscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def hold(self, stop: threading.Event) -> tuple[bool, str]:
        """Connect, subscribe and deliver until the end; tell whether it had stood, and why it ended."""
        source = self._listener.source
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
            self._reason = NO_ANSWER
        self._client.loop_stop()
        return not self._reason, "" if stop.is_set() else self._reason or LOST

    def close(self) -> None:
        """Disconnect; the thread in ``hold`` ends by it."""
        if self._client.is_connected():
            self._client.disconnect()
        else:
            self._end()

    def _end(self) -> None:
        """Let ``hold`` go on; a connection that ends without an answer need not be waited for."""
        self._ended.set()
        if not self._answered.is_set():
            self._reason = NO_ANSWER
            self._answered.set()

    def _session(self) -> dict[str, Any]:
        if self._client.protocol == MQTTProtocolVersion.MQTTv311:
            return {}
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it untyped
        source = self._listener.source
        properties.SessionExpiryInterval = 0 if source.clean else SESSION_EXPIRY_S
        properties.ReceiveMaximum = source.window
        return {"clean_start": source.clean, "properties": properties}

    def _on_connect(
        self, client: paho.Client, _userdata: object, flags: paho.ConnectFlags, code: ReasonCode, *_: object
    ) -> None:
        self._answered.set()
        self._resumed = flags.session_present
        if code.is_failure:
            self._reason = UNSUPPORTED if code.value == UNSUPPORTED_PROTOCOL else f"the broker refuses us: {code}"
            client.disconnect()
            return
        source = self._listener.source
        if self._listener.leaving:
            client.unsubscribe(list(source.filters))
            return
        if client.protocol == MQTTProtocolVersion.MQTTv311:
            client.subscribe([(topic, source.qos) for topic in source.filters])
            return
        # A shared subscription never gets retained messages, and must not ask for them.
        retained = SubscribeOptions.RETAIN_DO_NOT_SEND if source.group else SubscribeOptions.RETAIN_SEND_IF_NEW_SUB
        options = SubscribeOptions(qos=source.qos, retainHandling=retained)
        client.subscribe([(topic, options) for topic in source.filters])

    def _on_subscribe(
        self, client: paho.Client, _userdata: object, _mid: int, codes: list[ReasonCode], *_: object
    ) -> None:
        self._reason = not_granted(self._listener.source, [code.value for code in codes])
        if self._reason:
            client.disconnect()
            return
        self._listener.on_subscribed()

    def _on_unsubscribe(self, *_: object) -> None:
        self._listener.on_subscribed()

    def _on_message(self, client: paho.Client, _userdata: object, packet: paho.MQTTMessage) -> None:
        received = time.time_ns() // 1_000_000
        if packet.retain and self._resumed and client.protocol == MQTTProtocolVersion.MQTTv311:
            # MQTT 3.1.1 repeats what is retained to whoever subscribes, and we do so on each connection: a value that
            # nobody has sent again must not look like a new one.
            client.ack(packet.mid, packet.qos)
            return
        topic, payload, recent = _topic(packet), bytes(packet.payload), self._listener.recent
        if packet.dup:
            received = recent.received(packet.mid, topic, payload, received)
        message = Message(self._listener.source.name, topic, payload, received)
        if packet.qos:
            recent.note((packet.mid,), (message,))
        self._listener.on_delivery(Delivery((message,), partial(client.ack, packet.mid, packet.qos)))

    def _on_disconnect(
        self, _client: paho.Client, _userdata: object, _flags: object, code: ReasonCode, *_: object
    ) -> None:
        log.debug("%s: %s", self._listener.source.place, code)
        self._end()


def _topic(packet: paho.MQTTMessage) -> str:
    try:
        return packet.topic
    except UnicodeDecodeError:
        return repr(packet._topic)  # noqa: SLF001 - the bytes of a topic that is not UTF-8 are to be had nowhere else
