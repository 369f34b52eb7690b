"""Notes in the audit log what is administered at a terminal: by which user of which machine."""

from __future__ import annotations

import getpass
import socket
from typing import TYPE_CHECKING

from storage.audit import Deed

if TYPE_CHECKING:
    from storage.catalogue import Catalogue

LONGEST = 2000
"""Characters of what is noted."""


def noted(catalogue: Catalogue, action: str, operator: str = "") -> None:
    """Note what was done just now; ``operator`` is the company that it concerns."""
    deed = Deed(who=_user(), whence=f"terminal of {socket.gethostname()}", action=action[:LONGEST], operator=operator)
    catalogue.audit.note(deed)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may run as a user that has no name
        return "unnamed user"
