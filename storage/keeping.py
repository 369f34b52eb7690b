"""Keeps rejected messages: each different one once, with the times at which it came, as far as its device has room.

Statements are for all messages of a batch at once: a thousand unknown devices cost no more than a thousand messages of
one.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, ColumnElement, Connection, bindparam, case, func, insert, select, update

from sensors.decoder import smile_city
from storage.database import insert_or
from storage.tables import ARRIVAL, QUARANTINE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Select

    from sensors.model import Rejected

KEPT_PER_DEVICE = 10_000
"""Different messages kept per source, device, reason and topic; what comes beyond only counts on the newest of them."""
ARRIVALS_PER_DEVICE = 20_000
"""Times kept of these messages; what comes beyond only counts."""
KEPT_PAYLOAD = 256 * 1024
"""Bytes of a payload that are kept; the rest of a longer one, which no sensor sends, is not."""
AT_ONCE = 100
"""Keys in one statement."""

_TABLE = QUARANTINE.c


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message to be kept: it stands for ``count``, of which ``booked`` stand under quarantined in the ledger."""

    rejected: Rejected
    count: int = 1
    booked: int = 1
    unkept: int = 0
    """How many of them nothing is left of."""


@dataclass(slots=True)
class _Entry:
    """What is to be added to a row: ``kept`` with their times, the others by their number."""

    kept: list[Arrival] = field(default_factory=list)
    lost: list[Arrival] = field(default_factory=list)


def keep(connection: Connection, arrivals: Iterable[Arrival]) -> None:
    """Put messages into quarantine."""
    alike: dict[tuple[bytes, bytes], list[Arrival]] = {}
    for one in arrivals:
        digest = hashlib.sha256(one.rejected.message.payload).digest()
        alike.setdefault((_likeness(one.rejected), digest), []).append(one)
    if not alike:
        return
    _make_entries(connection, alike)
    entries = _entries(connection, alike)
    unkept = _note_times(connection, entries)
    connection.execute(_ADDED, [_sums(id_, entry, unkept[id_]) for id_, entry in entries.items()])


def _make_entries(connection: Connection, alike: Mapping[tuple[bytes, bytes], Sequence[Arrival]]) -> None:
    """Add a row, counting nothing yet, for each new message that there is room for."""
    known = _ids(connection, alike)
    used = _counted(connection, select(_TABLE.likeness, func.count()), {key for key, _ in alike})
    rows = []
    for (key, digest), several in alike.items():
        if (key, digest) not in known and used[key] < KEPT_PER_DEVICE:
            used[key] += 1
            rows.append(_new_row(several[0].rejected, key, digest))
    if rows:
        connection.execute(insert(QUARANTINE), rows)


def _entries(connection: Connection, alike: Mapping[tuple[bytes, bytes], Sequence[Arrival]]) -> dict[int, _Entry]:
    """Sort messages by the row that they are counted on: their own, or the newest of their like."""
    ids = _ids(connection, alike)
    newest = _counted(
        connection, select(_TABLE.likeness, func.max(_TABLE.id)), {key for key, _ in alike.keys() - ids.keys()}
    )
    entries: dict[int, _Entry] = {}
    for (key, digest), several in alike.items():
        own = ids.get((key, digest))
        entry = entries.setdefault(newest[key] if own is None else own, _Entry())
        for one in several:
            (entry.lost if own is None or one.unkept else entry.kept).append(one)
    return entries


def _note_times(connection: Connection, entries: Mapping[int, _Entry]) -> Counter[int]:
    """Note when messages came; counts by row those for which there is no room."""
    unkept: Counter[int] = Counter()
    kept = [(id_, one) for id_, entry in entries.items() for one in entry.kept]
    noted = select(_TABLE.likeness, func.count()).join_from(QUARANTINE, ARRIVAL)
    used = _counted(connection, noted, {_likeness(one.rejected) for _, one in kept})
    rows = []
    for id_, one in kept:
        key = _likeness(one.rejected)
        used[key] += 1
        if used[key] <= ARRIVALS_PER_DEVICE:
            rows.append({"entry": id_, "received": one.rejected.message.received})
        else:
            unkept[id_] += one.count
    if rows:
        connection.execute(insert_or(connection, ARRIVAL).on_conflict_do_nothing(), rows)
    return unkept


def _earlier(column: ColumnElement[int], name: str) -> ColumnElement[int]:
    """Take the lesser of what is there and what is given: the two databases have other names for that."""
    given = bindparam(name, type_=BigInteger)
    return case((column > given, given), else_=column)


def _later(column: ColumnElement[int], name: str) -> ColumnElement[int]:
    given = bindparam(name, type_=BigInteger)
    return case((column < given, given), else_=column)


_ADDED = (
    update(QUARANTINE)
    .where(_TABLE.id == bindparam("entry"))
    .values(
        {
            "count": _TABLE["count"] + bindparam("more"),
            "booked": _TABLE.booked + bindparam("more_booked"),
            "unkept": _TABLE.unkept + bindparam("more_unkept"),
            "first_seen": _earlier(_TABLE.first_seen, "first"),
            "last_seen": _later(_TABLE.last_seen, "last"),
            "received": _later(_TABLE.received, "last_kept"),
            "decoder": bindparam("last_decoder"),
        }
    )
)


def _sums(id_: int, entry: _Entry, unkept: int) -> dict[str, Any]:
    every = [*entry.kept, *entry.lost]
    times = [one.rejected.message.received for one in every]
    return {
        "entry": id_,
        "more": sum(one.count for one in every),
        "more_booked": sum(one.booked for one in every),
        "more_unkept": unkept + sum(one.count for one in entry.lost),
        "first": min(times),
        "last": max(times),
        "last_decoder": _decoder(every[-1].rejected),
        "last_kept": max((one.rejected.message.received for one in entry.kept), default=min(times)),
    }


def _ids(connection: Connection, alike: Collection[tuple[bytes, bytes]]) -> dict[tuple[bytes, bytes], int]:
    """Give the rows of messages, by what makes them different."""
    found: dict[tuple[bytes, bytes], int] = {}
    columns = (_TABLE.likeness, _TABLE.digest)
    for part in _parts(list(alike)):
        # Two lists, not one of pairs, for which SQLite would scan the whole table; a row too many does no harm.
        likenesses, digests = ({pair[place] for pair in part} for place in (0, 1))
        query = select(*columns, _TABLE.id).where(_TABLE.likeness.in_(likenesses), _TABLE.digest.in_(digests))
        found |= {(likeness, digest): id_ for likeness, digest, id_ in connection.execute(query)}
    return found


def _counted(connection: Connection, query: Select[Any], keys: Collection[bytes]) -> Counter[bytes]:
    """Give a number by likeness; the query selects both."""
    found: Counter[bytes] = Counter()
    for part in _parts(list(keys)):
        rows = connection.execute(query.where(_TABLE.likeness.in_(part)).group_by(_TABLE.likeness))
        found.update({row[0]: row[1] for row in rows})
    return found


def _parts(keys: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (keys[first : first + AT_ONCE] for first in range(0, len(keys), AT_ONCE))


def _likeness(rejected: Rejected) -> bytes:
    """Give what like messages share, whatever its length: source, device, reason and topic."""
    key = (rejected.message.source, rejected.device, rejected.reason, rejected.message.topic)
    return hashlib.sha256("\0".join(key).encode(errors="surrogatepass")).digest()


def _new_row(rejected: Rejected, likeness: bytes, digest: bytes) -> dict[str, Any]:
    message = rejected.message
    return {
        "source": message.source,
        "topic": message.topic,
        "device": rejected.device,
        "reason": rejected.reason,
        "detail": rejected.detail,
        "payload": message.payload[:KEPT_PAYLOAD],
        "likeness": likeness,
        "digest": digest,
        "received": message.received,
        "first_seen": message.received,
        "last_seen": message.received,
        "count": 0,
        "booked": 0,
        "unkept": 0,
        "decoder": _decoder(rejected),
    }


def _decoder(rejected: Rejected) -> str:
    """Name what rejected a message; where no declaration took part (the store refused it) that is Smile City alone."""
    return rejected.decoder or smile_city()
