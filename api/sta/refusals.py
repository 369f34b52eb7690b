"""Why a SensorThings request is refused: sentences that say where, with a mark under the place."""

from __future__ import annotations

from api.problem import ProblemError, did_you_mean, named

SHOWN = 40
"""Characters shown of a text before and after the place that is wrong."""


def marked(text: str, at: int) -> str:
    """Show a text around a place, and a caret under it."""
    first = max(0, at - SHOWN)
    return f"\n{text[first : at + SHOWN]}\n{' ' * (at - first)}^"


def wrong(option: str, text: str, at: int, why: str) -> ProblemError:
    """Refuse what cannot be read, or what means nothing: 400."""
    detail = f"{option} is wrong at character {at + 1}: {why}{marked(text, at)}"
    return ProblemError("bad-query", detail, option=option, position=at + 1)


def unsupported(what: str, instead: str = "") -> ProblemError:
    """Refuse what SensorThings or OData know and this service does not: 501."""
    return ProblemError("not-implemented", f"{what} is not supported.{' ' if instead else ''}{instead}")


def missing(what: str, instead: str = "") -> ProblemError:
    """Say that an entity is not there: 404."""
    return ProblemError("no-entity", f"There is no {what}.{' ' if instead else ''}{instead}")


def lacking(what: str, name: str, known: tuple[str, ...]) -> str:
    """Say that something has no such member, and which it has."""
    return f"{what} has no {name[:60]!r}.{did_you_mean(name, known)} It has {named(known)}."


def too_much(detail: str) -> ProblemError:
    """Refuse what would be too much work, with what to do instead: 413."""
    return ProblemError("too-many-rows", detail)
