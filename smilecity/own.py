"""What a city declares itself, read from its folders at start: device models, formats, codecs, alert rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from processing.alerts import know as know_rules
from sensors.clock import keep_zone
from sensors.own_models import know, model_of
from sensors.plain_format import format_of
from sensors.topics import listen_also
from smilecity.codecs import know_codecs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from processing.alert import AlertRule
    from smilecity.settings import Settings

T = TypeVar("T")

MAX_BYTES = 1024 * 1024


def know_own(settings: Settings) -> None:
    """Know the city's zone and its own declarations from now on, in place of those known before.

    Raises ValueError, with a sentence for every file that is wrong, or OSError for what cannot be read.
    """
    keep_zone(settings.zone)
    know(_declared(settings.folder("models"), "device models", model_of))
    listen_also([each.envelope() for each in _declared(settings.folder("formats"), "message formats", format_of)])
    know_codecs(settings)
    know_rules(_rules(settings.folder("rules")))


def _rules(folder: Path | None) -> list[AlertRule]:
    if folder is None:
        return []
    # What a rule may look at is known by every indicator, and loading those takes longer than most commands.
    from processing.alerting.own import rule_of  # noqa: PLC0415

    return _declared(folder, "alert rules", rule_of)


def _declared(folder: Path | None, what: str, parse: Callable[[str], T]) -> list[T]:
    """Parse every TOML file of a folder; none where there is no folder."""
    declared: list[T] = []
    wrong: list[str] = []
    for file in sorted(folder.glob("*.toml")) if folder is not None else ():
        try:
            declared.append(parse(_text(file)))
        except ValueError as error:
            wrong.append(f"{what}: '{file}': {error}.")
    if wrong:
        raise ValueError("\n".join(wrong))
    return declared


def _text(file: Path) -> str:
    if file.stat().st_size > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES // 2**20} MiB, as no declaration is")
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text") from None
