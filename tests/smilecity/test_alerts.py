"""``smilecity alerts`` as a person runs it, beside a platform and alone."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from sensors.model import Device, Thing
from storage.alert import Alert, Change, Kind, State
from storage.catalogue import Catalogue
from tests.publishing import publish
from tests.servers import free_port, wait_until
from tests.smilecity.running import smilecity, up

if TYPE_CHECKING:
    from pathlib import Path

GATE = Thing(
    id="gate",
    name="Fire brigade's way",
    kind="fire_access_zone",
    longitude=12.1,
    latitude=54.1,
    operator="Feuerwehr",
    district="KTV",
)
RULE = """
name = "cold"
domain = "parking"
title = "Cold"
title_de = "Kalt"
severity = "info"
looks_at = "temperature"
kinds = ["fire_access_zone"]
text = "{thing} is at {value:.0f} {unit}"
text_de = "{thing} hat {value:.0f} {unit}"
[[when]]
below = 0
[[examples]]
kind = "fire_access_zone"
rows = [["2026-01-01T08:00", -3]]
states = [["2026-01-01T08:00", "firing"]]
reason = "Thing is at -3 °C"
"""


def alert(key: str, state: State, **said: Any) -> Alert:
    rule, thing = key.split("/")
    return Alert(
        key=key,
        rule=rule,
        version=1,
        thing=thing,
        domain="waste",
        kind="waste_container",
        operator=said.pop("operator", "SR"),
        district="KTV",
        state=state,
        severity=said.pop("severity", "warning"),
        since=1_780_300_800_000,
        fired=1_780_300_800_000,
        heard=1_780_300_800_000,
        value=97.0,
        reason="97 % full \x1b[31m",
        reason_de="zu 97 % voll",
        **said,
    )


@pytest.fixture
def data(tmp_path: Path) -> tuple[str, str]:
    """Let three alerts fire, of which one belongs to a group, and one wait."""
    fire = [
        alert("container_overflow/bin-7", State.FIRING),
        alert("fire_suspicion/bin-8", State.FIRING, severity="critical", operator="SW"),
        alert("meter_silent/m", State.FIRING, cause="meter_silent/group:gateway:g"),
    ]
    with closing(Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite")) as catalogue:
        changes = [Change(change=Kind.FIRED, at=one.since, alert=one) for one in fire]
        catalogue.alerts.note(changes, known=0, pending=[alert("container_overflow/bin-9", State.PENDING)])
    return "--data", str(tmp_path)


def listed(*arguments: str) -> list[str]:
    done = smilecity("alerts", "list", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return [one["key"] for one in json.loads(done.stdout)]


def test_the_worst_is_listed_first_and_chosen_by_what_is_said(data: tuple[str, str]):
    assert listed(*data) == ["fire_suspicion/bin-8", "container_overflow/bin-7"]
    assert listed("--operator", "SR", *data) == ["container_overflow/bin-7"]
    assert len(listed("--all", *data)) == 4
    shown = smilecity("alerts", "list", *data)
    assert "2 alerts" in shown.stdout
    assert "97 % full \\x1b[31m" in shown.stdout
    assert "zu 97 % voll" in smilecity("alerts", "list", "--german", *data).stdout


def test_acknowledge_and_history(data: tuple[str, str]):
    done = smilecity("alerts", "acknowledge", "container_overflow/bin-7", "-m", "on my way", "--who", "Ada", *data)
    assert done.stdout.strip() == "Ada has acknowledged container_overflow/bin-7."
    history = smilecity("alerts", "history", "container_overflow/bin-7", *data).stdout
    assert history.index("acknowledged") < history.index("fired")
    assert "on my way" in history
    assert "acknowledged by Ada" in smilecity("alerts", "list", *data).stdout
    wrong = smilecity("alerts", "acknowledge", "container_overflow/bin-1", "--who", "Ada", *data)
    assert wrong.returncode == 1
    assert "there is none of that key" in wrong.stderr


def test_silences_come_and_go(data: tuple[str, str]):
    assert smilecity("alerts", "silences", *data).stdout.strip() == "Nothing is silenced."
    done = smilecity("alerts", "silence", "--operator", "SR", "--until", "+2h", "--who", "Ada", "-m", "works", *data)
    assert done.stdout.startswith("Silence 1 holds until ")
    told = smilecity("alerts", "silences", *data).stdout
    assert "operator SR" in told
    assert "works" in told
    assert "firing, silenced" in smilecity("alerts", "list", *data).stdout
    assert smilecity("alerts", "unsilence", "1", *data).stdout.strip() == "Silence 1 is over."
    everything = smilecity("alerts", "silence", "--until", "+2h", "--who", "Ada", *data)
    assert "must not concern everything" in everything.stderr


def test_nothing_fires(tmp_path: Path):
    Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite").close()
    assert smilecity("alerts", "list", "--data", str(tmp_path)).stdout.strip() == "Nothing fires."


def test_a_rule_of_the_city_that_is_wrong_is_told_with_its_file(tmp_path: Path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "cold.toml").write_text(RULE.replace("-3]]", "3]]"))
    done = smilecity("alerts", "rules", "--data", str(tmp_path))
    assert done.returncode == 1
    assert "cold.toml': example 1: at 2026-01-01T08:00 the alert should be firing and is none" in done.stderr


def test_a_running_platform_watches(tmp_path: Path):
    city, port = tmp_path / "city", free_port()
    (city / "rules").mkdir(parents=True)
    (city / "rules" / "cold.toml").write_text(RULE)
    with closing(Catalogue(f"sqlite:///{city}/catalogue.sqlite")) as catalogue:
        catalogue.put([GATE], [Device(id="gate", model="plain", thing=GATE)])
        with up(tmp_path, "--mqtt-port", str(port)):
            publish(port, [("city/parking/gate", b'{"occupied": 1, "temperature": -4}')])
            wait_until(lambda: catalogue.alerts.sequence() >= 2, timeout=30, what="two alerts")
            table = smilecity("alerts", "list", "--data", str(city)).stdout
            assert "Fire brigade's way has been blocked since" in table
            assert "Fire brigade's way is at -4 °C" in table
            publish(port, [("city/parking/gate", b'{"occupied": 0, "temperature": -4}')])
            wait_until(lambda: catalogue.alerts.sequence() >= 3, timeout=30, what="the end of one")
            assert listed("--data", str(city)) == ["cold/gate"]
