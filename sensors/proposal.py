"""What an unknown device may be: what its envelopes say of it, and the models that its fields fit best.

A field name that few models know tells more than one that many know, so names weigh by their rarity, as words do when
texts are searched (inverse document frequency). A model's score is the geometric mean of two shares, each from 0 to 1:
of the names that were sent, those that the model knows; of the names in that example of the model which is nearest,
those that were sent. It is lowered by the share of results that cannot be true. Where only bytes came, the models that
can read them are named, at most at half the score: many a decoder reads many a frame. Of models that fit alike, as
those of one family do, the one goes first that the device's names or topics speak of.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import isfinite, isnan, log, sqrt
from typing import TYPE_CHECKING, Any

from sensors.device import FieldError, told
from sensors.devices import models
from sensors.envelope import UnreadableError
from sensors.interpret import plan_of, results_of
from sensors.kinds import kinds
from sensors.memory import remembering
from sensors.model import nothing
from sensors.topics import envelope_of
from sensors.units import UnitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sensors.device import DeviceModel
    from sensors.envelope import Uplink
    from sensors.model import Message, SensorKind

LEAST = 0.1
"""A lower score proposes nothing."""
_PLAIN = "plain"
_BYTES = 0.5
_DEEPEST, _MOST_NAMES, _LONGEST = 4, 300, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A model that a device may be of, and the kind of thing that it then observes."""

    model: str
    kind: str
    score: float
    """0..1"""
    results: Mapping[str, float]
    """What its newest message would tell, as far as that does not depend on the site."""
    needs: tuple[str, ...]
    """Site properties that the thing must have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What the messages of a device say of it."""

    device: str
    names: tuple[str, ...] = ()
    """Other names that the network has for it."""
    envelopes: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    fields: Mapping[str, bool | float | str] = field(default_factory=nothing)
    """The newest value by name; of one in nested objects a path with dots, lists are left out."""
    payload: bytes = b""
    """The newest bytes, where the network could not read any."""
    rssi: float | None = None
    """The best signal, in dBm."""
    snr: float | None = None
    """The best one, in dB."""
    battery: float | None = None
    """The newest charge that the network told beside the measurements, in percent."""
    earliest: int | None = None
    """The first time that a message tells itself, in milliseconds since 1970 UTC; None where none does."""
    latest: int | None = None
    fits: tuple[Fit, ...] = ()
    """The best first."""


@dataclass(slots=True)
class _Seen:
    """What is gathered from one message after the other, the newest first."""

    names: dict[str, None] = field(default_factory=dict)
    envelopes: dict[str, None] = field(default_factory=dict)
    topics: dict[str, None] = field(default_factory=dict)
    uplinks: list[Uplink] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    flat: bool = False

    def add(self, message: Message, uplink: Uplink, envelope: str) -> None:
        self.envelopes[envelope] = self.topics[message.topic] = None
        if uplink.alias not in ("", uplink.device):
            self.names[uplink.alias] = None
        self.uplinks.append(uplink)
        self.flat = self.flat or uplink.flat
        self.fields = {**(uplink.fields or {}), **self.fields}


def propose(device: str, messages: Iterable[Message], most: int = 5) -> Proposal:
    """Say what a device's messages, the newest first, tell of it. Never raises: what cannot be opened says nothing."""
    seen = _seen(device, messages)
    frame = next((uplink for uplink in seen.uplinks if uplink.base64), None)
    times = [uplink.time for uplink in seen.uplinks if uplink.time is not None]
    fits = _by_names(seen) if seen.fields else [] if frame is None else _by_bytes(frame, seen)
    spoken = " ".join((device, *seen.names, *seen.topics)).casefold()
    fits.sort(key=lambda fit: (-fit.score, -_spoken_of(fit.model, spoken), fit.model))
    return Proposal(
        device=device,
        names=tuple(seen.names),
        envelopes=tuple(seen.envelopes),
        topics=tuple(seen.topics),
        ports=tuple(sorted({uplink.port for uplink in seen.uplinks if uplink.port})),
        fields=_shown(seen.fields),
        payload=_payload(frame) if frame is not None and not seen.fields else b"",
        rssi=max((uplink.rssi for uplink in seen.uplinks if uplink.rssi is not None), default=None),
        snr=max((uplink.snr for uplink in seen.uplinks if uplink.snr is not None), default=None),
        battery=next((uplink.battery for uplink in seen.uplinks if uplink.battery is not None), None),
        earliest=min(times, default=None),
        latest=max(times, default=None),
        fits=tuple(fits[:most]),
    )


def feature(proposal: Proposal, fit: Fit) -> dict[str, Any]:
    """Draft the thing that a device may observe, as GeoJSON: whoever adds it writes values in place of each null."""
    name = next(iter(proposal.names), proposal.device)
    said = {"name": name, "kind": fit.kind, "operator": "", "district": "", **dict.fromkeys(fit.needs)}
    return {
        "type": "Feature",
        "id": proposal.device,
        "geometry": {"type": "Point", "coordinates": [None, None]},
        "properties": {**said, "devices": [{"id": proposal.device, "model": fit.model}]},
    }


def _seen(device: str, messages: Iterable[Message]) -> _Seen:
    seen = _Seen()
    with remembering({}):
        for message in messages:
            for envelope, uplink in _opened(message):
                if uplink.device == device:
                    seen.add(message, uplink, envelope)
    return seen


def _shown(fields: Mapping[str, Any]) -> dict[str, bool | float | str]:
    values = {name: told(fields, name) for name in sorted(names_in(fields))}
    values = {name: _measured(value) if isinstance(value, dict) else value for name, value in values.items()}
    simple = {name: value[:_LONGEST] if isinstance(value, str) else value for name, value in values.items()}
    return {
        name: value
        for name, value in simple.items()
        if isinstance(value, bool | int | str) or (isinstance(value, float) and isfinite(value))
    }


def _spoken_of(model: str, text: str) -> int:
    """Count the parts of a model's name that stand in a text."""
    return sum(part in text for part in model.split("_"))


def _opened(message: Message) -> Sequence[tuple[str, Uplink]]:
    try:
        envelope = envelope_of(message.topic)
        return [(envelope.name, uplink) for uplink in envelope.open(message.payload, message.topic)]
    except Exception:  # noqa: BLE001 - what a message cannot tell is no failure here
        return []


def _by_names(seen: _Seen) -> list[Fit]:
    words = _Words(models().values())
    sent = words.known(names_in(seen.fields))
    fits = [_fit(model, words.score(model, sent), seen.fields, seen) for model in models().values()]
    return [fit for fit in (*fits, *(_plain(seen) if seen.flat else ())) if fit is not None and fit.score >= LEAST]


def _plain(seen: _Seen) -> list[Fit | None]:
    """Take the fields for the properties of each kind."""
    plain, sent = models()[_PLAIN], set(seen.fields)
    fits: list[Fit | None] = []
    for kind in kinds().values():
        shared = sent & {prop.name for prop in kind.properties}
        if shared and kind is _likeliest(
            [kind for kind in kinds().values() if _of_topic(kind, seen)] or [kind], shared
        ):
            fits.append(_fit_at(plain, kind, len(shared) / len(sent), seen.fields, flat=True))
    return fits


def _by_bytes(uplink: Uplink, seen: _Seen) -> list[Fit]:
    payload = _payload(uplink)
    fits = []
    for model in models().values():
        fields = _decoded(model, payload, uplink.port)
        alike = any(len(each.payload) == len(payload) and each.port == uplink.port for each in model.examples)
        fit = _fit(model, _BYTES if alike else _BYTES / 2, fields, seen) if fields else None
        if fit is not None and fit.results:
            fits.append(fit)
    return [fit for fit in fits if fit.score >= LEAST]


def _payload(uplink: Uplink) -> bytes:
    try:
        return uplink.payload
    except UnreadableError:
        return b""


def _decoded(model: DeviceModel, payload: bytes, port: int) -> Mapping[str, Any]:
    try:
        return model.decode(payload, port) if model.decode is not None and payload else {}
    except Exception:  # noqa: BLE001 - any other product's bytes may make it stumble
        return {}


def _fit(model: DeviceModel, score: float, fields: Mapping[str, Any], seen: _Seen) -> Fit | None:
    """Choose the kind that a model tells most of; None where it tells nothing."""
    shared = {meaning.property for name, meaning in model.fields.items() if told(fields, name) is not None}
    kind = _likeliest([kind for kind in kinds().values() if _of_topic(kind, seen)] or kinds().values(), shared, model)
    return None if kind is None else _fit_at(model, kind, score, fields, flat=seen.flat)


def _fit_at(model: DeviceModel, kind: SensorKind, score: float, fields: Mapping[str, Any], *, flat: bool) -> Fit:
    results = _results(model, kind, fields, flat=flat)
    ranges = {prop.name: prop.fail for prop in kind.properties}
    true = sum(isnan(value) or _within(ranges[name], value) for name, value in results.items())
    likely = true / len(results) if results else 1.0
    needs = tuple(dict.fromkeys((*kind.required, *model.required)))
    return Fit(model=model.name, kind=kind.name, score=round(score * likely, 3), results=results, needs=needs)


def _results(model: DeviceModel, kind: SensorKind, fields: Mapping[str, Any], *, flat: bool) -> dict[str, float]:
    try:
        return results_of(plan_of(model.name, kind.name, flat=flat), fields, {})
    except (FieldError, UnreadableError, UnitError):
        return {}


def _within(limits: tuple[float, float] | None, value: float) -> bool:
    return limits is None or limits[0] <= value <= limits[1]


def _likeliest(choice: Iterable[SensorKind], shared: set[str], model: DeviceModel | None = None) -> SensorKind | None:
    """Give the kind that observes most of some properties; of several one that the model has an example at."""
    shown = {example.kind for example in model.examples} if model is not None else set()

    def rank(kind: SensorKind) -> tuple[int, bool, int]:
        observed = {prop.name for prop in kind.properties}
        return len(observed & shared), kind.name in shown, -len(observed)

    likeliest = max(choice, key=rank)
    return likeliest if rank(likeliest)[0] else None


def _of_topic(kind: SensorKind, seen: _Seen) -> bool:
    """Tell whether a flat message was published under the kind's domain."""
    return seen.flat and any(topic.split("/")[1:2] == [kind.domain] for topic in seen.topics)


class _Words:
    """The field names that models know, and how much each of them tells."""

    def __init__(self, known: Iterable[DeviceModel]) -> None:
        self._examples = {model.name: [names_in(example.fields) for example in model.examples] for model in known}
        self._of_model = {
            model.name: set(model.fields).union(*self._examples[model.name]) for model in models().values()
        }
        counts = Counter(name for names in self._of_model.values() for name in names)
        self._weight = {name: log((1 + len(self._of_model)) / count) for name, count in counts.items()}
        self._rarest = log(1 + len(self._of_model))

    def known(self, names: Iterable[str]) -> frozenset[str]:
        """Give names as the models write them: one that stands in whatever object begins with ``*.``."""
        return frozenset(self._known(name) for name in names)

    def _known(self, name: str) -> str:
        anywhere = f"*.{name.partition('.')[2]}"
        return anywhere if name not in self._weight and anywhere in self._weight else name

    def score(self, model: DeviceModel, sent: frozenset[str]) -> float:
        """Tell how well names fit a model, 0 to 1."""
        shared = sent & self._of_model[model.name]
        if not shared:
            return 0.0
        examples = [self.known(names) for names in self._examples[model.name]] or [frozenset(model.fields)]
        nearest = max(self._sum(shared & names) / max(self._sum(names), 1e-9) for names in examples)
        return sqrt(self._sum(shared) / self._sum(sent) * nearest)

    def _sum(self, names: Iterable[str]) -> float:
        return sum(self._weight.get(name, self._rarest) for name in names)


def names_in(fields: Mapping[str, Any]) -> set[str]:
    """Name the values in fields; those in nested objects by a path with dots, those in lists not at all."""
    names: set[str] = set()
    todo: list[tuple[str, Any, int]] = [(name, value, 1) for name, value in fields.items()]
    while todo and len(names) < _MOST_NAMES:
        name, value, depth = todo.pop()
        if isinstance(value, dict) and depth < _DEEPEST and _measured(value) is None:
            todo += [(f"{name}.{inner}", each, depth + 1) for inner, each in value.items()]
        elif value is not None:
            names.add(name)
    return names


def _measured(value: Mapping[str, Any]) -> bool | float | str | None:
    """Give the value of a ``{"value": ..., "unit": ...}`` object, as some codecs write a number; None of any other."""
    inner = value.get("value", value.get("data"))
    return inner if isinstance(inner, bool | int | float | str) else None
