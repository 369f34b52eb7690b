"""Nobody changes what a formula says without raising its version: a stored city would mix both, and nobody see it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from processing.indicator import Reduction
from processing.indicators import indicators
from tests.processing import probe

if TYPE_CHECKING:
    from pathlib import Path

    from processing.indicator import Given, Indicator, Results


def test_what_a_formula_says_has_changed_only_with_its_version():
    held, found = probe.written(), probe.fingerprints()
    assert found == held, (
        f"{', '.join(sorted(name for name in found.keys() | held.keys() if found.get(name) != held.get(name)))}: raise "
        "the version of each that was there before, and write down what it says now: python -m tests.processing.probe"
    )


def a_little_more(one: Indicator) -> Indicator:
    def formula(given: Given) -> Results:
        found = one.formula(given)
        return replace(found, value=found.value * (1 + 1e-6))

    return replace(one, formula=formula)


@pytest.mark.parametrize("name", ["occupancy", "energy", "turnover", "anomaly", "time_to_full"])
def test_a_small_change_of_a_formula_is_another_number(name: str):
    one = indicators()[name]
    assert probe.said(one) == probe.said(one) != probe.said(a_little_more(one))


def test_another_unit_or_another_way_to_groups_is_another_number():
    one = indicators()["occupancy"]
    assert probe.meant(one) != probe.meant(replace(one, unit="%"))
    assert probe.meant(one) != probe.meant(replace(one, roll_up=Reduction.MAXIMUM))


def test_a_version_is_not_given_another_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(probe, "FILE", tmp_path / "versions.json")
    monkeypatch.setattr(probe, "fingerprints", lambda: {"occupancy": (1, 7)})
    assert probe.main() == 0
    monkeypatch.setattr(probe, "fingerprints", lambda: {"occupancy": (1, 8), "energy": (1, 9)})
    assert probe.main() == 1
    assert "raise the version of occupancy:" in capsys.readouterr().err
    assert probe.written() == {"occupancy": (1, 7)}
    monkeypatch.setattr(probe, "fingerprints", lambda: {"occupancy": (2, 8), "energy": (1, 9)})
    assert probe.main() == 0
    assert probe.written() == {"occupancy": (2, 8), "energy": (1, 9)}
