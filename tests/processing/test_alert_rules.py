"""Every alert rule's declaration, and its examples as tests."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from processing.alert import ANYTHING, AlertRule, NoData
from processing.alerting.books import SOURCE
from processing.alerting.telling import property_of
from processing.alerting.trying import objections
from processing.alerting.words import objection
from processing.alerts import shipped
from sensors.kinds import kinds
from storage.alert import State

if TYPE_CHECKING:
    from processing.alert import AlertExample

EVERY = [pytest.param(rule, id=name) for name, rule in shipped().items()]


@pytest.mark.parametrize("rule", EVERY)
def test_examples(rule: AlertRule):
    assert objections(rule) == ()


@pytest.mark.parametrize("rule", EVERY)
def test_examples_show_it_fire_and_end(rule: AlertRule):
    shown = {state for example in rule.examples for _, state in example.states}
    assert {State.FIRING, None} <= shown
    assert State.RESOLVED in shown
    if rule.pending:
        assert State.PENDING in shown


@pytest.mark.parametrize("rule", EVERY)
def test_declaration(rule: AlertRule):
    assert re.fullmatch("[a-z][a-z_]*", rule.name)
    assert set(rule.kinds) <= {*kinds(), SOURCE}
    assert rule.looks_at == ANYTHING or property_of(rule.looks_at) is not None
    assert rule.source
    assert rule.when or rule.silent.then is NoData.FIRE
    for text in (rule.text, rule.text_de, *(one.text for one in rule.when), *(one.text_de for one in rule.when)):
        assert objection(text) == ""


def test_the_names_are_those_of_the_files():
    assert list(shipped()) == sorted(shipped())
    assert len(shipped()) == 15


@pytest.mark.parametrize("rule", EVERY)
def test_an_example_that_says_something_else_is_told(rule: AlertRule):
    """A test that cannot fail is none: the first example, turned round, must be objected to."""
    example = rule.examples[0]
    turned: AlertExample = replace(example, states=[(at, other(state)) for at, state in example.states], reason="no")
    assert len(objections(replace(rule, examples=(turned,)))) >= len(example.states)


def other(state: State | None) -> State | None:
    return None if state is State.FIRING else State.FIRING
