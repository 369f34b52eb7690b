"""The catalogue: things, devices, the ledger, the quarantine and the places where readers of the store stand.

SQLAlchemy Core over ``sqlite:///path`` (``sqlite://`` in memory) or ``postgresql://user@host/database``; what is said
in SQL stands in the files beside it.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select, update

from storage import quarantine, queries, replays, retention
from storage.alerts import Alerts
from storage.assignments import assign_device, devices_of, end_device, end_devices_of, observed_by, put_devices
from storage.audit import Audit
from storage.database import engine_of, insert_or, reading, writing
from storage.formerly import former_of, note_former
from storage.formulas import Formulas
from storage.keys import Keys
from storage.quarantine import ANY, LAST, Alike, Choice, Fate, Quarantined, UnknownDevice, Waiting, moment
from storage.regions import Regions
from storage.schema import bring_up
from storage.shares import Shares
from storage.tables import CALIBRATION, LEDGER, POSITION, THING
from storage.thing_rows import calibration_rows, calibrations_of, thing_of, thing_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Table

    from sensors.model import Calibration, Device, Message, Rejected, Thing
    from storage.queries import Cited
    from storage.replays import Request
    from storage.retention import Expired

_VERSION = "catalogue version"


class OvertakenError(Exception):
    """Somebody else has changed the catalogue since it was looked at; nothing was written."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Messages by what became of them."""

    received: int = 0
    stored: int = 0
    duplicate: int = 0
    superseded: int = 0
    quarantined: int = 0
    empty: int = 0
    dropped: int = 0
    """Came from a broker that keeps nothing, when there was no room for them here either."""

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, name) + getattr(other, name) for name in HEADINGS))

    @property
    def balanced(self) -> bool:
        """Whether every received message stands under a heading."""
        return self.difference == 0

    @property
    def difference(self) -> int:
        """Messages received that stand under no heading; below 0, more stand there than were received."""
        return self.received - sum(int(getattr(self, name)) for name in HEADINGS[1:])


HEADINGS = tuple(field.name for field in fields(Counts))
"""The columns of the books: what was received, then every heading."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """The books of one source and worker since ever."""

    source: str
    worker: str
    counts: Counts
    updated: datetime


class Catalogue:
    """Safe from several threads and, but in memory, from several processes; every write is one durable transaction."""

    def __init__(self, url: str, password: str | None = None) -> None:
        """Open a catalogue, made if it is not there; the password is PostgreSQL's.

        Raises ValueError for another URL or a catalogue that a newer version made, ConnectionError for a server that
        is not there or does not let us in.
        """
        self._engine = engine_of(url, password)
        self.writes = 0
        """How often this process has written: whoever looked before does not know what came of it."""
        try:
            bring_up(self._engine)
        except BaseException:
            self.close()
            raise
        self.alerts = Alerts(self._engine)
        """Alerts, their changes, silences and rules."""
        self.keys = Keys(self._engine)
        """Keys of the API, and sessions of browsers."""
        self.audit = Audit(self._engine)
        """What was administered, and by whom."""
        self.shares = Shares(self._engine)
        """Who of several workers does which part of a work."""
        self.formulas = Formulas(self._engine)
        """Which formulas compute since when."""
        self.regions = Regions(self._engine)
        """By which zone and Land the city is computed."""

    def put(self, things: Iterable[Thing], devices: Iterable[Device] = (), *, version: int | None = None) -> None:
        """Add things and devices, or change those whose id is known; one that was retired is there again.

        With the ``version`` that was looked at, raises OvertakenError where the catalogue has changed since.
        Of a device that was moved the assignment with the same beginning is changed; one without a beginning is taken
        for the last one's correction. ``assign`` moves a device.
        """
        things = tuple(things)
        with self._writing() as connection:
            _refuse_overtaken(connection, version)
            note_former(connection, things)
            _upsert(connection, THING, [thing_row(thing) for thing in things])
            _upsert(connection, CALIBRATION, [row for thing in things for row in calibration_rows(thing)])
            put_devices(connection, devices)
            _move(connection, _VERSION)

    def retire(self, thing: str, at: int, *, version: int | None = None) -> None:
        """Take a thing off the register at an instant, milliseconds since 1970 UTC: its devices observe nothing more.

        What it was and what was observed stays. Raises ValueError for a thing that is not there, and OvertakenError.
        """
        if self.thing(thing) is None:
            raise ValueError(f"there is no thing '{thing}'. List them with `smilecity things list`")
        with self._writing() as connection:
            _refuse_overtaken(connection, version)
            end_devices_of(connection, thing, at)
            connection.execute(update(THING).where(THING.c.id == thing).values(retired=at))
            _move(connection, _VERSION)

    def assign(self, device: Device) -> None:
        """Let a device observe its thing from ``valid_from`` on; what it observed until then ends there.

        Raises ValueError where it has been assigned at that time or later already.
        """
        with self._writing() as connection:
            assign_device(connection, device)
            _move(connection, _VERSION)

    def end(self, device: str, at: int) -> None:
        """Let a device observe nothing from an instant on, milliseconds since 1970 UTC.

        Raises ValueError for a device that observes nothing, or only since a later instant.
        """
        with self._writing() as connection:
            end_device(connection, device, at)
            _move(connection, _VERSION)

    def calibrate(self, thing: str, calibration: Calibration) -> None:
        """Note what is true of a site from an instant on; what was noted for the same instant is replaced.

        Raises ValueError for a thing that is not there.
        """
        if self.thing(thing) is None:
            raise ValueError(f"there is no thing '{thing}'. List them with `smilecity things list`")
        row = {"thing": thing, "since": calibration.since, "properties": dict(calibration.properties)}
        with self._writing() as connection:
            _upsert(connection, CALIBRATION, [row])
            _move(connection, _VERSION)

    def version(self) -> int:
        """Give a number that changes whenever things or devices do."""
        return self.position(_VERSION)

    def things(
        self, *, kind: str | None = None, operator: str | None = None, district: str | None = None
    ) -> tuple[Thing, ...]:
        """List things, ordered by id."""
        wanted = {"kind": kind, "operator": operator, "district": district}
        chosen = {name: value for name, value in wanted.items() if value is not None}
        with reading(self._engine) as connection:
            rows = connection.execute(select(THING).filter_by(**chosen, retired=None).order_by(THING.c.id)).all()
            noted = calibrations_of(connection.execute(select(CALIBRATION).order_by(CALIBRATION.c.since)))
        return tuple(thing_of(row, noted.get(row.id, ())) for row in rows)

    def retired(self) -> tuple[Thing, ...]:
        """List the things that were taken off the register, ordered by id."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(THING).where(THING.c.retired.is_not(None)).order_by(THING.c.id)).all()
            noted = calibrations_of(connection.execute(select(CALIBRATION).order_by(CALIBRATION.c.since)))
        return tuple(thing_of(row, noted.get(row.id, ())) for row in rows)

    def former(self) -> tuple[Thing, ...]:
        """List things, retired ones among them, as they were before: another kind, operator, district or site."""
        every = {thing.id: thing for thing in (*self.things(), *self.retired())}
        with reading(self._engine) as connection:
            return former_of(connection, every)

    def thing(self, id: str) -> Thing | None:  # noqa: A002 - the field's word for it
        """Give one thing, None where there is none of that id."""
        with reading(self._engine) as connection:
            row = connection.execute(select(THING).filter_by(id=id, retired=None)).one_or_none()
            noted = select(CALIBRATION).where(CALIBRATION.c.thing == id).order_by(CALIBRATION.c.since)
            calibrations = calibrations_of(connection.execute(noted)).get(id, ())
        return None if row is None else thing_of(row, calibrations)

    def devices(self) -> dict[str, tuple[Device, ...]]:
        """Give by device id what each observes and has observed, in the order of time."""
        things = {thing.id: thing for thing in self.things()}
        with reading(self._engine) as connection:
            return devices_of(connection, things)

    def observed(self) -> dict[str, frozenset[str]]:
        """Name by device id the things that each observes or ever has, those among them that are there no more."""
        with reading(self._engine) as connection:
            return observed_by(connection)

    def settle(self, source: str, worker: str, counts: Counts, rejected: Sequence[Rejected] = ()) -> None:
        """Book messages and put the rejected ones into quarantine, in one durable transaction."""
        with self._writing() as connection:
            _book(connection, source, worker, counts)
            if rejected:
                quarantine.put_rejected(connection, rejected)

    def ledger(self) -> tuple[LedgerEntry, ...]:
        """List the books, ordered by source and worker."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(LEDGER).order_by(LEDGER.c.source, LEDGER.c.worker)).all()
        return tuple(
            LedgerEntry(row.source, row.worker, Counts(*(getattr(row, name) for name in HEADINGS)), moment(row.updated))
            for row in rows
        )

    def quarantine(self, choice: Choice = ANY, *, limit: int = 100, after: int = 0) -> tuple[Quarantined, ...]:
        """List at most ``limit`` messages in quarantine with an id above ``after``, ordered by id."""
        with reading(self._engine) as connection:
            return quarantine.listed(connection, choice, limit, after)

    def alike(self, choice: Choice = ANY, *, limit: int = 100) -> tuple[Alike, ...]:
        """Sum up what waits in quarantine by device and reason, at most ``limit`` of them, the last seen first."""
        with reading(self._engine) as connection:
            return quarantine.alike(connection, choice, limit)

    def unknown_devices(self, *, limit: int = 100, after: str = "") -> tuple[UnknownDevice, ...]:
        """List at most ``limit`` devices that wait to be known, with an id above ``after``, ordered by id."""
        with reading(self._engine) as connection:
            return quarantine.unknown_devices(connection, limit, after)

    def unknown_device(self, id: str) -> UnknownDevice | None:  # noqa: A002 - the field's word for it
        """Give one device that waits to be known, None where none of that id does."""
        with reading(self._engine) as connection:
            return quarantine.unknown_device(connection, id)

    def newest_of(self, device: str, limit: int = 20) -> tuple[Message, ...]:
        """Give the newest different messages of a device that waits to be known."""
        with reading(self._engine) as connection:
            return quarantine.newest_of(connection, device, limit)

    def waiting(
        self, choice: Choice = ANY, *, after: int = 0, upto: int = LAST, messages: int = 1000
    ) -> tuple[tuple[Waiting, ...], int]:
        """Give the next messages that can be read again, about so many, and the id up to which was looked."""
        with reading(self._engine) as connection:
            return quarantine.waiting(connection, choice, after, upto, messages)

    def last_waiting(self) -> int:
        """Give the highest id in quarantine."""
        with reading(self._engine) as connection:
            return quarantine.last_id(connection)

    def release(self, fates: Mapping[int, Mapping[int, Fate]], request: Request) -> None:
        """Let go of messages that were read, move the books, and note how far a request came: one transaction.

        ``fates`` tells by entry and time of arrival what became of the message.
        """
        with self._writing() as connection:
            quarantine.release(connection, fates)
            replays.note(connection, request)

    def expire(self, before: int) -> int:
        """Remove a portion of what came to quarantine last before an instant; gives the number of its messages.

        They stay under quarantined in the ledger. 0 where there is nothing, or while messages are being read again.
        """
        with self._writing() as connection:
            return retention.expire(connection, before)

    def expired(self) -> tuple[Expired, ...]:
        """Tell what was removed from quarantine ever, ordered by source."""
        with reading(self._engine) as connection:
            return retention.expired(connection)

    def ask_replay(self, choice: Choice = ANY) -> int:
        """Ask the worker that holds the store to read messages in quarantine again; gives the request's id."""
        with self._writing() as connection:
            return replays.ask(connection, choice)

    def replay_request(self, id: int | None = None) -> Request | None:  # noqa: A002 - the field's word for it
        """Give a request, or the oldest one that is not finished; None where there is none."""
        with reading(self._engine) as connection:
            return replays.open_request(connection) if id is None else replays.request(connection, id)

    def cite(self, cited: Cited) -> None:
        """Keep a question that was answered whole, for a month or, once it was looked at, for good."""
        with self._writing() as connection:
            queries.note(connection, cited)

    def cited(self, id: str) -> Cited | None:  # noqa: A002 - the field's word for it
        """Give a question that was answered, None where there is none of that id."""
        with reading(self._engine) as connection:
            return queries.find(connection, id)

    def keep_cited(self, id: str) -> None:  # noqa: A002 - the field's word for it
        """Keep a question for good."""
        with self._writing() as connection:
            queries.see(connection, id)

    def position(self, name: str) -> int:
        """Tell where a reader of ``Store.changes`` stands; 0 where it has not begun."""
        with reading(self._engine) as connection:
            value: int | None = connection.scalar(select(POSITION.c.value).where(POSITION.c.name == name))
        return value or 0

    def set_position(self, name: str, value: int) -> None:
        """Note where a reader stands."""
        with self._writing() as connection:
            _upsert(connection, POSITION, [{"name": name, "value": value}])

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with writing(self._engine) as connection:
            yield connection
        self.writes += 1

    def close(self) -> None:
        """Let go of the database; calling it twice is harmless."""
        self._engine.dispose()


def _upsert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    keys = list(table.primary_key.columns)
    statement = insert_or(connection, table)
    others = {column.name: statement.excluded[column.name] for column in table.columns if column not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=others), rows)


def _move(connection: Connection, name: str) -> None:
    statement = insert_or(connection, POSITION).values(name=name, value=1)
    further = {"value": POSITION.c.value + 1}
    connection.execute(statement.on_conflict_do_update(index_elements=[POSITION.c.name], set_=further))


def _book(connection: Connection, source: str, worker: str, counts: Counts) -> None:
    statement = insert_or(connection, LEDGER).values(source=source, worker=worker, updated=_now(), **asdict(counts))
    sums = {name: LEDGER.c[name] + statement.excluded[name] for name in HEADINGS}
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[LEDGER.c.source, LEDGER.c.worker], set_={**sums, "updated": statement.excluded.updated}
        )
    )


def _refuse_overtaken(connection: Connection, version: int | None) -> None:
    now = connection.scalar(select(POSITION.c.value).where(POSITION.c.name == _VERSION)) or 0
    if version is not None and now != version:
        raise OvertakenError(f"the catalogue is at version {now}, and what was looked at is of version {version}")


def _now() -> int:
    return time.time_ns() // 1_000_000
