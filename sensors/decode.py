"""Turns messages into one Batch of observations: every message ends in rows, rejected or empty, and none raises.

Rules. Of the fields of an uplink those that can be read are stored; only an uplink of which nothing can be read is
rejected, with its first reason, and its message with it, beside the rows of the message's other uplinks. A null is a
field that is not there. A value by which the device says that it measured nothing becomes a row without result,
flagged MISSING. Fields that mean nothing here are passed over, as long as one means something. A phenomenon more than
five minutes after its receipt, or before the year 2000, has a wrong clock: the time of receipt is taken and the row is
SUSPECT. Where nobody told a time the time of receipt is taken and the row is UNKNOWN. Two messages of one batch know
nothing of each other: telling a repetition is the store's work.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from sensors.clock import AHEAD, UNSYNCHRONISED, instant
from sensors.decoder import decoder_of
from sensors.envelope import UnreadableError
from sensors.kinds import properties
from sensors.model import TIME, Batch, Datastream, Message, Rejected
from sensors.naming import addressed
from sensors.numeric import is_number
from sensors.quality import Quality, gross_range, severity
from sensors.readings import Reading, readings_of
from sensors.topics import envelope_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sensors.envelope import Uplink
    from sensors.model import Device, Devices, Thing

LARGEST = 256 * 1024
"""Bytes: a longer message is no sensor's."""
_UNTOLD = np.iinfo(np.int64).min
"""Stands for a time that nobody told, until the time of receipt takes its place."""
_FURTHEST = 1 << 61
"""Milliseconds since 1970: further away is no time at all."""
_COUNTER_MASK = 0x7FFF_FFFF
"""A frame counter has 32 bits, the revision column 31."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What became of a batch of messages: each is in ``message``, ``rejected`` or ``empty``.

    A message with several uplinks, of which some could be read and others not, is in both of the first two.
    """

    batch: Batch
    message: NDArray[np.int32]
    """Row to index into the messages, shape (n,) like the batch's columns."""
    rejected: tuple[tuple[int, Rejected], ...]
    """Index of the message, and why."""
    empty: NDArray[np.int32]
    """Indexes of messages that were read, of known devices, and carry no observation."""


def decode(messages: Sequence[Message], devices: Devices) -> Decoded:
    """Decode messages in their order; a reading goes to the thing that its device observed at the reading's own time.

    Never raises, whatever the messages contain.
    """
    gathered = _Gathered()
    rejected: list[tuple[int, Rejected]] = []
    for index, message in enumerate(messages):
        why = _read(index, message, devices, gathered)
        if why is not None:
            rejected.append((index, why))
    batch, message_of_row = gathered.batch()
    return Decoded(batch, message_of_row, tuple(rejected), np.array(gathered.empty, dtype=np.int32))


def _read(index: int, message: Message, devices: Devices, gathered: _Gathered) -> Rejected | None:
    """Read one message into the columns; gives why, where it or one of its uplinks could not be read."""
    try:
        uplinks = _opened(message)
    except Exception as error:  # noqa: BLE001 - a declaration that stumbles must cost its message, never the batch
        return _rejected(message, error, addressed(message.topic, devices))
    rows, why = 0, None
    for uplink in uplinks:
        known: Sequence[Device] = ()
        try:
            known = _known(devices, uplink)
            rows += gathered.add(index, message, uplink, known)
        except Exception as error:  # noqa: BLE001 - as above, and the other uplinks of the message are as good as before
            why = why or _rejected(message, error, uplink.device, known)
    if not rows and why is None:
        gathered.empty.append(index)
    return why


def _rejected(message: Message, error: Exception, device: str = "", known: Sequence[Device] = ()) -> Rejected:
    decoder = decoder_of(message, known)
    if isinstance(error, UnreadableError):
        return Rejected(message, error.reason, str(error), device, decoder=decoder)
    detail = f"the message makes its decoder stumble ({type(error).__name__}: {error}). Report it with the message."
    return Rejected(message, "unreadable", detail, device, decoder=decoder)


def _opened(message: Message) -> Sequence[Uplink]:
    envelope = envelope_of(message.topic, message.source)
    size = len(message.payload)
    if size > LARGEST:
        raise UnreadableError("too_large", f"the message has {size} bytes, at most {LARGEST} are read.")
    return envelope.open(message.payload, message.topic)


def _known(devices: Devices, uplink: Uplink) -> Sequence[Device]:
    """Give what the device of an uplink observed, ever. Raises UnreadableError unknown_device."""
    known = devices.get(uplink.device) or devices.get(uplink.alias) or devices.get(uplink.device.upper())
    if known is None:
        name = uplink.device[:200]
        detail = f"no thing is observed by the device '{name}'. `smilecity quarantine show` says what it may be."
        raise UnreadableError("unknown_device", detail)
    return known


def _unassigned(uplink: Uplink, readings: Sequence[Reading], received: int) -> UnreadableError:
    when = np.datetime_as_string(np.datetime64(instant(readings[0][0], received), "ms"), timezone="UTC")
    detail = (
        f"the device '{uplink.device[:200]}' observed no thing at {when}. "
        "Say which one with `smilecity devices assign`, then `smilecity quarantine replay`."
    )
    return UnreadableError("unassigned_device", detail)


@dataclass(slots=True)
class _Gathered:
    """The columns while they grow: one entry per reading, and one per row."""

    index: list[int] = field(default_factory=list)
    time: list[int] = field(default_factory=list)
    received: list[int] = field(default_factory=list)
    revision: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    stream: list[int] = field(default_factory=list)
    result: list[float] = field(default_factory=list)
    streams: dict[tuple[str, str], int] = field(default_factory=dict)
    things: list[Thing] = field(default_factory=list)
    """The thing of each datastream."""
    empty: list[int] = field(default_factory=list)

    def add(self, index: int, message: Message, uplink: Uplink, devices: Sequence[Device]) -> int:
        """Put the readings of an uplink into the columns; gives their number.

        Raises UnreadableError, among others where it has readings and its device observed nothing at their times.
        """
        device = devices[0]
        if len(devices) > 1 or device.valid_from is not None or device.valid_to is not None:
            return self._add_as_observed(index, message, uplink, devices)
        return self._add(index, message, uplink, device, readings_of(uplink, device, message.received))

    def _add_as_observed(self, index: int, message: Message, uplink: Uplink, devices: Sequence[Device]) -> int:
        """Put each reading where its device observed something at its time."""
        count, why = 0, None
        for device in devices:
            try:
                readings = readings_of(uplink, device, message.received)
            except UnreadableError as error:
                why = error
                continue
            mine = [each for each in readings if device.observed_at(instant(each[0], message.received))]
            count += self._add(index, message, uplink, device, mine)
            if readings and not mine:
                why = why or _unassigned(uplink, readings, message.received)
        if why is not None and not count:
            raise why
        return count

    def _add(self, index: int, message: Message, uplink: Uplink, device: Device, readings: Sequence[Reading]) -> int:
        # What is no number raises here, before anything of the message stands in the columns.
        columns = [
            (_UNTOLD if time is None else _bounded(time), results, [*map(float, results.values())])
            for time, results in readings
        ]
        for time, results, values in columns:
            self.index.append(index)
            self.time.append(time)
            self.received.append(message.received)
            self.revision.append(uplink.frame_counter & _COUNTER_MASK)
            self.rows.append(len(results))
            self.stream.extend([self._stream(device.thing, name) for name in results])
            self.result.extend(values)
        return len(readings)

    def _stream(self, thing: Thing, name: str) -> int:
        key = (thing.id, name)
        place = self.streams.get(key)
        if place is None:
            place = self.streams[key] = len(self.things)
            self.things.append(thing)
        return place

    def batch(self) -> tuple[Batch, NDArray[np.int32]]:
        """Make the columns, and the index of the message of each row."""
        rows = np.array(self.rows, dtype=np.int64)
        told, received = _repeated(self.time, rows), _repeated(self.received, rows)
        stream, result = np.array(self.stream, dtype=np.int32), np.array(self.result, dtype=np.float64)
        wrong = (told > received + AHEAD) | (told < UNSYNCHRONISED)
        time = np.where(wrong, received, told)
        batch = Batch.of(
            [_datastream(thing, name) for thing, name in self.streams],
            stream,
            time.view(TIME),
            result,
            result_time=received.view(TIME),
            quality=_clock_rule(self._flags(stream, time, result), wrong=wrong, untold=told == _UNTOLD),
            revision=_repeated(self.revision, rows),
        )
        return batch, _repeated(self.index, rows).astype(np.int32)

    def _flags(
        self, stream: NDArray[np.int32], time: NDArray[np.int64], result: NDArray[np.float64]
    ) -> NDArray[np.uint8]:
        rules = _rules()
        prop = np.array([rules.place[name] for _, name in self.streams], dtype=np.int64)
        doubted = rules.suspect[prop]
        changed: list[int] = []
        for place in np.flatnonzero(rules.by_site[prop]):
            if self.things[place].calibrations:
                changed.append(int(place))
            else:
                doubted[place, 1] = np.fmin(doubted[place, 1], _most(rules.site[prop[place]], self.things[place]))
        bounds = doubted[stream]
        for row in np.flatnonzero(np.isin(stream, changed)) if changed else ():
            place = stream[row]
            most = _most(rules.site[prop[place]], self.things[place], int(time[row]))
            bounds[row, 1] = np.fmin(bounds[row, 1], most)
        flags = gross_range(result, rules.fail[prop][stream], bounds)
        coded = rules.coded[prop][stream]
        flags[coded & (result != np.rint(result)) & ~np.isnan(result)] = Quality.FAIL
        return flags


@dataclass(frozen=True, slots=True)
class _Rules:
    """What can be said of a result by its property alone, in columns over all properties; ranges have shape (p, 2)."""

    place: Mapping[str, int]
    fail: NDArray[np.float64]
    suspect: NDArray[np.float64]
    """NaN is no bound."""
    site: Sequence[str]
    """Name of the site property above which a result is doubted, '' where there is none."""
    by_site: NDArray[np.bool_]
    coded: NDArray[np.bool_]
    """Whether only whole numbers can be true."""


@cache
def _rules() -> _Rules:
    known = properties().values()
    site = [prop.suspect_above_site for prop in known]
    return _Rules(
        {name: place for place, name in enumerate(properties())},
        np.array([prop.fail or (np.nan, np.nan) for prop in known], dtype=np.float64),
        np.array([prop.suspect or (np.nan, np.nan) for prop in known], dtype=np.float64),
        site,
        np.array([name != "" for name in site], dtype=bool),
        np.array([bool(prop.categories) for prop in known], dtype=bool),
    )


def _most(name: str, thing: Thing, at: int | None = None) -> float:
    """Give the result above which a thing's is doubted, at an instant; NaN is no bound."""
    most = thing.site(at).get(name)
    return float(most) if is_number(most) and most > 0 else np.nan


@lru_cache(maxsize=1 << 18)
def _datastream(thing: str, name: str) -> Datastream:
    return Datastream(thing, name)


def _bounded(time: int) -> int:
    if abs(time) > _FURTHEST:
        raise UnreadableError("bad_time", f"the time {time:.3g} ms since 1970 is none.")
    return time


def _repeated(values: list[int], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.repeat(np.array(values, dtype=np.int64), rows)


def _clock_rule(flags: NDArray[np.uint8], *, wrong: NDArray[np.bool_], untold: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Lower GOOD flags where the time is the time of receipt; worse flags stay: flags, shape (n,)."""
    doubt = np.where(untold, Quality.UNKNOWN, Quality.SUSPECT)
    touched = wrong & (severity(flags) <= severity(np.full_like(flags, Quality.GOOD))) & (flags != Quality.MISSING)
    return np.where(touched, doubt, flags).astype(np.uint8)
