"""Alerts over MQTT as an installation runs it: beside all else, or by processes of their own, killed and ended."""

from __future__ import annotations

import json
import signal
import subprocess
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from processing.alerting.watch import NAME
from processing.announcing.messages import schema
from processing.announcing.topics import HEARTBEAT, ROOT
from sensors.model import Device, Thing
from smilecity.announcing import announcer
from smilecity.settings import Settings
from storage.catalogue import Catalogue
from tests.alerting import fired
from tests.processing.announcing import Listener, publish
from tests.processing.test_announcing_messages import validator
from tests.servers import Mosquitto, free_port, wait_until
from tests.smilecity.running import COMMAND, smilecity, up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from processing.announcing.line import Broker

TREE = f"{ROOT}/#"


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    (tmp_path / "city").mkdir()
    with closing(Catalogue(f"sqlite:///{tmp_path}/city/catalogue.sqlite")) as opened:
        yield opened


def note(catalogue: Catalogue, *things: str) -> None:
    """Note that alerts fire; what a platform notes at the same time comes first."""
    catalogue.alerts.note([fired(thing) for thing in things], known=catalogue.alerts.sequence())


def broker_of(url: str | None = None, **said: Any) -> Broker:
    with closing(Catalogue("sqlite://")) as catalogue:
        made = announcer(Settings(**said), catalogue, url, who="test")
        assert made is not None
        return made.broker


class TestWhere:
    def test_it_is_the_broker_of_the_sensors_where_no_other_is_named(self):
        broker = broker_of("mqtt://a:1884?protocol=3.1.1", broker_username="u", broker_password="p")
        assert (broker.host, broker.port, broker.username, broker.password) == ("a", 1884, "u", "p")
        assert (broker.protocol, broker.tls, broker.websocket) == ("3.1.1", None, "")

    def test_another_has_its_own_credentials_and_never_those_of_the_sensors(self, tmp_path: Path):
        (tmp_path / "secret").write_text("q\n")
        said = {"alerts_broker": "ws://b/mqtt", "broker_username": "u", "broker_password": "p"}
        broker = broker_of("mqtt://a", **said)
        assert (broker.host, broker.username, broker.password, broker.websocket) == ("b", None, None, "/mqtt")
        broker = broker_of(**said, alerts_broker_username="v", alerts_broker_password_file=tmp_path / "secret")
        assert (broker.username, broker.password) == ("v", "q")
        assert "q" not in repr(broker).replace("mqtt", "")

    def test_certificates_of_a_city_of_its_own(self, tmp_path: Path):
        authority, ca = trustme.CA(), tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(str(ca))
        broker = broker_of("mqtts://a", alerts_broker_ca=ca)
        assert broker.tls is not None
        assert len(broker.tls.get_ca_certs()) == 1

    def test_none_is_none(self):
        with closing(Catalogue("sqlite://")) as catalogue:
            assert announcer(Settings(alerts_broker="none"), catalogue, "mqtt://a", who="test") is None

    @pytest.mark.parametrize(
        ("url", "said", "why"),
        [
            (None, {}, "no broker is named. Name one with --broker or SMILECITY_ALERTS_BROKER"),
            ("http://a", {}, "'http://a' is no broker address"),
            ("mqtt://a", {"alerts_broker": "mqtt://u:geheim@"}, "is no broker address"),
            ("mqtt://a", {"alerts_broker_ca": __file__}, "certificates need mqtts://"),
            ("mqtts://a", {"alerts_broker_ca": "/no/file"}, "there is no file '/no/file'"),
            ("mqtts://a", {"alerts_broker_key": __file__}, "belong together"),
            ("mqtts://a", {"alerts_broker_ca": __file__}, "alerts cannot be published"),
        ],
    )
    def test_what_can_never_work_is_one_sentence(self, url: str | None, said: dict[str, Any], why: str):
        with pytest.raises(ValueError, match="alerts cannot be published") as told:
            broker_of(url, **said)
        assert why in str(told.value)
        assert "geheim" not in str(told.value)


def test_the_published_schema_is_printed():
    assert json.loads(smilecity("alerts", "schema").stdout) == schema()


def test_up_publishes_what_a_sensor_says_beside_all_else_on_its_own_broker(tmp_path: Path, catalogue: Catalogue):
    zone = Thing(id="gate", name="Gate", kind="fire_access_zone", longitude=12.1, latitude=54.09, operator="Wehr/HRO")
    catalogue.put([zone], [Device(id="gate", model="plain", thing=zone)])
    port = free_port()
    at, branch = Mosquitto(tmp_path, port=port), f"{ROOT}/Wehr%2FHRO"  # to listen at; the broker is amqtt
    with up(tmp_path, "--mqtt-port", str(port)) as running, Listener(at, TREE) as listener:

        def state() -> str:
            told = [
                said["state"] for _, topic, said in listener.heard if said and topic.startswith(f"{branch}/parking")
            ]
            return told[-1] if told else ""

        publish(at, "city/parking/gate", {"occupied": True})
        wait_until(lambda: state() == "firing", what=running.output())
        told = listener.alerts()[-1]
        validator().validate(told)
        assert told["link"] == f"http://127.0.0.1:{running.port}/v1/alerts/blocked_fire_access/gate"
        publish(at, f"{branch}/ack", {"who": "Ada", "incident": told["incident"]})
        wait_until(lambda: state() == "acknowledged")
        publish(at, "city/parking/gate", {"occupied": False})
        wait_until(lambda: state() == "resolved")
        assert running.stop() == 0
        assert f"127.0.0.1:{port}, topics {ROOT}/#" in running.output()
        assert "Traceback" not in running.output()
        assert "wait for the broker" not in running.output()


@contextmanager
def publishing(folder: Path, broker: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [*COMMAND, "alerts", "publish", "--data", str(folder), "--broker", broker]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait(timeout=10)


def test_a_process_of_its_own_is_killed_and_goes_on_at_once(mosquitto: Mosquitto, tmp_path: Path, catalogue: Catalogue):
    folder = tmp_path / "city"
    with Listener(mosquitto, TREE) as listener:

        def told() -> list[int]:
            return [said["sequence"] for said in listener.alerts()]

        catalogue.set_position(f"{NAME} clock", 1_774_764_930_000)  # as the watch does
        with publishing(folder, mosquitto.url) as one:
            note(catalogue, "a", "b")
            wait_until(lambda: catalogue.alerts.position("mqtt") == 2, timeout=60)
            assert [said["evaluated"] for _, topic, said in listener.heard if topic == HEARTBEAT] == [
                "2026-03-29T06:15:30Z"
            ]
            one.kill()
            wait_until(lambda: listener.heard[-1][2].get("alive") is False, what="the broker's word for it")
        with publishing(folder, mosquitto.url) as two:
            note(catalogue, "c")
            wait_until(lambda: told() == [1, 2, 3], timeout=60, what="the third change")
            two.send_signal(signal.SIGTERM)
            assert two.wait(timeout=30) == 0
        assert listener.heard[-1][2]["alive"] is False
    log = (folder / "log").read_text()
    assert "Stopped. 1 changes were published." in log


def test_no_broker_is_one_sentence(tmp_path: Path):
    ended = smilecity("alerts", "publish", "--data", str(tmp_path))
    assert (ended.returncode, "no broker is named" in ended.stderr) == (1, True)
    assert "Traceback" not in ended.stderr
