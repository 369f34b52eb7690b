"""Finds out who asks: by a key in ``Authorization``, by a browser's session, or by nothing but where they ask from.

Keys are read from the catalogue when they have changed, at most once a second: a key that was revoked opens nothing a
second later, in every process, and no request waits for more than that.
"""

from __future__ import annotations

import asyncio
import time
from base64 import b64decode
from binascii import Error as NotBase64Error
from collections import OrderedDict
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from api.access import CITY, Caller, Tenant
from api.services import LOOPBACK, Access
from storage.keys import SCOPES, USED_EVERY, Key, digest_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import HTTPConnection

    from api.services import Services
    from storage.keys import Session

COOKIE = "smilecity_session"
LOOK_EVERY_S = 1.0
AGAIN_S = 0.1
"""How soon it is looked again for a key that is not known; who tries many waits, and does not make us read as often."""
LONGEST_KEY = 512
"""Characters of what may be sent as a key."""
MOST_SESSIONS = 10_000
"""Remembered between two looks."""
SEEN_WITHOUT_KEY = frozenset({"read", "books", "keys"})
"""What may be read of a server that is open: everything; nothing is changed without a key."""
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""What a proxy says: whoever it speaks for is not on this machine."""
UNKNOWN = (
    "The key that was sent is not known here, is revoked, or has expired: ask who gave it to you for another one. At "
    "the machine 'smilecity keys list --all' tells how each stands."
)
_SPELLING = "Send a key as 'Authorization: Bearer KEY', or as the password of HTTP Basic in base64."


class Keyring:
    """Knows the keys of an installation."""

    def __init__(self, services: Services) -> None:
        self._keys = services.catalogue.keys
        self._access = services.access
        self._own = _installations(services.api_key) if services.api_key else {}
        self._known: Mapping[bytes, Key] = self._own
        self._version = -1
        self._looked = float("-inf")
        self._sessions: OrderedDict[str, Session | None] = OrderedDict()
        self._noted: dict[bytes, int] = {}

    @property
    def any(self) -> bool:
        """Whether there is, or ever was, a key."""
        return bool(self._known)

    def told(self) -> str:
        """Say whom everything is shown without a key."""
        self.look()
        if self._access is Access.OPEN:
            return "everybody sees everything without a key (SMILECITY_ACCESS=open)"
        if self._access is Access.AUTO and not self.any:
            return "who asks on this machine sees everything, others what is public; with the first key nobody does"
        return "without a key only what is marked as public is seen (smilecity keys new NAME)"

    async def caller(self, connection: HTTPConnection) -> Caller:
        """Tell who sends a request."""
        await self.refresh()
        address = connection.client.host if connection.client else ""
        header = connection.headers.get("authorization", "")
        if header.strip():
            secret, wrong = _sent(header)
            key = await self._found(secret)
            if key is None:
                return Caller(address=address, wrong=wrong or UNKNOWN, keys=self.any)
            return await self._of(key, address)
        secret = _cookie(connection)
        if secret:
            session = await self._session(secret)
            key = self._holding(session.key) if session else None
            if key is not None:
                return await self._of(key, address, cookie=True)
        return self._nobody(connection, address)

    async def refresh(self) -> None:
        """Look whether keys have changed, where nobody has just now."""
        if time.monotonic() - self._looked > LOOK_EVERY_S:
            await run_in_threadpool(self.look)

    def look(self) -> None:
        """Read what has changed of the keys."""
        self._looked = time.monotonic()
        version = self._keys.version()
        if version != self._version:
            self._known = {key.digest: key for key in self._keys.every()} | self._own
            self._version = version
        self._sessions.clear()

    def holds(self, caller: Caller) -> bool:
        """Tell whether a caller could still come as they came; to be asked again while a stream lasts."""
        if caller.known:
            return self._holding(caller.digest) is not None
        return not caller.scopes or self._access is Access.OPEN or not self.any

    def checked(self, secret: str) -> Key | None:
        """Give the key of a secret, None for one that opens nothing."""
        return self._holding(digest_of(secret)) if 0 < len(secret) <= LONGEST_KEY else None

    def begin_session(self, key: Key) -> tuple[str, int]:
        """Give a browser a secret in the place of a key, and until when it holds [ms]."""
        return self._keys.begin_session(key.digest)

    def end_session(self, secret: str) -> None:
        """Forget a session."""
        self._keys.end_session(secret)
        self._sessions.pop(secret, None)

    async def _found(self, secret: str) -> Key | None:
        """Find the key of a secret; one that was only just made is looked for at once."""
        key = self._holding(digest_of(secret)) if secret else None
        if key is not None or not secret:
            return key
        looked = self._looked
        await asyncio.sleep(looked + AGAIN_S - time.monotonic())
        if self._looked == looked:
            await run_in_threadpool(self.look)
        return self._holding(digest_of(secret))

    def _holding(self, digest: bytes) -> Key | None:
        key = self._known.get(digest)
        return key if key is not None and key.holds(_now()) else None

    async def _of(self, key: Key, address: str, *, cookie: bool = False) -> Caller:
        now = _now()
        if key.id and now - self._noted.get(key.digest, 0) > USED_EVERY:
            self._noted[key.digest] = now
            await run_in_threadpool(self._keys.note_used, key.digest, now)
        return Caller(
            tenant=Tenant(operator=key.operator) if key.operator else CITY,
            scopes=frozenset(key.scopes),
            name=key.name,
            prefix=key.prefix,
            digest=key.digest,
            cookie=cookie,
            address=address,
        )

    async def _session(self, secret: str) -> Session | None:
        if secret not in self._sessions:
            self._sessions[secret] = await run_in_threadpool(self._keys.session, secret)
            if len(self._sessions) > MOST_SESSIONS:
                self._sessions.popitem(last=False)
        return self._sessions.get(secret)

    def _nobody(self, connection: HTTPConnection, address: str) -> Caller:
        """Give who has shown no key: all is open to them where the server is, and else what is public."""
        here = self._access is Access.AUTO and not self.any and _asks_here(connection, address)
        if here or self._access is Access.OPEN:
            return Caller(tenant=CITY, scopes=SEEN_WITHOUT_KEY, address=address, keys=self.any)
        return Caller(address=address, keys=self.any)


def _installations(secret: str) -> dict[bytes, Key]:
    """Give the key of the settings: good for everything, of the whole city."""
    digest = digest_of(secret)
    return {digest: Key(name="installation", scopes=tuple(SCOPES), prefix="settings", digest=digest)}


def _sent(header: str) -> tuple[str, str]:
    """Give the key that a header carries, and what is wrong with it where it carries none."""
    scheme, _, given = header.strip().partition(" ")
    given = given.strip()
    if len(given) > 2 * LONGEST_KEY or not given:
        return "", _SPELLING
    if scheme.casefold() == "bearer":
        return given[:LONGEST_KEY], ""
    if scheme.casefold() != "basic":
        return "", _SPELLING
    try:
        _, _, password = b64decode(given, validate=True).decode().partition(":")
    except (NotBase64Error, ValueError):
        return "", _SPELLING
    return password[:LONGEST_KEY], "" if password else _SPELLING


def _cookie(connection: HTTPConnection) -> str:
    """Give the session of a browser; empty where it has none."""
    sent = connection.headers.get("cookie", "")
    if COOKIE not in sent:
        return ""
    try:
        found = SimpleCookie(sent).get(COOKIE)
    except CookieError:
        return ""
    return found.value[:LONGEST_KEY] if found else ""


def _asks_here(connection: HTTPConnection, address: str) -> bool:
    """Tell whether a request was made on this machine, to it by a name of its own, and for nobody else.

    A page of another site can let its own name point to this machine (DNS rebinding), so the name counts, too.
    """
    named = connection.headers.get("host", "")
    host = named.rpartition(":")[0] if named.rpartition(":")[2].isdecimal() else named
    forwarded = any(name in connection.headers for name in _FORWARDED)
    return address in LOOPBACK and host.strip("[]").casefold() in LOOPBACK and not forwarded


def _now() -> int:
    return time.time_ns() // 1_000_000
