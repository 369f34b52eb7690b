"""Reads messages in quarantine again: by ourselves where nobody holds the store, else by the worker that holds it."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.carry import writing
from ingest.replay import replay
from smilecity.lock import DataInUseError
from smilecity.rooms import open_catalogue, rooms

if TYPE_CHECKING:
    from collections.abc import Callable

    from sensors.memory import Memory
    from smilecity.settings import Settings
    from storage.catalogue import Catalogue
    from storage.quarantine import Choice
    from storage.replays import Request
    from storage.store import Store

LOOK_S = 0.2
PATIENCE_S = 30.0
"""How long a worker may make no progress before we go."""


def replayed(settings: Settings, choice: Choice, told: Callable[[Request], None]) -> Request:
    """Read what is chosen again and tell how far it has come.

    Gives the request; it is not finished where another process holds the store and does not get to it.
    """
    try:
        with rooms(settings, "'smilecity quarantine replay'") as (store, catalogue):
            return _by_ourselves(store, catalogue, choice, told)
    except DataInUseError:
        with closing(open_catalogue(settings)) as catalogue:
            return _by_the_worker(catalogue, choice, told)


def _by_ourselves(store: Store, catalogue: Catalogue, choice: Choice, told: Callable[[Request], None]) -> Request:
    request = _asked(catalogue, choice)
    devices, write = catalogue.devices(), writing(store)
    memory: Memory = {}
    try:
        while not request.finished:
            request = replay(catalogue, request, devices, write, memory) or request
            told(request)
    finally:
        if not request.finished:  # what was stopped here, no platform is to go on with later
            catalogue.release({}, replace(request, finished=True))
    return request


def _by_the_worker(catalogue: Catalogue, choice: Choice, told: Callable[[Request], None]) -> Request:
    request = _asked(catalogue, choice)
    patient_until = time.monotonic() + PATIENCE_S
    while not request.finished and time.monotonic() < patient_until:
        time.sleep(LOOK_S)
        now = catalogue.replay_request(request.id) or request
        if now != request:
            patient_until = time.monotonic() + PATIENCE_S
            told(now)
        request = now
    return request


def _asked(catalogue: Catalogue, choice: Choice) -> Request:
    request = catalogue.replay_request(catalogue.ask_replay(choice))
    if request is None:
        raise ValueError("the catalogue forgot what it was asked. Ask again")
    return request
