"""The catalogue's schema, version by version: Alembic's revisions, one file each in ``versions``.

A file is named after its revision, ``r0002_what_it_does.py``, and is never changed once it was released. To add one,
change ``storage.tables`` and write the step from the newest one to it; the tests compare where they end.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from pkgutil import iter_modules
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

FOLDER = Path(__file__).parent
_ONE_AT_A_TIME = Lock()
"""Alembic keeps what it works on in the module ``alembic.op``, for all threads."""


@cache
def known() -> tuple[str, ...]:
    """Give every revision in its order, told by the names of the files: nothing is loaded for it."""
    names = (module.name for module in iter_modules([str(FOLDER / "versions")]))
    return tuple(sorted(name.split("_")[0].removeprefix("r") for name in names))


def newest() -> str:
    """Give the revision of this version."""
    return known()[-1]


def run(connection: Connection, upto: str = "head") -> None:
    """Bring a catalogue up, within the caller's transaction."""
    # Loading Alembic takes longer than opening a catalogue, and most are up.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    with _ONE_AT_A_TIME:
        command.upgrade(config, upto)
