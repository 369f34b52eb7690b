"""A plain paho subscriber in a process of its own, storing nothing: takes some messages, tells its CPU time."""

from __future__ import annotations

import sys
import threading
import time
from urllib.parse import urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

WINDOW = 5000


def main(broker: str, client_id: str, count: int) -> None:
    """Take ``count`` messages of a persistent session; with 0, only make the session."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=paho.MQTTv5)
    done = threading.Event()
    taken = 0

    def on_connect(*_: object) -> None:
        client.subscribe("city/+/+", qos=1)

    def on_message(*_: object) -> None:
        nonlocal taken
        taken += 1
        if taken == count:
            done.set()

    def on_subscribe(*_: object) -> None:
        if count == 0:
            done.set()

    client.on_message = on_message
    client.on_subscribe = on_subscribe
    client.on_connect = on_connect
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it untyped
    properties.SessionExpiryInterval = 3600
    properties.ReceiveMaximum = WINDOW
    where = urlsplit(broker)
    begun = time.process_time()
    client.connect(where.hostname or "", where.port or 1883, clean_start=False, properties=properties)
    client.loop_start()
    done.wait()
    print(time.process_time() - begun, flush=True)  # noqa: T201 - the parent reads it
    client.disconnect()
    client.loop_stop()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
