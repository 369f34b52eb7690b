"""Receivers of alerts, told by a running platform and by a process of their own that is killed."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sensors.model import Device
from storage.catalogue import Catalogue
from tests.alerting import fired
from tests.publishing import publish
from tests.receiving import Hooked, Posted, hook, mailbox
from tests.servers import free_port, wait_until
from tests.smilecity.running import COMMAND, smilecity, up
from tests.smilecity.test_alerts import GATE, RULE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "a-key-of-this-installation"


def declare(folder: Path, hooked: Hooked, box: Posted) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "receivers.toml").write_text(
        f'[smtp]\nhost = "127.0.0.1"\nport = {box.port}\nsecurity = "none"\nfrom = "alerts@city.example"\n'
        f'[[email]]\nname = "duty"\nto = ["duty@x.example"]\nlanguages = ["en"]\n'
        f'[[webhook]]\nname = "dispatch"\nurl = "{hooked.url}"\n'
    )


@contextmanager
def notifying(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen([*COMMAND, "alerts", "notify", "--data", str(folder)], stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait(timeout=10)


def test_killed_and_started_again_nothing_is_lost(tmp_path: Path):
    folder = tmp_path / "city"
    with hook() as hooked, mailbox() as box:
        declare(folder, hooked, box)
        with closing(Catalogue(f"sqlite:///{folder}/catalogue.sqlite")) as catalogue:
            alerts = catalogue.alerts

            def note(count: int) -> None:
                known = alerts.sequence()
                alerts.note([fired(f"bin-{known + n}") for n in range(count)], known=known)

            def told() -> list[int]:
                return [json.loads(body)["sequence"] for _, body in hooked.got]

            with notifying(folder) as one:
                begun = ["receiver dispatch, begun", "receiver duty, begun"]
                wait_until(lambda: all(map(alerts.position, begun)), timeout=60, what="receivers to be begun")
                note(30)
                wait_until(lambda: len(hooked.got) >= 3, what="some to be told")
                one.kill()
            note(5)
            box.busy = 1
            with notifying(folder) as two:
                wait_until(lambda: 35 in told(), timeout=60, what="all to be told")
                wait_until(lambda: alerts.position("receiver duty") == 35, timeout=60, what="all mails")
                two.terminate()
                assert two.wait(timeout=30) == 0
    first = list(dict.fromkeys(told()))
    assert first == list(range(1, 36))
    assert len(told()) <= 36
    mailed = [int(number) for mail in box.mails for number in mail["Smilecity-Sequence"].split(",")]
    assert sorted(set(mailed)) == list(range(1, 36))
    log = (folder / "log").read_text()
    assert "Stopped. " in log
    assert "451 try again later" in log


def test_nobody_to_tell_and_a_mistake_are_one_sentence(tmp_path: Path):
    none = smilecity("alerts", "notify", "--data", str(tmp_path))
    assert (none.returncode, "there is nobody to tell" in none.stderr) == (1, True)
    (tmp_path / "receivers.toml").write_text('[[webhook]]\nname = "a"\nurl = "ftp://x"\n')
    for command in (
        ("alerts", "notify"),
        ("alerts", "receivers"),
        ("up", "--port", "0", "--mqtt-port", str(free_port())),
    ):
        wrong = smilecity(*command, "--data", str(tmp_path))
        assert wrong.returncode == 1
        assert "receivers.toml': receiver 'a': 'ftp://x' is no address of a webhook" in wrong.stderr


@pytest.mark.parametrize("key", ["short", "with a blank in it, long"])
def test_a_key_that_is_too_weak_is_one_sentence(tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SMILECITY_API_KEY", key)
    wrong = smilecity("serve", "--data", str(tmp_path), "--port", "0")
    assert (wrong.returncode, "openssl rand -hex 32" in wrong.stderr, key in wrong.stderr) == (1, True, False)


def test_a_rule_through_the_api_fires_and_everybody_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(os.environ, "SMILECITY_API_KEY", KEY)
    city, port = tmp_path / "city", free_port()
    with hook() as hooked, mailbox() as box:
        declare(city, hooked, box)
        with closing(Catalogue(f"sqlite:///{city}/catalogue.sqlite")) as catalogue:
            catalogue.put([GATE], [Device(id="gate", model="plain", thing=GATE)])
        with up(tmp_path, "--mqtt-port", str(port)) as running:
            ask(running.port, "PUT", "/v1/alerts/rules/cold", who="Ada", declaration=RULE)
            publish(port, [("city/parking/gate", b'{"occupied": 0, "temperature": -4}')])
            wait_until(lambda: hooked.got and box.mails, timeout=60, what="both to be told")
            alert = json.loads(hooked.got[0][1])
            assert (alert["rule"], alert["change"], alert["operator"]) == ("cold", "fired", "Feuerwehr")
            assert box.mails[0]["Subject"] == "Info: Fire brigade's way is at -4 °C"
            acknowledged = ask(running.port, "POST", f"/v1/alerts/{alert['key']}/acknowledge", who="Ada")
            assert acknowledged["sequence"] == alert["sequence"] + 1
            wait_until(lambda: len(hooked.got) == 2, what="the acknowledgement to be told")
            shown = ask(running.port, "GET", f"/v1/alerts/{alert['key']}")
            assert [one["change"] for one in shown["history"]] == ["acknowledged", "fired"]
            assert [row["result"] for row in shown["values"]["observations"]] == [-4.0]
            assert running.stop() == 0
        assert "duty, dispatch, of alerts" in running.output()
        assert KEY not in running.output()
        assert "Traceback" not in running.output()
        listed = smilecity("alerts", "receivers", "--data", str(city)).stdout
        assert "dispatch" in listed
        assert "duty@x.example" in listed


def ask(port: int, method: str, path: str, **said: Any) -> Any:
    headers = {"authorization": f"Bearer {KEY}"}
    answer = httpx.request(method, f"http://127.0.0.1:{port}{path}", json=said or None, headers=headers, timeout=20)
    assert answer.status_code == 200, answer.text
    return answer.json()
