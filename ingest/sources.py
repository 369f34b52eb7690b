"""Several sources out of one TOML text: a network's cloud over TLS, ChirpStack's broker, the city's own.

::

    [[source]]
    name = "ttn"
    url = "mqtts://eu1.cloud.thethings.network"
    topics = ["v3/+/devices/+/up"]
    qos = 0                                # all that this broker offers: what comes goes to a spool on disk first
    spool_mb = 512                         # at most so much of it; 1024 where nothing is said
    username = "app@ttn"                   # or username_file, username_env
    password_file = "/run/secrets/ttn"     # or password_env = "TTN_KEY"
    envelope = "tts"                       # where topics do not tell; else found by topic

A secret itself never stands in the file.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ingest.source import Source, Tls
from ingest.spool import MEGABYTE
from sensors.envelopes import envelopes
from sensors.hint import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

PERSISTENT, CLEAN = "persistent", "clean"
SPOOL_MB = 1024
"""Room on disk for a source whose broker keeps nothing for us."""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, slots=True)
class Declared:
    """A source, and the envelope that its messages come in where that is not told by their topics."""

    source: Source
    envelope: str = ""


class _Entry(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    name: str
    url: str
    topics: list[str] = []
    qos: int = 1
    group: str = ""
    session: str = PERSISTENT
    spool_mb: int | None = None
    username: str | None = None
    username_file: str | None = None
    username_env: str | None = None
    password_file: str | None = None
    password_env: str | None = None
    ca: str | None = None
    certificate: str | None = None
    key: str | None = None
    envelope: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    source: list[_Entry]


def sources_of(text: str, listening: tuple[str, ...], environment: Mapping[str, str] = os.environ) -> list[Declared]:
    """Read sources; one without topics listens to everything in ``listening``.

    Raises ValueError with a sentence that names the source and repeats no secret.
    """
    try:
        entries = msgspec.toml.decode(text, type=_File).source
    except (msgspec.DecodeError, ValueError) as error:
        raise ValueError(f"this is no list of sources: {error}. Begin each with [[source]], name and url") from None
    names = [entry.name for entry in entries]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"two sources are called '{twice[0]}': the ledger and the broker's session need one name each")
    return [_declared(entry, listening, environment) for entry in entries]


def _declared(entry: _Entry, listening: tuple[str, ...], environment: Mapping[str, str]) -> Declared:
    try:
        _check(entry)
        source = Source.from_url(
            entry.url,
            name=entry.name,
            topics=tuple(entry.topics) or _topics(entry.envelope) or listening,
            username=_secret(entry.username_file)
            or _from_environment(entry.username_env, environment)
            or entry.username,
            password=_secret(entry.password_file) or _from_environment(entry.password_env, environment),
            tls=_tls(entry),
            qos=entry.qos,
            group=entry.group,
            clean=entry.session == CLEAN,
            spool=_spool(entry) * MEGABYTE,
        )
    except (ValueError, OSError) as error:
        raise ValueError(f"source '{entry.name[:60]}': {error}") from None
    return Declared(source, entry.envelope)


def _check(entry: _Entry) -> None:
    if _NAME.fullmatch(entry.name) is None:
        raise ValueError("its name must be 1 to 40 letters, digits, '-' or '_'")
    if entry.group and _NAME.fullmatch(entry.group) is None:
        raise ValueError("its group must be 1 to 40 letters, digits, '-' or '_'")
    if entry.qos not in {0, 1}:
        raise ValueError(f"its qos is {entry.qos}. Use 1, or 0 where the broker offers no more")
    if entry.session not in {PERSISTENT, CLEAN}:
        raise ValueError(f"its session is '{entry.session}'. Use {PERSISTENT}, or {CLEAN} where the broker keeps none")
    if entry.spool_mb is not None and entry.spool_mb < 0:
        raise ValueError(f"its spool_mb is {entry.spool_mb}. Use 0 for no spool on disk, or more")
    if entry.envelope and entry.envelope not in envelopes():
        raise ValueError(f"no envelope is called '{entry.envelope}'.{did_you_mean(entry.envelope, envelopes())}")
    for topic in entry.topics:
        if not possible(topic):
            raise ValueError(
                f"'{topic[:60]}' is no topic filter: '+' stands for one whole level, '#' at the end for all that follow"
            )
    if bool(entry.certificate) != bool(entry.key):
        raise ValueError("a certificate and its key belong together: name both or neither")


def _topics(envelope: str) -> tuple[str, ...]:
    return envelopes()[envelope].topics if envelope else ()


def _spool(entry: _Entry) -> int:
    """Give the room on disk in MB: some by itself only where the broker holds nothing back."""
    keeps_nothing = entry.qos == 0 or entry.session == CLEAN
    return entry.spool_mb if entry.spool_mb is not None else SPOOL_MB if keeps_nothing else 0


def _secret(file: str | None) -> str | None:
    return Path(file).read_text(encoding="utf-8").strip() if file else None


def _from_environment(name: str | None, environment: Mapping[str, str]) -> str | None:
    if name is None:
        return None
    if name not in environment:
        raise ValueError(f"the environment has no variable '{name}'")
    return environment[name]


def _tls(entry: _Entry) -> Tls | None:
    named = {name: Path(value) for name in ("ca", "certificate", "key") if (value := getattr(entry, name))}
    for path in named.values():
        if not path.is_file():
            raise ValueError(f"there is no file '{path}'")
    tls = Tls(**named) if named else None
    if tls is not None:
        try:
            tls.context()
        except OSError as error:
            raise ValueError(f"its certificates cannot be used ({error}): they must be PEM files, and fit") from None
    return tls


def possible(topic: str) -> bool:
    """Tell whether a topic filter is one (MQTT 5, section 4.7)."""
    levels = topic.split("/")
    wild = all(level in {"+", "#"} for level in levels if "+" in level or "#" in level)
    return bool(topic) and "\0" not in topic and len(topic.encode()) < 1 << 16 and wild and "#" not in levels[:-1]
