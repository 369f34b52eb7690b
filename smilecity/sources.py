"""The sources of an installation: one broker named by its URL, and those declared in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.source import Source
from ingest.sources import sources_of
from sensors.topics import let_speak, listening

if TYPE_CHECKING:
    from pathlib import Path

    from smilecity.settings import Settings

CITY = "city"
"""Name of the source that is no more than a URL."""


def sources(settings: Settings, url: str | None) -> list[Source]:
    """Give every source, the one with the URL first; call it after the city's own formats are known.

    Raises ValueError with a sentence for what is wrong in the file, or where there is no source at all; OSError for a
    file that cannot be read.
    """
    topics = tuple(topic for envelope in listening() for topic in envelope.topics)
    file = settings.sources_file()
    declared = [] if file is None else sources_of(_text(file), topics)
    let_speak({each.source.name: each.envelope for each in declared if each.envelope})
    found = [each.source for each in declared]
    if url is not None:
        username, password = settings.broker_username, settings.password()
        found.insert(0, Source.from_url(url, name=CITY, topics=topics, username=username, password=password))
    if not found:
        raise ValueError("there is no source: name a broker with --broker, or several in a file with --sources")
    if len({source.name for source in found}) < len(found):
        raise ValueError(f"a source in '{file}' is called '{CITY}', as the one of --broker: give it another name")
    return found


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"the file of sources '{file}' is not written in UTF-8 ({error})") from None
