"""What is said to VictoriaMetrics: lines in, exports and roll-ups out, and when what was sent is on its disk.

A line that was accepted lies in memory for about a second unsearchable, and up to five more on no disk. Measured on
1.79.5 with kill -9 right after the answer: of ``/internal/force_flush`` nothing was found again, of
``/snapshot/create`` everything, index included. So a commit is a snapshot that is let go at once.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from storage.clock import now_ms
from storage.http_client import HttpClient
from storage.store import StoreBusyError
from storage.victoria.address import days
from storage.victoria.samples import parsed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.victoria.address import Address
    from storage.victoria.samples import Export

AHEAD = 2 * 86_400_000
"""Milliseconds: VictoriaMetrics drops what is further ahead of its clock."""
_EARLY = 365 * 86_400
"""Seconds. A roll-up reaches back somewhat further than its window, and fails where that is before 1970."""
_LOG = logging.getLogger(__name__)


class _Snapshot(msgspec.Struct):
    status: str
    snapshot: str = ""
    msg: str = ""


class _Rolled(msgspec.Struct):
    metric: dict[str, str]
    value: tuple[float, str]


class _Vector(msgspec.Struct):
    result: list[_Rolled]


class _Answer(msgspec.Struct):
    data: _Vector


class _Names(msgspec.Struct):
    data: list[str]


class _Series(msgspec.Struct):
    data: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Rolled:
    """One number per series, made by the server."""

    labels: list[dict[str, str]]
    value: list[float]


class Server:
    """One VictoriaMetrics, or the parts of a cluster. Raises StoreBusyError where it is away, as every method does."""

    def __init__(self, address: Address) -> None:
        self.database = address.database
        self._select = HttpClient(address.select, "VictoriaMetrics")
        self._insert = HttpClient(address.insert, "VictoriaMetrics")
        self._storage = [HttpClient(each, "VictoriaMetrics") for each in address.storage]
        self._kept: list[tuple[HttpClient, str]] = []
        self._own, self._asked = secrets.token_hex(4), count()
        self._retention = days(address.retention or self._retention_told())

    def _retention_told(self) -> str:
        flags = self._storage[0].get("/flags").decode(errors="replace").splitlines()
        told = [line.partition("=")[2].strip('"') for line in flags if line.startswith("-retentionPeriod=")]
        return told[0] if told else "1"

    def kept(self) -> tuple[np.datetime64, np.datetime64]:
        """Give the half-open span outside of which the server drops rows without a word, a minute kept clear."""
        now = now_ms()
        earliest = max(0, now - int(self._retention * 86_400_000) + 60_000)
        return np.datetime64(earliest, "ms"), np.datetime64(now + AHEAD - 60_000, "ms")

    def send(self, lines: bytes) -> None:
        """Send lines; they are neither searchable nor on disk then."""
        self._insert.post("/api/v2/write", lines, db=self.database, precision="ns")

    def make_durable(self) -> None:
        """Return when all that was sent is searchable and on disk."""
        for client in self._storage:
            told = msgspec.json.decode(client.get("/snapshot/create"), type=_Snapshot)
            if told.status != "ok":
                raise StoreBusyError(f"VictoriaMetrics could not write to its disk: {told.msg}", retry_after=2.0)
            self._kept.append((client, told.snapshot))
        self._let_go()

    def _let_go(self) -> None:
        """Delete the snapshots; one that stays keeps room on the disk and is tried again with the next."""
        kept, self._kept = self._kept, []
        for client, snapshot in kept:
            try:
                client.get("/snapshot/delete", snapshot=snapshot)
            except (StoreBusyError, OSError) as error:
                _LOG.warning("the snapshot %s stays for now: %s", snapshot, error)
                self._kept.append((client, snapshot))

    def make_searchable(self) -> None:
        """Return when all that was sent is searchable."""
        for client in self._storage:
            client.get("/internal/force_flush")

    def export(self, selectors: Sequence[str], start: int, end: int) -> Export:
        """Give all samples in the span [start, end], both included, in milliseconds since 1970."""
        # The server cuts seconds to milliseconds, at times one too few: it is asked for more than is wanted.
        form = {
            "match[]": [self._fresh(each) for each in selectors],
            "start": f"{max(0, start - 1) / 1000:.3f}",
            "end": f"{(end + 1) / 1000:.3f}",
            "nocache": "1",
            "reduce_mem_usage": "1",
        }
        return parsed(self._select.ask("/api/v1/export", form) if selectors else b"").within(start, end)

    def rolled(self, function: str, selector: str, since: int | None = None, until: int | None = None) -> Rolled:
        """Roll each series up to one number, over all samples after a time in milliseconds (none: after 1970).

        With ``until`` those up to this instant, in milliseconds and included, which must lie behind the other.
        """
        # Beyond -search.latencyOffset of now, so that the newest samples are in; nothing is stored beyond two days.
        moment = now_ms() // 1000 + AHEAD // 1000 + 3600
        end, offset = (moment, "") if until is None else (-(-until // 1000), f" offset {moment * 1000 - until}ms")
        window = end - max(_EARLY, 0 if since is None else since // 1000)
        query = function.replace("$", f"{self._fresh(selector)}[{window}s]{offset}")
        form = {"query": query, "time": str(moment), "nocache": "1"}
        result = msgspec.json.decode(self._select.ask("/api/v1/query", form), type=_Answer).data.result
        return Rolled([each.metric for each in result], [float(each.value[1]) for each in result])

    def names(self, ending: str) -> list[str]:
        """List the names of metrics that end in one of some fields, given as a pattern."""
        form = {"match[]": self._fresh(f'{{__name__=~".+_{ending}",db="{self.database}"}}'), "start": "1"}
        return sorted(msgspec.json.decode(self._select.ask("/api/v1/label/__name__/values", form), type=_Names).data)

    def series(self, selector: str) -> list[dict[str, str]]:
        """List the labels of series."""
        form = {"match[]": self._fresh(selector), "start": "1"}
        return msgspec.json.decode(self._select.ask("/api/v1/series", form), type=_Series).data

    def _fresh(self, selector: str) -> str:
        """Ask in words that nobody has used before.

        For up to ten seconds the server answers a selector it has met before from a cache, without series that are new
        since, where its own flush of the index came in between the lines and ours. The label is one that no series has.
        """
        return f'{selector.removesuffix("}")},asked!="{next(self._asked)}-{self._own}"}}'

    def close(self) -> None:
        """Let go of all connections."""
        for client in (self._select, self._insert, *self._storage):
            client.close()


EARLY = _EARLY * 1000
"""Milliseconds since 1970 before which roll-ups do not look: what lies there is exported."""
