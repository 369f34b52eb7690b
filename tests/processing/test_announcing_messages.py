"""What is said keeps to the published schema, and the schema to what is said."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from processing.announcing.messages import (
    Acknowledgement,
    AlertMessage,
    Heartbeat,
    Reply,
    Sentence,
    alert_message,
    encode,
    schema,
)
from storage.alert import Alert, Change, Kind, State
from tests.alerting import alert, fired

PUBLISHED = Path(__file__).parents[2] / "docs" / "alert.schema.json"
NOW = datetime(2026, 3, 29, 1, 2, 3, tzinfo=UTC)


def validator(of: str = "AlertMessage") -> Draft202012Validator:
    """Validate with the file that a utility downloads, not with what the code would say now."""
    published = json.loads(PUBLISHED.read_text())
    chosen = published | {"$ref": f"#/$defs/{of}"}
    return Draft202012Validator(chosen, format_checker=FormatChecker())


def written(change: Change, previous: int = 0, link: str = "") -> dict[str, Any]:
    told: dict[str, Any] = json.loads(encode(alert_message(change, previous, link)))
    return told


def test_the_schema_is_published_as_it_is():
    said = json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
    assert PUBLISHED.read_text() == said, "write it anew: smilecity alerts schema > docs/alert.schema.json"
    Draft202012Validator.check_schema(schema())


def test_an_alert_is_told_with_all_that_is_known_of_it():
    change = replace(fired(), alert=replace(alert(), sequence=7, incident=7, coverage=0.9))
    assert written(change, 5, "https://city.example/") == {
        "schema": "smilecity/alerts/v1/alert",
        "sequence": 7,
        "previous": 5,
        "incident": 7,
        "change": "fired",
        "at": "1970-01-01T00:00:02Z",
        "key": "overflow/bin-7",
        "state": "firing",
        "severity": "warning",
        "rule": "overflow",
        "rule_version": 1,
        "domain": "waste",
        "thing": "bin-7",
        "kind": "waste_container",
        "operator": "SR",
        "district": "KTV",
        "since": "1970-01-01T00:00:01Z",
        "fired": "1970-01-01T00:00:02Z",
        "ended": None,
        "heard": "1970-01-01T00:00:01.500000Z",
        "value": 97.5,
        "threshold": 95.0,
        "unit": "%",
        "coverage": 0.9,
        "reason": {"de": "zu 97 % voll", "en": "97 % full"},
        "escalated": False,
        "silenced": False,
        "acknowledged": None,
        "group": None,
        "members": 0,
        "link": "https://city.example/v1/alerts/overflow/bin-7",
    }


INSTANTS = st.integers(0, 4_102_444_800_000)
NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
WORDS = st.text(max_size=20)
ALERTS = st.builds(
    Alert,
    **dict.fromkeys(("key", "rule", "thing", "domain", "kind", "operator", "district", "unit", "cause"), WORDS),
    **dict.fromkeys(("reason", "reason_de", "who", "comment"), WORDS),
    **dict.fromkeys(("since", "heard"), INSTANTS),
    **{name: st.none() | INSTANTS for name in ("fired", "ended", "acknowledged")},
    version=st.integers(1, 99),
    state=st.sampled_from([State.FIRING, State.ACKNOWLEDGED, State.RESOLVED]),
    severity=st.sampled_from(["info", "warning", "critical"]),
    value=NUMBERS,
    threshold=NUMBERS,
    coverage=st.none() | st.floats(0, 1),
    escalated=st.booleans(),
    silenced=st.booleans(),
    members=st.integers(0, 500),
    incident=st.integers(0, 1 << 53),
    sequence=st.integers(1, 1 << 53),
)


@given(alert=ALERTS, kind=st.sampled_from(Kind), at=INSTANTS, previous=st.integers(0, 1 << 53), link=WORDS)
def test_every_alert_keeps_to_the_schema_and_reads_back(alert: Alert, kind: Kind, at: int, previous: int, link: str):
    message = alert_message(Change(change=kind, at=at, alert=alert), previous, link)
    payload = encode(message)
    validator().validate(json.loads(payload))
    assert msgspec.json.decode(payload, type=AlertMessage) == message


def test_heartbeat_and_reply_keep_to_the_schema():
    beat = Heartbeat(alive=True, at=NOW, interval_s=30, sequence=0, evaluated=None, version="1")
    reply = Reply(id="", accepted=False, code="over", key=None, sequence=None, reason=Sentence(de="a", en="b"))
    for message in (beat, msgspec.structs.replace(beat, evaluated=NOW)):
        validator("Heartbeat").validate(json.loads(encode(message)))
    validator("Reply").validate(json.loads(encode(reply)))


def test_the_examples_of_the_documentation_keep_to_it():
    blocks = re.findall(r"```json\n(.*?)```", PUBLISHED.with_name("alerts.md").read_text(), re.DOTALL)
    parts = {"alert": "AlertMessage", "heartbeat": "Heartbeat", "reply": "Reply"}
    examples = {(read := json.loads(block))["schema"].rsplit("/")[-1]: read for block in blocks}
    assert set(examples) == set(parts)
    for name, example in examples.items():
        validator(parts[name]).validate(example)
        assert set(example) == set(schema()["$defs"][parts[name]]["properties"])


def test_the_schema_refuses_what_was_never_said():
    told = written(replace(fired(), alert=replace(alert(), sequence=1)))
    for wrong in ({"state": "pending"}, {"sequence": 0}, {"since": 5}, {"schema": "x"}, {"change": "moved"}):
        assert not validator().is_valid(told | wrong)
    for missing in told:
        assert not validator().is_valid({name: value for name, value in told.items() if name != missing})
    assert validator().is_valid(told | {"later": "versions may say more"})


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ({"who": "Ada", "key": "overflow/bin-7"}, True),
        ({"who": "Ada", "incident": 7, "comment": "on my way", "id": "a-1"}, True),
        ({"key": "overflow/bin-7"}, False),
        ({"who": "", "sequence": 1}, False),
        ({"who": "x" * 201, "sequence": 1}, False),
        ({"who": "Ada", "sequence": 0}, False),
        ({"who": "Ada", "sequence": 1, "comment": "x" * 2001}, False),
        ({"who": "Ada", "sequence": 1, "state": "resolved"}, False),
    ],
)
def test_the_schema_and_the_platform_agree_on_acknowledgements(said: dict[str, Any], *, right: bool):
    assert validator("Acknowledgement").is_valid(said) == right
    try:
        msgspec.json.decode(json.dumps(said), type=Acknowledgement)
    except msgspec.ValidationError:
        assert not right
    else:
        assert right
