"""The API does what its OpenAPI document says: schemathesis asks every path, rightly and wrongly, and looks."""

from __future__ import annotations

from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from api.app import create_app
from api.services import Services
from storage.catalogue import Catalogue
from storage.store import open_store
from tests.api.city import MORNING, THINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "a-key-for-these-tests"
ENDLESS = r"/stream$"
"""Server-sent events never end; they have tests of their own."""
NOT_DONE = 501
"""What SensorThings wants for an option that is not implemented."""
REFUSALS = [NOT_DONE, 400, 401, 403, 404, 405, 406, 408, 409, 412, 413, 414, 415, 428, 429]
CHECKS = {
    # What is right in form may still name what there is not: no schema lists the things of a city.
    "positive_data_acceptance": {"expected-statuses": ["2xx", "3xx", *REFUSALS]},
    "not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", NOT_DONE]},
    "negative_data_rejection": {"expected-statuses": REFUSALS},
}
MODES = {"rightly": GenerationMode.POSITIVE, "wrongly": GenerationMode.NEGATIVE}


@pytest.fixture(scope="module")
def document() -> Iterator[Any]:
    with closing(open_store("memory://")) as store, closing(Catalogue("sqlite://")) as catalogue:
        catalogue.put(THINGS)
        store.write(MORNING)
        app = create_app(Services(store=store, catalogue=catalogue, api_key=KEY))
        config = schemathesis.Config.from_dict({"checks": CHECKS, "auth": {"openapi": {"bearer": {"bearer": KEY}}}})
        yield schemathesis.openapi.from_asgi("/openapi.json", app, config=config).exclude(path_regex=ENDLESS)


@pytest.mark.parametrize("mode", MODES)
def test_every_answer_is_one_that_is_documented(document: Any, mode):
    asked = 0
    for found in document.get_all_operations():
        with suppress(Unsatisfiable):  # what takes nothing, or any text, cannot be asked wrongly
            _hold(found.ok(), MODES[mode])
            asked += 1
    assert asked > 15


def _hold(operation: Any, mode: GenerationMode) -> None:
    @settings(
        max_examples=6,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def hold(case: Any) -> None:
        case.call_and_validate()

    hold()
