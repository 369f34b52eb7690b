"""The engine's URL: ``influxdb://host:port[/prefix]?org=...&bucket=...``; the token is read from elsewhere."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from urllib.parse import SplitResult

TOKEN = "SMILECITY_INFLUX_TOKEN"  # noqa: S105 - the variable's name
_OPTIONS = ("org", "bucket", "token_file", "tls", "ca", "retention")
_SECONDS = {"h": 3600, "d": 86_400, "w": 7 * 86_400, "y": 365 * 86_400}
_LONGEST_TOKEN = 4096


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server is and which bucket is meant. The token never appears in a sentence."""

    url: str
    org: str
    bucket: str
    token: str = field(repr=False)
    retention: int = 0
    """Seconds for which a bucket that is made keeps rows; 0 is for ever."""
    authorities: str = ""
    """A file with the certificates to trust; empty for those that the system trusts."""

    @property
    def database(self) -> str:
        """The bucket in InfluxQL: its name, or what stands before the retention policy in ``database/policy``."""
        return self.bucket.partition("/")[0]

    @property
    def policy(self) -> str:
        """The retention policy that a bucket's name says; empty for the default one."""
        return self.bucket.partition("/")[2]


def address(url: str) -> Address:
    """Read an engine's URL, and the token. Raises ValueError, with a sentence, for what cannot be meant."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    _check(parts, options)
    secure = options.get("tls", "0") in {"1", "true", "yes"} or "ca" in options
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    base = f"{'https' if secure else 'http'}://{host}:{parts.port or 8086}{parts.path.rstrip('/')}"
    retention = _retention(options.get("retention", "0"))
    token = _token(options.get("token_file", ""))
    return Address(base, options["org"], options["bucket"], token, retention, _authorities(options.get("ca", "")))


def _check(parts: SplitResult, options: dict[str, str]) -> None:
    if parts.username or parts.password or "token" in options:
        raise ValueError(f"the token of InfluxDB does not belong into a URL, which is logged: put it into {TOKEN}")
    wrong = sorted(set(options) - set(_OPTIONS))
    if wrong:
        raise ValueError(f"a store of InfluxDB has no option '{wrong[0]}'; it has {', '.join(_OPTIONS)}")
    if not (parts.hostname and options.get("org") and options.get("bucket")):
        raise ValueError("a store of InfluxDB has the address influxdb://host:8086?org=...&bucket=...")
    if not all(options[name].isprintable() for name in ("org", "bucket")):
        raise ValueError("the organisation and the bucket of a store are written in letters that can be printed")


def _token(file: str) -> str:
    token = _from_file(file) if file else os.environ.get(TOKEN, "")
    if not token:
        raise ValueError(
            f"InfluxDB wants a token: put it into {TOKEN}, or into a file that the URL names as token_file="
        )
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise ValueError("the token of InfluxDB has letters that a token cannot have: it is one word of ASCII")
    return token


def _from_file(name: str) -> str:
    try:
        with Path(name).open(encoding="ascii", errors="replace") as file:
            return file.read(_LONGEST_TOKEN).strip()
    except OSError as error:
        raise ValueError(f"token_file names '{name}', which cannot be read: {error.strerror}") from None


def _authorities(name: str) -> str:
    if name and not Path(name).is_file():
        raise ValueError(f"ca names '{name}', where there is no file with certificates")
    return name


def _retention(text: str) -> int:
    found = re.fullmatch(r"(\d{1,6})([hdwy])", text)
    if text == "0":
        return 0
    if found is None or int(found[1]) == 0:
        raise ValueError(f"'{text}' is no retention: write 0 (for ever) or 48h, 400d, 52w, 10y")
    return int(found[1]) * _SECONDS[found[2]]
