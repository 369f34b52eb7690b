"""How often and how much at once one caller may ask: a bucket for each, by key, or by network address without one.

The headers are those of draft-ietf-httpapi-ratelimit-headers-10; a refusal is 429 with ``Retry-After`` (RFC 6585).
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from time import monotonic
from typing import TYPE_CHECKING

from api.problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from api.access import Caller
    from api.services import Allowance

WINDOW_S = 60
MOST_CALLERS = 100_000
"""Remembered; who was not heard for the longest is forgotten first, and begins anew."""
NETWORK_V6 = 64
"""One household or company has at least so many leading bits of its addresses for itself (RFC 6177)."""


class Rates:
    """The buckets of all callers; a bucket is the time at which it will be full again (GCRA, ITU-T I.371)."""

    def __init__(self, public: Allowance, key: Allowance, clock: Callable[[], float] = monotonic) -> None:
        self._public = public
        self._key = key
        self._clock = clock
        self._full_at: OrderedDict[str, float] = OrderedDict()
        self._running: defaultdict[str, int] = defaultdict(int)

    @contextmanager
    def admitted(self, caller: Caller) -> Iterator[Mapping[str, str]]:
        """Let a caller in for one request; gives the headers of its answer. Raises ProblemError.

        Who is shown everything without a key is not counted: it is their own machine.
        """
        if caller.scopes and not caller.known:
            yield {}
            return
        name, allowed = _name(caller), self._key if caller.known else self._public
        headers = self._take(name, allowed)
        if self._running[name] >= allowed.at_once:
            detail = f"{allowed.at_once} requests of yours are under way already: wait for one to end."
            raise ProblemError("too-many-requests", detail, headers={**headers, "retry-after": "1"})
        self._running[name] += 1
        try:
            yield headers
        finally:
            self._running[name] -= 1
            if not self._running[name]:
                del self._running[name]

    def _take(self, name: str, allowed: Allowance) -> Mapping[str, str]:
        now, each = self._clock(), WINDOW_S / allowed.requests
        full_at = max(self._full_at.pop(name, now), now) + each
        over = full_at - now - WINDOW_S
        refused = over > 1e-9
        self._full_at[name] = full_at - each if refused else full_at
        if len(self._full_at) > MOST_CALLERS:
            self._full_at.popitem(last=False)
        left = 0 if refused else int((WINDOW_S - (full_at - now)) / each + 1e-9)
        headers = {
            "ratelimit-policy": f'"requests";q={allowed.requests};w={WINDOW_S}',
            "ratelimit": f'"requests";r={left};t={ceil(self._full_at[name] - now)}',
        }
        if refused:
            wait = max(1, ceil(over))
            detail = f"{allowed.requests} requests a minute are yours, and they are used up: ask again in {wait} s."
            raise ProblemError("too-many-requests", detail, headers={**headers, "retry-after": f"{wait}"})
        return headers


def _name(caller: Caller) -> str:
    """Tell callers apart: by key, else by address, of IPv6 by what one connection has for itself."""
    if caller.known:
        return caller.digest.hex()
    try:
        address = ip_address(caller.address)
    except ValueError:
        return caller.address
    if isinstance(address, IPv6Address):
        return str(ip_network((address, NETWORK_V6), strict=False))
    return str(address)
