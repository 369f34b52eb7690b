from __future__ import annotations

import pytest

from ingest.connection import LOST, NO_ANSWER, UNSUPPORTED
from ingest.version import Version

STOOD = (True, LOST)


@pytest.mark.parametrize(
    ("asked", "ends", "version"),
    [
        ("auto", [], "5"),
        ("auto", [(False, "no connection")], "5"),
        ("auto", [(False, NO_ANSWER)], "3.1.1"),
        ("auto", [(False, UNSUPPORTED)], "3.1.1"),
        ("auto", [(False, NO_ANSWER), (False, "no connection")], "3.1.1"),
        ("auto", [(False, NO_ANSWER), (False, NO_ANSWER)], "5"),
        # A network that is bad for a while makes no old broker of one that has spoken MQTT 5.
        ("auto", [STOOD, (False, NO_ANSWER)], "5"),
        ("auto", [STOOD, (False, NO_ANSWER), (False, NO_ANSWER)], "5"),
        # One that was silent is asked again, one that said no is not.
        ("auto", [(False, NO_ANSWER), STOOD], "5"),
        ("auto", [(False, UNSUPPORTED), STOOD], "3.1.1"),
        ("auto", [(False, NO_ANSWER), STOOD, STOOD, (False, NO_ANSWER)], "5"),
        # A broker that was replaced by an older one says so.
        ("auto", [STOOD, (False, UNSUPPORTED)], "3.1.1"),
        ("5", [(False, NO_ANSWER)], "5"),
        ("3.1.1", [(False, NO_ANSWER), STOOD], "3.1.1"),
    ],
)
def test_the_version_of_the_next_connection(asked: str, ends: list[tuple[bool, str]], version: str):
    spoken = Version(asked)
    for stood, refusal in ends:
        spoken.note(stood=stood, refusal=refusal)
    assert spoken.next == version
