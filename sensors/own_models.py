"""A city's own device models, declared in TOML: text in, DeviceModel out, and a sentence for every mistake.

A file is one product::

    name = "harbour_bin"
    vendor = "Hafenbau"
    model = "Bin 3"
    codec = "harbour_bin.js"

    [fields.abstand]
    property = "distance"
    unit = "cm"
    missing = [511]

    [fields]
    temp = "temperature"

    [[examples]]
    kind = "waste_container"
    fields = { abstand = 90, temp = 21.5 }
    results = { distance = 900, temperature = 21.5 }

Examples are tried when the file is read, so a wrong unit is found before a device is.
"""

from __future__ import annotations

import re
from math import isclose, isnan
from typing import TYPE_CHECKING, Any

import msgspec

from sensors import devices
from sensors.device import DeviceExample, DeviceModel, Field, FieldError
from sensors.hint import did_you_mean
from sensors.interpret import in_unit_of, plan_for, plan_of, results_of
from sensors.kinds import kinds, properties
from sensors.units import UnitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>[^`]*)`(?: - at `\$\.?(?P<place>.*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>[^`]*)`(?: - at `\$\.?(?P<place>.*)`)?", re.DOTALL)


class ModelError(ValueError):
    """A declaration that cannot become a model: its text is a sentence."""


class _Meaning(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One field, as ``sensors.device.Field`` has it."""

    property: str
    unit: str = ""
    scale: float = 1.0
    offset: float = 0.0
    plus: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    per: str = ""
    times: str = ""
    words: dict[str, float] = {}
    missing: tuple[float, ...] = ()


class _Example(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: str
    fields: dict[str, Any]
    results: dict[str, float]
    site: dict[str, Any] = {}
    source: str = ""


class _Declaration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    fields: dict[str, str | _Meaning]
    vendor: str = ""
    model: str = ""
    source: str = "the city's own declaration"
    codec: str = ""
    codec_wins: bool = False
    time: tuple[str, ...] = ()
    history: str = ""
    history_time: str = "timestamp"
    error: str = ""
    zero_when_absent: dict[str, tuple[int, ...]] = {}
    examples: tuple[_Example, ...] = ()


def model_of(text: str) -> DeviceModel:
    """Make the model that a file declares. Raises ModelError."""
    declared = _read(text)
    _check_name(declared.name)
    fields = {name: _field(name, said) for name, said in declared.fields.items()}
    if not fields:
        raise ModelError('it declares no field: write for example [fields] and distance = "distance"')
    if declared.codec_wins and not declared.codec:
        raise ModelError('its codec is to win, but it names none: write for example codec = "bin.js"')
    for name in declared.zero_when_absent:
        if name not in fields:
            raise ModelError(f"zero_when_absent names '{name}', which is no field of it.{did_you_mean(name, fields)}")
    model = DeviceModel(
        name=declared.name,
        vendor=declared.vendor,
        model=declared.model or declared.name,
        source=declared.source,
        fields=fields,
        codec=declared.codec,
        codec_wins=declared.codec_wins,
        time=declared.time,
        history=declared.history,
        history_time=declared.history_time,
        error=declared.error,
        zero_when_absent={name: frozenset(ports) for name, ports in declared.zero_when_absent.items()},
        required=tuple(sorted({meaning.per for meaning in fields.values()} - {""})),
        examples=tuple(_example(example) for example in declared.examples),
    )
    for number, example in enumerate(model.examples, start=1):
        _try(model, example, number)
    return model


def know(own: Iterable[DeviceModel]) -> None:
    """Know a city's own models from now on, in place of those known before. Raises ModelError when two share a name."""
    found: dict[str, DeviceModel] = {}
    for model in own:
        if found.setdefault(model.name, model) is not model:
            raise ModelError(f"two files declare the model '{model.name}': a name is given once")
    devices.know(found.values())
    plan_of.cache_clear()


def _read(text: str) -> _Declaration:
    try:
        return msgspec.toml.decode(text, type=_Declaration)
    except msgspec.ValidationError as error:
        raise ModelError(_sentence(str(error))) from None
    except msgspec.DecodeError as error:
        raise ModelError(f"it is no TOML: {error}") from None


def _sentence(said: str) -> str:
    """Say in a sentence what msgspec says in its own words."""
    unknown, missing = _UNKNOWN.fullmatch(said), _MISSING.fullmatch(said)
    if unknown is not None:
        place = unknown["place"] or ""
        schema = _Meaning if place.startswith("fields") else _Example if place.startswith("examples") else _Declaration
        return (
            f"'{unknown['name']}'{_within(place)} is unknown.{did_you_mean(unknown['name'], schema.__struct_fields__)}"
        )
    if missing is not None:
        return f"'{missing['name']}'{_within(missing['place'] or '')} is missing"
    return said[:1].lower() + said[1:]


def _within(place: str) -> str:
    return f" in {place}" if place else ""


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ModelError(f"its name '{name[:60]}' must be of small letters, digits and '_', a letter first")
    if name in devices.products():
        raise ModelError(f"the name '{name}' is that of a model that comes with Smile City: choose another")


def _field(name: str, said: str | _Meaning) -> Field:
    meaning = _Meaning(property=said) if isinstance(said, str) else said
    prop = properties().get(meaning.property)
    if prop is None:
        hint = did_you_mean(meaning.property, properties())
        raise ModelError(f"field '{name}': no property is called '{meaning.property}'.{hint}")
    read = Field(
        property=prop.name,
        unit=meaning.unit,
        scale=meaning.scale,
        offset=meaning.offset,
        plus=meaning.plus,
        minus=meaning.minus,
        per=meaning.per,
        times=meaning.times,
        words={word.strip().casefold(): value for word, value in meaning.words.items()},
        missing=meaning.missing,
    )
    try:
        in_unit_of(prop, read)
    except UnitError as error:
        raise ModelError(f"field '{name}': {error}") from None
    return read


def _example(said: _Example) -> DeviceExample:
    if said.kind not in kinds():
        raise ModelError(f"no sensor kind is called '{said.kind}'.{did_you_mean(said.kind, kinds())}")
    return DeviceExample(kind=said.kind, fields=said.fields, results=said.results, site=said.site, source=said.source)


def _try(model: DeviceModel, example: DeviceExample, number: int) -> None:
    plan = plan_for(model, kinds()[example.kind], flat=False)
    try:
        results = results_of(plan, example.fields, example.site)
    except FieldError as error:
        raise ModelError(f"example {number}: {error}") from None
    for name in sorted({*results, *example.results}):
        if not _same(results, example.results, name):
            wanted, got = (f"{told[name]:g}" if name in told else "absent" for told in (example.results, results))
            raise ModelError(f"example {number}: '{name}' should be {wanted} and comes out as {got}")


def _same(results: Mapping[str, float], wanted: Mapping[str, float], name: str) -> bool:
    if name not in results or name not in wanted:
        return False
    got, value = results[name], wanted[name]
    return (isnan(got) and isnan(value)) or isclose(got, value, rel_tol=1e-6, abs_tol=1e-9)
