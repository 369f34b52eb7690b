"""The only file that knows influxdb-client: lines in, health, bucket and mapping.

Its batching mode tries again for a while and then drops lines, and its own gzip takes twenty times as long for a fifth
less: so lines go through its synchronous service, compressed here, once; what fails is told and tried by the worker.
"""

from __future__ import annotations

import gzip
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import urllib3
from influxdb_client import (  # type: ignore[attr-defined]
    BucketRetentionRules,
    DBRPCreate,
    DBRPsService,
    HealthService,
    InfluxDBClient,
    WriteService,
)
from influxdb_client.client.exceptions import InfluxDBError
from influxdb_client.rest import ApiException

from storage.influx.address import TOKEN
from storage.influx.sending import LinesRefusedError
from storage.store import StoreBusyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.influx.address import Address

_TIMEOUTS = (5_000, 60_000)
"""Milliseconds to connect, and to wait for an answer."""
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504, 507})
_LINES_REFUSED = frozenset({400, 413, 422})
_FOR_A_PERSON: dict[int, tuple[type[OSError], str]] = {
    401: (PermissionError, f". Is {TOKEN} right, and may it do this?"),
    403: (PermissionError, ". The token needs a permission for this."),
    404: (FileNotFoundError, ""),
}
_LONGEST_WAIT = 60
_SHOWN = 300


class Client:
    """Talks to one server; safe to use from several threads."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._what = f"InfluxDB at {address.url}"
        self._client = InfluxDBClient(
            address.url,
            address.token,
            org=address.org,
            timeout=_TIMEOUTS,
            retries=False,
            ssl_ca_cert=address.authorities or None,
        )
        self._writing = WriteService(self._client.api_client)
        self._pool = self._client.api_client.rest_client.pool_manager

    def check_health(self) -> None:
        """Raise StoreBusyError when the server is away or not ready."""
        with self._told("be asked for its health"):
            HealthService(self._client.api_client).get_health()

    def retention(self) -> int | None:
        """Give the seconds for which the bucket keeps rows, 0 for ever; None where the bucket cannot be seen."""
        bucket = self._bucket()
        if bucket is None:
            return None
        rules = [rule.every_seconds or 0 for rule in bucket.retention_rules or []]
        return max(0, *rules, 0)

    def _bucket(self) -> Any:
        try:
            with self._told("be asked for its buckets"):
                found = self._client.buckets_api().find_buckets(name=self._address.bucket, org=self._address.org)
        except FileNotFoundError:
            return None
        return next((bucket for bucket in found.buckets or [] if bucket.name == self._address.bucket), None)

    def make_bucket(self) -> None:
        """Make the bucket. Raises PermissionError where the token may not, and FileExistsError where it is there."""
        rules = BucketRetentionRules(type="expire", every_seconds=self._address.retention)
        with self._told(f"make the bucket '{self._address.bucket}'"):
            self._client.buckets_api().create_bucket(
                bucket_name=self._address.bucket, retention_rules=rules, org=self._address.org
            )

    def map_bucket(self) -> None:
        """Let InfluxQL find the bucket: InfluxDB 2.0 to 2.2 do so only by a mapping that somebody makes."""
        bucket = self._bucket()
        if bucket is None:
            return
        mapping = DBRPCreate(
            org=self._address.org,
            bucket_id=bucket.id,
            database=self._address.database,
            retention_policy=self._address.policy or "autogen",
            default=not self._address.policy,
        )
        with self._told("map a database to the bucket"):
            DBRPsService(self._client.api_client).post_dbrp(mapping)

    def send(self, lines: bytes) -> None:
        """Return when lines are on the server's disk. Raises LinesRefusedError where it would not have all of them."""
        with self._told("take rows"):
            self._writing.post_write(
                self._address.org,
                self._address.bucket,
                gzip.compress(lines, compresslevel=1),
                precision="ns",
                content_encoding="gzip",
                content_type="text/plain; charset=utf-8",
            )

    def close(self) -> None:
        """Let go of all connections."""
        self._pool.clear()
        self._client.close()

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Turn what the client raises into a store's answers; none of them repeats the token."""
        try:
            yield
        except ApiException as error:
            raise self._answer(error, what) from None
        except InfluxDBError as error:
            raise PermissionError(f"{self._what} would not {what}: {_shown(error.message)}") from None
        except urllib3.exceptions.HTTPError as error:
            raise self._away(str(error) or type(error).__name__) from None

    def _away(self, reason: str) -> StoreBusyError:
        sentence = f"{self._what} does not answer ({_shown(reason)}): start it, or give the store's right address"
        return StoreBusyError(sentence, retry_after=2.0)

    def _answer(self, error: ApiException, what: str) -> Exception:
        if error.status == 0:  # a certificate that is not trusted
            return self._away(str(error.reason))
        told = f"HTTP {error.status} {_shown(error.message or error.reason)}"
        if error.status in _BUSY:
            return StoreBusyError(f"{self._what} is busy: {told}", _wait(error.retry_after))
        if error.status in _LINES_REFUSED:
            return LinesRefusedError(_shown(error.message))
        kind, way_out = _FOR_A_PERSON.get(error.status, (OSError, ""))
        return kind(f"{self._what} would not {what}: {told}{way_out}")


def _shown(text: object) -> str:
    return (text.decode(errors="replace") if isinstance(text, bytes) else str(text)).strip()[:_SHOWN]


def _wait(told: str | None) -> float:
    return float(min(int(told), _LONGEST_WAIT)) if told and told.isdecimal() and len(told) < 10 else 2.0
