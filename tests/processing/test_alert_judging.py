"""What values mean for a rule, beside a plain loop; and a rule over history."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing.alert import By, Compared, Condition, Scope, Usual
from processing.alerting.evaluate import evaluate
from processing.alerting.judging import applies, judged, limits, looked_at, timing
from processing.alerting.machine import Verdict
from processing.alerting.words import Facts, objection, sentences
from processing.alerts import shipped
from processing.region import Region
from processing.rows import NEVER, Rows
from sensors.model import Thing

if TYPE_CHECKING:
    from processing.alert import AlertRule

RULE = shipped()["container_overflow"]
MINUTE = 60_000


def bin_(name: str = "bin", **site: Any) -> Thing:
    return Thing(
        id=name, name=name, kind="waste_container", longitude=12.1, latitude=54.1, operator="SR", properties=site
    )


def rows(*told: tuple[int, int, float]) -> Rows:
    """Make rows of (series, minute, value)."""
    series, time, value = zip(*told, strict=True) if told else ((), (), ())
    times = (np.array(time, dtype=np.int64) * MINUTE).view("datetime64[ms]")
    return Rows.of(max(series, default=0) + 1, series, times, value)


def verdicts(rule: AlertRule, things: list[Thing], some: Rows) -> list[int]:
    found: list[int] = judged(rule, limits(rule, things), some).verdict.tolist()
    return found


@pytest.mark.parametrize(
    ("condition", "values", "expected"),
    [
        (Condition(above=5.0, clear=3.0), (6, 5, 4, 3, 2), "BBb.."),
        (Condition(above=5.0), (6, 5, 4.9), "BB."),
        (Condition(below=5.0, clear=7.0), (4, 5, 6, 7), "BBb."),
        (Condition(equal=1.0), (0, 1, 2), ".B."),
        (Condition(above=5.0, below=1.0), (0, 1, 2, 5), "BB.B"),
    ],
)
def test_limits(condition: Condition, values: tuple[float, ...], expected: str):
    rule = replace(RULE, when=(condition,))
    some = rows(*((0, place, value) for place, value in enumerate(values)))
    signs = {Verdict.BAD: "B", Verdict.BETWEEN: "b", Verdict.CLEAR: "."}
    assert "".join(signs[Verdict(one)] for one in verdicts(rule, [bin_()], some)) == expected


def test_sites_set_their_own_limits():
    rule = replace(RULE, of_site={"above": "alarm_level", "clear": "calm_level"})
    things = [bin_("a"), bin_("b", alarm_level=50, calm_level=20), bin_("c", alarm_level="full")]
    some = rows((0, 0, 60), (1, 0, 60), (2, 0, 60))
    assert verdicts(rule, things, some) == [Verdict.CLEAR, Verdict.BAD, Verdict.CLEAR]
    (bounds,) = limits(rule, things)
    assert bounds.threshold(np.arange(3), np.full(3, 60.0)).tolist() == [95.0, 50.0, 95.0]


def test_minutes_of_a_site_that_are_beyond_all_time_are_never_over():
    rule = replace(shipped()["container_overflow"], of_site={"pending": "wait_min"})
    declared = timing(rule, [bin_()]).pending[0]
    told = timing(rule, [bin_(wait_min=30), bin_(wait_min=1e15), bin_(wait_min=1e308), bin_(wait_min=10**400)])
    assert told.pending.tolist() == [1_800_000, NEVER, declared, declared]


def test_values_are_told_by_what_the_site_says():
    rule = replace(RULE, when=(Condition(above=0.9, per="capacity"),))
    found = judged(rule, limits(rule, [bin_("a", capacity=10), bin_("b", capacity=0)]), rows((0, 0, 9), (1, 0, 9)))
    assert found.verdict.tolist() == [Verdict.BAD, Verdict.CLEAR]
    assert found.value[0] == 0.9


def test_the_first_condition_that_is_true_decides():
    rule = replace(RULE, when=(Condition(above=10.0, clear=5.0), Condition(below=-1.0), Condition(above=8.0)))
    found = judged(rule, limits(rule, [bin_()]), rows((0, 0, 12), (0, 1, 9), (0, 2, -2), (0, 3, 7)))
    assert found.condition is not None
    assert found.condition.tolist() == [0, 2, 1, 0]
    assert found.verdict.tolist() == [Verdict.BAD, Verdict.BAD, Verdict.BAD, Verdict.BETWEEN]


@settings(max_examples=200, deadline=None)
@given(
    told=st.dictionaries(st.tuples(st.integers(0, 2), st.integers(0, 30)), st.integers(1, 9), max_size=25),
    to=st.sampled_from(Usual),
    by=st.sampled_from(By),
    least=st.integers(1, 3),
)
def test_what_was_before_is_as_a_loop_finds_it(told: dict[tuple[int, int], int], to: Usual, by: By, least: int):
    within = 10
    compared = Compared(to=to, within=timedelta(minutes=within), by=by, least=least)
    condition = Condition(above=1.0, compared=compared)
    some = rows(*((series, time, float(value)) for (series, time), value in told.items()))
    bounds = limits(replace(RULE, when=(condition,)), [bin_(str(place)) for place in range(3)])[0]
    expected = []
    for (series, time), value in sorted(told.items()):
        before = [told[key] for key in told if key[0] == series and time - within <= key[1] < time]
        if len(before) < least:
            usual = float(value) if least == 1 else np.nan
        else:
            usual = float(min(before) if to is Usual.LEAST else median(before))
        expected.append(value - usual if by is By.DIFFERENCE else value / usual)
    np.testing.assert_allclose(looked_at(condition, bounds, some), expected)


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope(), True),
        (Scope(operators=("SR",)), True),
        (Scope(operators=("SW",)), False),
        (Scope(tags=("glass", "paper")), True),
        (Scope(tags=("paper",)), False),
        (Scope(districts=("KTV",)), False),
        (Scope(things=("bin",)), True),
    ],
)
def test_scope(scope: Scope, expected: bool):  # noqa: FBT001
    assert applies(replace(RULE, scope=scope), bin_(tags=["glass"])) is expected


def test_what_a_site_must_say():
    rule = replace(RULE, required=("capacity_l",))
    assert not applies(rule, bin_())
    assert not applies(rule, bin_(capacity_l="much"))
    assert applies(rule, bin_(capacity_l=1100))


class TestHistory:
    def test_episodes(self):
        rule = replace(RULE, pending=timedelta(minutes=10))
        told = rows((0, 0, 99), (0, 20, 0), (0, 30, 99), (0, 35, 0), (1, 5, 99), (1, 90, 96))
        found = evaluate(rule, [bin_("a"), bin_("b")], told, 100 * MINUTE, Region()).episodes
        assert found.thing.tolist() == [0, 1]
        assert (found.fired // MINUTE).tolist() == [10, 15]
        assert found.ended.tolist() == [20 * MINUTE, NEVER]
        assert found.value.tolist() == [99.0, 99.0]

    def test_nothing(self):
        assert len(evaluate(RULE, [bin_()], rows(), 0, Region()).episodes) == 0
        assert len(evaluate(RULE, [], rows(), 0, Region()).episodes) == 0


class TestWords:
    FACTS = Facts("Bin", "KTV", "SR", 97.54, np.nan, "Cel", 1_780_300_800_000, 1_780_301_700_000, "Europe/Berlin")

    def test_both_languages_have_their_marks(self):
        text = "{thing}, {district}, {operator}: {value:.1f} {unit} for {minutes} min, since {since}, {threshold}"
        english, german = sentences(text, text, self.FACTS)
        assert english == "Bin, KTV, SR: 97.5 °C for 15 min, since 2026-06-01 10:00, ?"
        assert german == english.replace("97.5", "97,5")

    @given(st.text(max_size=60))
    def test_a_text_that_is_not_objected_to_can_be_said(self, text: str):
        if not objection(text):
            sentences(text, text, self.FACTS)

    @pytest.mark.parametrize("text", ["{thing:>9}", "{value:,.2f}", "{{}}", ""])
    def test_formats_that_can_be_said(self, text: str):
        assert objection(text) == ""

    @pytest.mark.parametrize("text", ["{value:d}", "{value:999f}", "{value:.9999f}", "{0}", "{}", "{value[0]}"])
    def test_formats_that_cannot(self, text: str):
        assert objection(text)
