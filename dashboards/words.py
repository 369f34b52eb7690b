"""The few words of a board that no declaration says, and which of two languages is meant."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Language(StrEnum):
    """In which language boards are written. Descriptions are English, as the declarations have them."""

    EN = "en"
    DE = "de"

    def of(self, english: str, german: str) -> str:
        """Choose of two wordings."""
        return german if self is Language.DE else english

    def word(self, name: str) -> str:
        """Give one of the words below."""
        return self.of(*_WORDS[name])


_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "boards": ("Smile City boards", "Smile-City-Tafeln"),
        "coverage": ("coverage", "Abdeckung"),
        "district": ("District", "Ortsteil"),
        "kind": ("Kind", "Art"),
        "open": ("Open on the web page", "Auf der Webseite öffnen"),
        "operator": ("Operator", "Betreiber"),
        "page": ("Web page", "Webseite"),
        "source": ("Source", "Quelle"),
        "thing": ("Thing", "Ding"),
    }
)
