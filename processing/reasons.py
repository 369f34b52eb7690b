"""Says in a sentence why a container is on the collection list, in English and German."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.rounds import Known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processing.collection import Stop

ENGLISH = {
    "overflow": "overflows, {level:.0f} %",
    "full_soon": "{level:.0f} % full",
    "never": "never heard of: check the sensor",
    "silent": "silent since {heard} UTC: check the sensor",
    "unclear": "{level:.0f} % full, too little known yet to tell how it fills: check",
    "likely": "{risk:.0f} % likely to be full before the next round",
    "within": "full in {low} to {high}",
    "DAY": "next round in {round}",
    "RATE": "a round is planned every {round}",
    "NOTHING": "no round is planned, a week was assumed",
    "h": "{:.0f} h",
    "d": "{:.0f} days",
    "beyond": "a month or more",
}
GERMAN = {
    "overflow": "läuft über, {level:.0f} %",
    "full_soon": "zu {level:.0f} % voll",
    "never": "noch nie gemeldet: Sensor prüfen",
    "silent": "stumm seit {heard} UTC: Sensor prüfen",
    "unclear": "zu {level:.0f} % voll, noch zu wenig bekannt für eine Vorhersage: prüfen",
    "likely": "mit {risk:.0f} % Wahrscheinlichkeit voll vor der nächsten Tour",
    "within": "voll in {low} bis {high}",
    "DAY": "nächste Tour in {round}",
    "RATE": "geplant im Abstand von {round}",
    "NOTHING": "keine Tour geplant, eine Woche angenommen",
    "h": "{:.0f} h",
    "d": "{:.0f} Tagen",
    "beyond": "einem Monat oder mehr",
}
WORDS: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "de": GERMAN}
BEYOND = 720.0
"""Hours that stand for all that lies beyond them."""


def reason(stop: Stop, language: str) -> str:
    """Say why a container is on the list. Raises KeyError for a language that we do not speak."""
    words = WORDS[language]
    if stop.risk is None or stop.level is None:
        return _unknown(stop, words)
    said = [words[stop.why if stop.why in words else "full_soon"].format(level=stop.level)]
    if stop.risk < 1.0:
        said.append(words["likely"].format(risk=100 * stop.risk))
        if stop.full_in is not None:
            low, _, high = stop.full_in
            said.append(words["within"].format(low=_hours(low, words), high=_hours(high, words)))
    said.append(words[Known(stop.plan).name].format(round=_hours(stop.round_in, words)))
    return "; ".join(said)


def _unknown(stop: Stop, words: Mapping[str, str]) -> str:
    if stop.heard is None:
        return words["never"]
    if stop.level is None:
        return words["silent"].format(heard=np.datetime_as_string(stop.heard, unit="m").replace("T", " "))
    return words["unclear"].format(level=stop.level)


def _hours(hours: float, words: Mapping[str, str]) -> str:
    """Say a span: hours up to two days, then days."""
    if hours >= BEYOND:
        return words["beyond"]
    return words["h"].format(hours) if hours < 48 else words["d"].format(hours / 24)
