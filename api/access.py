"""Who asks, and what they may: a caller with a tenant and scopes, and the rule that every route has.

What a caller may *see* is no rule of a route: it answers from the caller's own view of the city (``api.view``), which
holds nothing else. A rule says for what a route is there: whoever asks, or those with a key of some scope.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.requests import HTTPConnection

from api.problem import ProblemError
from api.services import SHORTEST_KEY

OFF = (
    "Writing over HTTP is switched off: there is no key. Make one with 'smilecity keys new', or set SMILECITY_API_KEY "
    f"to a key of at least {SHORTEST_KEY} characters and start again; send it as 'Authorization: Bearer KEY'."
)
ASK = {"www-authenticate": 'Bearer realm="smilecity", Basic realm="smilecity", charset="UTF-8"'}
_WRONG = {"www-authenticate": 'Bearer realm="smilecity", error="invalid_token", Basic realm="smilecity"'}
_CHANGES_NOTHING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Tenant:
    """Whose view of the city it is: the public's, one operator's, or the whole city's."""

    operator: str = ""
    whole: bool = False


PUBLIC = Tenant()
CITY = Tenant(whole=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who has sent a request."""

    tenant: Tenant = PUBLIC
    scopes: frozenset[str] = frozenset()
    name: str = ""
    """Of the key; empty without one."""
    prefix: str = ""
    """How the key begins."""
    digest: bytes = field(default=b"", repr=False)
    """Of the key; empty without one."""
    cookie: bool = False
    """Whether a browser sent a session, as it does by itself."""
    address: str = ""
    """Where it came from."""
    wrong: str = ""
    """Why the credentials that were sent open nothing."""
    keys: bool = True
    """Whether there is any key that could be sent."""

    @property
    def known(self) -> bool:
        """Whether they have shown a key."""
        return bool(self.digest)


async def caller_of(connection: HTTPConnection) -> Caller:
    """Give who asks, as found out before the request was routed."""
    caller: Caller = connection.scope["state"]["caller"]
    return caller


async def admitted(connection: HTTPConnection) -> Caller:
    """Give who asks. Raises ProblemError ``unauthorized`` where what they sent opens nothing."""
    caller = await caller_of(connection)
    if caller.wrong:
        raise ProblemError("unauthorized", caller.wrong, headers=_WRONG)
    return caller


CallerNow = Annotated[Caller, Depends(admitted)]


@dataclass(frozen=True, slots=True)
class Rule:
    """Whom a route is for: a dependency, of which every route has exactly one."""

    scope: str = ""
    """What a key must be good for; empty: nothing, and no key is needed."""
    whole: bool = False
    """Whether it must be the whole city's."""

    async def __call__(self, connection: HTTPConnection) -> None:
        """Refuse whom it is not for. Raises ProblemError."""
        caller = await caller_of(connection)
        connection.scope["state"]["rule"] = self
        changes = connection.scope.get("method", "GET") not in _CHANGES_NOTHING
        if changes and not caller.keys and self.scope:
            raise ProblemError("writing-off", OFF)
        if changes or caller.cookie:
            refuse_other_sites(connection)
        await admitted(connection)
        self._refuse(caller, changes=changes)

    def _refuse(self, caller: Caller, *, changes: bool) -> None:
        if self.scope and not (caller.known or (caller.scopes and not changes)):
            detail = (
                "This is not for everybody: send a key as 'Authorization: Bearer KEY', or as a password with Basic."
            )
            raise ProblemError("unauthorized", detail, headers=ASK)
        if self.scope and self.scope not in caller.scopes:
            detail = f"The key of {caller.name!r} is not good for this: it needs the scope {self.scope!r}."
            raise ProblemError("not-allowed", detail, scope=self.scope)
        if self.whole and not caller.tenant.whole:
            raise ProblemError("not-allowed", "Only a key of the whole city may do this, and yours is an operator's.")


ANYBODY = Rule()
"""Answers from the caller's view: everybody may ask, and sees what is theirs to see."""
READ = Rule("read")
ALERTS = Rule("alerts")
RULES = Rule("alerts", whole=True)
BOOKS = Rule("books")
CITY_BOOKS = Rule("books", whole=True)
WRITE = Rule("write")
CATALOGUE = Rule("catalogue")
KEYS = Rule("keys")


def rules_of(route: APIRoute | APIWebSocketRoute) -> Iterator[Rule]:
    """Give the rules that a route has, its own and its router's; the last one counts."""
    for dependency in route.dependant.dependencies:
        if isinstance(dependency.call, Rule):
            yield dependency.call


def refuse_other_sites(connection: HTTPConnection) -> None:
    """Raise ProblemError ``cross-site`` for what a page of another site sends."""
    origin = connection.headers.get("origin")
    same = origin is None or urlsplit(origin).netloc == connection.headers.get("host", "")
    if not same or connection.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise ProblemError("cross-site", "A page of another site sent this: only this server's own pages may.")
