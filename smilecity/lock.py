"""One platform per data folder: a lock that the system lets go of when its holder ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TextIO


class DataInUseError(Exception):
    """Another process runs on the same data; the message is a sentence that names it, ``url`` where it answers."""

    def __init__(self, data: Path, holder: str, url: str) -> None:
        at = f" at {url}" if url else ""
        super().__init__(
            f"The data in '{data}' is in use by {holder}{at}. Stop that first, or choose another folder with --data."
        )
        self.url = url


def hold(data: Path, what: str, url: str = "") -> TextIO:
    """Lock a data folder (made if missing) for this process; keep the returned file open as long as it should be held.

    ``what`` and ``url`` tell others who holds it. Raises DataInUseError when another process does.
    """
    data.mkdir(parents=True, exist_ok=True)
    file = (data / "lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder, at, *_ = [*file.read().splitlines(), "", ""]
        file.close()
        raise DataInUseError(data, holder or "another process", at) from None
    file.seek(0)
    file.truncate()
    file.write(f"{what} (process {os.getpid()})\n{url}\n")
    file.flush()
    return file
