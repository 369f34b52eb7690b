"""Boards as files that Grafana reads at its start: complete, without a secret, and told where they go."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import yaml

from dashboards.boards import boards
from dashboards.contact import contact
from sensors.model import Thing
from smilecity.cli import app
from storage.catalogue import Catalogue

if TYPE_CHECKING:
    from pathlib import Path

THINGS = (
    Thing(id="bin-1", name="Bin", kind="waste_container", longitude=12.1, latitude=54.1, operator="SR", district="KTV"),
    Thing(id="lot-1", name="Lot", kind="parking_lot", longitude=12.2, latitude=54.0, operator="PGR"),
)


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have a city's register, and settings that name it."""
    folder = tmp_path / "city"
    folder.mkdir()
    with closing(Catalogue(f"sqlite:///{folder}/catalogue.sqlite")) as catalogue:
        catalogue.put(THINGS)
    monkeypatch.setenv("SMILECITY_DATA", str(folder))
    monkeypatch.setenv("SMILECITY_INFLUX_TOKEN", "geheim-token")
    return folder


def export(folder: Path, *arguments: str) -> None:
    app(["boards", "export", str(folder), *arguments], standalone_mode=False)


def read(folder: Path, name: str):
    return yaml.safe_load((folder / name).read_text(encoding="utf-8"))


def test_all_that_grafana_reads_is_written(city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "out"
    store = ("--store", "victoriametrics://stadt:geheim@db:8428", "--page", "https://stadt.example")
    export(out, *store, "--contact", "mqtts://broker.example/stadt/grafana", "--contact", "https://hook.example/x")
    said = capsys.readouterr().out
    assert f"{len(boards())} boards of 2 things are in {out}" in said
    sources = read(out, "provisioning/datasources/smilecity.yaml")["datasources"]
    assert [(one["uid"], one["type"], one["url"]) for one in sources] == [
        ("smilecity-store", "prometheus", "http://db:8428"),
        ("smilecity-metrics", "prometheus", "http://db:8428"),
    ]
    assert sources[0]["secureJsonData"] == {"basicAuthPassword": "$SMILECITY_STORE_PASSWORD"}
    (provider,) = read(out, "provisioning/dashboards/smilecity.yaml")["providers"]
    assert provider["options"]["path"] == str(out / "dashboards")
    assert provider["folderUid"] == "smilecity"
    points = read(out, "provisioning/alerting/smilecity.yaml")["contactPoints"]
    assert [one["receivers"][0]["type"] for one in points] == ["mqtt", "webhook"]
    assert points[0]["receivers"][0]["settings"]["brokerUrl"] == "ssl://broker.example:8883"
    assert points[0]["receivers"][0]["settings"]["topic"] == "stadt/grafana"
    written = {file.stem: json.loads(file.read_text()) for file in (out / "dashboards").glob("*.json")}
    assert set(written) == {board["uid"] for board in written.values()} == {f"smilecity-{name}" for name in boards()}
    everything = "".join(file.read_text() for file in out.rglob("*.*"))
    assert "geheim" not in everything


def test_the_gazetteer_has_things_and_their_groups(city: Path, tmp_path: Path):
    export(tmp_path / "out", "--store", "victoriametrics://db:8428")
    places = {one["key"]: one for one in json.loads((tmp_path / "out/gazetteer/smilecity.json").read_text())}
    assert places["bin-1"] == {"key": "bin-1", "name": "Bin", "latitude": 54.1, "longitude": 12.1}
    assert {"city", "district:KTV", "operator:SR", "operator:PGR", "lot-1"} < set(places)
    assert places["city"]["longitude"] == pytest.approx(12.15)


def test_influxdb_says_what_it_cannot_show(city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    store = ("--store", "influxdb://db:8086?org=stadt&bucket=city", "--language", "de")
    export(tmp_path / "out", *store, "--boards-at", "/var/lib/grafana/dashboards/smilecity")
    told = capsys.readouterr()
    assert "left out of the boards alerts (8), city (1), ingest (14): InfluxDB does not hold it" in " ".join(
        told.err.split()
    )
    assert "Boards are looked for in /var/lib/grafana/dashboards/smilecity." in told.out
    (source,) = read(tmp_path / "out", "provisioning/datasources/smilecity.yaml")["datasources"]
    assert source["secureJsonData"] == {"httpHeaderValue1": "Token $SMILECITY_INFLUX_TOKEN"}
    assert not (tmp_path / "out/provisioning/alerting").exists()
    waste = json.loads((tmp_path / "out/dashboards/smilecity-waste.json").read_text())
    assert waste["title"] == "Abfall"
    kinds = json.loads((tmp_path / "out/dashboards/smilecity-sensors.json").read_text())["templating"]["list"][0]
    assert [one["value"] for one in kinds["options"]][1:] == ["available_spot_number", "distance"]
    export(tmp_path / "out", *store, "--metrics", "http://prometheus:9090")
    assert capsys.readouterr().err == ""
    assert (tmp_path / "out/dashboards/smilecity-ingest.json").exists()


def test_what_is_no_longer_made_is_taken_away_and_the_rest_stays(city: Path, tmp_path: Path, capsys):
    store, out = ("--store", "influxdb://db:8086?org=stadt&bucket=city"), tmp_path / "out"
    export(out, *store, "--metrics", "http://prometheus:9090", "--contact", "mqtt://broker")
    own = (out / "dashboards/other.json", out / "provisioning/alerting/other.yaml")
    for path in own:
        path.write_text("{}")
    capsys.readouterr()
    export(out, *store)
    said = capsys.readouterr().out
    for name in ("dashboards/smilecity-ingest.json", "provisioning/alerting/smilecity.yaml"):
        assert f"removed: {out / name}, which is no longer made" in said
        assert not (out / name).exists()
    assert all(path.exists() for path in own)
    assert (out / "dashboards/smilecity-city.json").exists()


def test_a_register_without_things_is_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    export(tmp_path / "out", "--store", "victoriametrics://db:8428", "--data", str(tmp_path / "empty"))
    assert "The register has no things: maps stay empty." in " ".join(capsys.readouterr().err.split())


def test_a_folder_that_cannot_be_written_is_a_sentence(city: Path, tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"cannot be written: .* Name a folder that can be"):
        export(tmp_path / "file/out", "--store", "victoriametrics://db:8428")


def test_households_are_told_and_their_places_are_not(city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    flat = replace(THINGS[0], id="flat-1", kind="energy_meter", properties={"household": True})
    with closing(Catalogue(f"sqlite:///{city}/catalogue.sqlite")) as catalogue:
        catalogue.put([flat])
    export(tmp_path / "out", "--store", "victoriametrics://db:8428")
    assert "1 things measure a household" in capsys.readouterr().err
    assert "flat-1" not in (tmp_path / "out/gazetteer/smilecity.json").read_text()


def test_a_store_that_grafana_cannot_read_is_a_sentence(city: Path, tmp_path: Path):
    with pytest.raises(ValueError, match="Grafana has no data source for the store 'duckdb://'"):
        export(tmp_path / "out")
    with pytest.raises(ValueError, match="2 nodes of VictoriaMetrics"):
        export(tmp_path / "out", "--store", "victoriametrics://one,two")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("broker:1883", "is nowhere to send alerts"),
        ("ftp://host/x", "is nowhere to send alerts"),
        ("mqtt://user:word@host", "SMILECITY_GRAFANA_MQTT_PASSWORD"),
    ],
)
def test_a_contact_point_that_cannot_be_meant(url: str, sentence: str):
    with pytest.raises(ValueError, match=sentence):
        contact(url)


def test_several_contact_points_are_several_and_a_dollar_sign_is_no_variable():
    written = [contact(url).written() for url in ("mqtt://a", "mqtt://b/x", "https://hook.example/$key")]
    assert len({one["name"] for one in written}) == len({one["receivers"][0]["uid"] for one in written}) == 3
    assert written[2]["receivers"][0]["settings"]["url"] == "https://hook.example/$$key"
    assert written[0]["receivers"][0]["settings"]["password"] == "$SMILECITY_GRAFANA_MQTT_PASSWORD"
    assert all(len(one["receivers"][0]["uid"]) <= 40 for one in written)


def test_a_broker_without_a_topic_gets_one():
    settings = contact("mqtt://[::1]").settings
    assert (settings["brokerUrl"], settings["topic"]) == ("tcp://[::1]:1883", "smilecity/grafana/alerts")
