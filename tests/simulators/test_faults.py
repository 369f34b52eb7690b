"""The faults against what they promise: nothing without them, the same for the same seed, and every message counted."""

from __future__ import annotations

import csv
import json
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.fault import AFTER_RESET, HELD, SENT, SHARES, TOLD, UNTOUCHED, WRONGS, Fault
from simulators.fault_files import FaultFiles
from simulators.faults import AHEAD, NO_COUNTER, Faults, Told
from simulators.rhythm import HOUR, MINUTE

if TYPE_CHECKING:
    from pathlib import Path

    from simulators.publish import Letter

START = 495_000 * HOUR
DEVICES = 5


def told(first: int, end: int, step: int = 20_000) -> Told:
    """Tell messages by their numbers: of five devices in turn, each with a clock; the first two are meters."""
    number = np.arange(first, end)
    device, time = number % DEVICES, START + number * step

    def write(row: int, jump: int, counter: int) -> Letter:
        own = 1_000_000 + int(number[row])
        clock = int(time[row]) + jump
        text = {"number": int(number[row]), "time": clock, "counter": own if counter == NO_COUNTER else counter}
        return f"device/{device[row]}", json.dumps(text).encode()

    counter = np.where(device < 2, 1_000_000 + number, NO_COUNTER)
    return Told(device, time, counter, np.full(len(number), fill_value=True), write)


def only(*faults: Fault, share: float = 0.2) -> dict[Fault, float]:
    return dict.fromkeys(faults, share)


def everything(faults: Faults, messages: int) -> list[Letter]:
    return faults.through(told(0, messages)) + faults.rest()


def read(letters: list[Letter]) -> list[dict[str, int]]:
    return [json.loads(payload) for _, payload in letters]


def numbers(letters: list[Letter]) -> list[int]:
    return [message["number"] for message in read(letters)]


@given(
    cuts=st.lists(st.integers(0, 300), max_size=5), shares=st.fixed_dictionaries({f: st.floats(0, 0.1) for f in Fault})
)
def test_it_is_the_same_however_the_messages_are_cut(cuts: list[int], shares: dict[Fault, float]):
    whole, pieces = Faults(7, shares), Faults(7, shares)
    edges = [0, *sorted(cuts), 300]
    said = [letter for first, end in pairwise(edges) for letter in pieces.through(told(first, end))]
    assert said + pieces.rest() == everything(whole, 300)
    assert pieces.headings == whole.headings


@given(seed=st.integers(-5, 2**70), messages=st.integers(0, 400))
def test_without_faults_nothing_changes(seed: int, messages: int):
    faults = Faults(seed, {})
    untouched = told(0, messages)
    assert faults.through(untouched) == [untouched.write(row, 0, NO_COUNTER) for row in range(messages)]
    assert (faults.headings[HELD], faults.headings[UNTOUCHED], faults.headings[TOLD]) == (0, messages, messages)


@given(
    seed=st.integers(0, 2**40),
    messages=st.integers(0, 700),
    shares=st.fixed_dictionaries({f: st.floats(0, 0.12) for f in Fault}),
)
def test_every_message_stands_under_one_heading(seed: int, messages: int, shares: dict[Fault, float]):
    faults = Faults(seed, shares)
    sent = len(faults.through(told(0, messages)))
    for _ in ("on the way", "at the end"):
        counts = faults.headings
        under = counts[UNTOUCHED] + counts[AFTER_RESET] + sum(counts[fault] for fault in Fault)
        assert counts[TOLD] == messages == under
        assert counts[SENT] == sent == messages + counts[Fault.DUPLICATE] - counts[Fault.SILENT] - counts[HELD]
        sent += len(faults.rest())
    assert faults.headings[HELD] == 0


def test_another_seed_chooses_others():
    assert everything(Faults(1), 3000) != everything(Faults(2), 3000)


def test_the_shares_are_as_documented():
    faults = Faults(3)
    everything(faults, 60_000)
    for fault, share in SHARES.items():
        meters = 0.4 if fault is Fault.COUNTER_RESET else 1.0
        hourly = fault in (Fault.SILENT, Fault.BACKLOG)
        assert faults.headings[fault] / 60_000 == pytest.approx(share * meters, rel=0.9 if hourly else 0.2)


def test_a_duplicate_is_the_same_bytes_within_a_minute():
    faults = Faults(1, only(Fault.DUPLICATE))
    said = everything(faults, 1000)
    twice = [letter for letter, times in Counter(said).items() if times == 2]
    assert len(twice) == faults.headings[Fault.DUPLICATE] == len(said) - 1000
    assert all(len(said) - said[::-1].index(letter) - said.index(letter) < 10 for letter in twice)


def test_what_is_late_comes_within_half_an_hour_with_its_own_time():
    faults = Faults(1, only(Fault.LATE))
    said = read(everything(faults, 2000)[:1500])
    newest = np.maximum.accumulate([message["time"] for message in said])
    behind = newest - np.array([message["time"] for message in said])
    late = behind[behind > 0]
    assert len(late) > 200
    assert 20 * MINUTE < late.max() <= 31 * MINUTE


def test_out_of_order_is_after_the_next_of_the_same_device():
    faults = Faults(1, only(Fault.OUT_OF_ORDER))
    said = numbers(everything(faults, 1000))
    swapped = 0
    for device in range(DEVICES):
        mine = [number for number in said if number % DEVICES == device]
        turns = np.diff(mine)
        assert sorted(mine) == list(range(device, 1000, DEVICES))
        assert set(turns.tolist()) <= {-DEVICES, DEVICES, 2 * DEVICES, 3 * DEVICES}
        swapped += int((turns < 0).sum())
    # One that waited in vain for another to overtake it is untouched.
    assert swapped == faults.headings[Fault.OUT_OF_ORDER] > 100


def test_a_clock_jumps_to_1970_or_beyond_a_year():
    faults = Faults(1, only(Fault.CLOCK_JUMP))
    clocks = [(message["time"], START + message["number"] * 20_000) for message in read(everything(faults, 1000))]
    back = [clock for clock, _ in clocks if 0 < clock <= 4 * HOUR]
    ahead = [clock for clock, true in clocks if clock == true + AHEAD]
    assert len(back) + len(ahead) == faults.headings[Fault.CLOCK_JUMP]
    assert min(len(back), len(ahead)) > 50


def test_a_counter_begins_anew_and_goes_on():
    faults = Faults(1, only(Fault.COUNTER_RESET, share=0.02))
    said = read(everything(faults, 2000))
    counts = faults.headings
    for meter in (0, 1):
        steps = np.diff([message["counter"] for message in said if message["number"] % DEVICES == meter])
        assert set(steps[steps > 0].tolist()) == {DEVICES}
        assert (steps < 0).sum() > 1
    starts = [message for message in said if message["counter"] == 0]
    assert len(starts) == counts[Fault.COUNTER_RESET]
    assert sum(0 < message["counter"] < 1_000_000 for message in said) == counts[AFTER_RESET]
    assert all(
        message["counter"] == 1_000_000 + message["number"] for message in said if message["number"] % DEVICES > 1
    )


def test_what_is_cut_is_a_part_and_never_nothing():
    faults = Faults(1, only(Fault.TRUNCATED))
    whole = [payload for _, payload in everything(Faults(1, {}), 1000)]
    said = [payload for _, payload in everything(faults, 1000)]
    cut = [(short, long) for short, long in zip(said, whole, strict=True) if short != long]
    assert len(cut) == faults.headings[Fault.TRUNCATED] > 100
    assert all(long.startswith(short) and short for short, long in cut)


@pytest.mark.parametrize("payload", [b"", b"7"])
def test_what_cannot_be_cut_is_untouched(payload: bytes):
    faults = Faults(1, only(Fault.TRUNCATED, share=1.0))
    one = np.zeros(1, dtype=np.int64)
    message = Told(one, one, one + NO_COUNTER, one > 0, lambda *_: ("t", payload))
    assert faults.through(message) == [("t", payload)]
    assert (faults.headings[Fault.TRUNCATED], faults.headings[UNTOUCHED]) == (0, 1)


def test_what_is_wrong_is_something_else():
    faults = Faults(1, only(Fault.WRONG))
    found = Counter(payload for _, payload in everything(faults, 1000) if payload in WRONGS)
    assert set(found) == set(WRONGS)
    assert found.total() == faults.headings[Fault.WRONG]


def test_a_silent_device_says_nothing_for_whole_hours():
    faults = Faults(1, only(Fault.SILENT, share=0.3))
    said = set(numbers(everything(faults, 1800)))
    per_hour = 180 // DEVICES
    missing = Counter((number % DEVICES, number // 180) for number in set(range(1800)) - said)
    assert set(missing.values()) == {per_hour}
    assert missing.total() == faults.headings[Fault.SILENT]


def test_a_backlog_comes_at_once_in_its_order_when_the_hour_is_over():
    faults = Faults(1, only(Fault.BACKLOG, share=0.3))
    said = numbers(faults.through(told(0, 1801)))
    hours = [list(range(first, first + 180)) for first in range(0, 1800, 180)]
    told_late = 0
    for hour, messages in enumerate(hours):
        mine = said[hour * 180 : (hour + 1) * 180]
        backlog = mine[next((i for i in range(1, 180) if mine[i] < mine[i - 1]), 180) :]
        assert sorted(mine) == messages
        assert backlog == sorted(backlog)
        assert len(backlog) % (180 // DEVICES) == 0
        told_late += len(backlog)
    counted = faults.headings[Fault.BACKLOG] - faults.headings[HELD]
    assert 0 < told_late == counted


def test_each_fault_is_written_down(tmp_path: Path):
    files = FaultFiles(tmp_path / "truth")
    faults = Faults(5, on_fault=files.add)
    everything(faults, 5000)
    files.close(faults.headings, 5)
    with (tmp_path / "truth" / "faults.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    document = json.loads((tmp_path / "truth" / "faults.json").read_text(encoding="utf-8"))
    assert document["messages"] == faults.headings
    assert document["seed"] == 5
    assert Counter(row["fault"] for row in rows) == {f: n for f in Fault if (n := faults.headings[f])}
    assert {row["topic"] for row in rows} == {f"device/{number}" for number in range(DEVICES)}
