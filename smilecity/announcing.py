"""The broker that alerts are published to: that of the sensors, or one of its own; composed of settings."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from ingest.source import Source, Tls
from processing.announcing.announcer import Announcer
from processing.announcing.line import Broker
from processing.announcing.session import Terms

if TYPE_CHECKING:
    from smilecity.settings import Settings
    from storage.catalogue import Catalogue

NONE = "none"
WATCHED = "alerts clock"
"""Where the watch notes when it looked at rules last."""


def announcer(
    settings: Settings, catalogue: Catalogue, url: str | None, *, who: str, link: str = ""
) -> Announcer | None:
    """Make what publishes the alerts of a catalogue, to the sensors' broker at ``url`` where none is named for them.

    None where none is wanted. Raises ValueError, a sentence, for an address or certificates that can never work.
    """
    if settings.alerts_broker == NONE:
        return None
    terms = Terms(link=settings.public_url or link, version=version("smilecity"), evaluated=lambda: _watched(catalogue))
    # A name that stays: who comes back after a kill need not wait until its own lease is over.
    worker = f"{who}:{settings.worker}"
    return Announcer(catalogue.alerts, broker_of(settings, url), worker=worker, terms=terms)


def _watched(catalogue: Catalogue) -> datetime | None:
    ms = catalogue.position(WATCHED)
    return datetime.fromtimestamp(ms / 1000, UTC) if ms else None


def broker_of(settings: Settings, url: str | None, what: str = "alerts") -> Broker:
    """Name the broker to publish to. Raises ValueError, a sentence, for one that can never work."""
    try:
        source = _source(settings, url)
        tls = None if source.tls is None else source.tls.context()
    except (ValueError, OSError) as error:
        raise ValueError(f"{what} cannot be published: {error}") from None
    return Broker(
        host=source.host,
        port=source.port,
        username=source.username,
        password=source.password,
        tls=tls,
        websocket=source.websocket,
        protocol=source.protocol,
    )


def _source(settings: Settings, url: str | None) -> Source:
    own = settings.alerts_broker
    if own is None and url is None:
        raise ValueError("no broker is named. Name one with --broker or SMILECITY_ALERTS_BROKER")
    username = settings.broker_username if own is None else settings.alerts_broker_username
    password = settings.password() if own is None else settings.password_of_alerts()
    return Source.from_url(
        own or url or "", name="alerts", topics=(), username=username, password=password, tls=_tls(settings)
    )


def _tls(settings: Settings) -> Tls | None:
    named = (settings.alerts_broker_ca, settings.alerts_broker_certificate, settings.alerts_broker_key)
    if bool(named[1]) != bool(named[2]):
        raise ValueError("a certificate and its key belong together: name both or neither")
    if missing := [file for file in named if file is not None and not file.is_file()]:
        raise ValueError(f"there is no file '{missing[0]}'")
    return Tls(ca=named[0], certificate=named[1], key=named[2]) if any(named) else None
