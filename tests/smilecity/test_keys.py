"""``smilecity keys`` as a person runs it, beside a running platform."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import msgspec
import pytest

from storage.catalogue import Catalogue
from tests.servers import free_port, wait_until
from tests.smilecity.running import COMMAND, Running, smilecity, up

if TYPE_CHECKING:
    from pathlib import Path

TWO = """id,name,kind,longitude,latitude,capacity,operator,public
open,Open,parking_lot,12.1,54.1,10,PGR,true
staff,Staff,parking_lot,12.1,54.1,10,PGR,false
"""


def keys(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = smilecity("keys", *arguments, "--data", str(folder / "city"))
    assert done.returncode == 0, done.stderr
    return done


def seen(running: Running, key: str = "") -> Any:
    """Give the ids of the things that are seen, or the status of a refusal."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        with urlopen(Request(f"http://127.0.0.1:{running.port}/v1/things", headers=headers), timeout=10) as answer:
            return [one["id"] for one in msgspec.json.decode(answer.read())["things"]]
    except HTTPError as error:
        return error.code


def test_the_first_key_closes_the_door_and_a_key_goes_from_hand_to_hand(tmp_path: Path):
    (tmp_path / "two.csv").write_text(TWO)
    assert smilecity("things", "add", str(tmp_path / "two.csv"), "--data", str(tmp_path / "city")).returncode == 0
    with up(tmp_path, "--mqtt-port", str(free_port())) as running:
        assert seen(running) == ["open", "staff"]
        assert "who asks on this machine sees everything" in running.output()
        made = keys(tmp_path, "new", "desk", "--operator", "PGR", "--scope", "read", "--expires", "+30d")
        first = made.stdout.strip()
        wait_until(lambda: seen(running) == ["open"], what="the door to be closed")
        assert seen(running, first) == ["open", "staff"]
        second = keys(tmp_path, "rotate", first[:11], "--grace", "+1h").stdout.strip()
        assert seen(running, second) == seen(running, first) == ["open", "staff"]
        keys(tmp_path, "revoke", second[:11])
        wait_until(lambda: seen(running, second) == 401, what="the key to open nothing")
        listed = keys(tmp_path, "list", "--all").stdout
        assert "revoked" in listed
        assert first not in listed + running.output()
        # whoever may write the catalogue needs no key of their own
        asked = [*COMMAND, "query", "staff", "available_spot_number", "--data", str(tmp_path / "city")]
        answer = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False, env={**os.environ})
        assert (answer.returncode, answer.stdout.strip().replace('"', "")) == (
            0,
            "phenomenon_time,result_time,result,quality,coverage,samples,revision",
        ), answer.stderr
        assert len(keys(tmp_path, "list", "--all").stdout.splitlines()) == len(listed.splitlines())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("new", "desk", "--scope", "everything"), "no scope 'everything'"),
        (("new", "desk", "--expires", "-1d"), "expired already"),
        (("rotate", "sc_abc"), "no key 'sc_abc'"),
    ],
)
def test_what_cannot_be_is_a_sentence(tmp_path: Path, arguments: tuple[str, ...], said: str):
    Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite").close()
    done = smilecity("keys", *arguments, "--data", str(tmp_path))
    assert done.returncode == 1
    assert said in done.stderr
