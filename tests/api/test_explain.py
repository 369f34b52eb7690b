"""Why a number is what it is, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api.explanation_schema import ExplanationDocument

if TYPE_CHECKING:
    from tests.api.city import Client

ASK = "/v1/explain?thing=lot-1&property=occupancy_hour"


def test_a_number_is_explained(client: Client):
    answer = client.get(f"{ASK}&at=2026-03-29T00:30:00Z")
    assert answer.status_code == 200
    document = ExplanationDocument.model_validate(answer.json())
    assert (document.start, document.end) == ("2026-03-29T00:00:00.000Z", "2026-03-29T01:00:00.000Z")
    made, *silent = document.inputs
    assert not any(each.observations for each in silent)
    assert made.datastream == "lot-1/available_spot_number"
    assert [(used.result, used.quality_name, used.left_out) for used in made.observations] == [
        (350.0, "good", ""),
        (340.0, "good", ""),
        (331.5, "suspect", ""),
    ]
    assert sum(used.hours for used in made.observations) == pytest.approx(1.0)
    assert document.stored is not None
    assert (document.stored.value, document.stored.quality_name, document.stored.revision) == (None, "missing", 2)
    share = (0 / 6 + 10 / 6 + 18.5 * 4 / 6 - 1e-3 * 7 / 3600 * 8.5) / 350
    assert document.computed.value == pytest.approx(share, abs=1e-6)
    assert document.site == {"capacity": 350}


@pytest.mark.parametrize(
    ("url", "status", "say"),
    [
        ("/v1/explain?thing=lot-1&property=available_spot_number", 404, "no result of an indicator"),
        ("/v1/explain?thing=nowhere&property=occupancy_hour", 404, "no thing and no group 'nowhere'"),
        (f"{ASK}&at=yesterday", 400, "at"),
        ("/v1/explain?thing=lot-1", 400, "property"),
    ],
)
def test_what_cannot_be_explained_is_told(client: Client, url: str, status: int, say: str):
    answer = client.get(url)
    assert (answer.status_code, say in answer.json()["detail"]) == (status, True)
