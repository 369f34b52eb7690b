"""Which changes are to be said next, what is to be retained, and what is let go of.

The changes in the catalogue are the outbox, written in one transaction with the alerts that they change. Two positions
in them are kept there, too: up to where everything was said, and behind it up to where what is over was let go of.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

import msgspec

from processing.announcing.messages import alert_message, encode
from processing.announcing.topics import topic_of
from storage.alert import Chosen, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from storage.alert import Alert, Change
    from storage.alerts import Alerts

SAID = "mqtt"
"""Name of the first position."""
LET_GO = "mqtt, let go"
AT_ONCE = 100
"""Changes in one step."""
PAGE = 1000


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to publish at QoS 1; an empty payload lets go of what is retained."""

    topic: str
    payload: bytes
    retain: bool = True
    sequence: int = 0
    """Of the change that it tells; 0 for what tells none."""


class _Numbered(msgspec.Struct):
    sequence: int


class Outbox:
    """The outbox of a catalogue, as MQTT messages. For one thread at a time."""

    def __init__(self, alerts: Alerts, link: str = "") -> None:
        self._alerts = alerts
        self._link = link
        self._newest: dict[str, int] = {}
        """Sequence of the newest change of each operator, as far as all up to ``_written`` were written here."""
        self._written = 0

    @property
    def said(self) -> int:
        """Up to which sequence everything was said."""
        return self._alerts.position(SAID)

    def next(self) -> list[Letter]:
        """Give what is to be said next, in order; none where nothing is new."""
        changes = self._alerts.unpublished(SAID, limit=AT_ONCE)
        if changes and changes[0].sequence != self._written + 1:
            self._newest.clear()  # somebody else has said some, or these are said again
        if not changes:
            return []
        before = self._alerts.newest_of((change.alert.key for change in changes), changes[0].sequence)
        return [letter for change in changes for letter in self._letters(change, before)]

    def note(self, sequence: int) -> None:
        """Note that everything up to a sequence was said."""
        self._alerts.published(SAID, sequence)

    def over(self, before: int) -> tuple[list[Letter], int]:
        """Let go of what was over before an instant; gives the messages, and what to ``note_over`` once they are said.

        What is told by a later change again is kept. [ms since 1970 UTC]
        """
        said, come = self.said, self._alerts.position(LET_GO)
        changes = self._alerts.changes(come, limit=PAGE)
        old = list(takewhile(lambda one: one.sequence <= said and one.recorded < before, changes))
        last = [one for one in old if _is_over(one.alert) and self._is_last(one, said)]
        return [Letter(topic_of(one.alert), b"") for one in last], old[-1].sequence if old else come

    def note_over(self, sequence: int) -> None:
        """Note up to where what is over was let go of."""
        self._alerts.published(LET_GO, sequence)

    def repairs(self, retained: Mapping[str, bytes]) -> Iterator[Letter]:
        """Give what makes the broker retain what it should: lost where it was killed, left over, or never said."""
        said, come = self.said, self._alerts.position(LET_GO)
        known = set()
        for alert in self._standing(come):
            known.add(topic := topic_of(alert))
            if alert.sequence <= said and _sequence(retained.get(topic, b"")) != alert.sequence:
                yield from self._again(alert)
        yield from (Letter(topic, b"") for topic in retained if topic not in known)

    def _letters(self, change: Change, stood: dict[str, Change]) -> list[Letter]:
        """Write a change; where its alert ``stood`` under another topic, let go of that one first."""
        topic, operator = topic_of(change.alert), change.alert.operator
        previous = self._newest[operator] if operator in self._newest else self._previous(change)
        self._newest[operator] = self._written = change.sequence
        letter = Letter(topic, self._payload(change, previous), sequence=change.sequence)
        before = stood.get(change.alert.key)
        stood[change.alert.key] = change
        moved = before is not None and topic_of(before.alert) != topic
        return [Letter(topic_of(before.alert), b""), letter] if before is not None and moved else [letter]

    def _previous(self, change: Change) -> int:
        before = self._alerts.newest(Chosen(operator=change.alert.operator), before=change.sequence)
        return 0 if before is None else before.sequence

    def _payload(self, change: Change, previous: int) -> bytes:
        return encode(alert_message(change, previous, self._link))

    def _again(self, alert: Alert) -> Iterator[Letter]:
        change = self._alerts.newest(Chosen(key=alert.key), before=alert.sequence + 1)
        if change is not None:
            yield Letter(topic_of(alert), self._payload(change, self._previous(change)))

    def _standing(self, come: int) -> Iterator[Alert]:
        """Go through the alerts whose state is retained, or will be as soon as their change is said."""
        after = ""
        while page := self._alerts.current(after=after, limit=PAGE):
            after = page[-1].key
            yield from (alert for alert in page if alert.sequence and not (_is_over(alert) and alert.sequence <= come))

    def _is_last(self, change: Change, said: int) -> bool:
        newest = self._alerts.newest(Chosen(key=change.alert.key), before=said + 1)
        return newest is not None and newest.sequence == change.sequence


def _is_over(alert: Alert) -> bool:
    """Tell whether its topic need not say it for long: it is resolved, or a group speaks for it."""
    return alert.state is State.RESOLVED or bool(alert.cause)


def _sequence(payload: bytes) -> int:
    """Read the sequence of what is retained; 0 where it is nothing of ours."""
    try:
        return msgspec.json.decode(payload, type=_Numbered).sequence
    except (msgspec.DecodeError, UnicodeDecodeError):
        return 0
