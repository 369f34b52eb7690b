"""Questions that can be cited: the same rows again, or that they are not the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from api import table_schema
from sensors.model import Batch
from storage.checksum import checksum
from storage.store import Query
from tests.api.city import FILLING, FREE, Client
from tests.api.test_forms import read

if TYPE_CHECKING:
    from api.app import Services

LATER = np.datetime64("2190-01-01", "ms")
"""A result time behind every pin."""


def cited(client: Client, url: str) -> str:
    """Export, and give where the question stands."""
    found = re.fullmatch(r'<(/v1/queries/[a-z2-7]{20})>; rel="cite-as"', client.get(url).headers["link"])
    assert found
    return found[1]


def written(client: Client, place: str, form: str = "ndjson") -> tuple[list[dict[str, Any]], dict[str, Any]]:
    answer = client.get(f"{place}/rows?format={form}")
    assert answer.status_code == 200, answer.text
    return read(form, answer.content)


def test_an_export_is_known_by_its_id(client: Client, services: Services):
    place = cited(client, "/v1/observations?format=csv&kind=parking_lot")
    document = client.json(place)
    table_schema.QueryDocument.model_validate(document)
    held = services.store.read(
        Query(datastreams=[FREE, FREE._replace(observed_property="occupancy_hour", derived=True)])
    )
    assert (document["rows"], document["checksum"]) == (5, f"{checksum(held):016x}")
    assert (document["asked"]["kind"], document["complete"], document["now"]) == ("parking_lot", True, None)


@pytest.mark.parametrize("form", ["ndjson", "arrow", "parquet", "geojson", "json"])
def test_what_came_later_takes_no_part(client: Client, services: Services, form):
    place = cited(client, "/v1/observations?format=csv&to=2026-04-01&from=2026-03-28")
    before = written(client, place, form)
    times = ["2026-03-29T00:15", "2026-03-29T00:25"]
    services.store.write(Batch.of((FREE,), [0, 0], times, [1.0, 2.0], result_time=[LATER, LATER]))
    assert written(client, place, form) == before
    assert client.json(f"{place}?check=true")["now"]["changed"] is False


def test_a_corrected_row_is_never_given_silently(client: Client, services: Services):
    place = cited(client, "/v1/observations?format=parquet&property=filling_level")
    better = Batch.of((FILLING,), [0], ["2026-03-29T00:05"], [43.0], revision=[9], result_time=[LATER])
    services.store.write(better)
    problem = client.problem(f"{place}/rows", 409, "rows-changed")
    assert (problem["cited"]["rows"], problem["now"]["rows"]) == (1, 0)
    rows, said = read("ndjson", client.get(f"{place}/rows?changed=true&format=ndjson").content)
    assert (rows, said["changed"], said["cited"]["rows"]) == ([], True, 1)
    assert client.json(f"{place}?check=true")["now"]["changed"] is True


def test_aggregates_are_compared_too(client: Client, services: Services):
    place = cited(client, "/v1/aggregates?property=filling_level&step=day")
    rows, _ = read("ndjson", client.get(f"{place}/rows?format=ndjson").content)
    assert [row["mean"] for row in rows] == [42.25]
    services.store.write(Batch.of((FILLING,), [0], ["2026-03-29T00:15"], [50.0], result_time=[LATER]))
    client.problem(f"{place}/rows", 409, "rows-changed")


def test_what_was_cut_off_is_not_known(client: Client, monkeypatch):
    from api.forms import csv  # noqa: PLC0415

    def broken(batch: object) -> bytes:
        raise OSError(batch)

    monkeypatch.setattr(csv, "csv_lines", broken)
    place = cited(client, "/v1/observations?format=csv")
    client.problem(place, 404, "not-found")


@pytest.mark.parametrize("path", ["/v1/queries/x", "/v1/queries/x/rows"])
def test_what_is_no_id(client: Client, path):
    assert "cite-as" in client.problem(path, 400, "bad-value")["detail"]


def test_the_same_fields_again(client: Client):
    place = cited(client, "/v1/observations?format=csv")
    rows, _ = read("ndjson", client.get(f"{place}/rows?format=ndjson&fields=result,thing").content)
    assert list(rows[0]) == ["result", "thing"]
    assert client.problem(f"{place}/rows?fields=nothing", 400, "bad-value")["parameter"] == "fields"
