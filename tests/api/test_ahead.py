from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from api.ahead import ahead

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_every_item_in_its_order():
    assert list(ahead(iter(range(1, 6)))) == [1, 2, 3, 4, 5]
    assert list(ahead(iter(()))) == []


def test_the_next_one_is_made_meanwhile_and_no_more():
    made: list[int] = []
    second = threading.Event()

    def items() -> Iterator[int]:
        for number in range(1, 9):
            made.append(number)
            if number == 2:
                second.set()
            yield number

    given = ahead(items())
    assert next(given) == 1
    assert second.wait(20)
    assert made == [1, 2]
    given.close()  # type: ignore[attr-defined]
    assert made == [1, 2]


def test_a_failure_comes_in_its_turn():
    def items() -> Iterator[int]:
        yield 1
        raise OSError("away")

    given = ahead(items())
    assert next(given) == 1
    with pytest.raises(OSError, match="away"):
        next(given)
