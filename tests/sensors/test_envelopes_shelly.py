"""Shelly: what changed is laid over the last status, and only what may be is remembered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sensors.envelopes._status import LastStatus
from sensors.topics import envelope_of

if TYPE_CHECKING:
    from sensors.envelope import Uplink


def sent(topic: str, told: Any) -> tuple[Uplink, ...]:
    payload = told if isinstance(told, bytes) else json.dumps(told).encode()
    return tuple(envelope_of(topic).open(payload, topic))


def only(topic: str, told: Any) -> Uplink:
    (uplink,) = sent(topic, told)
    return uplink


def rpc(prefix: str, ts: float, *, full: bool = False, **components: Any) -> Uplink:
    named = {name.replace("__", ":"): told for name, told in components.items()}
    method = "NotifyFullStatus" if full else "NotifyStatus"
    return only(f"{prefix}/events/rpc", {"src": f"shelly-{prefix}", "method": method, "params": {"ts": ts} | named})


T = 1_700_000_000.0


def power(uplink: Uplink) -> dict[str, Any]:
    return {name: value for name, value in (uplink.fields or {}).items() if name.endswith("power")}


def test_tells_all_phases_together_when_one_changes():
    rpc("t1", T, full=True, em1__0={"act_power": 1}, em1__1={"act_power": 2}, switch__0={"apower": 9})
    assert power(rpc("t1", T + 1, em1__1={"act_power": 5})) == {"em1:0.act_power": 1, "em1:1.act_power": 5}


def test_changes_are_laid_over_one_component_too():
    rpc("t2", T, em__0={"a_act_power": 1, "b_act_power": 2, "nested": {"x": 1, "y": [1, 2]}})
    uplink = rpc("t2", T + 1, em__0={"b_act_power": 7, "nested": {"y": [3]}})
    assert uplink.fields == {"em:0.a_act_power": 1, "em:0.b_act_power": 7, "em:0.nested.x": 1, "em:0.nested.y.1": 3}


def test_null_takes_a_value_away():
    rpc("t3", T, em1__0={"act_power": 1, "errors": ["out_of_range"]})
    assert rpc("t3", T + 1, em1__0={"act_power": 2, "errors": None}).fields == {"em1:0.act_power": 2}


def test_a_full_status_takes_the_place_of_all():
    rpc("t4", T, em1__0={"act_power": 1}, em1__1={"act_power": 2})
    rpc("t4", T + 1, full=True, em1__0={"act_power": 3})
    assert power(rpc("t4", T + 2, em1__0={"act_power": 4})) == {"em1:0.act_power": 4}


def test_an_old_message_is_taken_alone_and_not_remembered():
    rpc("t5", T, em1__0={"act_power": 1}, em1__1={"act_power": 2})
    assert power(rpc("t5", T - 3600, em1__0={"act_power": 9})) == {"em1:0.act_power": 9}
    assert power(rpc("t5", T + 1, em1__1={"act_power": 3})) == {"em1:0.act_power": 1, "em1:1.act_power": 3}


def test_a_status_older_than_a_day_says_nothing_of_now():
    rpc("t6", T, em1__0={"act_power": 1}, em1__1={"act_power": 2})
    assert power(rpc("t6", T + 25 * 3600, em1__0={"act_power": 9})) == {"em1:0.act_power": 9}


def test_a_message_of_the_future_does_not_stop_the_memory():
    rpc("t7", T, em1__0={"act_power": 1}, em1__1={"act_power": 2})
    rpc("t7", 9e9, em1__0={"act_power": 9})
    assert power(rpc("t7", T + 1, em1__0={"act_power": 5})) == {"em1:0.act_power": 5, "em1:1.act_power": 2}


def test_a_status_that_grows_without_end_is_forgotten():
    for turn in range(30):
        rpc("t8", T + turn, em1__0={f"f{turn}_{place}": place for place in range(100)})
    assert 0 < len(rpc("t8", T + 31, em1__0={"act_power": 5}).fields or {}) < 1024


def test_status_topics_are_of_the_device_that_their_notifications_name():
    assert only("hof/t9/status/switch:0", {"apower": 1}).device == "hof/t9"
    told = {"src": "shellyplus-9", "method": "NotifyStatus", "params": {"ts": 1.61, "switch:0": {"apower": 1}}}
    assert only("hof/t9/events/rpc", told).alias == "hof/t9"
    uplink = only("hof/t9/status/switch:0", {"apower": 2})
    assert (uplink.device, uplink.alias, uplink.time) == ("shellyplus-9", "hof/t9", None)


def test_battery():
    assert rpc("t10", T, devicepower__0={"battery": {"V": 5.9, "percent": 88}}).battery == 88


@pytest.mark.parametrize(
    ("topic", "told"),
    [
        ("p/events/rpc", {"method": "NotifyEvent", "params": {"ts": 1, "events": [{"component": "input:0"}]}}),
        ("p/events/rpc", {"method": "NotifyStatus", "params": {"ts": 1, "sys": {"available_updates": {}}}}),
        ("p/events/rpc", {"method": "NotifyStatus", "params": {"ts": 1, "switch:0": 7}}),
        ("p/status/sys", {"mac": "00"}),
        ("p/status/switch:0", b""),
        ("p/online", b"true"),
    ],
)
def test_messages_without_measurements_carry_nothing(topic: str, told: Any):
    assert sent(topic, told) == ()


def test_the_device_that_was_silent_longest_is_forgotten_first():
    last = LastStatus(devices=2)
    for turn, name in enumerate(["a", "b", "a", "c"]):
        last.overlaid(name, f"src-{name}", {"em:0": {"power": 1}}, 1_700_000_000_000 + turn)
    assert [last.source(name) for name in "abc"] == ["src-a", "", "src-c"]
    last.forget()
    assert last.source("a") == ""


def test_messages_may_overtake_each_other_a_little():
    last = LastStatus()
    last.overlaid("a", "", {"em1:0": {"p": 1}}, 1_700_000_000_500)
    assert last.overlaid("a", "", {"em1:1": {"p": 2}}, 1_700_000_000_000) == {"em1:0": {"p": 1}, "em1:1": {"p": 2}}
