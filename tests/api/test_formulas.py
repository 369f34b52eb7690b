"""By which version of its formula a value is, over HTTP: one that was raised between two steps of a real worker."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from api.app import Services
from api.explanation_schema import ExplanationDocument
from api.schema import IndicatorList, LatestDocument, ObservationPage
from api.services import Access
from api.table_schema import ManyObservations
from processing.indicators import indicators
from processing.worker import Worker
from sensors.model import Batch, Datastream, Thing
from storage.catalogue import Catalogue
from storage.store import open_store
from tests.api.city import Client
from tests.processing.raising import doubled, with_version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOT = Thing(id="lot", name="Lot", kind="parking_lot", longitude=12.1, latitude=54.1, properties={"capacity": 100})
FREE = Datastream("lot", "available_spot_number")
NOW = indicators()["occupancy"].version
SPAN = "from=2026-06-01T00:00:00Z&to=2026-06-01T03:00:00Z"
SERIES = f"/v1/observations?thing=lot&property=occupancy_hour&{SPAN}"
MANY = f"/v1/observations?thing=lot&property=occupancy_hour,available_spot_number&{SPAN}"
EXPLAIN = "/v1/explain?thing=lot&property=occupancy_hour&at=2026-06-01T01:30:00Z"
VERSIONS = [None, NOW, NOW + 1]
"""Of three hours: the first was computed before anybody noted it."""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Ask of a city whose second hour is by one version of the formula, and whose third by the next one."""
    folder: Path = tmp_path_factory.mktemp("raised")
    store, catalogue = open_store(f"duckdb://{folder}/city.duckdb"), Catalogue("sqlite://")
    catalogue.put([LOT])
    times = np.arange("2026-06-01T00", "2026-06-01T03", 20, dtype="datetime64[m]").astype("datetime64[ms]")
    store.write(Batch.of((FREE,), np.zeros(len(times)), times, np.full(len(times), 60.0)))
    hours = Batch.of(
        (Datastream("lot", "occupancy_hour", derived=True),), [0], ["2026-06-01T00:00"], [0.4],
        result_time=["2026-06-01T01:00"], coverage=[1.0], samples=[3],
    )  # fmt: skip
    store.write(hours)
    Worker(store, catalogue).step(datetime(2026, 6, 1, 2, tzinfo=UTC))
    with with_version("occupancy", NOW + 1, doubled(indicators()["occupancy"].formula)):
        Worker(store, catalogue).step(datetime(2026, 6, 1, 3, tzinfo=UTC))
        yield Client.of(Services(store=store, catalogue=catalogue, version="1.2.3", access=Access.OPEN))
    store.close()
    catalogue.close()


def versions(rows: list[dict[str, Any]]) -> list[int | None]:
    return [row["formula_version"] for row in rows]


def test_each_observation_of_a_derived_datastream_says_it(client: Client):
    document = client.json(SERIES)
    ObservationPage.model_validate(document)
    assert versions(document["observations"]) == VERSIONS
    assert [row["result"] for row in document["observations"]] == [0.4, 0.4, 0.8]
    assert client.json(f"{SERIES}&fields=formula_version")["observations"][2] == {"formula_version": NOW + 1}
    first = client.json(f"{SERIES}&limit=2")
    assert versions(first["observations"] + client.json(first["next"])["observations"]) == VERSIONS


def test_what_a_sensor_said_is_by_no_formula(client: Client):
    document = client.json(MANY)
    ManyObservations.model_validate(document)
    raw, derived = document["observations"][:9], document["observations"][9:]
    assert (versions(raw), versions(derived)) == ([None] * 9, VERSIONS)
    alone = client.json(f"/v1/observations?thing=lot&property=available_spot_number&{SPAN}")["observations"]
    assert "formula_version" not in alone[0]


def test_a_table_has_it_where_it_is_named(client: Client):
    fields = "fields=result,formula_version,property"
    assert "formula_version" not in client.get(f"{MANY}&format=csv").text
    rows = list(csv.DictReader(client.get(f"{MANY}&format=csv&{fields}").text.splitlines()))
    assert [row["formula_version"] for row in rows] == [""] * 9 + ["", str(NOW), str(NOW + 1)]
    assert list(rows[0]) == ["result", "formula_version", "property"]
    file = pyarrow.parquet.ParquetFile(io.BytesIO(client.get(f"{MANY}&format=parquet&{fields}").content))
    assert file.read().column("formula_version").to_pylist() == [None] * 9 + VERSIONS
    stream = pa.ipc.open_stream(client.get(f"{SERIES}&format=arrow&fields=formula_version").content)
    assert stream.read_all().column("formula_version").to_pylist() == VERSIONS


def test_the_rows_are_the_same_to_cite_with_it_and_without(client: Client):
    cited = [
        client.json(client.get(f"{MANY}&format=ndjson{fields}").links["cite-as"]["url"])
        for fields in ("", "&fields=formula_version")
    ]
    assert cited[0]["checksum"] == cited[1]["checksum"]
    again = client.get(f"/v1/queries/{cited[0]['id']}/rows?format=csv&fields=result,formula_version")
    assert again.text.splitlines()[-3:] == ["0.4,", f"0.4,{NOW}", f"0.8,{NOW + 1}"]
    assert client.json(f"/v1/queries/{cited[0]['id']}?check=true")["now"]["changed"] is False


def test_the_newest_say_it_where_it_is_named(client: Client):
    url = "/v1/latest?thing=lot&property=occupancy_hour,available_spot_number"
    document = client.json(url)
    LatestDocument.model_validate(document)
    assert "formula_version" not in document["observations"][0]
    named = client.json(f"{url}&fields=property,formula_version")["observations"]
    assert {row["observed_property"]: row["formula_version"] for row in named} == {
        "available_spot_number": None,
        "occupancy_hour": NOW + 1,
    }
    table = client.get(f"{url}&fields=result,formula_version&format=csv").text
    assert table.splitlines() == ["result,formula_version", "60,", f"0.8,{NOW + 1}"]


def test_an_answer_is_the_same_until_something_is_written(client: Client):
    tag = client.get(SERIES).headers["etag"]
    assert client.get(SERIES, **{"if-none-match": tag}).status_code == 304


def test_an_explanation_tells_what_the_present_formula_gives(client: Client):
    document = ExplanationDocument.model_validate(client.json(EXPLAIN))
    assert document.stored is not None
    assert (document.stored.value, document.stored.formula_version) == (0.4, NOW)
    assert (document.computed.value, document.computed.formula_version, document.version) == (0.8, NOW + 1, NOW + 1)


def test_an_indicator_lists_its_versions_with_since_when(client: Client):
    listed = IndicatorList.model_validate(client.json("/v1/indicators"))
    (found,) = (one for one in listed.indicators if one.name == "occupancy")
    assert [(one.version, one.since) for one in found.versions] == [
        (NOW, "2026-06-01T02:00:00.000Z"),
        (NOW + 1, "2026-06-01T03:00:00.000Z"),
    ]
    assert found.version == NOW + 1
    selected = client.json("/v1/indicators?fields=name,versions")["indicators"]
    assert [one["versions"] for one in selected if one["name"] == "occupancy"] == [
        [each.model_dump() for each in found.versions]
    ]


def test_sensorthings_says_it_beside_the_revision_and_lets_one_choose_by_it(client: Client):
    path = "/sta/v1.1/Datastreams('lot/occupancy_hour')/Observations?$orderby=phenomenonTime"
    told = [one["resultQuality"].get("formula_version") for one in client.json(path)["value"]]
    assert told == VERSIONS
    newer = client.json(f"{path}&$filter=resultQuality/formula_version gt {NOW}")["value"]
    assert [one["result"] for one in newer] == [0.8]
    raw = client.json("/sta/v1.1/Datastreams('lot/available_spot_number')/Observations")["value"]
    assert "formula_version" not in raw[0]["resultQuality"]
    table = client.get(f"{path}&$resultFormat=CSV&$select=resultQuality")
    assert table.status_code == 200, table.text
    rows = list(csv.DictReader(table.text.splitlines()))
    assert [row["resultQuality/formula_version"] for row in rows] == ["", str(NOW), str(NOW + 1)]
