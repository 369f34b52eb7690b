"""The last status of devices that tell only what changed: bounded in number, size and age, never laid backwards."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from time import time as now
from typing import TYPE_CHECKING, Any

from sensors.clock import AHEAD
from sensors.envelope import UnreadableError
from sensors.envelopes._fields import flattened
from sensors.memory import remembered

if TYPE_CHECKING:
    from collections.abc import Mapping

Components = dict[str, dict[str, Any]]
"""What each component of a device tells, by its name, such as ``em1:0``."""

DEVICES = 10_000
"""Devices whose status is remembered; the one that has been silent longest is forgotten first."""
AGE = 24 * 3600 * 1000
"""Milliseconds: an older status says nothing of now."""
SLACK = 60 * 1000
"""Milliseconds: messages of one device may overtake each other so far."""
LETTERS = 32 * 1024
"""Characters in the names and texts of one device's status that are remembered."""


@dataclass(slots=True)
class _Status:
    source: str = ""
    time: int = 0
    components: Components = field(default_factory=dict)


class LastStatus:
    """What each device told last. A message that is older, or of the future, is taken alone: it may be a replay."""

    def __init__(self, devices: int = DEVICES, age: int = AGE) -> None:
        self._devices, self._age = devices, age
        self._present: OrderedDict[str, _Status] = OrderedDict()
        self._lock = Lock()

    @property
    def _known(self) -> OrderedDict[str, _Status]:
        return remembered(self, OrderedDict[str, _Status], self._present)

    def replaced(self, device: str, source: str, told: Components, time: int | None) -> Components:
        """Take a whole status in place of what was known; gives it."""
        with self._lock:
            known = self._known.get(device, _Status())
            if not _out_of_turn(known, _moment(time)):
                self._keep(device, _Status(source, max(known.time, _moment(time)), told))
        return told

    def overlaid(
        self, device: str, source: str, changed: Components, time: int | None, *, whole: bool = False
    ) -> Components:
        """Lay what changed over what is known; gives the components named and their likes, as they are now.

        With ``whole`` the components named are told whole, and replace what is known of them.
        """
        when = _moment(time)
        with self._lock:
            known = self._known.get(device, _Status())
            if _out_of_turn(known, when):
                return changed
            last = known.components if when - known.time <= self._age else {}
            status = last | {name: told if whole else _merged(last.get(name), told) for name, told in changed.items()}
            if not self._keep(device, _Status(source or known.source, max(known.time, when), status)):
                return changed
        kinds = {_kind(name) for name in changed}
        return {name: told for name, told in sorted(status.items()) if _kind(name) in kinds}

    def source(self, device: str) -> str:
        """Give the name that a device calls itself, where it has; an old message is of the device of that name now."""
        with self._lock:
            return self._known.get(device, _Status()).source or self._present.get(device, _Status()).source

    def forget(self) -> None:
        """Forget every device."""
        with self._lock:
            self._known.clear()

    def _keep(self, device: str, status: _Status) -> bool:
        """Remember a status, unless it is larger than a device's: that one is forgotten. Tells whether it is kept."""
        if not _is_small(status.components):
            self._known.pop(device, None)
            return False
        known = self._known
        known[device] = status
        known.move_to_end(device)
        while len(known) > self._devices:
            known.popitem(last=False)
        return True


def _moment(time: int | None) -> int:
    """Give the time of a message; without one it is as new as it can be."""
    return int(now() * 1000) if time is None else time


def _merged(last: Mapping[str, Any] | None, changed: Mapping[str, Any]) -> dict[str, Any]:
    """Lay objects over objects; anything else takes the place of what was there, null removes it when flattened."""
    merged = dict(last or {})
    for name, value in changed.items():
        before = merged.get(name)
        merged[name] = _merged(before, value) if isinstance(value, dict) and isinstance(before, dict) else value
    return merged


def _out_of_turn(known: _Status, when: int) -> bool:
    return when < known.time - SLACK or when > now() * 1000 + AHEAD


def _is_small(components: Components) -> bool:
    try:
        fields = flattened(components)
    except UnreadableError:
        return False
    letters = sum(len(name) + (len(value) if isinstance(value, str) else 0) for name, value in fields.items())
    return letters <= LETTERS


def _kind(component: str) -> str:
    return component.partition(":")[0]
