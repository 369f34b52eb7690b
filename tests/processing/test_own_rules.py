"""A city's own alert rules: what is declared in TOML, and the sentence for every mistake."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.alert import ANYTHING, By, Compared, Condition, Hours, NoData, Severity, Silent, Usual
from processing.alerting import own
from processing.alerting.own import RuleError, rule_of, rules_of
from processing.alerts import know, rules, shipped
from storage.alert import OwnRule, State

HEAD = """
name = "glass_overflow"
domain = "waste"
title = "Glass container overflows"
title_de = "Glascontainer läuft über"
severity = "warning"
looks_at = "filling_level"
kinds = ["waste_container"]
pending = "1h"
text = "{thing} is {value:.0f} % full"
text_de = "{thing} ist zu {value:.0f} % voll"
"""
WHEN = "[[when]]\nabove = 90\nclear = 80\n"
EXAMPLE = """
[[examples]]
kind = "waste_container"
site = { tags = ["glass"] }
rows = [["2026-06-01T08:00", 92], ["2026-06-01T10:00", 40]]
states = [["2026-06-01T08:59", "pending"], ["2026-06-01T09:00", "firing"], ["2026-06-01T10:00", "resolved"]]
reason_de = "Thing ist zu 92 % voll"
"""
WHOLE = HEAD + WHEN + '[scope]\ntags = ["glass"]\n' + EXAMPLE


def test_a_rule_is_read_and_its_examples_are_tried():
    rule = rule_of(WHOLE)
    assert (rule.name, rule.severity, rule.pending) == ("glass_overflow", Severity.WARNING, timedelta(hours=1))
    assert rule.when == (Condition(above=90.0, clear=80.0),)
    assert rule.scope.tags == ("glass",)
    assert rule.examples[0].states[1] == ("2026-06-01T09:00", State.FIRING)


def test_everything_can_be_said():
    rule = rule_of(
        HEAD.replace("filling_level", ANYTHING)
        + 'clear_for = "90s"\nrequired = ["capacity_l"]\nscale = 2\nunit = "%"\nof_site = { pending = "wait_min" }\n'
        "[[when]]\nabove = 5\n"
        'compared = { to = "median", within = "1.5h", by = "ratio", least = 3 }\n'
        '[silent]\nthen = "fire"\nafter = "2d"\n'
        '[hours]\nweekdays = [1, 2]\nbegin = 8\nend = 18.5\nholidays = false\nsite = "hours"\ndaylight = "30min"\n'
        '[escalation]\nafter = "15min"\nseverity = "critical"\n'
        '[storm]\nby = ["gateway"]\nleast = 3\nwithin = "10min"\nwait = "1min"\n'
    )
    compared = Compared(to=Usual.MEDIAN, within=timedelta(minutes=90), by=By.RATIO, least=3)
    assert rule.when == (Condition(above=5.0, compared=compared),)
    assert rule.silent == Silent(then=NoData.FIRE, after=timedelta(days=2))
    assert rule.hours == Hours(
        weekdays=(1, 2), begin=8.0, end=18.5, holidays=False, site="hours", daylight=timedelta(minutes=30)
    )
    assert (rule.escalation.severity, rule.storm.wait) == (Severity.CRITICAL, timedelta(minutes=1))  # type: ignore[union-attr]
    assert (rule.clear_for, rule.scale, rule.required) == (timedelta(seconds=90), 2.0, ("capacity_l",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = ", "it is no TOML"),
        (HEAD, "it is never true: write .*when"),
        (HEAD + "[[when]]\nclear = 5\n", "neither above, below nor equal"),
        (HEAD + "[[when]]\nabove = 5\nclear = 6\n", "clear is 6, beyond the limit of 5"),
        (HEAD + "[[when]]\nabove = 5\nbelow = 1\nclear = 3\n", "for both write two conditions"),
        (HEAD + "[[when]]\nabov = 5\n", r"'abov' in when\[0\] is unknown. Did you mean 'above'\?"),
        (HEAD + WHEN + "pendign = 5\n", "'pendign' in when"),
        ("pendign = '5min'\n" + HEAD + WHEN, r"'pendign' is unknown. Did you mean 'pending'\?"),
        (WHOLE.replace('"1h"', '"1 hour"'), "'1 hour' is no span of time"),
        (WHOLE.replace('"1h"', '"500d"'), "'500d' is no span of time up to 400 d"),
        (WHOLE.replace("filling_level", "filing_level"), r"no property is called.*Did you mean 'filling_level'\?"),
        (WHOLE.replace('kinds = ["waste_container"]', 'kinds = ["bin"]'), "no sensor kind is called 'bin'"),
        (WHOLE.replace('"warning"', '"bad"'), "invalid enum value 'bad'"),
        (WHOLE.replace("glass_overflow", "Glas"), "its name 'Glas' must be of small letters"),
        (WHOLE.replace("{thing} is", "{think} is"), r"names {think}.*Did you mean 'thing'\?"),
        (WHOLE.replace("{thing} is", "{thing.__class__} is"), "names {thing.__class__}"),
        (WHOLE.replace("{value:.0f} % full", "{value:99999999} full"), "is no format of a number"),
        (WHOLE.replace("{value:.0f} % full", "{value:{thing}} full"), "is no format of a number"),
        (WHOLE.replace("{thing} is", "{thing is"), "cannot be read"),
        (
            WHOLE.replace('09:00", "firing"', '09:00", "pending"'),
            "example 1: at 2026-06-01T09:00 .* pending and is firing",
        ),
        (WHOLE.replace("zu 92 % voll", "voll"), "it should say 'Thing ist voll' and says 'Thing ist zu 92 % voll'"),
        (WHOLE.replace('"resolved"', '"over"'), "an example's state is 'over'"),
        (WHOLE.replace("2026-06-01T10:00", "ten"), "'ten' is no time"),
        (WHOLE.replace("[scope]", 'of_site = { abve = "x" }\n[scope]').replace(WHEN, "") + WHEN, "'abve'"),
    ],
)
def test_every_mistake_is_a_sentence(text: str, said: str):
    with pytest.raises(RuleError, match=said):
        rule_of(text)


@given(st.text(max_size=200))
def test_whatever_is_written_is_a_rule_or_a_sentence(text: str):
    with pytest.raises(RuleError):
        rule_of(text)


def test_the_rule_that_the_documentation_shows_is_one():
    page = Path(__file__).resolve().parents[2] / "docs" / "alerts.md"
    blocks = re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    (shown,) = (block for block in blocks if "looks_at" in block)
    assert len(rule_of(shown).examples) == 1


def test_every_shipped_rule_is_documented():
    page = (Path(__file__).resolve().parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")
    assert {name for name in shipped() if f"`{name}`" not in page} == set()


def test_too_much_is_refused():
    with pytest.raises(RuleError, match="more than 50 examples"):
        rule_of(WHOLE + EXAMPLE * 50)


def test_the_folder_s_rules_stand_beside_the_shipped_ones_or_in_their_place():
    mine = rule_of(WHOLE)
    other = replace(mine, name="overstay")
    try:
        know([mine, other])
        assert rules()["glass_overflow"] is mine
        assert rules()["overstay"] is other
        assert len(rules()) == len(shipped()) + 1
        with pytest.raises(ValueError, match="two files declare the alert rule 'glass_overflow'"):
            know([mine, replace(mine, version=2)])
    finally:
        know(())
    assert rules() == shipped()


def test_the_catalogue_s_rules_replace_and_switch_off(caplog: pytest.LogCaptureFixture):
    kept = [
        OwnRule(name="glass_overflow", declaration=WHOLE),
        OwnRule(name="overstay", declaration="", enabled=False),
        OwnRule(name="peak_load", declaration=""),
        OwnRule(name="broken", declaration="name = 3"),
    ]
    own._kept.cache_clear()
    with caplog.at_level(logging.WARNING):
        found = rules_of(kept, shipped())
    assert set(found) == {*shipped(), "glass_overflow"} - {"overstay"}
    assert "the rule 'broken' of the catalogue is left out: " in caplog.text
