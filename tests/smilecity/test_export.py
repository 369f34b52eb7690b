from __future__ import annotations

import gzip
import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
import pytest

from sensors.model import Batch, Datastream, Thing
from smilecity.advance import advance
from smilecity.exporting import Choice, chosen, export
from storage.catalogue import Catalogue
from storage.checksum import checksum
from storage.exchange.columns import COLUMNS, batch_of
from storage.exchange.formats import Format, format_of
from storage.store import Query, Store, open_store
from tests.smilecity.running import smilecity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY = 86_400_000
BEGIN = 20_000 * DAY
LEVEL, HOURLY = Datastream("bin-7", "filling_level"), Datastream("bin-7", "filling_level_hour", derived=True)
FREE = Datastream("city", "available_spot_number")


def rows() -> Batch:
    """Two days of three datastreams, 12 rows of each."""
    times = np.tile(BEGIN + np.arange(12) * 4 * 3_600_000, 3)
    result = np.where(np.arange(36) == 5, np.nan, np.arange(36) / 7)
    return Batch.of(
        [LEVEL, HOURLY, FREE],
        np.repeat([0, 1, 2], 12),
        times,
        result,
        quality=np.where(np.isnan(result), 9, 1),
        result_time=times + 17,
        revision=np.arange(36),
        coverage=np.where(np.arange(36) // 12 == 1, 0.3, np.nan),
        samples=np.arange(36) % 3,
    )


@pytest.fixture
def city(tmp_path: Path) -> Path:
    folder = tmp_path / "city"
    with closing(open_store(f"duckdb://{folder}/city.duckdb")) as store:
        store.write(rows())
    with closing(Catalogue(f"sqlite:///{folder}/catalogue.sqlite")) as catalogue:
        bin_7 = Thing(id="bin-7", name="Bin 7", kind="waste_container", longitude=12.1, latitude=54.1, operator="sr")
        catalogue.put([bin_7, Thing(id="city", name="City", kind="parking_lot", longitude=12.1, latitude=54.1)])
    return folder


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store("memory://")
    opened.write(rows())
    yield opened
    opened.close()


def exported(city: Path, path: Path, *arguments: str) -> Any:
    answer = smilecity("export", str(path), "--data", str(city), *arguments)
    assert answer.returncode == 0, answer.stderr
    beside = path / "manifest.json" if path.is_dir() else path.with_name(path.name + ".manifest.json")
    return json.loads(beside.read_text())


def test_parquet_lies_in_folders_by_property_and_day(city: Path, tmp_path: Path):
    manifest = exported(city, tmp_path / "out")
    assert sorted(manifest["files"])[:2] == [
        "property=available_spot_number/day=2024-10-04/observations.parquet",
        "property=available_spot_number/day=2024-10-05/observations.parquet",
    ]
    assert (manifest["complete"], manifest["rows"], manifest["datastreams"]) == (True, 36, 3)
    assert (manifest["first"], manifest["last"]) == ("2024-10-04T00:00:00.000Z", "2024-10-05T20:00:00.000Z")
    partition = pa.dataset.partitioning(pa.schema({"property": pa.string(), "day": pa.string()}), flavor="hive")
    files = pa.dataset.dataset(tmp_path / "out", partitioning=partition, exclude_invalid_files=True)
    table = files.to_table().select(COLUMNS.names)
    assert checksum(batch_of(table)) == int(manifest["checksum"], 16) == checksum(rows())


@pytest.mark.parametrize("name", ["out.csv", "out.csv.gz", "out.arrow"])
def test_a_file_has_every_column(city: Path, tmp_path: Path, name: str):
    manifest = exported(city, tmp_path / name)
    if name == "out.arrow":
        table = pa.ipc.open_file(tmp_path / name).read_all()
    else:
        options = pyarrow.csv.ConvertOptions(column_types=COLUMNS)
        table = pyarrow.csv.read_csv(tmp_path / name, convert_options=options)
    assert table.schema == COLUMNS
    assert checksum(batch_of(table)) == int(manifest["checksum"], 16) == checksum(rows())
    assert list(manifest["files"]) == [name]


def test_line_protocol_is_what_stores_take(city: Path, tmp_path: Path):
    exported(city, tmp_path / "out.lp.gz", "--thing", "bin-7")
    lines = gzip.decompress((tmp_path / "out.lp.gz").read_bytes()).decode().splitlines()
    assert len(lines) == 24
    assert lines[0] == "filling_level,thing=bin-7 quality=1,result=0,result_time=1728000000017 1728000000000000000"


def test_a_choice_is_kept_and_stands_in_the_manifest(city: Path, tmp_path: Path):
    asked = ["--from", "2024-10-04T08:00:00Z", "--to", "2024-10-05T00:00:00Z", "--kind", "waste_container"]
    manifest = exported(city, tmp_path / "out.csv", *asked, "--operator", "sr", "--raw-only")
    assert (manifest["rows"], manifest["datastreams"]) == (4, 1)
    assert manifest["query"]["from"] == "2024-10-04T08:00:00+00:00"
    assert (manifest["query"]["kind"], manifest["query"]["raw_only"]) == ("waste_container", True)


@pytest.mark.parametrize("name", ["out.csv", "out"])
def test_nothing_is_written_over_unless_forced(city: Path, tmp_path: Path, name: str):
    exported(city, tmp_path / name)
    again = smilecity("export", str(tmp_path / name), "--data", str(city), "--property", "filling_level")
    assert again.returncode == 1
    assert "--force" in again.stderr
    manifest = exported(city, tmp_path / name, "--property", "filling_level", "--force")
    assert manifest["rows"] == 12
    assert len(manifest["files"]) == (1 if name == "out.csv" else 2)


def test_force_spares_what_is_of_no_export(city: Path, tmp_path: Path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("years of work")
    answer = smilecity("export", str(tmp_path / "out"), "--data", str(city), "--force")
    assert answer.returncode == 1
    assert "thesis.txt" in answer.stderr
    assert (tmp_path / "out" / "thesis.txt").exists()


@pytest.mark.parametrize("form", list(Format))
def test_what_breaks_off_has_no_manifest(store: Store, tmp_path: Path, form: Format):
    class Breaking:
        def read(self, query: Query) -> Batch:
            if query.datastreams[0] != LEVEL or form is not Format.PARQUET:
                raise OSError("the disk is gone")
            return store.read(query)

    path = tmp_path / "out"
    with pytest.raises(OSError, match="the disk is gone"), advance("exporting") as told:
        export(Breaking(), store.spans(), Choice(), path, form, told=told)  # type: ignore[arg-type]
    assert not list(tmp_path.rglob("*manifest.json"))
    assert not path.is_file()


@pytest.mark.parametrize("form", list(Format))
def test_nothing_is_a_whole_export_too(tmp_path: Path, form: Format):
    empty = open_store("memory://")
    with advance("exporting") as told:
        manifest = export(empty, empty.spans(), Choice(), tmp_path / "out", form, told=told)
    assert (manifest.rows, manifest.checksum, manifest.first) == (0, "0" * 16, None)


@pytest.mark.parametrize(
    ("option", "near"), [("--thing=bin-8", "bin-7"), ("--property=filling_leven", "filling_level")]
)
def test_what_is_not_there_is_a_sentence(city: Path, tmp_path: Path, option: str, near: str):
    answer = smilecity("export", str(tmp_path / "out"), "--data", str(city), option)
    assert answer.returncode == 1
    assert f"Did you mean '{near}'?" in answer.stderr
    assert not (tmp_path / "out").exists()


def test_line_protocol_says_what_it_cannot_name(tmp_path: Path):
    store = open_store("memory://")
    store.write(Batch.of([Datastream("bin\n7", "level")], [0], [BEGIN], [1]))
    with pytest.raises(ValueError, match="Choose another format"), advance("exporting") as told:
        export(store, store.spans(), Choice(), tmp_path / "out.lp", Format.LINES, told=told)


def test_spans_are_chosen_by_what_a_thing_is(store: Store):
    catalogue = Catalogue("sqlite://")
    catalogue.put([Thing(id="city", name="", kind="parking_lot", longitude=0, latitude=0)])
    assert chosen(store, catalogue, Choice(kind="parking_lot")).datastreams == (FREE,)
    assert chosen(store, catalogue, Choice(kind="parking_lot", things=["bin-7"])).datastreams == ()
    catalogue.close()


def test_a_format_is_told_by_the_name(tmp_path: Path):
    assert format_of(tmp_path / "a.csv.gz") is Format.CSV
    assert format_of(tmp_path / "a.lp") is Format.LINES
    assert format_of(tmp_path / "folder") is None
