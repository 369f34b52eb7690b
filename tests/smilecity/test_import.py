"""History in and out again: every format exactly, other people's tables by a mapping, and what cannot be taken."""

from __future__ import annotations

import gzip
import re
import tomllib
from contextlib import closing
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sensors.model import TIME, Batch, Datastream, Thing
from smilecity.advance import advance
from smilecity.exporting import Choice, export
from smilecity.importing import Gone, Reading, source, survey, unlike_manifest, write
from storage.catalogue import Catalogue
from storage.exchange.formats import Format, format_of
from storage.exchange.mapping import checked
from storage.store import Outcome, Query, open_store
from tests.smilecity.running import smilecity
from tests.storage.rows import some_rows

if TYPE_CHECKING:
    from storage.store import Store

HERE = Path(__file__).parents[2]
SHARED = HERE.parent / "shared" / "data"
NOW = np.datetime64("2026-01-01", "ms")


def documented(name: str) -> str:
    """Give a mapping file out of the documentation."""
    text = (HERE / "docs" / "import.md").read_text()
    blocks: list[str] = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    return next(block for block in blocks if name in block)


def content(store: Store) -> list[tuple[object, ...]]:
    rows = store.read(Query(datastreams=sorted(store.spans().datastreams)))
    named = [rows.datastreams[code] for code in rows.datastream]
    columns = (rows.phenomenon_time, rows.result_time, rows.quality, rows.revision, rows.samples)
    floats = (np.nan_to_num(rows.result, nan=-1e300), np.nan_to_num(rows.coverage, nan=-1))
    return list(zip(named, *(column.tolist() for column in (*columns, *floats)), strict=True))


def brought_in(path: Path, store: Store, mapping: str | None = None) -> tuple[Reading, Gone]:
    meant = checked(tomllib.loads(mapping)) if mapping else None
    reading = Reading([source(path, meant, incomplete=False)], NOW)
    gone = Gone()
    for _ in write(reading, store, gone):
        pass
    return reading, gone


def read(path: Path, mapping: str) -> tuple[list[tuple[object, ...]], Reading]:
    """Give (thing, property, time, result, flag) of a file."""
    store = open_store("memory://")
    reading, _ = brought_in(path, store, mapping)
    return [(each[0].thing, each[0].observed_property, each[1], each[6], each[3]) for each in content(store)], reading  # type: ignore[attr-defined]


def objections(reading: Reading) -> list[str]:
    return [sentence for told in reading.objections for sentence in told.first]


def utc(text: str) -> object:
    return np.datetime64(text, "ms").astype(TIME).tolist()


@pytest.mark.parametrize("name", ["out", "out.csv", "out.csv.gz", "out.arrow", "out.lp", "out.lp.gz"])
@settings(max_examples=25)
@given(batch=some_rows())
@example(batch=Batch.of([Datastream("a", "level")], [0], [0], [-0.1], result_time=[0]))
def test_every_format_gives_back_exactly_what_was_exported(name: str, batch: Batch):
    before, after = open_store("memory://"), open_store("memory://")
    before.write(batch)
    with TemporaryDirectory() as folder, advance("exporting") as told:
        path = Path(folder) / name
        export(before, before.spans(), Choice(), path, format_of(path) or Format.PARQUET, told=told)
        reading, gone = brought_in(path, after)
        assert not objections(reading)
        assert unlike_manifest(reading.sources, gone) == []
        assert content(after) == content(before)
        _, again = brought_in(path, after)
    assert again.outcomes[Outcome.DUPLICATE] == again.outcomes.total() == len(batch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An export of a city of two bins, and the city that it came from."""
    with closing(open_store(f"duckdb://{tmp_path}/city/city.duckdb")) as store:
        times = 20_000 * 86_400_000 + np.arange(6) * 30_000_000
        store.write(Batch.of([Datastream("bin-7", "filling_level")], [0] * 6, times, np.arange(6) / 3))
    with closing(Catalogue(f"sqlite:///{tmp_path}/city/catalogue.sqlite")) as catalogue:
        catalogue.put([Thing(id="bin-7", name="Bin 7", kind="waste_container", longitude=12.1, latitude=54.1)])
    assert smilecity("export", str(tmp_path / "out"), "--data", str(tmp_path / "city")).returncode == 0
    return tmp_path


def test_an_export_goes_into_another_city(folder: Path):
    asked = ("import", str(folder / "out"), "--data", str(folder / "other"))
    refused = smilecity(*asked)
    assert refused.returncode == 1
    assert "there is no thing 'bin-7'" in refused.stderr
    assert "--create KIND" in refused.stderr
    answer = smilecity(*asked, "--create", "waste_container", "--at", "12.1,54.1")
    assert answer.returncode == 0, answer.stderr
    assert "6 new" in answer.stdout
    again = smilecity(*asked)
    assert again.returncode == 0
    assert "0 new, 6 there already" in again.stdout


def test_no_thing_is_made_that_is_called_as_a_group_or_told_nonsense(tmp_path: Path):
    with closing(open_store(f"duckdb://{tmp_path}/city/city.duckdb")) as store:
        store.write(Batch.of([Datastream("city", "filling_level")], [0], [np.datetime64("2026-03-01", "ms")], [5.0]))
    with closing(Catalogue(f"sqlite:///{tmp_path}/city/catalogue.sqlite")) as catalogue:
        catalogue.put([Thing(id="city", name="City", kind="waste_container", longitude=12.1, latitude=54.1)])
    assert smilecity("export", str(tmp_path / "out"), "--data", str(tmp_path / "city")).returncode == 0
    asked = ("import", str(tmp_path / "out"), "--data", str(tmp_path / "other"), "--create", "waste_container")
    refused = smilecity(*asked, "--at", "12.1,54.1")
    assert (refused.returncode, "Traceback" in refused.stderr) == (1, False)
    assert "a thing 'city' cannot be made: its id is that of a group of things" in refused.stderr
    endless = smilecity(*asked, "--at", "12.1,54.1", "--set", "capacity_l=1e300")
    assert (endless.returncode, "'capacity_l' is 1e+300, but must be within" in endless.stderr) == (1, True)


def test_a_broken_off_export_is_refused_unless_wanted(folder: Path):
    (folder / "out" / "manifest.json").unlink()
    asked = ("import", str(folder / "out"), "--data", str(folder / "city"))
    refused = smilecity(*asked)
    assert refused.returncode == 1
    assert "--incomplete" in refused.stderr
    assert smilecity(*asked, "--incomplete").returncode == 0


def test_a_file_that_was_cut_is_found_before_anything_is_written(folder: Path):
    victim = next((folder / "out").rglob("*.parquet"))
    victim.write_bytes(victim.read_bytes()[:-10])
    answer = smilecity("import", str(folder / "out"), "--data", str(folder / "city"))
    assert answer.returncode == 1
    assert "fetch the export again" in answer.stderr


def test_rows_that_were_changed_are_found_by_the_checksum(folder: Path):
    path = folder / "out.csv"
    assert smilecity("export", str(path), "--data", str(folder / "city")).returncode == 0
    text = path.read_text()
    assert text.count("1.3333333333333333") == 1
    path.write_text(text.replace("1.3333333333333333", "1.3333333333333334"))
    answer = smilecity("import", str(path), "--data", str(folder / "city"))
    assert answer.returncode == 1
    assert "its manifest says" in answer.stderr


def test_a_dry_run_shows_and_writes_nothing(tmp_path: Path):
    table = tmp_path / "lots.csv"
    table.write_text("timestamp,a,b\n2025-01-01T00:00:02+00:00,10,\n2025-01-01T00:15:00Z,11,7\n")
    options = ("--time", "timestamp", "--columns", "(?P<thing>.+)", "--property", "available_spot_number")
    answer = smilecity("import", str(table), *options, "--dry-run", "--data", str(tmp_path / "city"))
    assert answer.returncode == 0, answer.stderr
    assert "3 observations of 2 datastreams would go in" in answer.stdout
    assert "2 things are not known: a, b" in answer.stdout
    with closing(open_store(f"duckdb://{tmp_path}/city/city.duckdb")) as store:
        assert len(store.spans().datastreams) == 0


def test_what_cannot_be_read_is_told_by_line_and_all_else_goes_in(tmp_path: Path):
    table = tmp_path / "lots.csv"
    table.write_text(
        "timestamp,a,b\n2025-01-01T00:00:00Z,ten,7\n\n2025-01-32T00:00:00Z,1,2\n3\n2025-01-02T00:00:00Z,8,\n"
    )
    rows, reading = read(table, documented("parking.toml"))
    assert [row[2:4] for row in rows] == [(utc("2025-01-02"), 8.0), (utc("2025-01-01"), 7.0)]
    assert objections(reading) == [
        "lots.csv:5: 1 columns where 3 are expected",
        "lots.csv:4: '2025-01-32T00:00:00Z' is no time (iso)",
        "lots.csv:2: 'ten' in 'a' is no number",
    ]


def test_a_wide_table_is_told_apart_by_groups_and_doubts(tmp_path: Path):
    table = tmp_path / "house.csv.gz"
    lines = (
        "utc_timestamp,cet_cest_timestamp,DE_KN_residential4_grid_import,DE_KN_residential4_pv,interpolated_values",
        "2015-10-12T07:00:00Z,2015-10-12T09:00:00+0200,3.045,0.000,DE_KN_residential4_grid_import | DE_KN_x",
        "2015-10-12T08:00:00Z,2015-10-12T10:00:00+0200,3.100,,",
    )
    table.write_bytes(gzip.compress("\n".join(lines).encode()))
    rows, reading = read(table, documented("household.toml"))
    assert rows == [
        ("residential4-grid_import", "total_active_energy_import", utc("2015-10-12T07"), 3.045, 3),
        ("residential4-grid_import", "total_active_energy_import", utc("2015-10-12T08"), 3.1, 1),
        ("residential4-pv", "total_active_energy_export", utc("2015-10-12T07"), 0.0, 1),
    ]
    assert not objections(reading)


def test_a_long_table_has_its_own_marks_units_and_clock(tmp_path: Path):
    table = tmp_path / "readings.csv"
    lines = (
        "Stadtwerke, Zählerstände",
        "",
        "Zaehlpunkt;Datum;Uhrzeit;Art;Stand",
        "Süd;01.07.2025;12:00;Bezug;1.234,5",
        "Süd;01.07.2025;12:00;Einspeisung;-",
        "Süd;1.7.2025;12:15;Einspeisung;7,25",
        "Süd;1.7.2025;12:30;Wärme;7,25",
    )
    table.write_bytes("\r\n".join(lines).encode("windows-1252"))
    with pytest.raises(ValueError, match="no observed property is called 'Wärme'"):
        read(table, documented("readings.toml"))
    table.write_bytes("\r\n".join(lines[:-1]).encode("windows-1252"))
    rows, reading = read(table, documented("readings.toml"))
    assert rows == [
        ("Süd", "total_active_energy_export", utc("2025-07-01T10:15"), 7.25, 1),
        ("Süd", "total_active_energy_import", utc("2025-07-01T10:00"), 1_234_500.0, 1),
    ]
    assert reading.objections[0].remarks == {"rows without a value, left out": 1}


def test_a_column_of_places_is_read_once_for_each_container(tmp_path: Path):
    """Crews write shares at local times; where there was no container it is 0.0."""
    table = tmp_path / "visits.csv"
    table.write_text(",SPID,VisitDate,# Paper,% Paper\n0,7,2019-01-01 08:09:50,3,1.1\n1,8,2019-01-01 09:00:00,0,0.0\n")
    rows, reading = read(table, documented("ankara.toml"))
    assert rows == [("ankara-7-paper", "collected_level", utc("2019-01-01T05:09:50"), pytest.approx(110.0), 3)]
    assert reading.objections[0].remarks == {"rows without a value, left out": 1}


CLOCK = """
[time]
column = "t"
zone = "Europe/Berlin"
{rule}
[long]
thing = "thing"
property_is = "filling_level"
value = "v"
"""
OCTOBER = "thing,t,v\n" + "".join(
    f"{thing},2025-10-26 {time},{number}\n"
    for thing in "ab"
    for number, time in enumerate(("01:30", "02:00", "02:30", "02:00", "02:30", "03:00"))
)


@pytest.mark.parametrize(
    ("rule", "hours"),
    [
        ("", [-0.5, 0, 0.5, 1, 1.5, 2]),
        ('ambiguous = "earlier"', [-0.5, 0, 0.5, 2]),
        ('ambiguous = "later"', [-0.5, 1, 1.5, 2]),
        ('ambiguous = "refuse"', [-0.5, 2]),
    ],
)
def test_an_hour_that_comes_twice_has_a_rule(tmp_path: Path, rule: str, hours: list[float]):
    table = tmp_path / "clock.csv"
    table.write_text(OCTOBER)
    rows, reading = read(table, CLOCK.format(rule=rule))
    begin = np.datetime64("2025-10-26T00:00", "ms")
    expected = [(begin + np.timedelta64(int(hour * 3600), "s")).astype(TIME).tolist() for hour in hours]
    assert [row[2] for row in rows if row[0] == "a"] == expected
    assert [row[2] for row in rows if row[0] == "b"] == expected
    (told,) = reading.objections
    assert told.counts.total() == (8 if "refuse" in rule else 0)
    assert sum(told.remarks.values()) == (0 if "refuse" in rule else 8)


@pytest.mark.parametrize(("rule", "hours"), [("", [0.75, 1]), ('missing = "shift"', [0.75, 1, 1.5])])
def test_an_hour_that_there_was_not_has_a_rule(tmp_path: Path, rule: str, hours: list[float]):
    table = tmp_path / "clock.csv"
    table.write_text("thing,t,v\na,2025-03-30 01:45,1\na,2025-03-30 02:30,2\na,2025-03-30 03:00,3\n")
    rows, reading = read(table, CLOCK.format(rule=rule))
    begin = np.datetime64("2025-03-30T00:00", "ms")
    assert [row[2] for row in rows] == [(begin + np.timedelta64(int(h * 3600), "s")).tolist() for h in hours]
    (told,) = reading.objections
    assert (told.counts.total(), told.remarks.total()) == ((0, 1) if rule else (1, 0))
    assert any("there was not in Europe/Berlin" in sentence for sentence in [*told.first, *told.remarks])


def test_days_of_23_and_25_hours_have_92_and_100_quarters(tmp_path: Path):
    for day, quarters in (("2025-03-30", 92), ("2025-10-26", 100)):
        start = np.datetime64(day, "m") - np.timedelta64(60 if quarters == 92 else 120, "m")
        instants = start + np.arange(quarters) * np.timedelta64(15, "m")
        ahead = np.array([_ahead(instant) for instant in instants])
        table = tmp_path / f"{day}.csv"
        table.write_text("thing,t,v\n" + "".join(f"a,{wall},1\n" for wall in instants + ahead))
        rows, reading = read(table, CLOCK.format(rule=""))
        assert [row[2] for row in rows] == instants.astype(TIME).tolist()
        assert not objections(reading)


def _ahead(instant: np.datetime64) -> np.timedelta64:
    summer = np.datetime64("2025-03-30T01:00") <= instant < np.datetime64("2025-10-26T01:00")
    return np.timedelta64(120 if summer else 60, "m")


@given(st.lists(st.datetimes(), max_size=5))
def test_iso_times_are_read_as_python_reads_them(times):
    with TemporaryDirectory() as folder:
        kept = [time for time in times if 1970 <= time.year < 2200]
        path = Path(folder) / "t.csv"
        path.write_text("thing,t,v\n" + "".join(f"{place},{time.isoformat()}Z,1\n" for place, time in enumerate(kept)))
        rows, _ = read(path, CLOCK.format(rule=""))
    expected = {str(place): np.datetime64(time, "us") for place, time in enumerate(kept)}
    assert len(rows) == len(kept)
    for thing, _, found, *_ in rows:
        assert isinstance(found, datetime)
        assert abs(np.datetime64(found, "us") - expected[str(thing)]) <= np.timedelta64(500, "us")


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("", "either [[wide]]"),
        ("[tiem]\n", "tiem"),
        ('[long]\nproperty_is = "filing_level"', "Did you mean 'filling_level'"),
        ('[long]\nproperty_is = "filling_level"\nunit = "kg"', "different things"),
        ('[time]\nzone = "Europe/Rostock"\n[long]', "no time zone"),
        ('[time]\nformat = "%Q"\n[long]', "%Q"),
        ("[long", "cannot be used"),
        ('[[wide]]\npattern = "("\nproperty = "filling_level"', "the pattern '(' is none"),
    ],
)
def test_a_wrong_mapping_is_a_sentence(tmp_path: Path, mapping: str, said: str):
    (tmp_path / "a.csv").write_text("t,v\n")
    (tmp_path / "m.toml").write_text(mapping)
    answer = smilecity("import", str(tmp_path / "a.csv"), "--map", str(tmp_path / "m.toml"), "--data", str(tmp_path))
    assert answer.returncode == 1
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("t,v\n", [], "say what its columns mean"),
        ("", [], "is empty"),
        ("t,t\n", [], "two columns 't'"),
        ("t,v\n", ["--time", "tt", "--columns", "v", "--property", "filling_level"], "Did you mean 't'"),
        ("t,v\n", ["--time", "t", "--columns", "x", "--property", "filling_level"], "no column has the pattern"),
        ("t,v\n", ["--time", "t"], "--columns and --property must be said"),
        (
            "t,v\n2025-01-01,1\n",
            ["--time", "t", "--columns", "v", "--property", "filling_level"],
            "left out: 1 'no zone'",
        ),
    ],
)
def test_what_cannot_be_read_is_a_sentence(tmp_path: Path, text: str, options: list[str], said: str):
    (tmp_path / "a.csv").write_text(text)
    answer = smilecity("import", str(tmp_path / "a.csv"), *options, "--data", str(tmp_path))
    assert answer.returncode == 1
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


def test_results_are_tested_against_property_and_site(tmp_path: Path):
    path = tmp_path / "lots.csv"
    path.write_text("timestamp,a\n2025-01-01T00:00Z,-1\n2025-01-01T01:00Z,50\n2025-01-01T02:00Z,51\n")
    lot = Thing(id="a", name="A", kind="parking_lot", longitude=0, latitude=0, properties={"capacity": 50})
    mapping = checked(tomllib.loads(documented("parking.toml")))
    reading = Reading([source(path, mapping, incomplete=False)], NOW, {"a": lot})
    flags = [flag for _, found, _ in reading.batches() for flag in found.batch.quality.tolist()]
    assert flags == [4, 1, 3]
    assert next(iter(survey(reading).values())).rows == 3


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder with recorded files is not beside the repository")
@pytest.mark.parametrize(
    ("name", "mapping", "kind", "told"),
    [
        ("parking_de_wide_2025-01.csv.gz", "parking.toml", "parking_lot", (401, 993_404)),
        ("energy_opsd_konstanz_residential4_60min_first5000h.csv.gz", "household.toml", "energy_meter", (9, 41_887)),
    ],
)
def test_recorded_files_go_in_as_documented(tmp_path: Path, name: str, mapping: str, kind: str, told: tuple[int, int]):
    things, rows = told
    (tmp_path / mapping).write_text(documented(mapping))
    asked = ("import", str(SHARED / name), "--map", str(tmp_path / mapping), "--data", str(tmp_path / "city"))
    answer = smilecity(*asked, "--create", kind, "--at", "8.2,48.8", timeout=110)
    assert answer.returncode == 0, answer.stderr
    assert f"{things} things of kind {kind} made" in answer.stdout
    assert f"{rows:,} new" in answer.stdout


def test_somebody_elses_parquet_needs_no_reading_of_texts(tmp_path: Path):
    path = tmp_path / "lots.parquet"
    time = pa.array(np.array(["2025-01-01T00:00", "2025-07-01T00:00", "NaT"], dtype="datetime64[ns]"))
    frame = {"when": time, "lot": pa.array(["a", "b", "a"]).dictionary_encode(), "free": pa.array([1, None, 3])}
    pq.write_table(pa.table(frame), path)
    mapping = '[time]\ncolumn = "when"\nzone = "Europe/Berlin"\n[long]\nthing = "lot"\nvalue = "free"\n'
    rows, reading = read(path, mapping + 'property_is = "available_spot_number"')
    assert rows == [("a", "available_spot_number", utc("2024-12-31T23:00"), 1.0, 1)]
    assert objections(reading) == ["lots.parquet:3: the time is missing"]
    assert reading.objections[0].remarks == {"rows without a value, left out": 1}


def test_a_table_with_a_row_each_may_be_told_by_options(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("when;bin;mm\n1735689600;bin-7;1,5\n")
    options = ["--time", "when", "--time-format", "unix", "--thing", "bin", "--value", "mm", "--property", "distance"]
    further = ["--unit", "cm", "--separator", ";", "--decimal", ",", "--create", "waste_container", "--at", "12.1,54.1"]
    answer = smilecity("import", str(path), *options, *further, "--data", str(tmp_path / "city"))
    assert answer.returncode == 0, answer.stderr
    assert "1 things of kind waste_container made" in answer.stdout
    with closing(open_store(f"duckdb://{tmp_path}/city/city.duckdb")) as store:
        (row,) = content(store)
    assert (row[1], row[6], row[3]) == (utc("2025-01-01"), 15.0, 1)


def test_line_protocol_of_others_is_told_by_line(tmp_path: Path):
    (tmp_path / "cpu.lp").write_text("cpu,host=a usage=1.5 1444759200000000000\n")
    reading, gone = brought_in(tmp_path / "cpu.lp", open_store("memory://"))
    assert gone.outcomes.total() == 0
    (told,) = objections(reading)
    assert re.fullmatch(r"cpu\.lp:1: 'cpu,host=a .*' is no line of an export\. .* CSV, with a mapping", told)


def test_a_folder_without_a_table_says_so(tmp_path: Path):
    with pytest.raises(ValueError, match=r"holds no \.parquet file"):
        source(tmp_path, checked(tomllib.loads(documented("parking.toml"))), incomplete=False)


def test_columns_that_are_the_same_series_are_refused(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("t,a_1,a_2\n")
    mapping = """
    time.column = "t"
    [[wide]]
    pattern = '(?P<thing>a)_.'
    property = "filling_level"
    """
    with pytest.raises(ValueError, match="2 columns are 'a/filling_level'"):
        read(path, mapping)


def test_two_rows_of_one_time_are_counted_and_the_first_stays(tmp_path: Path):
    path = tmp_path / "lots.csv"
    path.write_text("timestamp,a\n2025-01-01T00:00Z,1\n2025-01-01T00:00Z,2\n")
    store = open_store("memory://")
    _, gone = brought_in(path, store, documented("parking.toml"))
    assert gone.outcomes == {Outcome.STORED: 1, Outcome.SUPERSEDED: 1}
    assert [row[6] for row in content(store)] == [1.0]


def test_what_the_store_refuses_is_told_by_line(tmp_path: Path):
    path = tmp_path / "lots.csv"
    path.write_text("timestamp,a\n1969-01-01T00:00Z,1\n2025-01-01T00:00Z,2\n")
    reading, gone = brought_in(path, open_store("memory://"), documented("parking.toml"))
    assert gone.outcomes == {Outcome.STORED: 1, Outcome.REFUSED: 1}
    assert objections(reading) == ["lots.csv:2: the phenomenon time lies outside 1970 to 2200"]
