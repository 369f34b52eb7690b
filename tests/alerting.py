"""Alerts and changes of them, as an evaluation would note them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from storage.alert import Alert, Change, Kind, State


def alert(thing: str = "bin-7", **said: Any) -> Alert:
    told = {
        "domain": "waste",
        "kind": "waste_container",
        "operator": "SR",
        "district": "KTV",
        "rule": "overflow",
    } | said
    return Alert(
        key=f"{told['rule']}/{thing}",
        version=1,
        thing=thing,
        severity="warning",
        state=told.pop("state", State.FIRING),
        since=told.pop("since", 1_000),
        heard=1_500,
        fired=2_000,
        value=97.5,
        threshold=95.0,
        unit="%",
        reason="97 % full",
        reason_de="zu 97 % voll",
        **told,
    )


def fired(thing: str = "bin-7", **said: Any) -> Change:
    return Change(change=Kind.FIRED, at=2_000, alert=alert(thing, **said))


def resolved(known: Alert) -> Change:
    return Change(change=Kind.RESOLVED, at=9_000, alert=replace(known, state=State.RESOLVED, ended=9_000))
