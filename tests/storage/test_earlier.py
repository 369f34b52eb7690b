"""A catalogue that an earlier version made still opens, and nothing of it is forgotten."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from storage.catalogue import Catalogue

if TYPE_CHECKING:
    from pathlib import Path

BEFORE_ASSIGNMENTS = """
CREATE TABLE thing (id VARCHAR NOT NULL, name VARCHAR NOT NULL, kind VARCHAR NOT NULL, longitude FLOAT NOT NULL,
 latitude FLOAT NOT NULL, operator VARCHAR NOT NULL, district VARCHAR NOT NULL, public BOOLEAN NOT NULL,
 properties JSON NOT NULL, PRIMARY KEY (id));
CREATE TABLE device (id VARCHAR NOT NULL, model VARCHAR NOT NULL, thing VARCHAR NOT NULL, PRIMARY KEY (id),
 FOREIGN KEY(thing) REFERENCES thing (id));
CREATE INDEX ix_device_thing ON device (thing);
CREATE TABLE quarantine (id INTEGER NOT NULL, source VARCHAR NOT NULL, topic VARCHAR NOT NULL,
 device VARCHAR NOT NULL, reason VARCHAR NOT NULL, detail TEXT NOT NULL, payload BLOB NOT NULL, digest BLOB NOT NULL,
 received BIGINT NOT NULL, first_seen BIGINT NOT NULL, last_seen BIGINT NOT NULL, count BIGINT NOT NULL,
 PRIMARY KEY (id), UNIQUE (source, device, reason, topic, digest));
INSERT INTO thing VALUES ('a', 'a', 'parking_spot', 12.1, 54.1, '', '', 0, '{}');
INSERT INTO device VALUES ('d', 'plain', 'a');
INSERT INTO quarantine VALUES (1, 'city', 't', 'x', 'unknown_device', 'who?', 'p', 'digest', 5000, 1000, 5000, 3);
"""


@pytest.fixture
def earlier(tmp_path: Path) -> str:
    file = tmp_path / "catalogue.sqlite"
    connection = sqlite3.connect(file)
    connection.executescript(BEFORE_ASSIGNMENTS)
    connection.close()
    return f"sqlite:///{file}"


def test_devices_and_messages_are_there(earlier: str):
    for _ in range(2):
        catalogue = Catalogue(earlier)
        ((device,),) = catalogue.devices().values()
        assert (device.id, device.thing.id, device.always) == ("d", "a", True)
        assert [entry.count for entry in catalogue.quarantine()] == [3]
        ((waiting,), _) = catalogue.waiting()
        assert waiting.received == (1000, 5000)
        catalogue.close()


def test_several_may_come_first(earlier: str):
    def open_and_count(_: int) -> int:
        catalogue = Catalogue(earlier)
        count = len(catalogue.devices())
        catalogue.close()
        return count

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(open_and_count, range(8))) == [1] * 8
