"""What formats remember of devices from one message to the next, and how to read old messages beside it.

A device that tells only what changed is understood by what it told before. Messages that waited, or are only looked at,
must not lay old values over what is remembered of the present; among themselves they are understood as they came.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

K = TypeVar("K")

Memory = dict[object, Any]
"""What is remembered, by who remembers it."""

_INSTEAD: ContextVar[Memory | None] = ContextVar("memory", default=None)


@contextmanager
def remembering(memory: Memory) -> Iterator[None]:
    """Read what is opened meanwhile, by this thread, with another memory; the present's is neither used nor changed.

    >>> who = object()
    >>> with remembering({}):
    ...     remembered(who, dict, {})["door"] = "open"
    >>> remembered(who, dict, {})
    {}
    """
    token = _INSTEAD.set(memory)
    try:
        yield
    finally:
        _INSTEAD.reset(token)


def remembered(who: object, empty: Callable[[], K], present: K) -> K:
    """Give what is remembered: of the present, or what stands in its place."""
    memory = _INSTEAD.get()
    if memory is None:
        return present
    if who not in memory:
        memory[who] = empty()
    known: K = memory[who]
    return known
