"""What is said to InfluxDB: lines in through influxdb-client, InfluxQL out of ``/query``, and how both are answered.

An answer to lines means that they are in the server's write-ahead log and, unless its ``wal-fsync-delay`` says
otherwise, on its disk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from storage.clock import now_ms
from storage.http_client import Endpoint, HttpClient, RequestRefusedError
from storage.influx.address import TOKEN
from storage.influx.answers import LAST_WORD, whole
from storage.influx.client import Client
from storage.influx.queries import identifier
from storage.influx.sending import LinesRefusedError
from storage.store import StoreBusyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.influx.address import Address

_CLEAR = 60_000
"""Milliseconds kept clear of the retention's edge, which moves while rows are on their way."""
_BUSY = ("timeout", "interrupted", "exceed", "limit", "too many")
"""What a server says of a statement that another moment may see through."""


class _Series(msgspec.Struct):
    columns: list[str]
    values: list[list[Any]] = []
    name: str = ""
    tags: dict[str, str] = {}


class _Result(msgspec.Struct):
    series: list[_Series] = []
    error: str = ""


class _Answer(msgspec.Struct):
    results: list[_Result] = []
    error: str = ""


class Server:
    """One InfluxDB and one of its buckets, made where it is missing. StoreBusyError where it is away, throughout."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._what = f"InfluxDB at {address.url}"
        self._client = Client(address)
        self._query = HttpClient(
            Endpoint(address.url, token=address.token, authorities=address.authorities), "InfluxDB"
        )
        self._retention, self._policy = 0, ""
        try:
            self._set_up()
        except BaseException:
            self.close()
            raise

    def _set_up(self) -> None:
        self._client.check_health()
        retention = self._client.retention()
        if retention is None:
            retention = self._made()
        self._retention = retention
        if not self._mapped():
            self._client.map_bucket()
            if not self._mapped():
                raise FileNotFoundError(self._unmapped())

    def _made(self) -> int:
        """Make the bucket; where the token may not, it may still be there, and its retention stays unknown."""
        try:
            self._client.make_bucket()
        except LinesRefusedError:  # 422: somebody has made it just now, or it is there and cannot be seen
            return 0
        except (PermissionError, FileNotFoundError) as error:
            if self._mapped():
                return 0
            bucket = self._address.bucket
            raise PermissionError(
                f"{error} Make the bucket '{bucket}' by hand, and give the token read and write to it"
            ) from None
        return self._address.retention

    def _mapped(self) -> bool:
        """Tell whether InfluxQL finds the bucket; 2.3 has mappings that must be named, being nobody's default."""
        statement = f"SHOW RETENTION POLICIES ON {identifier(self._address.database)}"
        try:
            policies = {str(row[0]): bool(row[-1]) for _, row in self.values(statement)}
        except FileNotFoundError:
            return False
        self._policy = self._address.policy or ("" if any(policies.values()) else next(iter(policies), ""))
        return self._policy in policies if self._policy else bool(policies)

    def _unmapped(self) -> str:
        database, policy = self._address.database, self._address.policy or "autogen"
        return (
            f"{self._what} has no database '{database}' for InfluxQL that the token may read: give it read of the "
            f"bucket, or run: influx v1 dbrp create --db {database} --rp {policy} --default --bucket-id ..."
        )

    def misread(self) -> FileNotFoundError:
        """Say that InfluxQL reads something else than the bucket."""
        bucket, database = self._address.bucket, self._address.database
        return FileNotFoundError(
            f"{self._what} takes rows for the bucket '{bucket}', and does not give them as InfluxQL's database "
            f"'{database}', which is mapped to another bucket: see influx v1 dbrp list, and delete that mapping"
        )

    def kept(self) -> np.datetime64:
        """Give the time before which the server keeps nothing."""
        earliest = now_ms() - self._retention * 1000 + _CLEAR if self._retention else 0
        return np.datetime64(max(0, earliest), "ms")

    def send(self, lines: bytes) -> None:
        """Return when lines are durable. Raises LinesRefusedError where the server would not have all of them."""
        self._client.send(lines)

    def rows(self, statement: str) -> bytes:
        """Ask for series of numbers; gives their part of the CSV, whole."""
        part = whole(self._asked(statement + LAST_WORD, "application/csv"))
        if part is not None:
            return part
        # Only as JSON does the server say why.
        for _ in self.values(statement):
            break
        raise StoreBusyError(f"{self._what} broke off its answer to a query", retry_after=2.0)

    def values(self, statement: str) -> Iterator[tuple[dict[str, str], list[Any]]]:
        """Ask for few values: gives tags and columns of each. Raises FileNotFoundError without database, or OSError."""
        for line in self._asked(statement, "application/json").splitlines():
            answer = msgspec.json.decode(line, type=_Answer)
            for result in (_Result(error=answer.error), *answer.results):
                self._check(result.error)
                for series in result.series:
                    yield from ((series.tags, row) for row in series.values)

    def _asked(self, statement: str, accept: str) -> bytes:
        # In chunks no max-row-limit cuts an answer off.
        form = {"q": statement, "db": self._address.database, "epoch": "ms", "chunked": "true"}
        if self._policy:
            form["rp"] = self._policy
        try:
            return self._query.ask("/query", form, accept)
        except RequestRefusedError as error:
            if error.status in {401, 403}:
                raise PermissionError(f"{error}. Is {TOKEN} right, and may it read the bucket?") from None
            if error.status == 404:
                raise FileNotFoundError(str(error)) from None
            raise

    def _check(self, error: str) -> None:
        if not error:
            return
        if "not found" in error or "retention policy not set" in error:
            raise FileNotFoundError(f"{self._what}: {error}")
        if any(word in error for word in _BUSY):
            raise StoreBusyError(f"{self._what} did not finish a query: {error[:300]}", retry_after=5.0)
        raise OSError(f"{self._what} could not answer a query: {error[:300]}")

    def close(self) -> None:
        """Let go of all connections."""
        self._client.close()
        self._query.close()
