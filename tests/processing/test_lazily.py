"""Properties that are found once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

from processing.lazily import lazily


@dataclass(frozen=True)
class Square:
    side: int
    asked: list[int]

    @lazily
    def area(self) -> int:
        """Give the area."""
        self.asked.append(self.side)
        return self.side**2


def test_it_is_found_once_and_of_each_object_alone():
    two, three = Square(2, []), Square(3, [])
    assert [two.area, three.area, two.area] == [4, 9, 4]
    assert (two.asked, three.asked) == ([2], [3])
    assert Square.area.__doc__ == "Give the area."


def test_threads_do_not_wait_for_each_other():
    """Both are amid it at once, which a lock would never let happen."""
    both = Barrier(2, timeout=30)

    class Meeting:
        @lazily
        def met(self) -> int:
            return both.wait()

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(lambda one: one.met, (Meeting(), Meeting()))) == [0, 1]
