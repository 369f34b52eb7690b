"""``smilecity quarantine`` beside a running platform and without one."""

from __future__ import annotations

import json
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from ingest.carry import carry, writing
from ingest.ledger import counts
from sensors.model import Message
from smilecity.options import settings
from smilecity.printing import printable
from smilecity.replaying import replayed
from storage.catalogue import Catalogue, Counts
from storage.quarantine import ANY
from storage.store import open_store
from tests.publishing import publish
from tests.servers import free_port, wait_until
from tests.smilecity.running import COMMAND, smilecity, up

if TYPE_CHECKING:
    from pathlib import Path

    from storage.replays import Request

EUI = "24e124713c401925"
TOPIC = f"application/a/device/{EUI}/event/up"
SITE = {"distance_empty_mm": 1500, "distance_full_mm": 300}


def uplink(minute: int, **fields: Any) -> str:
    time = f"2026-01-01T00:{minute:02}:00Z"
    told = {"devEui": EUI, "deviceName": "Bin at the harbour"}
    return json.dumps({"deviceInfo": told, "time": time, "fPort": 85, "fCnt": minute, "object": fields})


UPLINKS = [(TOPIC, uplink(minute, distance=300 + 20 * minute, position="normal", battery=98)) for minute in range(60)]


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """Register a container that no device observes."""
    point = {"type": "Point", "coordinates": [12.1, 54.09]}
    said = {"name": "Bin", "kind": "waste_container", **SITE}
    document = tmp_path / "bin.geojson"
    document.write_text(json.dumps({"type": "Feature", "id": "bin-8", "geometry": point, "properties": said}))
    ask(tmp_path, "things", "add", str(document))
    return tmp_path


def ask(folder: Path, *arguments: str) -> str:
    answer = smilecity(*arguments, "--data", str(folder / "city"))
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def receive(folder: Path, *messages: tuple[str, str | bytes]) -> None:
    """Do what a worker does, without one."""
    catalogue = Catalogue(f"sqlite:///{folder}/city/catalogue.sqlite")
    store = open_store(f"duckdb:///{folder}/city/city.duckdb")
    payloads = ((topic, payload.encode() if isinstance(payload, str) else payload) for topic, payload in messages)
    batch = [Message("city", topic, payload, 1_800_000_000_000) for topic, payload in payloads]
    carried = carry(batch, catalogue.devices(), writing(store))
    assert carried is not None
    catalogue.settle("city", "w1", counts(carried.heading), list(carried.rejected.values()))
    store.close()
    catalogue.close()


def books(folder: Path) -> Counts:
    with closing(Catalogue(f"sqlite:///{folder}/city/catalogue.sqlite")) as catalogue:
        counts = sum((entry.counts for entry in catalogue.ledger()), Counts())
    assert counts.balanced
    return counts


def waiting(folder: Path) -> int:
    with closing(Catalogue(f"sqlite:///{folder}/city/catalogue.sqlite")) as catalogue:
        return sum(entry.count for entry in catalogue.quarantine(limit=10_000))


def levels(folder: Path) -> list[str]:
    span = ("--from", "2026-01-01T00:00:00Z", "--to", "2026-01-02T00:00:00Z")
    return ask(folder, "query", "bin-8", "filling_level", *span).splitlines()[1:]


def test_an_unknown_device_is_proposed_registered_and_read(city: Path):
    receive(city, *UPLINKS)
    assert "milesight_em310_udl" in ask(city, "quarantine", "list")
    shown = ask(city, "quarantine", "show", "24-E1-24-71-3C-40-19-25")
    assert "Bin at the harbour" in shown
    assert f"smilecity devices assign {EUI} THING --model milesight_em310_udl" in shown
    assert "distance_empty_mm, distance_full_mm" in shown
    assert "60 would wait on: unknown_device" in ask(city, "quarantine", "replay", "--dry-run")
    assert "older decoder" not in ask(city, "quarantine", "list")
    ask(city, "devices", "assign", EUI, "bin-8", "--model", "milesight_em310_udl")
    assert "rejected by an older decoder, or before their device was known" in ask(city, "quarantine", "list")
    assert "replay may read it now" in ask(city, "quarantine", "show", "1")
    foreseen = ask(city, "quarantine", "replay", "--dry-run")
    assert "60 messages would be read and tell" in foreseen
    assert "2026-01-01 00:00:00 UTC" in foreseen
    assert "Nothing waits" not in ask(city, "quarantine", "list")
    first = ask(city, "quarantine", "replay", "--device", EUI)
    assert first.startswith("60 messages were read")
    assert len(levels(city)) == 60
    assert "2026-01-01 00:00:00" in levels(city)[0]
    assert ask(city, "quarantine", "list").strip() == "Nothing waits."
    assert ask(city, "quarantine", "replay").startswith("0 messages were read")


def test_beside_a_running_platform_its_worker_reads_and_the_ledger_balances(city: Path):
    port = free_port()
    with up(city, "--mqtt-port", str(port)) as running:
        publish(port, UPLINKS)
        wait_until(lambda: running.get("/v1/ledger")["total"]["quarantined"] == 60, what="60 in quarantine")
        (proposal,) = running.get("/v1/quarantine/proposals")["proposals"]
        assert (proposal["device"], proposal["models"][0]["kind"]) == (EUI, "waste_container")
        ask(city, "devices", "assign", EUI, "bin-8", "--model", "milesight_em310_udl")
        assert ask(city, "quarantine", "replay").startswith("60 messages were read")
        ledger = running.get("/v1/ledger")
        assert (ledger["balanced"], ledger["total"]["stored"], ledger["total"]["quarantined"]) == (True, 60, 0)
        assert running.get("/v1/quarantine")["quarantine"] == []
        assert len(levels(city)) == 60
        indicated = "/v1/observations?thing=bin-8&property=filling_level_smoothed_hour&from=2026-01-01&to=2026-01-02"
        wait_until(lambda: running.get(indicated)["observations"], what="indicators of the past")
        assert running.stop() == 0


def test_a_new_thing_is_drafted_added_and_its_past_read(city: Path):
    receive(city, *UPLINKS)
    draft = json.loads(ask(city, "quarantine", "show", EUI, "--geojson"))
    assert draft["properties"] | {"devices": []} == {
        "name": "Bin at the harbour",
        "kind": "waste_container",
        "operator": "",
        "district": "",
        "distance_empty_mm": None,
        "distance_full_mm": None,
        "devices": [],
    }
    draft["geometry"]["coordinates"] = [12.1, 54.09]
    draft["properties"] |= SITE
    (city / "new.geojson").write_text(json.dumps(draft | {"id": "bin-8"}))
    ask(city, "things", "add", str(city / "new.geojson"))
    assert ask(city, "quarantine", "replay").startswith("60 messages were read")
    assert len(levels(city)) == 60


def test_killed_in_the_middle_it_is_done_again_and_nothing_is_lost_or_doubled(city: Path):
    times = [
        f"2026-01-01T{hour:02}:{minute:02}:{second:02}Z"
        for hour in (0, 1)
        for minute in range(60)
        for second in (0, 20, 40)
    ]
    payloads = [uplink(0, distance=400).replace("2026-01-01T00:00:00Z", time) for time in times]
    more = [payload.replace("2026-01-01", f"2026-01-{day:02}") for day in range(2, 14) for payload in payloads]
    receive(city, *((TOPIC, payload) for payload in more))
    ask(city, "devices", "assign", EUI, "bin-8", "--model", "milesight_em310_udl")
    assert books(city) == Counts(received=4320, quarantined=4320)
    command = [*COMMAND, "quarantine", "replay", "--data", str(city / "city")]
    with (city / "replay.log").open("w") as sink, subprocess.Popen(command, stdout=sink, stderr=sink) as process:
        wait_until(lambda: books(city).quarantined < 4320, what="the first messages to be read")
        process.kill()
    left = books(city).quarantined
    assert waiting(city) == left
    assert ask(city, "quarantine", "replay").startswith(f"{left:,} messages were read")
    done = books(city)
    assert (done.stored + done.duplicate, done.quarantined, waiting(city)) == (4320, 0, 0)
    with closing(open_store(f"duckdb:///{city}/city/city.duckdb")) as store:
        assert store.spans().count.tolist() == [4320, 4320]


def test_what_was_stopped_is_not_gone_on_with_later(city: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ingest.replay.PORTION", 20)
    receive(city, *UPLINKS)
    ask(city, "devices", "assign", EUI, "bin-8", "--model", "milesight_em310_udl")

    def stop(_: Request) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replayed(settings(data=city / "city"), ANY, stop)
    assert books(city) == Counts(received=60, stored=20, quarantined=40)
    with closing(Catalogue(f"sqlite:///{city}/city/catalogue.sqlite")) as catalogue:
        assert catalogue.replay_request() is None


def test_a_message_is_shown_with_what_it_would_tell(city: Path):
    receive(city, UPLINKS[0], (TOPIC, b"\xff{"))
    assert "not_utf8" in ask(city, "quarantine", "list", "--each")
    ask(city, "devices", "assign", EUI, "bin-8", "--model", "milesight_em310_udl")
    shown = ask(city, "quarantine", "show", "1")
    assert "unknown_device" in shown
    assert "filling_level" in shown
    broken = ask(city, "quarantine", "show", "2")
    assert "would tell nothing" in broken
    assert "It would wait on: the message is not UTF-8" in broken


def test_what_strangers_write_is_printed_as_it_is(city: Path):
    receive(city, ("city/parking/[/bold]\x1b[31m", '{"occupied": "[red]\\u001b[5m"}'))
    for words in (("list",), ("list", "--each"), ("show", "1"), ("replay", "--dry-run")):
        printed = ask(city, "quarantine", *words)
        assert "\x1b" not in printed
    assert "[/bold]\\x1b[31m" in ask(city, "quarantine", "list", "--each")
    assert printable("ü € 7") == "ü € 7"


def test_what_is_not_there_is_a_sentence(city: Path):
    assert "Nothing waits." in ask(city, "quarantine", "list")
    answer = smilecity("quarantine", "show", "nobody", "--data", str(city / "city"))
    assert answer.returncode == 1
    assert "quarantine list --each" in answer.stderr
    receive(city, ("city/parking/d", '{"x": 1}'))
    answer = smilecity("quarantine", "show", "d", "--geojson", "--data", str(city / "city"))
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "no device model fits" in answer.stderr
    ask(city, "quarantine", "show", "1")
    assert smilecity("quarantine", "show", "1", "--geojson", "--data", str(city / "city")).returncode == 1
