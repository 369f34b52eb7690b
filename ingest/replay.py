"""Reads messages that wait in quarantine again, once a device is known or a mapping is mended.

They become observations at their own times: a message that tells none is an observation at each time at which it came.
The store is written first, then message and books leave the quarantine in one transaction; killed between the two, they
are read again and are duplicates.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest.carry import carry
from ingest.ledger import Heading
from sensors.decode import decode
from sensors.memory import remembering
from storage.quarantine import Choice, Fate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ingest.carry import Carried, Write
    from sensors.decode import Decoded
    from sensors.memory import Memory
    from sensors.model import Devices, Message
    from storage.catalogue import Catalogue
    from storage.quarantine import Waiting
    from storage.replays import Request

PORTION = 1000
"""Messages read at once: few enough that new ones need not wait."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would come out of so many messages, had they been read now."""

    messages: int
    decoded: Decoded


def replay(catalogue: Catalogue, request: Request, devices: Devices, write: Write, memory: Memory) -> Request | None:
    """Read the next portion of what a request asks for, and note how far it came; None where writing was given up.

    ``memory`` is what its earlier portions told, empty before the first.
    """
    if not request.upto:
        # Only now, since until the worker knew of the device its messages went into quarantine.
        request = replace(request, upto=catalogue.last_waiting())
    portion, looked = catalogue.waiting(request.choice, after=request.after, upto=request.upto, messages=PORTION)
    entries, messages = _in_turn(portion)
    with remembering(memory):
        carried = carry(messages, devices, write)
    if carried is None:
        return None
    left = len(carried.rejected)
    further = replace(
        request,
        after=looked,
        messages=request.messages + len(messages) - left,
        observations=request.observations + carried.new,
        left=request.left + left,
        finished=looked >= request.upto,
    )
    catalogue.release(_fates(entries, messages, carried), further)
    return further


def foresee(catalogue: Catalogue, choice: Choice, devices: Devices) -> Iterator[Foreseen]:
    """Decode what waits, and change nothing."""
    after, upto = 0, catalogue.last_waiting()
    memory: Memory = {}
    while after < upto:
        portion, after = catalogue.waiting(choice, after=after, upto=upto, messages=PORTION)
        _, messages = _in_turn(portion)
        with remembering(memory):
            decoded = decode(messages, devices)
        yield Foreseen(len(messages), decoded)


def _in_turn(portion: Sequence[Waiting]) -> tuple[list[int], list[Message]]:
    """Give messages in the order in which they came, with their entries: some formats tell only what has changed."""
    pairs = [(each.id, message) for each in portion for message in each.messages()]
    pairs.sort(key=lambda pair: pair[1].received)
    return [entry for entry, _ in pairs], [message for _, message in pairs]


def _fates(entries: Sequence[int], messages: Sequence[Message], carried: Carried) -> Mapping[int, Mapping[int, Fate]]:
    fates: dict[int, dict[int, Fate]] = defaultdict(dict)
    for index, (entry, message) in enumerate(zip(entries, messages, strict=True)):
        heading = Heading(carried.heading[index]).name.lower()
        fates[entry][message.received] = Fate(heading, carried.rejected.get(index))
    return fates
