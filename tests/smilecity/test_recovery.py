"""The drill of docs/recovery.md: back up, lose the machine, restore, start again; lost is what that page says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from sensors.geojson import geojson_from_things
from tests.publishing import publish, reading, spaces
from tests.servers import wait_until
from tests.smilecity.running import Running, smilecity, up

if TYPE_CHECKING:
    from tests.servers import Mosquitto

SPACES = 20
BEFORE, BETWEEN, AFTER = range(50), range(50, 75), range(75, 110)
"""Seconds at which every space says something: before the backup, between it and the loss, and while it is away."""
RECOVERY = Path(__file__).parents[2] / "docs" / "recovery.md"


def said(seconds: range) -> list[tuple[str, str]]:
    return [reading(space, second) for second in seconds for space in range(SPACES)]


def total(running: Running) -> dict[str, int]:
    ledger = running.get("/v1/ledger")
    assert ledger["balanced"]
    found: dict[str, int] = ledger["total"]
    return found


def booked(running: Running, messages: int) -> None:
    """Wait until so many messages have come and none of them is under way."""

    def there() -> bool:
        now = total(running)
        return now["received"] == messages and now["in_flight"] == 0

    wait_until(there, timeout=60, what=f"{messages} messages in the books")


def held(running: Running) -> set[str]:
    """Tell at which times the first space has said something."""
    path = (
        "/v1/observations?thing=space-0&property=occupied&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&limit=1000"
    )
    return {row["phenomenon_time"][17:19] + row["phenomenon_time"][14:16] for row in running.get(path)["observations"]}


def at(*several: range) -> set[str]:
    return {f"{second % 60:02}{second // 60:02}" for seconds in several for second in seconds}


def ran(*arguments: str) -> str:
    answer = smilecity(*arguments)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_the_drill(tmp_path: Path, mosquitto: Mosquitto):
    data, backup = tmp_path / "city", tmp_path / "backup"
    document = tmp_path / "spaces.geojson"
    document.write_text(json.dumps(geojson_from_things(*spaces(SPACES))))
    ran("things", "add", str(document), "--data", str(data))

    with up(tmp_path, "--broker", mosquitto.url) as lost:
        publish(mosquitto.port, said(BEFORE))
        booked(lost, 1000)
        assert "read back" in ran("backup", str(backup), "--data", str(data))
        publish(mosquitto.port, said(BETWEEN))
        booked(lost, 1500)
        # A clean end, so that all of them have been acknowledged: killed, some would come again.
        assert lost.stop() == 0
    shutil.rmtree(data)
    publish(mosquitto.port, said(AFTER))

    assert "--worker ingest-1" in ran("restore", str(backup), "--data", str(data))
    with up(tmp_path, "--broker", mosquitto.url) as again:
        booked(again, 1700)
        assert total(again)["stored"] == 1700
        assert held(again) == at(BEFORE, AFTER)

        # What a bridge or a network server still has is published again: each message is stored once.
        publish(mosquitto.port, said(BEFORE) + said(BETWEEN) + said(AFTER))
        booked(again, 1700 + 2200)
        assert total(again)["stored"] == 2200
        assert total(again)["duplicate"] == 1700
        assert held(again) == at(BEFORE, BETWEEN, AFTER)
        assert again.stop() == 0
    assert json.loads(ran("ledger", "--json", "--data", str(data)))["balanced"]


def test_the_gap_is_filled_from_a_second_worker(tmp_path: Path, mosquitto: Mosquitto):
    """Two installations receive everything; of one that was restored the other has what is missing."""
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    document = tmp_path / "spaces.geojson"
    document.write_text(json.dumps(geojson_from_things(*spaces(SPACES))))
    for place in ("here", "there"):
        ran("things", "add", str(document), "--data", str(tmp_path / place / "city"))
    with up(tmp_path / "there", "--broker", mosquitto.url, "--worker", "standby") as standby:
        with up(tmp_path / "here", "--broker", mosquitto.url) as lost:
            publish(mosquitto.port, said(BEFORE))
            booked(lost, 1000)
            ran("backup", str(tmp_path / "backup"), "--data", str(tmp_path / "here" / "city"))
            publish(mosquitto.port, said(BETWEEN))
            booked(lost, 1500)
            lost.process.kill()
            lost.process.wait(timeout=10)
        booked(standby, 1500)
        ran("backup", str(tmp_path / "other"), "--data", str(tmp_path / "there" / "city"))
    city = tmp_path / "here" / "city"
    shutil.rmtree(city)
    ran("restore", str(tmp_path / "backup"), "--data", str(city))
    copied = smilecity(
        "migrate", "--from", f"duckdb://{tmp_path}/other/city.duckdb", "--to", f"duckdb://{city}/city.duckdb"
    )
    # Two workers do not get to know of a reading in the same millisecond.
    assert "the target lacks 0 rows" in copied.stdout
    with up(tmp_path / "here", "--broker", mosquitto.url) as again:
        assert held(again) == at(BEFORE, BETWEEN)


def test_the_page_names_what_the_drill_does():
    """The commands of the page are those of the drill, and each is one that there is."""
    page = RECOVERY.read_text(encoding="utf-8")
    for command in ("backup", "restore", "migrate", "ledger"):
        assert f"smilecity {command}" in page
        assert smilecity(command, "--help").returncode == 0
