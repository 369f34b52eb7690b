"""Who runs under a worker's name: whoever came last, and the one before hears of it with a sentence."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from storage import presence
from storage.database import reading, writing
from storage.presence import ReplacedError, Runner
from storage.tables import PRESENCE

if TYPE_CHECKING:
    from storage.catalogue import Catalogue

WORK = "processing"


def say(catalogue: Catalogue, runner: Runner, until: int = 1) -> None:
    with writing(catalogue._engine) as connection:
        presence.say(connection, WORK, runner, until)
    runner.new = False


def there(catalogue: Catalogue) -> list[tuple[object, ...]]:
    with reading(catalogue._engine) as connection:
        return [tuple(row) for row in connection.execute(PRESENCE.select())]


def leave(catalogue: Catalogue, runner: Runner) -> bool:
    with writing(catalogue._engine) as connection:
        return presence.leave(connection, WORK, runner)


def test_who_comes_last_has_the_name(catalogue: Catalogue):
    old, new = Runner("a"), Runner("a")
    say(catalogue, old, 5)
    say(catalogue, old, 6)
    assert there(catalogue) == [(WORK, "a", 6, old.token)]
    say(catalogue, new, 7)
    with pytest.raises(ReplacedError):
        say(catalogue, old, 8)
    say(catalogue, new, 9)
    assert there(catalogue) == [(WORK, "a", 9, new.token)]


def test_the_other_is_named_and_the_way_out(catalogue: Catalogue):
    old, new = Runner("a"), Runner("a")
    for each in (old, new):
        say(catalogue, each)
    with reading(catalogue._engine) as connection, pytest.raises(ReplacedError) as told:
        presence.unless_replaced(connection, WORK, old)
    assert str(told.value) == (
        f"another process goes by the name 'a' and has taken its work over (process {os.getpid()} on "
        f"{socket.gethostname()}): this one computes nothing more. Give each process a --worker of its own"
    )
    assert new.token.rpartition(" ")[2] not in str(told.value)


def test_what_is_another_s_is_not_taken_away(catalogue: Catalogue):
    old, new = Runner("a"), Runner("a")
    for each in (old, new):
        say(catalogue, each)
    assert not leave(catalogue, old)
    assert there(catalogue) == [(WORK, "a", 1, new.token)]
    assert leave(catalogue, new)
    assert there(catalogue) == []


def test_names_and_works_do_not_meddle(catalogue: Catalogue):
    one, two = Runner("a"), Runner("b")
    for each in (one, two, one):
        say(catalogue, each)
    with writing(catalogue._engine) as connection:
        presence.say(connection, "another work", Runner("a"), 1)
    say(catalogue, one)
    assert leave(catalogue, two)


def test_who_was_there_before_there_were_tokens_is_replaced(catalogue: Catalogue):
    with writing(catalogue._engine) as connection:
        connection.execute(PRESENCE.insert().values(work=WORK, worker="a", until=1))
    one = Runner("a")
    say(catalogue, one)
    assert there(catalogue) == [(WORK, "a", 1, one.token)]
