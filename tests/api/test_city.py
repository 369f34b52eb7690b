"""How often the register is looked at: its own writes are seen at once, those of another process a moment later."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from api import city
from api.city import City
from api.services import Services
from storage.catalogue import Catalogue
from storage.store import open_store
from tests.api.city import BIN, LOT, METER
from tests.servers import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_what_this_process_writes_is_seen_at_once_and_what_another_does_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    url = f"sqlite:///{tmp_path}/catalogue.sqlite"
    with (
        closing(Catalogue(url)) as own,
        closing(Catalogue(url)) as others,
        closing(open_store("memory://")) as store,
    ):
        asked = City(Services(store=store, catalogue=own))
        assert not asked.estate().things
        monkeypatch.setattr(city, "LOOK_EVERY_S", 1e9)
        others.put([LOT])
        assert not asked.estate().things
        own.put([BIN])
        assert set(asked.estate().things) == {LOT.id, BIN.id}
        others.put([METER])
        monkeypatch.undo()
        wait_until(lambda: METER.id in asked.estate().things, what="what another process wrote")
