"""Alerts in the catalogue: how each stands, every change in its order, who has acknowledged what, what is silenced.

A change and the alert that it changes are one transaction, and so is what follows from it: the changes are history and
outbox at once. Their sequence begins with 1 and has no gap. A publisher asks for what it has not published yet, sends
it, and notes how far it came; killed in between it sends some of it again, and the sequence tells who listens.
"""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, func, insert, select

from storage import lease, presence, told
from storage.alert import (
    ACTIVE,
    ALL,
    SCOPE,
    Alert,
    Change,
    Chosen,
    Kind,
    OwnRule,
    Silence,
    State,
    alert_of,
    change_of,
    row_of,
)
from storage.database import insert_or, reading, writing
from storage.tables import ALERT, ALERT_CHANGE, ALERT_RULE, POSITION, SILENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Engine

    from storage.presence import Runner
    from storage.told import Over

SEQUENCE = "alert sequence"
LONGEST_SILENCE = 366 * 86_400_000
"""A silence ends: nothing is forgotten for ever. [ms]"""
STANDING = ("rule", "severity", "state", "domain", "operator")
"""By what alerts are counted."""
AT_ONCE = 500
"""Keys in one statement: SQLite's oldest limit on parameters is 999."""


class OvertakenError(Exception):
    """Somebody else has changed alerts meanwhile: what is to be noted must be looked at again."""


class Alerts:
    """The alerts of a catalogue, ``Catalogue.alerts``. Safe from several threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def current(self, chosen: Chosen = ALL, *, limit: int = 1000, after: str = "") -> tuple[Alert, ...]:
        """List alerts as they stand, at most ``limit`` with a key above ``after``, ordered by key.

        Those that are pending and those that were resolved lately are among them, unless ``chosen`` names states.
        """
        wanted = select(ALERT).where(*chosen.of(ALERT), ALERT.c.key > after).order_by(ALERT.c.key).limit(limit)
        with reading(self._engine) as connection:
            return tuple(map(alert_of, connection.execute(wanted)))

    def alert(self, key: str) -> Alert | None:
        """Give one alert as it stands, None where there is none of that key."""
        with reading(self._engine) as connection:
            return _alert(connection, key)

    def changes(self, after: int = 0, chosen: Chosen = ALL, *, limit: int = 1000) -> tuple[Change, ...]:
        """List changes with a sequence above ``after`` in their order, at most ``limit``."""
        wanted = select(ALERT_CHANGE).where(*chosen.of(ALERT_CHANGE), ALERT_CHANGE.c.sequence > after)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.order_by(ALERT_CHANGE.c.sequence).limit(limit))
            return tuple(map(change_of, rows))

    def newest(self, chosen: Chosen = ALL, *, before: int | None = None) -> Change | None:
        """Give the newest of some changes, of those with a sequence below ``before`` where one is named."""
        found = select(ALERT_CHANGE).where(*chosen.of(ALERT_CHANGE))
        if before is not None:
            found = found.where(ALERT_CHANGE.c.sequence < before)
        with reading(self._engine) as connection:
            row = connection.execute(found.order_by(ALERT_CHANGE.c.sequence.desc()).limit(1)).one_or_none()
        return None if row is None else change_of(row)

    def newest_of(self, keys: Iterable[str], before: int) -> dict[str, Change]:
        """Give the newest change below a sequence of each of some alerts, by key; nothing of those that had none."""
        asked, found = list(dict.fromkeys(keys)), dict[str, Change]()
        with reading(self._engine) as connection:
            for first in range(0, len(asked), AT_ONCE):
                mine = ALERT_CHANGE.c.key.in_(asked[first : first + AT_ONCE]) & (ALERT_CHANGE.c.sequence < before)
                last = select(func.max(ALERT_CHANGE.c.sequence)).where(mine).group_by(ALERT_CHANGE.c.key)
                rows = connection.execute(select(ALERT_CHANGE).where(ALERT_CHANGE.c.sequence.in_(last)))
                found |= {change.alert.key: change for change in map(change_of, rows)}
        return found

    def history(self, key: str, *, limit: int = 100) -> tuple[Change, ...]:
        """List the newest changes of one alert, at most ``limit``, the newest first."""
        mine = select(ALERT_CHANGE).where(ALERT_CHANGE.c.key == key).order_by(ALERT_CHANGE.c.sequence.desc())
        with reading(self._engine) as connection:
            return tuple(map(change_of, connection.execute(mine.limit(limit))))

    def standing(self) -> tuple[tuple[tuple[str, ...], int], ...]:
        """Count alerts that speak for themselves by the columns of ``STANDING``."""
        named = [ALERT.c[name] for name in STANDING]
        wanted = select(*named, func.count()).where(ALERT.c.cause == "").group_by(*named)
        with reading(self._engine) as connection:
            return tuple((tuple(row[:-1]), row[-1]) for row in connection.execute(wanted))

    def sequence(self) -> int:
        """Give the sequence of the newest change, 0 where there was none."""
        with reading(self._engine) as connection:
            return _position(connection, SEQUENCE)

    def acknowledge(
        self, key: str, who: str, comment: str = "", *, incident: int | None = None, now: int | None = None
    ) -> Change:
        """Note that somebody knows of an alert; again by somebody else it is theirs, in the same words nothing changes.

        Raises ValueError for an alert that is not there or not firing, that has begun anew since the ``incident`` that
        is meant, or where nobody is named.
        """
        moment = _now() if now is None else now
        if not who.strip():
            raise ValueError("nobody is named who acknowledges it: say who")
        with writing(self._engine) as connection:
            known = _alert(connection, key)
            stands = _unfit(known, incident)
            if known is None or stands:
                raise ValueError(f"the alert '{key[:200]}' cannot be acknowledged: {stands}. Only what fires can be")
            if known.state is State.ACKNOWLEDGED and (known.who, known.comment) == (who, comment):
                return _acknowledged(connection, key)
            told = replace(known, state=State.ACKNOWLEDGED, who=who, comment=comment, acknowledged=moment)
            (change,) = _write(connection, [Change(change=Kind.ACKNOWLEDGED, at=moment, alert=told)], moment)
        return change

    def silence(self, silence: Silence, *, now: int | None = None) -> Silence:
        """Keep alerts silent for a while, those that fire already too; gives it with its id.

        Raises ValueError for one that concerns everything, ends before it begins or lasts for more than a year.
        """
        moment = _now() if now is None else now
        _refuse(silence)
        row = {name: value for name, value in asdict(silence).items() if name != "id"}
        with writing(self._engine) as connection:
            made = insert(SILENCE).values(row).returning(SILENCE.c.id)
            kept = replace(silence, id=connection.execute(made).scalar_one())
            _settle_silences(connection, moment)
        return kept

    def silences(self, *, at: int | None = None) -> tuple[Silence, ...]:
        """List the silences that are not over at an instant, now where none is named, ordered by their end."""
        with reading(self._engine) as connection:
            return _silences(connection, _now() if at is None else at)

    def end_silence(self, id: int, *, now: int | None = None) -> None:  # noqa: A002 - the field's word for it
        """End a silence now. Raises ValueError for one that is not there or is over."""
        moment = _now() if now is None else now
        with writing(self._engine) as connection:
            mine = (SILENCE.c.id == id) & (SILENCE.c.until > moment)
            if not connection.execute(SILENCE.update().where(mine).values(until=moment)).rowcount:
                raise ValueError(f"there is no silence {id}, or it is over")
            _settle_silences(connection, moment)

    def settle_silences(self, now: int) -> None:
        """Let alerts speak again whose silence is over, and keep silent those whose silence has begun."""
        with reading(self._engine) as connection:
            due = _unsettled(connection, now)
        if due:
            with writing(self._engine) as connection:
                _settle_silences(connection, now)

    def note(
        self,
        changes: Sequence[Change],
        *,
        known: int,
        pending: Sequence[Alert] = (),
        gone: Sequence[str] = (),
        quiet: Sequence[Alert] = (),
        positions: Mapping[str, int] | None = None,
        now: int | None = None,
    ) -> tuple[Change, ...]:
        """Note what was found, in one durable transaction; gives the changes with their sequences.

        ``known`` is the sequence up to which the caller knows all changes. ``pending`` are alerts that wait, ``quiet``
        those of which something stands differently that nobody is to be told, ``gone`` the keys of those that did not
        come true. ``positions`` are noted with them, so that nothing is looked at twice or not at all.

        Raises OvertakenError, with nothing noted, where others have changed alerts after ``known``.
        """
        moment = _now() if now is None else now
        with writing(self._engine) as connection:
            if _position(connection, SEQUENCE) != known:
                raise OvertakenError
            _remove(connection, gone)
            _keep(connection, quiet)
            written = _write(connection, _silenced(connection, changes, moment), moment)
            _keep(connection, pending)  # what waits again after it was over
            told.note(connection, [*quiet, *(change.alert for change in written)])
            for name, value in (positions or {}).items():
                _set_position(connection, name, value)
        return written

    def forget(self, before: int) -> int:
        """Let go of how resolved alerts stood that ended before an instant; their changes stay. Gives how many."""
        old = (ALERT.c.state == State.RESOLVED) & (ALERT.c.ended < before)
        with writing(self._engine) as connection:
            told.forget(connection, before)
            return connection.execute(delete(ALERT).where(old)).rowcount

    def told(self) -> dict[str, Over]:
        """Give by key what is told of alerts that are over."""
        with reading(self._engine) as connection:
            return told.known(connection)

    def unpublished(self, publisher: str, *, limit: int = 1000) -> tuple[Change, ...]:
        """Give the next changes that a publisher has not published yet, in their order."""
        return self.changes(self.position(publisher), limit=limit)

    def published(self, publisher: str, sequence: int) -> None:
        """Note that a publisher has published every change up to a sequence; it never goes back."""
        with writing(self._engine) as connection:
            name = _published(publisher)
            _set_position(connection, name, max(sequence, _position(connection, name)))

    def position(self, publisher: str) -> int:
        """Tell up to which sequence a publisher has published; 0 where it has not begun."""
        with reading(self._engine) as connection:
            return _position(connection, _published(publisher))

    def may_publish(self, publisher: str, runner: Runner, *, now: int | None = None) -> bool:
        """Tell whether a runner is the one of several that publishes, from now on for the time of a lease."""
        with writing(self._engine) as connection:
            taken = lease.take(connection, _published(publisher), runner, _now() if now is None else now)
        runner.new = False
        return taken

    def resign(self, publisher: str, runner: Runner) -> None:
        """Let another publish at once."""
        with writing(self._engine) as connection:
            presence.leave(connection, _published(publisher), runner)

    def put_rule(self, rule: OwnRule, *, now: int | None = None) -> None:
        """Keep a rule, or another declaration of it. What it says is not looked at here."""
        row = asdict(rule) | {"updated": _now() if now is None else now}
        with writing(self._engine) as connection:
            _upsert(connection, [row])

    def remove_rule(self, name: str) -> bool:
        """Remove a rule; tells whether it was there."""
        with writing(self._engine) as connection:
            return connection.execute(delete(ALERT_RULE).where(ALERT_RULE.c.name == name)).rowcount > 0

    def rules(self) -> tuple[OwnRule, ...]:
        """List the rules that were made through the API, ordered by name."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(ALERT_RULE).order_by(ALERT_RULE.c.name)).all()
        return tuple(OwnRule(**row._asdict()) for row in rows)


def _alert(connection: Connection, key: str) -> Alert | None:
    row = connection.execute(select(ALERT).where(ALERT.c.key == key)).one_or_none()
    return None if row is None else alert_of(row)


def _unfit(known: Alert | None, incident: int | None) -> str:
    """Say why an alert cannot be acknowledged; nothing where it can."""
    if known is None:
        return "there is none of that key"
    if known.state not in ACTIVE:
        return f"it is {known.state}"
    anew = incident is not None and incident != known.incident
    return f"incident {incident} is over, and {known.incident} fires now" if anew else ""


def _acknowledged(connection: Connection, key: str) -> Change:
    """Give the change with which an alert was acknowledged last."""
    mine = (ALERT_CHANGE.c.key == key) & (ALERT_CHANGE.c.change == Kind.ACKNOWLEDGED)
    newest = select(ALERT_CHANGE).where(mine).order_by(ALERT_CHANGE.c.sequence.desc()).limit(1)
    return change_of(connection.execute(newest).one())


def _write(connection: Connection, changes: Sequence[Change], now: int) -> tuple[Change, ...]:
    """Give changes their sequences, and write them and the alerts as they stand after them."""
    first = _position(connection, SEQUENCE) + 1
    numbered = _numbered(changes, first, now)
    if numbered:
        rows = [row_of(one.alert) | {"change": one.change, "at": one.at, "recorded": one.recorded} for one in numbered]
        connection.execute(insert(ALERT_CHANGE), rows)
        _keep(connection, [change.alert for change in numbered])
        _set_position(connection, SEQUENCE, numbered[-1].sequence)
    return numbered


def _numbered(changes: Sequence[Change], first: int, now: int) -> tuple[Change, ...]:
    begun: dict[str, int] = {}
    numbered = []
    for number, change in enumerate(changes, start=first):
        if change.change is Kind.FIRED:
            begun[change.alert.key] = number
        incident = begun.get(change.alert.key, change.alert.incident)
        numbered.append(replace(change, recorded=now, alert=replace(change.alert, sequence=number, incident=incident)))
    return tuple(numbered)


def _keep(connection: Connection, alerts: Iterable[Alert]) -> None:
    """Write how alerts stand; of several of one key the last one counts."""
    rows = list({alert.key: row_of(alert) for alert in alerts}.values())
    if rows:
        statement = insert_or(connection, ALERT)
        others = {column.name: statement.excluded[column.name] for column in ALERT.columns if column.name != "key"}
        connection.execute(statement.on_conflict_do_update(index_elements=[ALERT.c.key], set_=others), rows)


def _remove(connection: Connection, keys: Sequence[str]) -> None:
    for first in range(0, len(keys), AT_ONCE):
        connection.execute(delete(ALERT).where(ALERT.c.key.in_(keys[first : first + AT_ONCE])))


def _refuse(silence: Silence) -> None:
    if all(getattr(silence, name) is None for name in SCOPE):
        raise ValueError(f"a silence must not concern everything: limit it to one of {', '.join(SCOPE)}")
    if not silence.since < silence.until <= silence.since + LONGEST_SILENCE:
        raise ValueError("a silence must end after it begins, and within a year")
    if not silence.who.strip():
        raise ValueError("nobody is named who keeps alerts silent: say who")


def _silences(connection: Connection, now: int) -> tuple[Silence, ...]:
    rows = connection.execute(select(SILENCE).where(SILENCE.c.until > now).order_by(SILENCE.c.until, SILENCE.c.id))
    return tuple(Silence(**row._asdict()) for row in rows)


def _silenced(connection: Connection, changes: Sequence[Change], now: int) -> list[Change]:
    """Say of each alert whether it is silenced: a new one by the silences of now, others as they are known."""
    silences = _silences(connection, now) if any(change.change is Kind.FIRED for change in changes) else ()
    now_silent: dict[str, bool] = {}
    found = []
    for change in changes:
        alert = change.alert
        if change.change is Kind.FIRED:
            now_silent[alert.key] = any(one.concerns(alert, now) for one in silences)
        silent = now_silent.get(alert.key, alert.silenced)
        found.append(replace(change, alert=replace(alert, silenced=silent)))
    return found


def _unsettled(connection: Connection, now: int) -> list[Alert]:
    """Give the firing alerts that are silenced and should not be, or should be and are not, as they should be."""
    silences = _silences(connection, now)
    marked = select(ALERT).where(ALERT.c.state.in_(ACTIVE))
    if not silences:
        marked = marked.where(ALERT.c.silenced.is_(True))
    firing = map(alert_of, connection.execute(marked.order_by(ALERT.c.key)))
    return [
        replace(alert, silenced=not alert.silenced)
        for alert in firing
        if alert.silenced != any(one.concerns(alert, now) for one in silences)
    ]


def _settle_silences(connection: Connection, now: int) -> None:
    """Tell of those that speak for themselves; members of a group are only marked."""
    due = _unsettled(connection, now)
    kind = {True: Kind.SILENCED, False: Kind.UNSILENCED}
    own = [Change(change=kind[alert.silenced], at=now, alert=alert) for alert in due if not alert.cause]
    _keep(connection, [alert for alert in due if alert.cause])
    _write(connection, own, now)


def _published(publisher: str) -> str:
    return f"alerts published by {publisher}"


def _position(connection: Connection, name: str) -> int:
    value: int | None = connection.scalar(select(POSITION.c.value).where(POSITION.c.name == name))
    return value or 0


def _set_position(connection: Connection, name: str, value: int) -> None:
    statement = insert_or(connection, POSITION).values(name=name, value=value)
    later = {"value": statement.excluded.value}
    connection.execute(statement.on_conflict_do_update(index_elements=[POSITION.c.name], set_=later))


def _upsert(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    statement = insert_or(connection, ALERT_RULE)
    others = {name: statement.excluded[name] for name in ("declaration", "enabled", "who", "updated")}
    connection.execute(statement.on_conflict_do_update(index_elements=[ALERT_RULE.c.name], set_=others), rows)


def _now() -> int:
    return time.time_ns() // 1_000_000
