"""Takes acknowledgements that operators send, or refuses them, and says so: an operator may only speak for its own.

What is too long, too often or not to be understood costs no look at the catalogue. Who may publish under an operator's
topic is the broker's to say, by its ACL; that the alert is that operator's is looked at here.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import msgspec

from processing.announcing.messages import Acknowledgement, Reply, Sentence, encode
from processing.announcing.outbox import Letter
from processing.announcing.topics import level, operator_level, reply_topic
from storage.alert import ACTIVE

if TYPE_CHECKING:
    from collections.abc import Callable

    from processing.announcing.messages import Code
    from storage.alert import Alert, Change
    from storage.alerts import Alerts

log = logging.getLogger(__name__)

LONGEST = 16_384
"""Bytes of an acknowledgement: its comment may be 2000 characters."""
AT_ONCE = 100
"""Acknowledgements that an operator may send at once."""
PER_SECOND = 5.0
"""And then as many in the long run."""
OPERATORS = 1000
"""Of so many it is known how often they speak; then of the others all together."""
QUIET_S = 10.0
"""Seconds between two replies that there were too many."""

WORDS: dict[Code, Sentence] = {
    "accepted": Sentence(de="Quittiert.", en="Acknowledged."),
    "unreadable": Sentence(
        de="Das ist keine Quittung ({}). Erwartet wird JSON mit 'who' und 'key', 'incident' oder 'sequence'.",
        en="This is no acknowledgement ({}). Expected is JSON with 'who', and 'key', 'incident' or 'sequence'.",
    ),
    "unknown": Sentence(
        de="Unter diesem Betreiber gibt es keinen solchen Alarm.", en="There is no such alert of this operator."
    ),
    "over": Sentence(de="Der Alarm ist vorbei ({}).", en="The alert is over ({})."),
    "too_many": Sentence(
        de="Zu viele Quittungen in kurzer Zeit: später noch einmal senden.",
        en="Too many acknowledgements in a short time: send it again later.",
    ),
}


class Allowance:
    """How often each operator may speak: a bucket that fills again. [s], by a clock that never goes back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}
        self._told: dict[str, float] = {}

    def takes(self, who: str) -> bool:
        """Tell whether one more may be taken, and count it."""
        name, now = self._name(who), self._clock()
        left, since = self._left.get(name, (float(AT_ONCE), now))
        left = min(left + (now - since) * PER_SECOND, float(AT_ONCE))
        self._left[name] = (left - 1 if left >= 1 else left, now)
        return left >= 1

    def tells(self, who: str) -> bool:
        """Tell whether it is time to say again that there were too many."""
        name, now = self._name(who), self._clock()
        if now - self._told.get(name, -QUIET_S) < QUIET_S:
            return False
        self._told[name] = now
        return True

    def _name(self, who: str) -> str:
        return who if who in self._left or len(self._left) < OPERATORS else ""


class Desk:
    """Hears what comes under ``<operator>/ack``. For one thread at a time."""

    def __init__(self, alerts: Alerts, allowance: Allowance | None = None) -> None:
        self._alerts = alerts
        self._allowance = allowance or Allowance()

    def hear(self, topic: str, payload: bytes) -> Letter | None:
        """Do what is asked; gives the reply, none to what comes too often to be answered."""
        operator = operator_level(topic)
        if not self._allowance.takes(operator):
            if not self._allowance.tells(operator):
                return None
            reply = _reply("", "too_many")
        else:
            reply = self._answer(operator, payload)
        if not reply.accepted:
            log.warning("an acknowledgement of '%s' was refused: %s", operator[:80], reply.reason.en[:300])
        return Letter(reply_topic(operator), encode(reply), retain=False)

    def _answer(self, operator: str, payload: bytes) -> Reply:
        try:
            asked = _read(payload)
        except (msgspec.DecodeError, ValueError) as error:
            return _reply("", "unreadable", str(error))
        key, incident = self._meant(asked)
        known = self._alerts.alert(key)
        if known is None or not known.incident or level(known.operator) != operator:
            return _reply(asked.id, "unknown")
        if known.state not in ACTIVE or incident not in {None, known.incident}:
            return _reply(asked.id, "over", _stands(known, incident), key=key)
        return self._acknowledge(asked, known)

    def _acknowledge(self, asked: Acknowledgement, known: Alert) -> Reply:
        try:
            change = self._alerts.acknowledge(known.key, asked.who, asked.comment, incident=known.incident)
        except ValueError as overtaken:  # it was resolved just now
            return _reply(asked.id, "over", str(overtaken), key=known.key)
        return _reply(asked.id, "accepted", key=known.key, sequence=change.sequence)

    def _meant(self, asked: Acknowledgement) -> tuple[str, int | None]:
        """Find the key, and the incident where one is meant; an empty key where what is said does not fit together."""
        numbers = [number for number in (asked.incident, asked.sequence) if number is not None]
        meant = {(one.alert.key, one.alert.incident) for number in numbers for one in self._change(number)}
        if not numbers:
            return asked.key or "", None
        if len(meant) != 1:
            return "", None
        ((key, incident),) = meant
        return (key, incident) if asked.key in {None, key} else ("", None)

    def _change(self, sequence: int) -> tuple[Change, ...]:
        return tuple(one for one in self._alerts.changes(sequence - 1, limit=1) if one.sequence == sequence)


def _read(payload: bytes) -> Acknowledgement:
    if len(payload) > LONGEST:
        raise ValueError(f"it has {len(payload)} bytes, of at most {LONGEST}")
    asked = msgspec.json.decode(payload, type=Acknowledgement)
    if not asked.who.strip():
        raise ValueError("'who' is empty")
    if asked.key is None and asked.incident is None and asked.sequence is None:
        raise ValueError("it names no alert")
    return asked


def _stands(known: Alert, incident: int | None) -> str:
    anew = known.state in ACTIVE
    return f"incident {incident}, and {known.incident} fires now" if anew else f"incident {known.incident}"


def _reply(asked: str, code: Code, *facts: str, key: str | None = None, sequence: int | None = None) -> Reply:
    words, facts = WORDS[code], tuple(fact[:300] for fact in facts)
    reason = Sentence(de=words.de.format(*facts), en=words.en.format(*facts))
    return Reply(id=asked, accepted=code == "accepted", code=code, key=key, sequence=sequence, reason=reason)
