"""Finds declarations: every module of a package that offers a name is known, and nothing is ever entered in a list."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType


def module_names(package: ModuleType) -> tuple[str, ...]:
    """Name the modules directly inside a package, in alphabetical order, without importing them."""
    return tuple(sorted(module.name for module in iter_modules(package.__path__) if not module.name.startswith("_")))


def declarations(package: ModuleType, attribute: str) -> tuple[Any, ...]:
    """Import every module directly inside a package and collect what each offers under a name.

    Raises AttributeError, naming the file, when a module does not declare it.
    """
    return tuple(getattr(import_module(f"{package.__name__}.{name}"), attribute) for name in module_names(package))
