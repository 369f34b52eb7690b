"""Messages that wait in quarantine: the rows of the catalogue's tables, changed within its transactions.

A message is kept once with every time at which it came: one that tells no time of its own was another observation each
time. Whoever reads it again says what became of each time; what still cannot be read goes back.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace as altered
from sqlalchemy import BigInteger, Connection, cast, delete, func, select, update

from sensors.model import Message, Rejected
from storage.keeping import KEPT_PAYLOAD, Arrival, keep
from storage.tables import ARRIVAL, LEDGER, QUARANTINE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Row, Select

LAST = 2**62
"""An id that no message has reached."""
NOT_KEPT = "not_kept"
"""The reason of what was counted and not kept, once all that was kept has been read."""
QUARANTINED = "quarantined"
_AT_ONCE = 500
"""Entries looked at in one statement."""
_TABLE = QUARANTINE.c
_MESSAGES = cast(func.sum(_TABLE["count"]), BigInteger)
"""PostgreSQL's sum of whole numbers is a decimal one."""
_UNKNOWN = (
    select(_TABLE.device, _MESSAGES, func.min(_TABLE.first_seen), func.max(_TABLE.last_seen))
    .where(_TABLE.reason == "unknown_device")
    .group_by(_TABLE.device)
    .order_by(_TABLE.device)
)


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A message in quarantine and how often it, or with a flood its like, came."""

    id: int
    rejected: Rejected
    first_seen: datetime
    last_seen: datetime
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which messages in quarantine are meant; None is any."""

    device: str | None = None
    reason: str | None = None
    id: int | None = None

    def of(self, query: Select[Any]) -> Select[Any]:
        """Restrict a query to what is meant."""
        wanted = {"device": self.device, "reason": self.reason, "id": self.id}
        return query.filter_by(**{name: value for name, value in wanted.items() if value is not None})


ANY = Choice()


@dataclass(frozen=True, slots=True)
class UnknownDevice:
    """A device that no thing is observed by, and what came of it."""

    id: str
    count: int
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Alike:
    """What waits of one device for one reason."""

    device: str
    reason: str
    count: int
    first_seen: datetime
    last_seen: datetime
    decoders: tuple[str, str]
    """What rejected them: the first and the last by name, which are the same where it was one."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that can be read again, with the times at which it came, in milliseconds since 1970 UTC."""

    id: int
    rejected: Rejected
    received: tuple[int, ...]

    def messages(self) -> list[Message]:
        """Give the message as it came each time."""
        return [altered(self.rejected.message, received=received) for received in self.received]


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a message that was read again: its heading in the ledger, and why, where not all could be read."""

    heading: str
    why: Rejected | None = None

    @property
    def done(self) -> bool:
        """Whether nothing is left to be read."""
        return self.why is None


def put_rejected(connection: Connection, rejected: Iterable[Rejected]) -> None:
    """Keep each different message once, with the times at which it came, as far as its device has room."""
    keep(connection, [Arrival(one, booked=0 if one.partly else 1) for one in rejected])


def listed(connection: Connection, choice: Choice, limit: int, after: int) -> tuple[Quarantined, ...]:
    """List at most ``limit`` messages with an id above ``after``, ordered by id."""
    query = choice.of(select(QUARANTINE)).where(_TABLE.id > after).order_by(_TABLE.id).limit(limit)
    return tuple(_quarantined(row) for row in connection.execute(query))


def alike(connection: Connection, choice: Choice, limit: int) -> tuple[Alike, ...]:
    """Sum up what waits by device and reason, at most ``limit`` of them, the last seen first."""
    last = func.max(_TABLE.last_seen)
    decoders = func.min(_TABLE.decoder), func.max(_TABLE.decoder)
    sums = select(_TABLE.device, _TABLE.reason, _MESSAGES, func.min(_TABLE.first_seen), last, *decoders)
    rows = connection.execute(choice.of(sums).group_by(_TABLE.device, _TABLE.reason).order_by(last.desc()).limit(limit))
    return tuple(
        Alike(device, reason, count, moment(first), moment(end), (least, most))
        for device, reason, count, first, end, least, most in rows
    )


def unknown_devices(connection: Connection, limit: int, after: str) -> tuple[UnknownDevice, ...]:
    """List at most ``limit`` devices that wait to be known, with an id above ``after``, ordered by id."""
    rows = connection.execute(_UNKNOWN.where(_TABLE.device > after).limit(limit))
    return tuple(UnknownDevice(name, count, moment(first), moment(last)) for name, count, first, last in rows)


def unknown_device(connection: Connection, device: str) -> UnknownDevice | None:
    """Give one device that waits to be known."""
    rows = connection.execute(_UNKNOWN.where(_TABLE.device == device))
    return next((UnknownDevice(name, count, moment(first), moment(last)) for name, count, first, last in rows), None)


def newest_of(connection: Connection, device: str, limit: int) -> tuple[Message, ...]:
    """Give the newest different messages of a device that is not known."""
    mine = (_TABLE.device == device) & (_TABLE.reason == "unknown_device")
    rows = connection.execute(
        select(QUARANTINE).where(mine).order_by(_TABLE.last_seen.desc(), _TABLE.id.desc()).limit(limit)
    )
    return tuple(_quarantined(row).rejected.message for row in rows)


def last_id(connection: Connection) -> int:
    """Give the highest id, 0 where nothing is in quarantine."""
    return connection.scalar(select(func.max(_TABLE.id))) or 0


def waiting(
    connection: Connection, choice: Choice, after: int, upto: int, messages: int
) -> tuple[tuple[Waiting, ...], int]:
    """Give the next entries that can be read again, of about so many messages, and the id up to which was looked.

    A message that was not kept whole cannot.
    """
    query = choice.of(select(QUARANTINE)).where((_TABLE.id > after) & (_TABLE.id <= upto))
    rows = connection.execute(query.order_by(_TABLE.id).limit(_AT_ONCE)).all()
    times = _times(connection, rows)
    found: list[Waiting] = []
    count = 0
    for row in rows:
        if count and count + len(times[row.id]) > messages:
            return tuple(found), row.id - 1
        if row.reason != NOT_KEPT and not _cut(row):
            found.append(Waiting(row.id, _quarantined(row).rejected, times[row.id]))
            count += len(times[row.id])
    return tuple(found), rows[-1].id if len(rows) == _AT_ONCE else upto


def release(connection: Connection, fates: Mapping[int, Mapping[int, Fate]]) -> None:
    """Let go what was read: by entry and time at which it came what became of it. Moves the books accordingly.

    An entry of which nothing could be read, for the same reason as before, stays as it is; only its decoder is noted.
    """
    back: list[Arrival] = []
    moved: dict[str, Counter[str]] = {}
    for row in connection.execute(select(QUARANTINE).where(_TABLE.id.in_(list(fates)))).all():
        fate = fates[row.id]
        if all(_unchanged(row, one) for one in fate.values()):
            _note_decoder(connection, row, fate)
            continue
        times = _times(connection, [row])[row.id]
        headings, still = _settled(row, times, fate)
        moved.setdefault(row.source, Counter()).update(headings)
        back += still
        connection.execute(delete(ARRIVAL).where(ARRIVAL.c.entry == row.id))
        connection.execute(delete(QUARANTINE).where(_TABLE.id == row.id))
    keep(connection, back)
    for source, headings in moved.items():
        _move_books(connection, source, headings)


def moment(milliseconds: int) -> datetime:
    """Give an instant as a ``datetime`` in UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _unchanged(row: Row[Any], fate: Fate) -> bool:
    why = fate.why
    return why is not None and fate.heading == QUARANTINED and (why.reason, why.device) == (row.reason, row.device)


def _note_decoder(connection: Connection, row: Row[Any], fates: Mapping[int, Fate]) -> None:
    tried = next((one.why.decoder for one in fates.values() if one.why is not None), "")
    if tried and tried != row.decoder:
        connection.execute(update(QUARANTINE).where(_TABLE.id == row.id).values(decoder=tried))


def _settled(row: Row[Any], times: Sequence[int], fates: Mapping[int, Fate]) -> tuple[Counter[str], list[Arrival]]:
    """Tell which headings what stood under quarantined moves to, and what goes back."""
    before = _quarantined(row).rejected
    # Repetitions within one millisecond are one observation, so they share the fate of that millisecond.
    further = max(_quarantined(row).count - row.unkept - len(times), 0)
    booked = row.booked
    headings: Counter[str] = Counter()
    back: list[Arrival] = []
    for place, received in enumerate(times):
        fate = fates.get(
            received, Fate(QUARANTINED, replace(before, message=altered(before.message, received=received)))
        )
        count = 1 + (further if place == 0 else 0)
        mine = min(booked, count)
        booked -= mine
        if fate.heading != QUARANTINED and mine:
            headings.update({fate.heading: 1})
            headings.update({"duplicate": mine - 1})
        if fate.why is not None:
            back.append(Arrival(fate.why, count, mine if fate.heading == QUARANTINED else 0))
    if row.unkept:
        back.append(Arrival(_not_kept(before), row.unkept, booked, row.unkept))
    return headings, back


def _not_kept(before: Rejected) -> Rejected:
    detail = "too many messages like this one waited: these were counted and not kept. Nothing of them can be read."
    return Rejected(altered(before.message, payload=b""), NOT_KEPT, detail, before.device)


def _move_books(connection: Connection, source: str, headings: Counter[str]) -> None:
    """Take messages from under quarantined to where they now belong, each within the books of one worker."""
    books = select(LEDGER).where((LEDGER.c.source == source) & (LEDGER.c.quarantined > 0)).order_by(LEDGER.c.worker)
    left = list((+headings).elements())
    for row in connection.execute(books).all():
        mine, left = Counter(left[: row.quarantined]), left[row.quarantined :]
        if mine:
            sums = {name: LEDGER.c[name] + count for name, count in mine.items()}
            own = (LEDGER.c.source == source) & (LEDGER.c.worker == row.worker)
            less = {QUARANTINED: LEDGER.c.quarantined - mine.total()}
            connection.execute(update(LEDGER).where(own).values(sums | less))


def _times(connection: Connection, rows: Sequence[Row[Any]]) -> dict[int, tuple[int, ...]]:
    """Give by entry the times at which its message came, in their order."""
    ids = [row.id for row in rows]
    times: dict[int, tuple[int, ...]] = dict.fromkeys(ids, ())
    noted = select(ARRIVAL).where(ARRIVAL.c.entry.in_(ids)).order_by(ARRIVAL.c.entry, ARRIVAL.c.received)
    for entry, arrivals in groupby(connection.execute(noted), key=attrgetter("entry")):
        times[entry] = tuple(arrival.received for arrival in arrivals)
    # Before arrivals were noted the first and the last one were.
    return {row.id: times[row.id] or tuple(sorted({row.first_seen, row.received})) for row in rows}


def _cut(row: Row[Any]) -> bool:
    """Tell whether only the beginning of a payload was kept."""
    return len(row.payload) == KEPT_PAYLOAD and hashlib.sha256(row.payload).digest() != row.digest


def _quarantined(row: Row[Any]) -> Quarantined:
    message = Message(row.source, row.topic, row.payload, row.received)
    rejected = Rejected(message, row.reason, row.detail, row.device, decoder=row.decoder)
    count: int = row._mapping["count"]  # noqa: SLF001 - a row's own 'count' is a method
    return Quarantined(row.id, rejected, moment(row.first_seen), moment(row.last_seen), count)
