"""The engine's URL: ``victoriametrics://[user:password@]host:port[,host:port...][/prefix][?option=...]``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from storage.http_client import Endpoint

if TYPE_CHECKING:
    from urllib.parse import SplitResult

_OPTIONS = ("database", "tls", "insert", "storage", "retention")
_DAYS = {"": 31.0, "h": 1 / 24, "d": 1.0, "w": 7.0, "y": 365.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)([hdwy]?)")


@dataclass(frozen=True, slots=True)
class Address:
    """Where to read, where to write, and which servers keep the samples; all the same on a single node."""

    select: Endpoint
    insert: Endpoint
    storage: tuple[Endpoint, ...]
    database: str
    retention: str


def addresses(url: str) -> list[Address]:
    """Read an engine's URL that may name several nodes, in their order. Raises ValueError as ``address`` does."""
    parts = urlsplit(url)
    shared, at, hosts = parts.netloc.rpartition("@")
    named = hosts.split(",")
    found = [address(urlunsplit(parts._replace(netloc=f"{shared}{at}{host}"))) for host in named]
    if len(named) > 1 and {"insert", "storage"} & dict(parse_qsl(parts.query, keep_blank_values=True)).keys():
        raise ValueError("insert and storage are parts of one cluster: name either these or several nodes")
    twice = [one.select.url for place, one in enumerate(found) if one.select in (each.select for each in found[:place])]
    if twice:
        raise ValueError(f"the nodes of a store are different servers: {twice[0]} is named twice")
    return found


def address(url: str) -> Address:
    """Read the URL of one node. Raises ValueError, with a sentence, for one that cannot be meant."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    wrong = sorted(set(options) - set(_OPTIONS))
    if wrong:
        raise ValueError(f"a store of VictoriaMetrics has no option '{wrong[0]}'; it has {', '.join(_OPTIONS)}")
    if not parts.hostname:
        raise ValueError("a store of VictoriaMetrics has the address victoriametrics://host:port")
    main = _main(parts, secure=options.get("tls", "0") in {"1", "true", "yes"})
    insert = _beside(options["insert"], main) if "insert" in options else main
    storage = tuple(_beside(each, main) for each in options.get("storage", "").split(",") if each) or (main,)
    database = options.get("database", "smilecity")
    if not re.fullmatch(r"[\w.-]+", database):
        raise ValueError(f"the database '{database}' of a store may have letters, digits and _ . - only")
    return Address(main, insert, storage, database, options.get("retention", ""))


def days(retention: str) -> float:
    """Read a -retentionPeriod: a number is months, else ``h``, ``d``, ``w`` or ``y`` follows. [d]."""
    found = _DURATION.fullmatch(retention)
    if found is None:
        raise ValueError(f"'{retention}' is no retention: write 12 (months) or 100y, 52w, 400d, 48h")
    return float(found[1]) * _DAYS[found[2]]


def _main(parts: SplitResult, *, secure: bool) -> Endpoint:
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    url = f"{'https' if secure else 'http'}://{host}:{parts.port or 8428}{parts.path.rstrip('/')}"
    return Endpoint(url, unquote(parts.username or ""), unquote(parts.password or ""))


def _beside(url: str, main: Endpoint) -> Endpoint:
    if urlsplit(url).scheme not in {"http", "https"}:
        raise ValueError(f"'{url}' is no address: insert and storage are written http://host:port/path")
    return Endpoint(url.rstrip("/"), main.user, main.password)
