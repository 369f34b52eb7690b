from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from api import table_schema
from sensors.model import Batch, Datastream, Thing
from tests.api.city import Client
from tests.api.test_forms import read

if TYPE_CHECKING:
    from api.app import Services

URL = "/v1/aggregates?property=available_spot_number"
HOUR = np.timedelta64(1, "h")


def rows(client: Client, query: str) -> list[dict[str, Any]]:
    document = client.json(f"/v1/aggregates?{query}")
    table_schema.AggregateDocument.model_validate(document)
    found: list[dict[str, Any]] = document["aggregates"]
    assert document["rows"] == len(found)
    return found


def test_functions_of_an_hour(client: Client):
    (row,) = rows(client, "property=available_spot_number&function=mean,min,max,first,last,time_weighted_mean,count")
    held = (350.0 * 600_000 + 340.0 * 600_007 + 331.5 * (3_600_000 - 1_200_007)) / 3_600_000
    assert row.pop("time_weighted_mean") == pytest.approx(held)
    assert row == {
        "thing": "lot-1",
        "property": "available_spot_number",
        "start": "2026-03-29T00:00:00.000Z",
        "end": "2026-03-29T01:00:00.000Z",
        "unit": "{space}",
        "count": 3,
        "mean": 340.5,
        "min": 331.5,
        "max": 350.0,
        "first": 350.0,
        "last": 331.5,
    }


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_local_days_have_their_hours(client: Client, services: Services, day, hours):
    meter = Datastream("meter-1", "active_power")
    around = np.datetime64(day, "ms") + HOUR * np.arange(-6, 30)
    services.store.write(Batch.of((meter,), [0] * 36, around, [1.0] * 36))
    (row,) = rows(client, f"property=active_power&step=day&from={day}&to={day}T12:00:00Z&function=count")
    assert row["count"] == hours
    start, end = (np.datetime64(row[name].removesuffix("Z"), "ms") for name in ("start", "end"))
    assert (end - start) / HOUR == hours


def test_the_zone_moves_days(client: Client):
    (row,) = rows(client, "property=available_spot_number&step=day&zone=America/New_York")
    assert (row["start"], row["end"]) == ("2026-03-28T04:00:00.000Z", "2026-03-29T04:00:00.000Z")


@pytest.mark.parametrize(
    ("step", "start"),
    [
        ("15min", "2026-03-29T00:00:00.000Z"),
        ("week", "2026-03-22T23:00:00.000Z"),
        ("month", "2026-02-28T23:00:00.000Z"),
        ("quarter", "2025-12-31T23:00:00.000Z"),
        ("year", "2025-12-31T23:00:00.000Z"),
    ],
)
def test_steps(client: Client, step, start):
    assert rows(client, f"property=available_spot_number&step={step}")[0]["start"] == start


@pytest.fixture
def lots(services: Services) -> Client:
    """Two more car parks, and what the district says of itself."""
    more = [
        Thing(id=f"lot-{n}", name="", kind="parking_lot", longitude=12, latitude=54, district=d, operator=o)
        for n, d, o in ((2, "Stadtmitte", "car-parks"), (3, "Lütten Klein", "others"))
    ]
    services.catalogue.put(more)
    streams = [Datastream(f"lot-{n}", "available_spot_number") for n in (2, 3)]
    services.store.write(Batch.of(streams, [0, 1], ["2026-03-29T00:30"] * 2, [10.0, 20.0]))
    group = Datastream("district:Stadtmitte", "occupancy_hour", derived=True)
    services.store.write(Batch.of((group,), [0], ["2026-03-28T23:00"], [0.7], coverage=[1.0]))
    return Client.of(services)


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("district", {"district:Lütten Klein": (1, 20.0), "district:Stadtmitte": (4, 257.875)}),
        ("operator", {"operator:car-parks": (4, 257.875), "operator:others": (1, 20.0)}),
        ("city", {"city": (5, 210.3)}),
    ],
)
def test_groups_are_of_all_rows_of_their_members(lots: Client, group, expected):
    found = rows(lots, f"property=available_spot_number&group={group}&step=day")
    assert {row["thing"]: (row["count"], row["mean"]) for row in found} == expected


def test_a_ratio_of_a_group_is_the_groups_own(lots: Client):
    (row,) = rows(lots, "property=occupancy_hour&group=district")
    assert (row["thing"], row["mean"]) == ("district:Stadtmitte", 0.7)


@pytest.mark.parametrize(
    "query",
    [
        "property=filling_level&group=city",
        "property=filling_level&group=city&function=time_weighted_mean",
        "property=occupancy_hour&group=operator",
        "property=occupancy_hour&group=district&operator=car-parks",
    ],
)
def test_a_mean_of_ratios_is_refused(lots: Client, query):
    detail = lots.problem(f"/v1/aggregates?{query}", 400, "mean-of-ratios")["detail"]
    assert "no ratio of the group" in detail


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("property=available_spot_number&function=median", "function"),
        ("property=available_spot_number&function=increase", "function"),
        ("property=available_spot_number&function=sum", "function"),
        ("property=available_spot_number&function=last&group=city", "function"),
        ("property=available_spot_number&zone=Europe/Berlim", "zone"),
        ("property=available_spot_number&fields=median", "fields"),
    ],
)
def test_what_cannot_be_said(client: Client, query, parameter):
    assert client.problem(f"/v1/aggregates?{query}", 400, "bad-value")["parameter"] == parameter


def test_amounts_are_summed_and_counters_increase(client: Client, services: Services):
    energy, reading = (
        Datastream("meter-1", "energy_hour", derived=True),
        Datastream("meter-1", "total_active_energy_import"),
    )
    times = ["2026-03-29T00:00", "2026-03-29T01:00", "2026-03-29T02:00"]
    services.store.write(Batch.of((energy, reading), [0, 0, 0, 1, 1, 1], times * 2, [1.0, 2.0, 4.5, 10.0, 3.0, 5.0]))
    (row,) = rows(client, "property=energy_hour&step=day&function=sum&group=city")
    assert (row["thing"], row["sum"], row["unit"]) == ("city", 7.5, "kWh")
    (row,) = rows(client, "property=total_active_energy_import&step=day&function=increase")
    assert row["increase"] == 5.0


def test_too_many_windows(client: Client):
    detail = client.problem(f"{URL}&step=15min&from=2000-01-01", 413, "span-too-long")["detail"]
    assert "Ask for a part" in detail


@pytest.mark.parametrize("form", ["ndjson", "csv", "parquet", "arrow", "geojson"])
def test_every_format(client: Client, form):
    found, said = read(form, client.get(f"{URL}&format={form}").content)
    assert [row["thing"] for row in found] == ["lot-1"]
    assert form == "csv" or said["checksum"] == client.json(URL)["checksum"]


def test_nothing_is_known_of_nothing(client: Client):
    assert rows(client, "property=active_power") == []
    assert rows(client, "property=active_power&group=city") == []
