"""Which version of MQTT to speak with a broker: 5, or 3.1.1 where it does not speak 5. A bad network is no reason."""

from __future__ import annotations

from ingest.connection import NO_ANSWER, UNSUPPORTED

AUTO, FIVE, OLDER = "auto", "5", "3.1.1"


class Version:
    """The version for the next connection, after what became of those before.

    A broker that says no to MQTT 5 is believed for good. One that only stays silent is asked in 3.1.1, too, unless it
    has spoken 5 before; and after a connection in 3.1.1 it is asked in 5 again: the network may have been at fault.
    """

    def __init__(self, asked: str) -> None:
        self.next = OLDER if asked == OLDER else FIVE
        self._fixed = asked != AUTO
        self._spoken = False
        self._refused = False

    def note(self, *, stood: bool, refusal: str) -> None:
        """Learn how a connection ended: whether it had stood, and why it ended or did not come about."""
        if self._fixed:
            return
        if stood:
            self._spoken |= self.next == FIVE
            self.next = OLDER if self._refused else FIVE
        elif self.next == OLDER:
            self.next = FIVE if refusal in {NO_ANSWER, UNSUPPORTED} else OLDER
        elif refusal == UNSUPPORTED or (refusal == NO_ANSWER and not self._spoken):
            self._refused |= refusal == UNSUPPORTED
            self.next = OLDER
