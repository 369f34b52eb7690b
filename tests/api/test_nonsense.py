"""An old register with a nonsense number: whoever asks is answered."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan
from typing import TYPE_CHECKING

import pytest

from tests.api.city import BIN, LOT, Client

if TYPE_CHECKING:
    from api.app import Services

LONG = 10**400

pytestmark = pytest.mark.parametrize("empty", ["memory"], indirect=True)


@pytest.mark.parametrize("value", [nan, inf, 1e308, LONG], ids=["nan", "inf", "1e308", "400 digits"])
def test_it_is_answered(services: Services, value: float):
    lot, bin_ = ({**thing.properties, "capacity": value, "capacity_l": value, "x": value} for thing in (LOT, BIN))
    services.catalogue.put([replace(LOT, properties=lot), replace(BIN, properties=bin_)])
    client = Client.of(services)
    for path in (
        *("/v1/things", "/v1/things/lot-1", "/v1/things?format=csv", "/v1/latest", "/open"),
        *("/open/parkapi/rostock", "/open/parkapi/index.json"),
        *("/sta/v1.1/Things", "/sta/v1.1/Things?$filter=properties/x%20gt%205", "/v1/datastreams"),
        *("/v1/collection", "/v1/visits", "/v1/blocked", "/v1/forecasts?thing=lot-1"),
    ):
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.text)
