"""``smilecity simulate`` as a person runs it: a load, faults and their books, and sentences for what cannot be."""

from __future__ import annotations

import gzip
import json
import shutil
import signal
import subprocess
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest

from sensors.geojson import things_from_geojson
from simulators.fault import Fault
from simulators.recording import Recording
from tests.servers import free_port, wait_until
from tests.smilecity.running import COMMAND, smilecity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.servers import Mosquitto

MOSQUITTO_SUB = shutil.which("mosquitto_sub")


def counts(folder: Path) -> dict[str, int]:
    document: dict[str, Any] = json.loads((folder / "faults.json").read_text(encoding="utf-8"))
    messages: dict[str, int] = document["messages"]
    return messages


def adds_up(found: dict[str, int]) -> bool:
    faults = sum(found[fault] for fault in Fault)
    headings = found["told"] == found["untouched"] + found["after_reset"] + faults
    return headings and found["sent"] + found["held"] == found["told"] + found["duplicate"] - found["silent"]


def test_a_load_is_published_at_its_rate(mosquitto: Mosquitto):
    done = smilecity("simulate", "--broker", mosquitto.url, "--load", "2000", "--sensors", "100", "--duration", "0.01")
    assert (done.returncode, done.stdout) == (0, "")
    assert "1,200 messages published and acknowledged, " in done.stderr


def test_a_rate_that_is_not_reached_is_told(mosquitto: Mosquitto):
    done = smilecity("simulate", "--broker", mosquitto.url, "--load", "1e9", "--sensors", "9", "--duration", "0.000001")
    assert done.returncode == 0
    assert "60,000 messages published" in done.stderr
    assert "1,000,000,000 messages/s were asked for and not reached" in done.stderr


def test_ctrl_c_ends_a_load_cleanly(mosquitto: Mosquitto, tmp_path: Path):
    options = ["--load", "5000", "--faults", "--truth", str(tmp_path)]
    process = subprocess.Popen(
        [*COMMAND, "simulate", "--broker", mosquitto.url, *options], stderr=subprocess.PIPE, text=True
    )
    # Rows are written when there are some thousand bytes of them.
    wait_until(lambda: (tmp_path / "faults.csv").exists() and (tmp_path / "faults.csv").stat().st_size > 100)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    found = counts(tmp_path)
    assert f"{found['sent']:,} messages published and acknowledged" in said
    assert found["held"] == 0
    assert adds_up(found)


def test_the_city_with_faults_is_counted(mosquitto: Mosquitto, tmp_path: Path):
    story = ("--start", "2026-06-17T12:00Z", "--history", "3", "--duration", "0.05", "--faults", "--seed", "3")
    done = smilecity("simulate", "--broker", mosquitto.url, *story, "--truth", str(tmp_path))
    found = counts(tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"{found['sent']:,} messages published" in done.stderr
    assert "out of order" in done.stdout
    assert found["told"] > 1000
    assert adds_up(found)
    assert (tmp_path / "energy.csv").exists()


def test_the_platform_books_what_the_faults_were(mosquitto: Mosquitto, tmp_path: Path):
    data, truth = str(tmp_path / "city"), tmp_path / "truth"
    things = smilecity("simulate", "--geojson", "--sensors", "200").stdout
    (tmp_path / "load.geojson").write_text(things, encoding="utf-8")
    assert smilecity("things", "add", str(tmp_path / "load.geojson"), "--data", data).returncode == 0
    options, port = ("--data", data, "--broker", mosquitto.url), free_port()
    worker = subprocess.Popen([*COMMAND, "ingest", *options, "--metrics", str(port)], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: receives(port), timeout=60, what="the worker")
        load = ("--load", "5000", "--sensors", "200", "--duration", "0.02", "--faults", "--truth", str(truth))
        done = smilecity("simulate", "--broker", mosquitto.url, *load)
        assert done.returncode == 0, done.stderr
        found = counts(truth)
        wait_until(lambda: book(data)["received"] == found["sent"], timeout=60, what="every message")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=30) == 0
    finally:
        worker.kill()
    ledger = book(data)
    assert adds_up(found)
    assert ledger["quarantined"] == found["truncated"] + found["wrong"] > 0
    assert ledger["received"] == found["sent"]
    assert ledger["duplicate"] >= found["duplicate"] > 0


def receives(port: int) -> bool:
    with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
        return bool(answer.status == 200)
    return False


def book(data: str) -> dict[str, int]:
    entries: list[dict[str, int]] = json.loads(smilecity("ledger", "--json", "--data", data).stdout)["entries"]
    return entries[0] if entries else {"received": 0}


@pytest.mark.parametrize("options", [("--load", "10"), ("--load", "10", "--faults"), ("--history", "1"), ("--faults",)])
def test_an_absent_broker_is_a_sentence(options: tuple[str, ...]):
    port = free_port()
    done = smilecity("simulate", "--broker", f"mqtt://user:secret@127.0.0.1:{port}", "--duration", "0.02", *options)
    assert (done.returncode, done.stdout) == (1, "")
    sentence = f"the broker at 127.0.0.1:{port} cannot be reached: Connection refused. Start one, or name another"
    assert sentence in done.stderr
    assert "secret" not in done.stderr


def test_a_broker_that_goes_away_during_a_load_is_a_sentence(mosquitto: Mosquitto, tmp_path: Path):
    command = [*COMMAND, "simulate", "--broker", mosquitto.url, "--load", "5000", "--faults", "--truth", str(tmp_path)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: (tmp_path / "faults.csv").exists() and (tmp_path / "faults.csv").stat().st_size > 100)
    mosquitto.kill()
    _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert f"the connection to the broker at 127.0.0.1:{mosquitto.port} broke after" in said
    assert adds_up(counts(tmp_path))


@contextmanager
def recording(port: int, file: Path, written: str, messages: int) -> Iterator[None]:
    """Record so many messages with the real mosquitto_sub; ends with the last of them."""
    if MOSQUITTO_SUB is None:
        pytest.skip("mosquitto_sub is not installed: apt-get install mosquitto-clients")
    session = [MOSQUITTO_SUB, "-p", str(port), "-t", "city/#", "-q", "1", "-c", "-i", file.stem]
    # With -E it ends when it is subscribed: from then on the broker keeps what comes for this session.
    subprocess.run([*session, "-E"], check=True, timeout=30)
    with (
        file.open("wb") as sink,
        subprocess.Popen([*session, "-F", written, "-C", str(messages)], stdout=sink) as process,
    ):
        try:
            yield
            assert process.wait(timeout=30) == 0
        finally:
            process.kill()


def letters(file: Path) -> list[tuple[str, bytes]]:
    with Recording(file, pytest.fail) as opened:
        return [recorded.letter for recorded in opened]


@pytest.mark.parametrize("written", ["%U %t %x", "%j"])
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_what_mosquitto_sub_recorded_is_published_again(
    written: str, compress: Callable[[bytes], bytes], mosquitto: Mosquitto, tmp_path: Path
):
    first, again = tmp_path / "first.log", tmp_path / "again.log"
    with recording(mosquitto.port, first, written, 500):
        load = ("--load", "1000", "--sensors", "70", "--duration", "0.00834")
        assert smilecity("simulate", "--broker", mosquitto.url, *load).returncode == 0
    told = letters(first)
    first.write_bytes(compress(first.read_bytes()))
    with recording(mosquitto.port, again, "%U %t %x", 500):
        done = smilecity("simulate", "--broker", mosquitto.url, "--replay", str(first), "--speed", "2")
    assert (done.returncode, done.stdout) == (0, "")
    assert "500 messages published and acknowledged." in done.stderr
    assert letters(again) == told
    assert len(set(told)) == 500


def test_bytes_that_are_no_text_come_back_as_they_were(mosquitto: Mosquitto, tmp_path: Path):
    file, again = tmp_path / "night.log", tmp_path / "again.log"
    payloads = [bytes(range(256)), b"", b"\n", b"\xff" * 300]
    file.write_text("".join(f"{n}.5 city/x/{n} {payload.hex()}\n" for n, payload in enumerate(payloads)))
    with recording(mosquitto.port, again, "%U %t %x", len(payloads)):
        smilecity("simulate", "--broker", mosquitto.url, "--replay", str(file), "--speed", "0")
    assert letters(again) == [(f"city/x/{n}", payload) for n, payload in enumerate(payloads)]


def test_lines_that_cannot_be_read_are_told_and_left_out(mosquitto: Mosquitto, tmp_path: Path):
    file = tmp_path / "night.log"
    file.write_text("1.5 city/x/1 61\n" + "nothing\n" * 30 + "2 city/x/2 62\n")
    done = smilecity("simulate", "--broker", mosquitto.url, "--replay", str(file), "--speed", "0")
    assert done.returncode == 1
    assert "2 messages published and acknowledged." in done.stderr
    assert f"{file}:2: this line is not 'time topic payload'" in done.stderr
    assert f"{file}:12" not in done.stderr
    assert "could not be read, and were left out: 30" in done.stderr


def test_a_replay_takes_faults_and_writes_them_down(mosquitto: Mosquitto, tmp_path: Path):
    file = tmp_path / "night.log"
    file.write_text("".join(f"{n}.5 city/x/{n % 9} {n:08x}\n" for n in range(3000)))
    options = ("--replay", str(file), "--speed", "0", "--faults", "--truth", str(tmp_path / "truth"))
    done = smilecity("simulate", "--broker", mosquitto.url, *options)
    found = counts(tmp_path / "truth")
    assert done.returncode == 0
    assert f"{found['sent']:,} messages published" in done.stderr
    assert found["told"] == 3000
    assert adds_up(found)


def test_a_replay_to_an_absent_broker_is_a_sentence(tmp_path: Path):
    (tmp_path / "night.log").write_text("1.5 city/x/1 61\n")
    broker = f"mqtt://127.0.0.1:{free_port()}"
    done = smilecity("simulate", "--broker", broker, "--replay", str(tmp_path / "night.log"))
    assert done.returncode == 1
    assert "cannot be reached: Connection refused. Start one" in done.stderr


def test_ctrl_c_ends_a_replay_cleanly(mosquitto: Mosquitto, tmp_path: Path):
    (tmp_path / "night.log").write_text("1.5 city/x/1 61\n999999999 city/x/1 62\n")
    with recording(mosquitto.port, tmp_path / "heard.log", "%U %t %x", 1):
        command = [*COMMAND, "simulate", "--broker", mosquitto.url, "--replay", str(tmp_path / "night.log")]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "1 messages published and acknowledged." in said


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--sensors", "10"), "--sensors does not go with the city, only with --load"),
        (("--load", "10", "--start", "-1d"), "--start does not go with --load, only with the city"),
        (("--load", "10", "--speed", "2"), "--speed does not go with --load, only with the city"),
        (("--load", "10", "--history", "2"), "say how long the load lasts with --duration"),
        (("--load", "10", "--truth", "somewhere"), "add --faults"),
        (("--load", "10", "--broker", "mqtts://host"), "is no address for a load"),
        (("--load", "10", "--replay", __file__), "--load and --replay exclude each other"),
        (("--replay", __file__, "--start", "-1d"), "--start does not go with --replay, only with the city"),
        (("--replay", __file__, "--history", "1"), "--history does not go with --replay"),
        (("--replay", __file__, "--duration", "1"), "--duration does not go with --replay"),
        (("--replay", __file__, "--geojson"), "--geojson does not go with --replay"),
        (("--replay", __file__, "--truth", "somewhere"), "--truth with --replay writes what --faults did"),
        (("--speed", "0", "--duration", "0.1"), "time cannot run at speed 0"),
        (("--load", "inf", "--duration", "0.05"), "inf is none"),
        (("--load", "10", "--duration", "inf"), "inf is none"),
    ],
)
def test_what_does_not_go_together_is_a_sentence(options: tuple[str, ...], sentence: str):
    done = smilecity("simulate", *options)
    assert (done.returncode, done.stdout) == (1, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("options", [("--load", "5"), ("--sensors", "30"), ("--load", "5", "--sensors", "30")])
def test_the_things_of_a_load_can_be_printed(options: tuple[str, ...]):
    found = things_from_geojson(json.loads(smilecity("simulate", "--geojson", *options).stdout))
    assert len(found.things) == (30 if "--sensors" in options else 20_000)
    assert {thing.kind for thing in found.things} == {"parking_spot", "energy_meter"}


def test_a_broker_that_is_away_at_the_end_is_told(mosquitto: Mosquitto, tmp_path: Path):
    story = ("--start", "-2h", "--speed", "600", "--history", "0")
    with recording(mosquitto.port, tmp_path / "heard", "%U %t %x", 1):
        process = subprocess.Popen(
            [*COMMAND, "simulate", "--broker", mosquitto.url, *story], stderr=subprocess.PIPE, text=True
        )
    mosquitto.kill()
    assert process.stderr is not None
    assert "is away" in process.stderr.readline() + process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    # The first acknowledgement may have been on its way when the power went.
    assert "has not acknowledged the last messages" in said or "cannot be reached" in said
