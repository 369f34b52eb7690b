"""Keys of the API in the catalogue: who may ask what, until when; and the sessions that browsers are given for them.

A key is ``sc_``, eight letters that tell it from others, and 256 random bits. It is shown once, and kept as its SHA-256
digest: nobody guesses 256 bits, so a slow hash, which passwords need, would only make every request slow.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, func, insert, select, update

from storage.database import insert_or, reading, writing
from storage.tables import API_KEY, POSITION, SESSION

if TYPE_CHECKING:
    from sqlalchemy import Engine, Row

SCOPES = {
    "read": "see the things of its operator, their observations, indicators and alerts",
    "write": "send observations",
    "alerts": "acknowledge and silence alerts; with the whole city's key, declare rules",
    "books": "see quarantine, ledger, devices and metrics",
    "catalogue": "administer things and devices",
    "keys": "administer keys, and see the audit log",
}
"""What a key may be good for."""

SIGN = "sc_"
SESSION_LASTS = 12 * 3_600_000
"""[ms]"""
USED_EVERY = 3_600_000
"""How finely it is kept when a key was used last. [ms]"""
_VERSION = "keys version"
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What is known of a key. Every instant is in milliseconds since 1970 UTC."""

    name: str
    """Who has it: a person's desk, a system."""
    scopes: tuple[str, ...]
    operator: str = ""
    """The municipal company whose estate it sees; empty: the city's, which sees all."""
    expires: int | None = None
    """The first instant at which it is good for nothing."""
    prefix: str = ""
    """How the key begins, by which it is told from others."""
    digest: bytes = b""
    created: int = 0
    used: int | None = None
    """When it was used last, to the hour."""
    revoked: int | None = None
    id: int = 0

    def holds(self, now: int) -> bool:
        """Tell whether it opens anything at an instant."""
        return self.revoked is None and (self.expires is None or now < self.expires)


@dataclass(frozen=True, slots=True)
class Session:
    """What a browser was given for a key, by digests of both."""

    digest: bytes
    key: bytes
    expires: int


def digest_of(secret: str) -> bytes:
    """Give what is kept of a key or a session."""
    return sha256(secret.encode()).digest()


def new_secret() -> str:
    """Make a key: eight letters by which people tell it, and 256 random bits."""
    prefix = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return f"{SIGN}{prefix}_{secrets.token_urlsafe(32)}"


class Keys:
    """The keys of a catalogue, ``Catalogue.keys``. Safe from several threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def new(self, key: Key, *, now: int | None = None) -> tuple[Key, str]:
        """Make a key; gives what is kept of it, and the secret, which is shown once and kept nowhere.

        Raises ValueError for a name that is empty, scopes that are not known or none, and an end that is past.
        """
        moment = _now() if now is None else now
        _refuse(key, moment)
        secret = new_secret()
        with writing(self._engine) as connection:
            return _made(connection, key, secret, moment), secret

    def rotate(self, prefix: str, grace: int, *, expires: int | None = None, now: int | None = None) -> tuple[Key, str]:
        """Make another key for the same, and let the old one end after ``grace`` [ms].

        Raises ValueError for a key that is not there or holds no more.
        """
        moment = _now() if now is None else now
        with writing(self._engine) as connection:
            known = _of_prefix(connection, prefix)
            if known is None or not known.holds(moment):
                raise ValueError(f"there is no key '{prefix[:40]}' that holds. List them: smilecity keys list")
            made = replace(known, expires=expires)
            _refuse(made, moment)
            secret = new_secret()
            ends = min(moment + grace, known.expires or moment + grace)
            connection.execute(update(API_KEY).where(API_KEY.c.id == known.id).values(expires=ends))
            return _made(connection, made, secret, moment), secret

    def revoke(self, prefix: str, *, now: int | None = None) -> Key:
        """Let a key open nothing any more, and end its sessions. Raises ValueError for one that is not there."""
        moment = _now() if now is None else now
        with writing(self._engine) as connection:
            known = _of_prefix(connection, prefix)
            if known is None or known.revoked is not None:
                raise ValueError(f"there is no key '{prefix[:40]}' to revoke. List them: smilecity keys list")
            connection.execute(update(API_KEY).where(API_KEY.c.id == known.id).values(revoked=moment))
            connection.execute(delete(SESSION).where(SESSION.c.key == known.digest))
            _move(connection)
        return replace(known, revoked=moment)

    def forget(self, prefix: str) -> None:
        """Let nothing be left of a key, and of its sessions: of one that was lent for a moment."""
        with writing(self._engine) as connection:
            known = _of_prefix(connection, prefix)
            if known is not None:
                connection.execute(delete(SESSION).where(SESSION.c.key == known.digest))
                connection.execute(delete(API_KEY).where(API_KEY.c.id == known.id))
                _move(connection)

    def every(self) -> tuple[Key, ...]:
        """List the keys in the order in which they were made, those that hold no more among them."""
        with reading(self._engine) as connection:
            return tuple(map(_key, connection.execute(select(API_KEY).order_by(API_KEY.c.id))))

    def version(self) -> int:
        """Give a number that changes whenever keys do."""
        with reading(self._engine) as connection:
            found: int | None = connection.scalar(select(POSITION.c.value).where(POSITION.c.name == _VERSION))
        return found or 0

    def note_used(self, digest: bytes, now: int) -> None:
        """Note that a key is in use, where that was not noted in this hour."""
        late = func.coalesce(API_KEY.c.used, 0) <= now - USED_EVERY
        with writing(self._engine) as connection:
            connection.execute(update(API_KEY).where(API_KEY.c.digest == digest, late).values(used=now))

    def begin_session(self, key: bytes, *, now: int | None = None) -> tuple[str, int]:
        """Give a browser a secret for a key of a digest, and until when it holds [ms]; forgets sessions that ended."""
        moment = _now() if now is None else now
        secret, expires = secrets.token_urlsafe(32), moment + SESSION_LASTS
        row = {"digest": digest_of(secret), "key": key, "expires": expires}
        with writing(self._engine) as connection:
            connection.execute(delete(SESSION).where(SESSION.c.expires <= moment))
            connection.execute(insert(SESSION), [row])
        return secret, expires

    def session(self, secret: str, *, now: int | None = None) -> Session | None:
        """Give the session of a secret, None where there is none that holds."""
        moment = _now() if now is None else now
        wanted = select(SESSION).where(SESSION.c.digest == digest_of(secret), SESSION.c.expires > moment)
        with reading(self._engine) as connection:
            row = connection.execute(wanted).one_or_none()
        return None if row is None else Session(row.digest, row.key, row.expires)

    def end_session(self, secret: str) -> None:
        """Forget a session."""
        with writing(self._engine) as connection:
            connection.execute(delete(SESSION).where(SESSION.c.digest == digest_of(secret)))


def _refuse(key: Key, now: int) -> None:
    if not key.name.strip():
        raise ValueError("a key needs the name of who is to have it")
    unknown = [scope for scope in key.scopes if scope not in SCOPES]
    if unknown or not key.scopes:
        said = f"there is no scope '{unknown[0][:40]}'" if unknown else "a key without a scope opens nothing"
        raise ValueError(f"{said}. Scopes are {', '.join(SCOPES)}")
    if key.expires is not None and key.expires <= now:
        raise ValueError("the key would have expired already: name a later instant")


def _made(connection: Connection, key: Key, secret: str, now: int) -> Key:
    """Write a key and give it as it stands there."""
    prefix = secret[: len(SIGN) + 8]
    made = replace(key, prefix=prefix, digest=digest_of(secret), created=now, used=None, revoked=None)
    row = {name: getattr(made, name) for name in _COLUMNS} | {"scopes": " ".join(made.scopes)}
    number: int = connection.execute(insert(API_KEY).values(row).returning(API_KEY.c.id)).scalar_one()
    _move(connection)
    return replace(made, id=number)


_COLUMNS = ("name", "operator", "expires", "prefix", "digest", "created", "used", "revoked")


def _of_prefix(connection: Connection, prefix: str) -> Key | None:
    row = connection.execute(select(API_KEY).where(API_KEY.c.prefix == prefix)).one_or_none()
    return None if row is None else _key(row)


def _key(row: Row[Any]) -> Key:
    known = {name: getattr(row, name) for name in _COLUMNS}
    return Key(**known, scopes=tuple(row.scopes.split()), id=row.id)


def _move(connection: Connection) -> None:
    statement = insert_or(connection, POSITION).values(name=_VERSION, value=1)
    further = {"value": POSITION.c.value + 1}
    connection.execute(statement.on_conflict_do_update(index_elements=[POSITION.c.name], set_=further))


def _now() -> int:
    return time.time_ns() // 1_000_000
