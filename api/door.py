"""The door: every request passes it. It finds out who asks, counts how much, and notes what is administered."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection

from api.problem import ProblemError
from api.refusing import problem_response
from storage.audit import Deed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from api.access import Caller
    from api.keyring import Keyring
    from api.rates import Rates
    from storage.audit import Audit

log = logging.getLogger(__name__)

SAME_FOR_ALL = ("/web/", "/docs", "/open")
"""Paths whose answers do not depend on who asks; the first two are not counted either."""
ADMINISTRATION = frozenset({"alerts", "books", "catalogue", "keys"})
"""Scopes whose use is noted where it changes something; observations that are sent are in the ledger."""
LONGEST = 2000
_CHANGES_NOTHING = frozenset({"GET", "HEAD", "OPTIONS"})


class Door:
    """ASGI middleware that tells the app who asks, as ``scope["state"]["caller"]``."""

    def __init__(self, app: ASGIApp, keyring: Keyring, rates: Rates, audit: Audit) -> None:
        self.app = app
        self.keyring = keyring
        self.rates = rates
        self.audit = audit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find out who asks, and pass it on."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        caller = await self.keyring.caller(HTTPConnection(scope))
        scope["state"] = {**scope.get("state", {}), "caller": caller}
        if scope["path"].startswith(SAME_FOR_ALL[:2]):
            await self.app(scope, receive, send)
            return
        try:
            with self.rates.admitted(caller) as headers:
                await self._pass_on(scope, receive, send, caller, headers)
        except ProblemError as refusal:
            if scope["type"] == "http":
                await problem_response(refusal)(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 1013, "reason": refusal.detail[:120]})

    async def _pass_on(
        self, scope: Scope, receive: Receive, send: Send, caller: Caller, headers: Mapping[str, str]
    ) -> None:
        status = "failed"

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = f"{message['status']}"
                answer = MutableHeaders(scope=message)
                answer.update(headers)
                if not scope["path"].startswith(SAME_FOR_ALL):
                    answer.add_vary_header("Accept, Authorization, Cookie")
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            rule = scope["state"].get("rule")
            changes = scope.get("method", "GET") not in _CHANGES_NOTHING
            if changes and caller.known and rule is not None and rule.scope in ADMINISTRATION:
                await self._note(scope, caller, status)

    async def _note(self, scope: Scope, caller: Caller, status: str) -> None:
        deed = Deed(
            who=caller.name,
            key=caller.prefix,
            operator=caller.tenant.operator,
            whence=caller.address,
            action=f"{scope['method']} {scope['path']}"[:LONGEST],
            outcome="done" if status.startswith("2") else status,
        )
        await run_in_threadpool(self.audit.note, deed)
