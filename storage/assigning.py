"""A device is given a thing to observe: what everybody says who does so, over HTTP or at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensors.devices import models
from sensors.eui import device_id
from sensors.hint import did_you_mean
from sensors.model import Device

if TYPE_CHECKING:
    from storage.catalogue import Catalogue


def assign(catalogue: Catalogue, name: str, thing: str, *, model: str | None, since: int | None, now: int) -> Device:
    """Let a device observe a thing from an instant on, milliseconds since 1970 UTC; gives it as it was noted.

    A device that is new has always observed it where no instant is said, one that is known does so from now on; it
    keeps its model where none is said. Raises ValueError, with a sentence, for what cannot be.
    """
    known = catalogue.devices().get(device_id(name), ())
    begin = since if since is not None or not known else now
    told = model or (known[-1].model if known else None)
    if told is None:
        raise ValueError("the device is new: say which model it is, for example milesight_em310_udl")
    if told not in models():
        raise ValueError(f"no device model is called '{told}'.{did_you_mean(told, models())}")
    observed = catalogue.thing(thing)
    if observed is None:
        raise ValueError(f"there is no thing '{thing}'.{did_you_mean(thing, (each.id for each in catalogue.things()))}")
    device = Device(id=device_id(name), model=told, thing=observed, valid_from=begin)
    catalogue.assign(device)
    return device
