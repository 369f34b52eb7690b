"""Groups of things have ids too, and results are kept under these: no thing may be called as a group is."""

from __future__ import annotations

CITY = "city"
SITE, DISTRICT, OPERATOR, FRACTION = "site", "district", "operator", "fraction"
KINDS = (SITE, DISTRICT, OPERATOR, FRACTION)
"""What stands before the colon of the id of a group that is not the whole city: ``district:Mitte``."""


def named(kind: str, name: str = "") -> str:
    """Name a group of a kind; the city has no name beside that."""
    return f"{kind}:{name}" if name else kind


def is_of_group(identity: str) -> bool:
    """Tell whether an id is one that a group has, or could have: ``city``, ``site:...``, ``district:...``."""
    kind, colon, _ = identity.partition(":")
    return identity == CITY or (bool(colon) and kind in KINDS)
