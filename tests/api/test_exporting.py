"""Observations of many datastreams: pages, and whole in every format of tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api import observation_table, table_schema
from api.form import all_forms
from sensors.model import Batch, Datastream
from storage.checksum import checksum
from storage.store import Query, StoreBusyError
from tests.api.city import FILLING, FREE, OCCUPANCY, Client
from tests.api.test_forms import read

if TYPE_CHECKING:
    from pathlib import Path

    from api.app import Services

TABLES = [form for form in all_forms() if form != "json"]


def names(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((row["thing"], row.get("property") or row["observed_property"]) for row in rows))


def test_every_datastream_in_pages(client: Client):
    document = client.json("/v1/observations")
    table_schema.ManyObservations.model_validate(document)
    assert names(document["observations"]) == [FILLING[:2], FREE[:2], OCCUPANCY[:2]]
    assert len(document["observations"]) == 6


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kind=parking_lot", [FREE, OCCUPANCY]),
        ("domain=waste", [FILLING]),
        ("operator=waste", [FILLING]),
        ("district=Stadtmitte&property=occupancy_hour", [OCCUPANCY]),
        ("thing=lot-1,bin-1&property=available_spot_number,filling_level", [FILLING, FREE]),
        ("property=filling_level", [FILLING]),
        ("thing=meter-1", []),
    ],
)
@pytest.mark.parametrize("form", ["json", "ndjson"])
def test_what_is_chosen(client: Client, query, expected, form):
    answer = client.get(f"/v1/observations?{query}&format={form}")
    rows = answer.json()["observations"] if form == "json" else read(form, answer.content)[0]
    assert names(rows) == [stream[:2] for stream in expected]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("thing=lot-1,lot-2", 404, "unknown-thing"),
        ("property=filling_level,nothing", 400, "bad-value"),
        ("thing=lot-1,,bin-1", 400, "bad-value"),
        ("format=parquet&limit=5", 400, "bad-value"),
        ("format=arrow&fields=thing,colour", 400, "bad-value"),
        ("cursor=zzz", 400, "bad-cursor"),
        ("from=2026-03-30&to=2026-03-29", 400, "bad-span"),
    ],
)
def test_what_is_refused(client: Client, query, status, code):
    client.problem(f"/v1/observations?{query}", status, code)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 7), later=st.lists(st.integers(0, 40), max_size=3, unique=True))
def test_pages_give_each_row_once_whatever_is_written_meanwhile(client: Client, services: Services, limit, later):
    first = client.json(f"/v1/observations?from=2026-03-28&to=2026-03-30&limit={limit}")
    whole = client.json("/v1/observations?from=2026-03-28&to=2026-03-30&limit=50000")["observations"]
    for minute in later:
        services.store.write(Batch.of((FREE,), [0], [np.datetime64("2026-03-29T03:00", "ms") + 60_000 * minute], [1.0]))
    rows = [*first["observations"], *(row for page in walk(client, first["next"]) for row in page)]
    keys = [(row["thing"], row["observed_property"], row["phenomenon_time"]) for row in rows]
    assert keys == sorted(set(keys))
    assert {tuple(row.values()) for row in whole} <= {tuple(row.values()) for row in rows}


def walk(client: Client, following: str | None) -> list[list[dict[str, Any]]]:
    return [] if following is None else client.walk(following, "observations")


@pytest.mark.parametrize("form", TABLES)
@pytest.mark.parametrize("rows_at_once", [1, 2, 100])
def test_every_format_holds_what_the_store_holds(client: Client, services: Services, form, rows_at_once, monkeypatch):
    monkeypatch.setattr(observation_table.Wanted.batches, "__defaults__", (rows_at_once, None))
    rows, said = read(form, client.get(f"/v1/observations?format={form}").content)
    streams = sorted(services.store.spans().datastreams)
    held = services.store.read(Query(datastreams=streams))
    assert len(rows) == len(held)
    assert form == "csv" or (int(said["rows"]), said["checksum"]) == (len(held), f"{checksum(held):016x}")


def test_accept_chooses_and_the_file_has_a_name(client: Client):
    answer = client.get("/v1/observations?thing=lot-1&property=occupancy_hour", accept="application/vnd.apache.parquet")
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    assert answer.headers["content-disposition"] == "inline; filename*=UTF-8''lot-1_occupancy_hour.parquet"
    rows, _ = read("parquet", answer.content)
    assert [row["result"] for row in rows] == [0.1, None]
    assert {row["unit"] for row in rows} == {"1"}
    assert client.get("/v1/observations", accept="application/xml").status_code == 406


def test_values_of_a_group_are_given(client: Client, services: Services):
    group = Datastream("district:Stadtmitte", "occupancy_hour", derived=True)
    services.store.write(Batch.of((group,), [0], ["2026-03-28T23:00"], [0.1], coverage=[1.0]))
    document = client.json("/v1/observations?thing=district:Stadtmitte&property=occupancy_hour")
    assert [row["result"] for row in document["observations"]] == [0.1]
    assert names(client.json("/v1/observations?thing=district:Stadtmitte")["observations"]) == [group[:2]]


def test_a_store_that_fails_is_a_problem_before_the_first_row_and_cuts_off_later(services: Services, monkeypatch):
    client = Client.of(services)
    monkeypatch.setattr(observation_table.Wanted.batches, "__defaults__", (1, None))
    reads = {"left": 1}
    read_before = type(services.store).read

    def failing(store: object, query: Query) -> Batch:
        reads["left"] -= 1
        if reads["left"] < 0:
            raise StoreBusyError("away", 3)
        return read_before(store, query)  # type: ignore[arg-type]

    monkeypatch.setattr(type(services.store), "read", failing)
    cut_off = client.get("/v1/observations?format=ndjson", **{"accept-encoding": "identity"}).content.splitlines()
    assert cut_off
    assert b"complete" not in cut_off[-1]
    assert client.get("/v1/observations?format=ndjson").status_code == 503


def test_what_was_exported_can_be_imported(client: Client, tmp_path: Path):
    from smilecity.importing import Reading, source  # noqa: PLC0415

    for form, ending in (("parquet", "parquet"), ("csv", "csv")):
        file = tmp_path / f"city.{ending}"
        file.write_bytes(client.get(f"/v1/observations?format={form}").content)
        reading = Reading([source(file, None, incomplete=True)], np.datetime64("2026-04-01", "ms"))
        assert sum(len(found.batch) for _, found, _ in reading.batches()) == 6
