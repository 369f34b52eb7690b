"""How fast a warm codec in JavaScript reads frames, beside our own decoder of the same product in Python."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sensors.codec import Codec
from sensors.devices import models

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.conftest import Figures

TOPIC = "payload frames decoded: battery, distance, position"
FRAME = bytes.fromhex("01755c03824408040001")
CALLS = 20_000
ROUNDS = 3
SOURCE = """
function decodeUplink(input) {
    const bytes = input.bytes, data = {};
    for (let i = 0; i + 2 < bytes.length;) {
        const channel = bytes[i++], type = bytes[i++];
        if (channel === 1 && type === 0x75) data.battery = bytes[i++];
        else if (channel === 3 && type === 0x82) { data.distance = bytes[i] | bytes[i + 1] << 8; i += 2; }
        else if (channel === 4 && type === 0) data.position = bytes[i++] === 0 ? "normal" : "tilt";
        else return {errors: ["channel " + channel + " is unknown"]};
    }
    return {data};
}
"""


def best(read: Callable[[], Any], calls: int = CALLS) -> float:
    """Time the calls, the best of several rounds. [s]"""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(calls):
            read()
        taken.append(time.perf_counter() - began)
    return min(taken)


def test_frames_through_a_warm_codec(figures: Figures):
    own = models()["milesight_em310_udl"].decode
    warm = Codec(SOURCE)
    assert own is not None
    assert warm.decode(FRAME, 85, 0) == dict(own(FRAME, 85))
    figures.add(TOPIC, "our own decoder, Python", CALLS, best(lambda: own(FRAME, 85)))
    figures.add(TOPIC, "a TS013 codec, QuickJS, warm", CALLS, best(lambda: warm.decode(FRAME, 85, 0)))
    cold = best(lambda: Codec(SOURCE).decode(FRAME, 85, 0), calls=200)
    figures.add(TOPIC, "the same, a fresh context for every frame", 200, cold)
