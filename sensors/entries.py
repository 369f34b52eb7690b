"""An entry of a city's register becomes a Thing with its devices, or a sentence that says why it cannot.

What GeoJSON and CSV have in common: both are read into entries, and every entry is checked here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sensors.clock import TimeError, milliseconds
from sensors.devices import models
from sensors.eui import device_id
from sensors.groups import KINDS, is_of_group
from sensors.hint import did_you_mean, nearest, shown
from sensors.households import HOUSEHOLD
from sensors.kinds import kinds
from sensors.model import Calibration, Device, Thing
from sensors.numeric import is_number, objection

if TYPE_CHECKING:
    from sensors.device import DeviceModel
    from sensors.model import SensorKind
    from sensors.registers._register import Register

OWN = ("name", "kind", "operator", "district", "public", "devices", "calibrations")
"""Properties of an entry that are the Thing's own; every other one belongs to its site."""

_CALIBRATIONS = '[{"since": "2026-03-01T00:00:00Z", "capacity": 80}]'


class RefusedError(ValueError):
    """An entry that cannot be taken; its text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An entry that was refused: where it stands in its document, ``""`` for the whole document, and why."""

    place: str
    reason: str

    def __str__(self) -> str:
        text = f"{self.place}: {self.reason}" if self.place else self.reason
        return text if text.endswith((".", "?")) else f"{text}."


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a document holds, and every entry that was refused."""

    things: tuple[Thing, ...]
    devices: tuple[Device, ...]
    refusals: tuple[Refusal, ...]

    @property
    def refused(self) -> tuple[str, ...]:
        """A sentence for every entry that was refused."""
        return tuple(map(str, self.refusals))


@dataclass(frozen=True, slots=True)
class Assumed:
    """What holds for every entry that does not say it itself."""

    kind: str = ""
    site: Mapping[str, Any] = field(default_factory=dict)

    def in_register(self, register: Register | None) -> Assumed:
        """Add what a register says of all its things; what was said before wins."""
        if register is None:
            return self
        return Assumed(self.kind or register.kind, {**register.site, **self.site})


@dataclass(frozen=True, slots=True)
class Entries:
    """Things and devices as they are read one by one; ids count once."""

    things: dict[str, Thing] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)

    def add(self, thing: Thing, its_devices: Sequence[Device]) -> None:
        """Take a thing and its devices, or raise RefusedError where one of the ids is taken."""
        if thing.id in self.things:
            raise RefusedError("an entry before it has the same id: every thing needs its own")
        self.watch(its_devices)
        self.things[thing.id] = thing

    def watch(self, its_devices: Sequence[Device]) -> None:
        """Take devices of a thing, or raise RefusedError where one of their ids is taken."""
        names = [device.id for device in its_devices]
        for name in names:
            if name in self.devices:
                raise RefusedError(f"its device '{name}' belongs to '{self.devices[name].thing.id}' already")
            if names.count(name) > 1:
                raise RefusedError(f"its device '{name}' stands there twice")
        self.devices.update({device.id: device for device in its_devices})

    def parsed(self) -> Parsed:
        """Give what came together."""
        return Parsed(tuple(self.things.values()), tuple(self.devices.values()), tuple(self.refusals))


def thing_of(
    identity: str, place: tuple[float, float], said: Mapping[str, Any], assumed: Assumed
) -> tuple[Thing, tuple[Device, ...]]:
    """Make a Thing and its devices of what an entry says, or raise RefusedError."""
    kind = _kind(said.get("kind") or assumed.kind or said.get("kind"))
    site = {**assumed.site, **{name: value for name, value in said.items() if name not in OWN}}
    _check_site(kind, site)
    calibrations = _calibrations(said.get("calibrations", ()))
    for calibration in calibrations:
        _check_site(kind, {**site, **calibration.properties})
    thing = Thing(
        id=identity,
        name=_text(said, "name") or identity,
        kind=kind.name,
        longitude=place[0],
        latitude=place[1],
        operator=_text(said, "operator"),
        district=_text(said, "district"),
        public=_public(said.get("public", False)),
        properties=site,
        calibrations=calibrations,
    )
    return thing, _devices(said.get("devices", ()), thing)


def identity_of(given: Any, advice: str) -> str:
    """Give an entry's id as text, or raise RefusedError; ``advice`` says where an id that is missing belongs."""
    if given is None or isinstance(given, bool) or not isinstance(given, str | int):
        raise RefusedError(f"it has no id: {advice}")
    identity = str(given)
    if not identity.strip() or not identity.isprintable() or any(sign in identity for sign in "/+#"):
        raise RefusedError("its id must be printable text without '/', '+' and '#'")
    if is_of_group(identity):
        beginnings = ", ".join(f"'{kind}:'" for kind in KINDS)
        raise RefusedError(
            f"its id is that of a group of things, as 'city' and all that begin with {beginnings} are: "
            "call it otherwise, as by its place"
        )
    return identity


def demand_sound(kind: SensorKind, told: Mapping[str, Any]) -> None:
    """Raise RefusedError for a number that nobody can compute with, among what is told of a site."""
    wrong = objection({*kind.site, *kind.required}, told)
    if wrong:
        raise RefusedError(wrong)
    _check_numbers([name for name in kind.required if name in told], told, f"a {kind.name}", kind.site)


def _kind(name: Any) -> SensorKind:
    kind = kinds().get(name) if isinstance(name, str) else None
    if kind is None:
        raise RefusedError(f"no sensor kind is called {shown(name)}.{did_you_mean(str(name), kinds())}")
    return kind


def _check_site(kind: SensorKind, site: Mapping[str, Any]) -> None:
    own = site.get(HOUSEHOLD, False)
    if not isinstance(own, bool):
        raise RefusedError(f"'{HOUSEHOLD}' is {shown(own)}, but must be true or false")
    if own and HOUSEHOLD not in kind.site:
        raise RefusedError(f"'{HOUSEHOLD}' is true, but a {kind.name} measures nothing that is a household's alone")
    demand_sound(kind, site)
    _check_numbers(kind.required, site, f"a {kind.name}", kind.site)
    contradiction = kind.objection(site) if kind.objection is not None else ""
    if contradiction:
        raise RefusedError(contradiction)


def _check_numbers(required: Iterable[str], site: Mapping[str, Any], who: str, told: Mapping[str, str]) -> None:
    for name in required:
        if name not in site:
            near = nearest(name, [given for given in site if given not in told])
            hint = f": is it what you call '{near}'?" if near else ""
            raise RefusedError(f"{who} needs the property '{name}' ({told.get(name, 'a number')}){hint}")
        if not is_number(site[name]) or site[name] < 0:
            raise RefusedError(f"'{name}' is {shown(site[name])}, but must be a number, 0 or more")


def _devices(given: Any, thing: Thing) -> tuple[Device, ...]:
    if not isinstance(given, list | tuple):
        raise RefusedError('its devices must be a list such as [{"id": "...", "model": "..."}]')
    return tuple(_device(place, said, thing) for place, said in enumerate(given))


def _calibrations(given: Any) -> tuple[Calibration, ...]:
    if not isinstance(given, list | tuple):
        raise RefusedError(f"its calibrations must be a list such as {_CALIBRATIONS}")
    found = {each.since: each for each in (_calibration(place, said) for place, said in enumerate(given))}
    if len(found) < len(given):
        raise RefusedError("two of its calibrations are of the same instant: make them one")
    return tuple(found[since] for since in sorted(found))


def _calibration(place: int, said: Any) -> Calibration:
    since = said.get("since") if isinstance(said, Mapping) else None
    if not isinstance(since, str):
        raise RefusedError(f"calibrations[{place}] does not say since when: write it as {_CALIBRATIONS}")
    try:
        begin = milliseconds(since)
    except TimeError as error:
        raise RefusedError(f"calibrations[{place}]: {error}") from None
    return Calibration(since=begin, properties={name: value for name, value in said.items() if name != "since"})


def _device(place: int, said: Any, thing: Thing) -> Device:
    name = said.get("id") if isinstance(said, Mapping) else None
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise RefusedError(f'devices[{place}] has no id: write it as {{"id": "...", "model": "..."}}')
    model = models().get(str(said.get("model")))
    if model is None:
        hint = did_you_mean(str(said.get("model")), models())
        raise RefusedError(f"device '{name}': no device model is called {shown(said.get('model'))}.{hint}")
    _refuse_blind(model, kinds()[thing.kind])
    _check_numbers(model.required, thing.properties, f"a {model.name}", kinds()[thing.kind].site)
    return Device(id=device_id(name), model=model.name, thing=thing)


def _refuse_blind(model: DeviceModel, kind: SensorKind) -> None:
    seen = {meaning.property for meaning in model.fields.values()}
    if seen and not seen & {prop.name for prop in kind.properties}:
        raise RefusedError(f"a {model.name} observes nothing of a {kind.name}: it tells {', '.join(sorted(seen))}")


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RefusedError(f"'{name}' is {shown(value)}, but must be text")
    return value


def _public(value: Any) -> bool:
    if not isinstance(value, bool):
        raise RefusedError(f"'public' is {shown(value)}, but must be true or false")
    return value
