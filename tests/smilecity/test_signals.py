"""Ctrl-C as a terminal sends it: to all processes of a command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from subprocess import PIPE
from typing import TYPE_CHECKING

import pytest

from smilecity.signals import STOPPED

if TYPE_CHECKING:
    from collections.abc import Iterator

BEGIN = "from smilecity import cli, signals\ndef command():\n    print('asked', flush=True)\n"
END = "\ncli.app = command\ncli.main()\n"
QUERY = "    import duckdb; duckdb.sql('SELECT count(*) FROM range(1000000) a, range(10000000) b').fetchall()"
EXECUTED = '    exec("while True: pass")'
"""Python remembers a KeyboardInterrupt that passes an exec, and ends itself by the signal."""
STREAM = """
    import duckdb, pyarrow
    schema = pyarrow.schema({'a': pyarrow.int64()})
    def parts():
        while True: yield pyarrow.record_batch({'a': range(1000)}, schema)
    given = pyarrow.RecordBatchReader.from_batches(schema, parts())
    duckdb.sql('SELECT count(*) FROM given').fetchall()"""
DEAF = """
    import time
    while True:
        try: time.sleep(60)
        except KeyboardInterrupt: pass"""

CLEAN = """
    import threading
    signals.GRACE_S, stop = 0.1, signals.stop_on_signals()
    print('listens', flush=True)
    print(stop.wait(60))
    threading.Event().wait(0.5)
    print('ended')"""

CHILD = "import os, signal; os.kill(os.getpid(), signal.SIGINT); print('lives')"
STARTING = """
    with signals.starting_children():
        print('starts', flush=True)
        sys.stdin.read()
        print(subprocess.check_output([sys.executable, '-c', CHILD], text=True), end='', flush=True)
    print('never')"""


@contextmanager
def asking(body: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the command line with a command of the tests', in a session of its own, to where that command began."""
    code = [sys.executable, "-c", BEGIN + body + END]
    with subprocess.Popen(code, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"asked\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("body", [QUERY, STREAM, EXECUTED])
def test_a_query_that_is_broken_off_is_one_sentence(body: str, number: int, status: int):
    with asking(body) as process:
        os.killpg(process.pid, number)
        said = process.communicate(timeout=60)
    assert (process.returncode, said) == (status, (b"", STOPPED))


@pytest.mark.parametrize(("grace", "sent"), [("0.1", [signal.SIGINT]), ("1e6", [signal.SIGINT, signal.SIGTERM])])
def test_what_goes_on_nevertheless_is_ended_after_a_while_or_by_a_second_signal(grace: str, sent: list[int]):
    with asking(f"    signals.GRACE_S = {grace}; print('deaf', flush=True){DEAF}") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"deaf\n"
        for number in sent:
            os.killpg(process.pid, number)
        said = process.communicate(timeout=60)
    assert process.returncode in {128 + number for number in sent}
    assert said == (b"", STOPPED)


def test_what_stops_by_itself_may_take_longer():
    with asking(CLEAN) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"listens\n"
        os.killpg(process.pid, signal.SIGTERM)
        said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, (b"True\nended\n", b""))


def test_ctrl_c_waits_until_children_are_started_and_does_not_reach_them():
    body = f"    import subprocess, sys{STARTING.replace('CHILD', repr(CHILD))}"
    with asking(body) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == b"starts\n"
        os.killpg(process.pid, signal.SIGINT)
        said = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, (b"lives\n", STOPPED))
