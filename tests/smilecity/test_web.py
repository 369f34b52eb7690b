from __future__ import annotations

import pytest

from smilecity.web import bind


def test_a_port_that_is_taken_is_told_with_the_way_out():
    with bind("127.0.0.1", 0) as listener:
        listener.listen()
        with pytest.raises(OSError, match="--port"):
            bind("127.0.0.1", listener.getsockname()[1])
