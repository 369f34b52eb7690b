"""Tries a rule's examples: each says how an alert stands at some instants, and what is said when it fires."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.alerting.evaluate import evaluate
from processing.alerting.judging import applies
from processing.alerting.machine import Phase, Step
from processing.alerting.telling import said
from processing.region import Region
from processing.rows import Rows
from sensors.model import TIME, Thing
from storage.alert import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processing.alert import AlertExample, AlertRule
    from processing.alerting.evaluate import Rehearsed

HERE = Region()


def objections(rule: AlertRule) -> tuple[str, ...]:
    """Tell what of a rule's examples does not come out as they say; nothing where all do."""
    return tuple(
        f"example {number}: {said}"
        for number, example in enumerate(rule.examples, start=1)
        for said in _objections(rule, example)
    )


def _objections(rule: AlertRule, example: AlertExample) -> Iterator[str]:
    for at, state in example.states:
        found = _standing(run(rule, example, at))
        if found is not state:
            yield f"at {at} the alert should be {_name(state)} and is {_name(found)}"
    last = max((at for at, _ in example.states), default="")
    told = _said(run(rule, example, last)) if last and (example.reason or example.reason_de) else ("", "")
    for wanted, got in zip((example.reason, example.reason_de), told, strict=True):
        if wanted and wanted != got:
            yield f"it should say '{wanted}' and says '{got}'"


def run(rule: AlertRule, example: AlertExample, at: str) -> Rehearsed:
    """Run an example up to an instant, ISO 8601 UTC."""
    until = np.datetime64(at, "ms")
    thing = thing_of(example)
    known = example.rows if applies(rule, thing) else ()
    rows = [(time, value) for time, value in known if np.datetime64(time, "ms") <= until]
    times = np.array([time for time, _ in rows], dtype=TIME)
    return evaluate(
        rule,
        [thing],
        Rows.of(1, np.zeros(len(rows), dtype=np.int64), times, [value for _, value in rows]),
        int(until.astype(np.int64)),
        HERE,
    )


def thing_of(example: AlertExample) -> Thing:
    """Make the thing that an example is about."""
    longitude, latitude = example.place
    return Thing(
        id="thing",
        name="Thing",
        kind=example.kind,
        longitude=longitude,
        latitude=latitude,
        operator="Operator",
        district="District",
        properties=example.site,
    )


def _standing(found: Rehearsed) -> State | None:
    if not len(found.estate):
        return None
    phase = found.estate.standing.phase[0]
    if phase == Phase.QUIET:
        return State.RESOLVED if len(found.episodes) else None
    return State.PENDING if phase == Phase.PENDING else State.FIRING


def _said(found: Rehearsed) -> tuple[str, str]:
    fired = np.flatnonzero(found.told.steps.step == Step.FIRED)
    if not len(fired):
        return "nothing", "nichts"
    return said(found.told, int(fired[0]))


def _name(state: State | None) -> str:
    return "none" if state is None else state.value
