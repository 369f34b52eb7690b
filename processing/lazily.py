"""Properties that are found when they are first asked for, and kept.

As ``functools.cached_property``, which in Python 3.11 has one lock for all objects of a class: while one thread finds
something of one object, all others wait. Here two threads may find the same twice, which is harmless.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class lazily(Generic[T]):  # noqa: N801 - used like a property
    """Decorate a method without arguments of objects that keep their attributes in a dictionary, frozen ones too."""

    def __init__(self, find: Callable[[Any], T]) -> None:
        self._find = find
        self.__doc__ = find.__doc__
        self._name = find.__name__

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> lazily[T]: ...
    @overload
    def __get__(self, instance: object, owner: type[Any]) -> T: ...

    def __get__(self, instance: object | None, owner: type[Any]) -> T | lazily[T]:
        """Find it; whoever asks again is answered by the object's own dictionary, which comes first."""
        if instance is None:
            return self
        found: T = self._find(instance)
        instance.__dict__[self._name] = found
        return found
