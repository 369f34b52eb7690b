"""``smilecity things`` as a person runs it: add from GeoJSON and CSV, the report, the dry run, export and back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from storage.catalogue import Catalogue
from tests.publishing import publish
from tests.servers import free_port, wait_until
from tests.smilecity.running import smilecity, up

COLLECTION = Path(__file__).resolve().parents[3] / "shared" / "data"
TABLE = """id;name;kind;rechtswert;hochwert;device;model;distance_empty_mm;distance_full_mm
bin-1;Lange Straße;waste_container;307845;6005103;24E124713C401925;milesight_em310_udl;1500;200
bin-2;[/] Nowhere;waste_container;12,1;54,09;;;1500;200
bin-3;Am Strande;waste_container;312982;5997138;;;1500;200
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "bins.txt"
    file.write_text(TABLE, encoding="utf-8-sig")
    return file


def things(*arguments: object, data: Path):
    return smilecity("things", *map(str, arguments), "--data", str(data))


def known(data: Path) -> list[str]:
    answer = things("export", data=data)
    assert answer.returncode == 0, answer.stderr
    return [feature["id"] for feature in json.loads(answer.stdout)["features"]]


def test_a_table_is_added_and_a_refused_row_reported(table: Path, tmp_path: Path):
    answer = things("add", table, data=tmp_path)
    assert answer.returncode == 1
    assert "2 things and 1 devices added or changed." in answer.stdout
    assert "row 3 'bin-2'" in answer.stderr
    assert "are degrees where metres of UTM zone 33N are declared" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert known(tmp_path) == ["bin-1", "bin-3"]


def test_a_dry_run_changes_nothing(table: Path, tmp_path: Path):
    data = tmp_path / "city"
    answer = things("add", table, "--dry-run", data=data)
    assert answer.returncode == 1
    assert "2 things and 1 devices would be added or changed; nothing was" in answer.stdout
    assert "row 3 'bin-2'" in answer.stderr
    assert not data.exists()


@pytest.mark.parametrize("form", ["csv", "geojson"])
def test_what_is_exported_can_be_added(form: str, table: Path, tmp_path: Path):
    there, back = tmp_path / "there", tmp_path / "back"
    things("add", table, data=there)
    file = tmp_path / f"city.{form}"
    answer = things("export", file, "--format", form, data=there)
    assert f"2 things and 1 devices written to '{file}'." in answer.stdout
    assert things("add", file, data=back).returncode == 0
    both = [things("export", data=data).stdout for data in (there, back)]
    assert both[0] == both[1]
    assert '"24e124713c401925"' in both[0]


def test_a_file_called_csv_is_exported_as_csv(table: Path, tmp_path: Path):
    things("add", table, data=tmp_path)
    file = tmp_path / "out.csv"
    assert things("export", file, "--kind", "waste_container", data=tmp_path).returncode == 0
    assert file.read_bytes().startswith(b"id,name,kind,longitude,latitude,")
    assert file.read_bytes().count(b"\r\n") == 3
    assert things("export", "--format", "csv", "--kind", "pv_plant", data=tmp_path).stdout.count("\n") == 1


def test_the_kind_and_a_property_may_be_said_beside_the_file(tmp_path: Path):
    file = tmp_path / "spots.csv"
    file.write_text("id,lon,lat\na,12.1,54.1\n")
    assert "--kind" in things("add", file, data=tmp_path).stderr
    answer = things("add", file, "--kind", "parking_spot", "--set", "max_stay_min=30", data=tmp_path)
    assert answer.returncode == 0, answer.stderr
    (feature,) = json.loads(things("export", data=tmp_path).stdout)["features"]
    assert (feature["properties"]["kind"], feature["properties"]["max_stay_min"]) == ("parking_spot", 30)
    assert "Did you mean 'parking_spot'?" in things("add", file, "--kind", "parking_spt", data=tmp_path).stderr
    assert "'x' is not understood" in things("add", file, "--set", "x", data=tmp_path).stderr


def test_opening_hours_that_cannot_be_read_are_refused_with_a_sentence(tmp_path: Path):
    file = tmp_path / "zones.csv"
    rows = ("a,loading_zone,Mo-Fr 08:00-18:00; PH off", "b,loading_zone,mornings", "c,parking_lot,mornings")
    file.write_text("\n".join(["id,kind,hours,lon,lat,capacity", *(f"{row},12.1,54.1,9" for row in rows)]))
    answer = things("add", file, data=tmp_path)
    assert (answer.returncode, answer.stdout.split(" devices")[0]) == (1, "2 things and 0")
    said = " ".join(answer.stderr.replace("│", " ").split())
    assert "thing 'b'" in said
    assert "'mornings' cannot be read as opening hours. Write them as OSM does: Mo-Fr 08:00-18:00;" in said
    changed = things("calibrate", "a", "hours=at noon", "--since", "2026-03-01", data=tmp_path)
    assert changed.returncode == 1
    assert "'at noon' cannot be read as opening hours" in changed.stderr
    assert things("calibrate", "a", "hours=24/7", "--since", "2026-03-01", data=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "There is no file '"),
        (b"", "the file is empty"),
        (b"name\nx\n", "no columns tell where things stand"),
        ("id,name,lon,lat\nx,Stra\xdfe,12,54".encode("latin-1"), "is not UTF-8 (byte 22)"),
        (b'{"type": ', "is not JSON"),
        (b'{"type": "Topology"}', "no GeoJSON FeatureCollection"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_sentence(content: bytes | None, words: str, tmp_path: Path):
    file = tmp_path / "city"
    if content is not None:
        file.write_bytes(content)
    answer = things("add", file, data=tmp_path / "data")
    assert answer.returncode == 1
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_name_that_looks_like_markup_is_listed(tmp_path: Path):
    file = tmp_path / "spots.csv"
    file.write_text("id,name,kind,lon,lat\na,[/] Nowhere,parking_spot,12.1,54.1\n")
    assert things("add", file, data=tmp_path).returncode == 0
    assert "[/] Nowhere" in things("list", data=tmp_path).stdout


def test_help_teaches_by_example():
    assert "rechtswert" in smilecity("things", "add", "--help").stdout
    assert "smilecity things export bins.csv" in smilecity("things", "export", "--help").stdout


@pytest.mark.skipif(not COLLECTION.exists(), reason="the collection of real registers is not here")
def test_rostocks_car_parks_are_added(tmp_path: Path):
    answer = things("add", COLLECTION / "rostock_carparks.csv", data=tmp_path)
    assert answer.returncode == 1
    assert "4 things and 0 devices added or changed." in answer.stdout
    assert "8 refused" in answer.stderr
    assert "hro-tg-city" in known(tmp_path)


def test_a_site_that_changed_is_read_as_it_was(tmp_path: Path):
    data = ("--data", str(tmp_path / "city"))
    table = tmp_path / "bins.csv"
    table.write_text(
        "id,kind,longitude,latitude,distance_empty_mm,distance_full_mm,device,model\n"
        "b,waste_container,12.1,54.1,1000,0,b,plain\n"
    )
    assert smilecity("things", "add", str(table), *data).returncode == 0
    done = smilecity("things", "calibrate", "b", "distance_empty_mm=2000", "--since", "2026-03-01T12:00:00Z", *data)
    assert done.returncode == 0, done.stderr
    assert "b: distance_empty_mm is 2000 since 2026-03-01 12:00 UTC." in done.stdout
    port = free_port()
    with up(tmp_path, "--mqtt-port", str(port)) as running:
        times = ("2026-03-01T11:59:00Z", "2026-03-01T12:00:00Z")
        publish(port, [("city/waste/b", json.dumps({"time": time, "distance": 400})) for time in times])
        wait_until(lambda: running.get("/v1/ledger")["total"]["stored"] == 2, what="two messages to be stored")
        rows = running.get("/v1/observations?thing=b&property=filling_level&from=2026-01-01")["observations"]
    assert [row["result"] for row in rows] == [60, 80]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere", "capacity=1", "--since", "-1d"), "there is no thing 'nowhere'"),
        (("b", "capacity", "--since", "-1d"), "'capacity' is not understood"),
        (("b", "capacity=1", "--since", "soon"), "'soon' is no moment"),
    ],
)
def test_a_calibration_that_cannot_be_is_one_sentence(tmp_path: Path, arguments: tuple[str, ...], sentence: str):
    Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite").close()
    done = smilecity("things", "calibrate", *arguments, "--data", str(tmp_path))
    assert done.returncode == (2 if "moment" in sentence else 1)
    assert sentence in done.stderr


def test_an_export_says_what_it_leaves_out(table: Path, tmp_path: Path):
    things("add", table, data=tmp_path)
    assert things("export", data=tmp_path).stderr == ""
    done = things("calibrate", "bin-1", "distance_empty_mm=1400", "--since", "2026-03-01T12:00:00Z", data=tmp_path)
    assert done.returncode == 0, done.stderr
    data = ("--data", str(tmp_path))
    moved = smilecity("devices", "assign", "24e124713c401925", "bin-3", "--since", "2026-03-02T12:00:00Z", *data)
    assert moved.returncode == 0, moved.stderr
    told = things("export", data=tmp_path)
    assert "until when 2 devices observed" in told.stderr
    assert "changes of sites" not in told.stderr
    changed = [{"since": "2026-03-01T12:00:00.000Z", "distance_empty_mm": 1400}]
    assert json.loads(told.stdout)["features"][0]["properties"]["calibrations"] == changed
    assert "Left out: 1 changes of sites" in things("export", "--format", "csv", data=tmp_path).stderr


def test_nonsense_and_ids_of_groups_are_refused_entry_by_entry(tmp_path: Path):
    point = {"type": "Point", "coordinates": [12.1, 54.09]}
    lot = {"kind": "parking_lot", "capacity": 100}
    told = {
        "a": lot,
        "city": lot,
        "b": {**lot, "capacity": float("inf")},
        "c": {**lot, "checks": {"available_spot_number": {"stuck_hours": 1e308}}},
        "d": {**lot, "floor_area_m2": 10**400},
    }
    features = [{"type": "Feature", "id": name, "geometry": point, "properties": each} for name, each in told.items()]
    file = tmp_path / "lots.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    answer = things("add", file, data=tmp_path)
    assert answer.returncode == 1
    assert "1 things and 0 devices added or changed." in answer.stdout
    assert all(f"'{name}'" in answer.stderr for name in ("city", "b", "c", "d"))
    assert known(tmp_path) == ["a"]


def test_a_number_of_thousands_of_digits_is_a_sentence(tmp_path: Path):
    file = tmp_path / "lots.geojson"
    file.write_text(f'{{"type": "FeatureCollection", "n": {"9" * 5000}, "features": []}}')
    answer = things("add", file, data=tmp_path)
    assert (answer.returncode, "Traceback" in answer.stderr) == (1, False)
    assert "is not JSON" in answer.stderr


def test_a_site_is_not_calibrated_with_nonsense(table: Path, tmp_path: Path):
    things("add", table, data=tmp_path)
    since = ("--since", "2026-03-01T12:00:00Z")
    for change, sentence in {
        "capacity_l=1e300": "'capacity_l' is 1e+300, but must be within",
        "distance_empty_mm=deep": "'distance_empty_mm' is 'deep', but must be a number, 0 or more",
        'checks={"filling_level": {"stuck_hours": Infinity}}': "stuck_hours' is inf, but must be a finite number",
    }.items():
        answer = things("calibrate", "bin-1", change, *since, data=tmp_path)
        assert answer.returncode == 1
        assert sentence in answer.stderr


def test_a_site_that_is_said_otherwise_is_told_with_what_to_do(tmp_path: Path):
    """Also by a dry run; what indicators do not look at, as a name, is none of it."""
    file, head = tmp_path / "lots.csv", "id,name,kind,longitude,latitude,capacity\n"
    said = [f"{name},parking_lot,12.1,54.1,{capacity}\n" for name, capacity in (("a,A", 10), ("a,B", 10), ("a,B", 8))]
    file.write_text(head + said[0])
    assert "site" not in things("add", file, data=tmp_path / "city").stdout
    file.write_text(head + said[1])
    assert "site" not in things("add", file, data=tmp_path / "city").stdout
    file.write_text(head + said[2])
    for options in (["--dry-run"], []):
        told = things("add", file, *options, data=tmp_path / "city").stdout
        assert "The site is another than before: a (capacity)." in told
        assert "smilecity process --backfill FROM TO" in told
        assert "smilecity things calibrate a capacity=... --since DAY" in told
    assert "site" not in things("add", file, data=tmp_path / "city").stdout
