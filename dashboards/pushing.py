"""What is to be done so that a Grafana has the boards of the declarations: found first, then done, or only told.

Ours is what lies in our folder, bears our tag and has a uid of ours; a copy that somebody made there has another uid.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any

from dashboards.building import built
from dashboards.provisioning import NAMES, source_of
from dashboards.setting import FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dashboards.grafana import Grafana
    from dashboards.setting import Setting
    from storage.drawing import Source

TITLE = "Smile City"
_OWN = frozenset({"id", "version", "schemaVersion", "iteration"})
"""Of a board, what Grafana numbers by itself."""


class Deed(StrEnum):
    """What is to be done with something."""

    MAKE = "make"
    CHANGE = "change"
    REMOVE = "remove"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do."""

    deed: Deed
    what: str
    name: str
    do: Callable[[], None]
    difference: str = ""
    """Where what is there differs."""


def plan(grafana: Grafana, setting: Setting, *, secrets: bool = False) -> Iterator[Step]:
    """Find what is to be done, looking at one thing after the other; with ``secrets`` these are sent in any case."""
    yield _folder(grafana)
    for uid, source in setting.sources().items():
        yield _source(grafana, uid, source, secrets=secrets)
    boards = {board["uid"]: board for board in built(setting).values()}
    for board in boards.values():
        yield _board(grafana, board)
    yield from _pruned(grafana, boards)


def _folder(grafana: Grafana) -> Step:
    found = grafana.folder(FOLDER)
    return Step(Deed.MAKE if found is None else Deed.KEEP, "folder", TITLE, lambda: grafana.make_folder(FOLDER, TITLE))


def _source(grafana: Grafana, uid: str, source: Source, *, secrets: bool) -> Step:
    wanted, found = source_of(uid, source, written=False), grafana.source(uid)
    if found is None:
        return Step(Deed.MAKE, "data source", NAMES[uid], partial(grafana.make_source, wanted))
    different = difference(found, {name: value for name, value in wanted.items() if name != "secureJsonData"})
    missing = set(source.secrets) - {name for name, known in (found.get("secureJsonFields") or {}).items() if known}
    if missing and not different:
        different = f"secureJsonData.{min(missing)}"
    if secrets and source.secrets and not different:
        different = "secrets are sent again"
    deed = Deed.CHANGE if different else Deed.KEEP
    return Step(deed, "data source", NAMES[uid], partial(grafana.change_source, wanted), different)


def _board(grafana: Grafana, wanted: dict[str, Any]) -> Step:
    put, found = partial(grafana.put_board, wanted, FOLDER), grafana.board(wanted["uid"])
    if found is None:
        return Step(Deed.MAKE, "board", wanted["title"], put)
    different = difference(found["dashboard"], {name: one for name, one in wanted.items() if name not in _OWN})
    if found.get("meta", {}).get("folderUid") != FOLDER:
        different = "it lies in another folder"
    return Step(Deed.CHANGE if different else Deed.KEEP, "board", wanted["title"], put, different)


def _pruned(grafana: Grafana, wanted: Mapping[str, Any]) -> Iterator[Step]:
    """Remove what is ours and is no longer made."""
    for found in grafana.boards(FOLDER):
        uid = found["uid"]
        if found.get("folderUid") == FOLDER and uid.startswith(f"{FOLDER}-") and uid not in wanted:
            yield Step(Deed.REMOVE, "board", found.get("title", uid), partial(grafana.remove_board, uid))


def difference(found: Any, wanted: Any, place: str = "") -> str:
    """Name the first place at which what is found is not what is wanted; Grafana may have added members of its own.

    >>> difference({"a": [1, {"b": 2}], "c": 3}, {"a": [1, {"b": 4}]})
    'a[1].b'
    """
    if isinstance(wanted, dict) and isinstance(found, dict):
        inner = ((f"{place}.{name}".lstrip("."), found.get(name), one) for name, one in wanted.items())
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        inner = ((f"{place}[{at}]", have, one) for at, (have, one) in enumerate(zip(found, wanted, strict=True)))
    else:
        return "" if found == wanted or (found is None and wanted in ({}, [], False)) else place or "everything"
    return next((told for where, have, one in inner if (told := difference(have, one, where))), "")
