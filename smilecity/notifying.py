"""Who is told of alerts beside MQTT: the receivers of a file, composed of settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processing.notifying.notifier import Notifier
from processing.notifying.receivers import Surroundings, receivers_of

if TYPE_CHECKING:
    from pathlib import Path

    from processing.notifying.receiver import Receiver
    from smilecity.settings import Settings
    from storage.catalogue import Catalogue


def receivers(settings: Settings) -> list[Receiver]:
    """Read who is to be told; nobody where there is no file. Raises ValueError with the file and what is wrong."""
    file = settings.receivers_file()
    if file is None:
        return []
    try:
        return receivers_of(_text(file), Surroundings(folder=file.parent, zone=settings.zone))
    except ValueError as error:
        raise ValueError(f"receivers: '{file}': {error}") from None


def notifier(
    settings: Settings, catalogue: Catalogue, found: list[Receiver], *, who: str, link: str = ""
) -> Notifier | None:
    """Make what tells receivers; None where there is none."""
    if not found:
        return None
    # A name that stays: who comes back after a kill need not wait until its own lease is over.
    worker = f"{who}:{settings.worker}"
    return Notifier(catalogue.alerts, found, worker=worker, link=settings.public_url or link)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text") from None
