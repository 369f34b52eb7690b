"""Every vector of every covered product of the collection decodes, where the collection lies beside the repository."""

from __future__ import annotations

from collections import Counter

import pytest

from sensors.devices import models
from sensors.kinds import kinds
from tests.sensors.coverage import EXPECTED, OWN, PRODUCTS, Tally, main, recorded, tallies
from tests.sensors.coverage_messages import message_tallies


def test_covered_products_are_of_models_and_kinds_that_there_are():
    assert {model for model, _ in PRODUCTS.values()} <= set(models())
    assert {kind for _, kind in PRODUCTS.values()} <= set(kinds())
    assert set(OWN) <= set(models())
    assert {prop for prop, _ in EXPECTED.values()} <= {p.name for kind in kinds().values() for p in kind.properties}


def test_at_least_thirty_products_are_covered():
    assert len({model for model, _ in PRODUCTS.values()}) >= 30


def test_every_vector_of_a_covered_product_passes(capsys: pytest.CaptureFixture[str]):
    if not recorded("lorawan_vectors.jsonl"):
        pytest.skip("the collection of recorded messages is not here")
    found, others = tallies()
    assert {name: tally.failed for name, tally in found.items() if tally.failed} == {}
    assert sum(tally.passed for tally in found.values()) > 150
    assert sum(others.values()) < 10
    assert main() == 0
    assert " and 0 failed" in capsys.readouterr().out


def test_every_envelope_and_message_of_a_covered_product_passes():
    if not recorded("lorawan_envelopes.jsonl"):
        pytest.skip("the collection of recorded messages is not here")
    found = message_tallies(Counter())
    assert {name: tally.failed for name, tally in found.items() if tally.failed} == {}
    assert sum(tally.passed for tally in found.values()) > 50


def test_a_product_without_a_passing_vector_is_named():
    found, _ = tallies()
    silent = {name for name, tally in found.items() if isinstance(tally, Tally) and not tally.passed}
    assert silent <= {"dragino ldds20", "dragino dds75-lb", "vutility voltdrop"}
