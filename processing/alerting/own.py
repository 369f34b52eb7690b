"""A city's own alert rules, declared in TOML: text in, AlertRule out, and a sentence for every mistake.

A file is one rule::

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

    [[when]]
    above = 90
    clear = 80

    [scope]
    tags = ["glass"]

    [[examples]]
    kind = "waste_container"
    site = { tags = ["glass"] }
    rows = [["2026-06-01T08:00", 92], ["2026-06-01T10:00", 40]]
    states = [["2026-06-01T08:59", "pending"], ["2026-06-01T09:00", "firing"], ["2026-06-01T10:00", "resolved"]]

Examples are tried when the file is read, so a wrong limit is found before a container is.
"""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from processing.alert import (
    ANYTHING,
    AlertExample,
    AlertRule,
    By,
    Compared,
    Condition,
    Escalation,
    Hours,
    NoData,
    Scope,
    Severity,
    Silent,
    Storm,
    Usual,
)
from processing.alerting.books import SOURCE
from processing.alerting.telling import property_names, property_of
from processing.alerting.trying import objections
from processing.alerting.words import objection
from sensors.hint import did_you_mean
from sensors.kinds import kinds
from storage.alert import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from storage.alert import OwnRule

log = logging.getLogger(__name__)

OF_SITE = ("above", "below", "equal", "clear", "pending", "clear_for", "silent")
MOST_EXAMPLES, MOST_ROWS = 50, 1000
MOST_CONDITIONS = 10
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_SPAN = re.compile(r"(?P<number>\d{1,6}(\.\d{1,3})?) ?(?P<unit>s|min|h|d)")
_UNITS = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days"}
_LONGEST = timedelta(days=400)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>[^`]*)`(?: - at `\$\.?(?P<place>.*)`)?", re.DOTALL)


class RuleError(ValueError):
    """A declaration that cannot become a rule: its text is a sentence."""


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file."""


class _Compared(_Part, frozen=True, kw_only=True):
    to: Usual
    within: str
    by: By = By.DIFFERENCE
    least: int = 1


class _Condition(_Part, frozen=True, kw_only=True):
    above: float | None = None
    below: float | None = None
    equal: float | None = None
    clear: float | None = None
    per: str = ""
    compared: _Compared | None = None
    unit: str = ""
    text: str = ""
    text_de: str = ""


class _Silent(_Part, frozen=True, kw_only=True):
    then: NoData
    after: str


class _Hours(_Part, frozen=True, kw_only=True):
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    begin: float = 0.0
    end: float = 24.0
    holidays: bool = True
    site: str = ""
    daylight: str = ""


class _Scope(_Part, frozen=True, kw_only=True):
    operators: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    things: tuple[str, ...] = ()


class _Escalation(_Part, frozen=True, kw_only=True):
    after: str
    severity: Severity | None = None


class _Storm(_Part, frozen=True, kw_only=True):
    by: tuple[str, ...] = Storm().by
    least: int = 5
    within: str = "30min"
    wait: str = "0s"


class _Example(_Part, frozen=True, kw_only=True):
    kind: str
    rows: tuple[tuple[str, float], ...]
    states: tuple[tuple[str, str], ...]
    site: dict[str, Any] = {}
    place: tuple[float, float] = (12.1, 54.09)
    reason: str = ""
    reason_de: str = ""


class _Declaration(_Part, frozen=True, kw_only=True):
    name: str
    domain: str
    title: str
    title_de: str
    severity: Severity
    looks_at: str
    kinds: tuple[str, ...]
    text: str
    text_de: str
    version: int = 1
    when: tuple[_Condition, ...] = ()
    pending: str = "0s"
    clear_for: str = "0s"
    silent: _Silent | None = None
    hours: _Hours | None = None
    scope: _Scope = _Scope()
    of_site: dict[str, str] = {}
    required: tuple[str, ...] = ()
    escalation: _Escalation | None = None
    storm: _Storm | None = None
    scale: float = 1.0
    unit: str = ""
    source: str = "the city's own declaration"
    examples: tuple[_Example, ...] = ()


def rule_of(text: str) -> AlertRule:
    """Make the rule that a file declares, and try its examples. Raises RuleError."""
    declared = _read(text)
    _refuse(declared)
    rule = AlertRule(
        name=declared.name,
        version=declared.version,
        domain=declared.domain,
        title=declared.title,
        title_de=declared.title_de,
        severity=declared.severity,
        looks_at=declared.looks_at,
        kinds=declared.kinds,
        when=tuple(map(_condition, declared.when)),
        pending=_span(declared.pending),
        clear_for=_span(declared.clear_for),
        silent=Silent(then=declared.silent.then, after=_span(declared.silent.after)) if declared.silent else Silent(),
        hours=_hours(declared.hours),
        scope=Scope(**msgspec.structs.asdict(declared.scope)),
        of_site=declared.of_site,
        required=declared.required,
        escalation=_escalation(declared.escalation),
        storm=_storm(declared.storm),
        scale=declared.scale,
        unit=declared.unit,
        text=declared.text,
        text_de=declared.text_de,
        source=declared.source,
        examples=tuple(map(_example, declared.examples)),
    )
    wrong = objections(rule)
    if wrong:
        raise RuleError(wrong[0])
    return rule


def rules_of(kept: Iterable[OwnRule], others: Mapping[str, AlertRule]) -> Mapping[str, AlertRule]:
    """Put the rules that a catalogue keeps in the place of others of their names; one that is off takes them out.

    One without a declaration only says whether the other of its name is on. One that cannot be read is left out, and
    logged.
    """
    found = dict(others)
    for one in kept:
        if not one.enabled:
            found.pop(one.name, None)
        elif one.declaration:
            found.update({rule.name: rule for rule in _kept(one.name, one.declaration)})
    return MappingProxyType(found)


@lru_cache(maxsize=1000)
def _kept(name: str, declaration: str) -> tuple[AlertRule, ...]:
    try:
        return (rule_of(declaration),)
    except RuleError as error:
        log.warning("the rule '%s' of the catalogue is left out: %s", name, error)
        return ()


def _read(text: str) -> _Declaration:
    try:
        return msgspec.toml.decode(text, type=_Declaration)
    except msgspec.ValidationError as error:
        raise RuleError(_sentence(str(error))) from None
    except msgspec.DecodeError as error:
        raise RuleError(f"it is no TOML: {error}") from None


def _sentence(said: str) -> str:
    """Say in a sentence what msgspec says in its own words."""
    unknown = _UNKNOWN.fullmatch(said)
    if unknown is None:
        return said[:1].lower() + said[1:]
    place = unknown["place"] or ""
    schemas = {"when": _Condition, "hours": _Hours, "scope": _Scope, "silent": _Silent, "examples": _Example}
    schema = schemas.get(re.split(r"[.\[]", place)[0], _Declaration)
    within = f" in {place}" if place else ""
    return f"'{unknown['name']}'{within} is unknown.{did_you_mean(unknown['name'], schema.__struct_fields__)}"


def _refuse(declared: _Declaration) -> None:
    """Raise RuleError for what can never be meant."""
    if not _NAME.fullmatch(declared.name):
        raise RuleError(f"its name '{declared.name[:60]}' must be of small letters, digits and '_', a letter first")
    for kind in declared.kinds:
        if kind not in kinds() and kind != SOURCE:
            raise RuleError(f"no sensor kind is called '{kind[:60]}'.{did_you_mean(kind, [*kinds(), SOURCE])}")
    if declared.looks_at != ANYTHING and property_of(declared.looks_at) is None:
        raise RuleError(
            f"no property is called '{declared.looks_at[:60]}'.{did_you_mean(declared.looks_at, property_names())}"
        )
    if not declared.when and (declared.silent is None or declared.silent.then is not NoData.FIRE):
        raise RuleError("it is never true: write [[when]] with above, below or equal, or let silence fire")
    _refuse_sizes(declared)
    for name in declared.of_site:
        if name not in OF_SITE:
            raise RuleError(f"of_site names '{name[:60]}'.{did_you_mean(name, OF_SITE)}")
    texts = [declared.text, declared.text_de, *(text for one in declared.when for text in (one.text, one.text_de))]
    wrong = next(filter(None, map(objection, texts)), "")
    if wrong:
        raise RuleError(wrong)


def _refuse_sizes(declared: _Declaration) -> None:
    rows = sum(len(one.rows) + len(one.states) for one in declared.examples)
    if len(declared.examples) > MOST_EXAMPLES or rows > MOST_ROWS or len(declared.when) > MOST_CONDITIONS:
        raise RuleError(f"it has more than {MOST_EXAMPLES} examples, {MOST_ROWS} rows or {MOST_CONDITIONS} conditions")


def _condition(said: _Condition) -> Condition:
    limits = [limit for limit in (said.above, said.below, said.equal) if limit is not None]
    if not limits:
        raise RuleError("a condition has neither above, below nor equal")
    if said.clear is not None and (said.above is None) == (said.below is None):
        raise RuleError("clear goes with one of above and below: for both write two conditions")
    if said.clear is not None and (
        (said.above is not None and said.clear > said.above) or (said.below is not None and said.clear < said.below)
    ):
        raise RuleError(f"clear is {said.clear:g}, beyond the limit of {limits[0]:g}: it would never be over")
    told = msgspec.structs.asdict(said)
    return Condition(**(told | {"compared": _compared(said.compared)}))


def _compared(said: _Compared | None) -> Compared | None:
    if said is None:
        return None
    return Compared(to=said.to, within=_span(said.within), by=said.by, least=said.least)


def _hours(said: _Hours | None) -> Hours | None:
    if said is None:
        return None
    daylight = _span(said.daylight) if said.daylight else None
    return Hours(**(msgspec.structs.asdict(said) | {"daylight": daylight}))


def _escalation(said: _Escalation | None) -> Escalation | None:
    return Escalation(after=_span(said.after), severity=said.severity) if said else None


def _storm(said: _Storm | None) -> Storm | None:
    if said is None:
        return None
    return Storm(by=said.by, least=max(said.least, 2), within=_span(said.within), wait=_span(said.wait))


def _example(said: _Example) -> AlertExample:
    for time in (time for time, _ in (*said.rows, *said.states)):
        _instant(time)
    known = {one.value: one for one in (State.PENDING, State.FIRING, State.RESOLVED)}
    states = []
    for time, state in said.states:
        if state not in {*known, "none"}:
            raise RuleError(f"an example's state is '{state[:60]}'.{did_you_mean(state, (*known, 'none'))}")
        states.append((time, known.get(state)))
    return AlertExample(**(msgspec.structs.asdict(said) | {"states": tuple(states)}))


def _instant(time: str) -> None:
    try:
        np.datetime64(time, "ms")
    except ValueError:
        raise RuleError(f"'{time[:60]}' is no time: write for example 2026-06-01T08:00, in UTC") from None


def _span(said: str) -> timedelta:
    """Read a span of time: ``90s``, ``30min``, ``1.5h``, ``2d``."""
    told = _SPAN.fullmatch(said.strip())
    span = timedelta(**{_UNITS[told["unit"]]: float(told["number"])}) if told else None
    if span is None or span > _LONGEST:
        raise RuleError(f"'{said[:60]}' is no span of time up to {_LONGEST.days} d: write 90s, 30min, 1.5h or 2d")
    return span
