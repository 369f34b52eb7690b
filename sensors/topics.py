"""Finds the envelope that a topic belongs to."""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING

from sensors.envelope import UnreadableError
from sensors.envelopes import envelopes
from sensors.hint import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sensors.envelope import Envelope

_OWN: list[Envelope] = []
"""The envelopes that a city has declared itself."""
_SPOKEN: dict[str, Envelope] = {}
"""By source the one envelope that it speaks."""


def matches(topic_filter: str, topic: str) -> bool:
    """Tell whether an MQTT topic filter, with ``+`` and a last ``#``, covers a topic (MQTT 5.0, section 4.7)."""
    levels, wanted = topic.split("/"), topic_filter.split("/")
    if wanted[-1] == "#":
        wanted, levels = wanted[:-1], levels[: len(wanted) - 1]
    return len(wanted) == len(levels) and all(want in ("+", level) for want, level in zip(wanted, levels, strict=False))


def envelope_of(topic: str, source: str = "") -> Envelope:
    """Give the envelope that a source speaks, or else the one that listens on a topic.

    Raises UnreadableError unknown_topic, which names the nearest topic that is listened to.
    """
    found = _SPOKEN.get(source) or _lookup(topic)
    if found is None:
        shown = topic[:200]
        hint = did_you_mean(shown, (_filled(each, shown) for each in _named()))
        raise UnreadableError("unknown_topic", f"no envelope listens on '{shown}'.{hint}")
    return found


def listening() -> tuple[Envelope, ...]:
    """Give every envelope that listens, a city's own before ours."""
    return (*_OWN, *envelopes().values())


def let_speak(envelope: Mapping[str, str]) -> None:
    """Say by source which envelope it speaks where its topics do not tell, in place of what was said before."""
    known = {each.name: each for each in listening()}
    _SPOKEN.clear()
    _SPOKEN.update({source: known[name] for source, name in envelope.items()})


def listen_also(own: Sequence[Envelope]) -> None:
    """Let a city's own envelopes listen beside ours, in place of those it named before."""
    _OWN[:] = own
    _lookup.cache_clear()


@lru_cache(maxsize=1 << 17)
def _lookup(topic: str) -> Envelope | None:
    """Find the envelope whose filter names the topic most closely; a city's own goes before ours."""
    found = [
        (_closeness(each), envelope) for envelope in listening() for each in envelope.topics if matches(each, topic)
    ]
    return min(found, key=itemgetter(0))[1] if found else None


def _closeness(topic_filter: str) -> tuple[int, ...]:
    """Order filters: level by level from the left a name goes before ``+``, and ``+`` before ``#``."""
    return tuple({"+": 1, "#": 2}.get(level, 0) for level in topic_filter.split("/"))


def _named() -> list[str]:
    """Give the filters that begin with a name: any other can be filled in to look like whatever was sent."""
    return [each for envelope in listening() for each in envelope.topics if each[0] != "+"]


def _filled(topic_filter: str, topic: str) -> str:
    """Put a topic's own levels in place of the wildcards, where the number of levels is the same."""
    wanted, levels = topic_filter.split("/"), topic.split("/")
    if len(wanted) != len(levels):
        return topic_filter
    return "/".join(level if want == "+" else want for want, level in zip(wanted, levels, strict=True))
