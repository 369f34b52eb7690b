"""Boards as files: what Grafana reads at its start, without anybody clicking.

``provisioning/`` goes into Grafana's folder of that name, ``dashboards/`` where the provider looks, and
``gazetteer/smilecity.json`` into ``public/gazetteer`` below Grafana's own folder. No secret stands in any of them:
Grafana puts environment variables in.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dashboards.building import built, uid_of
from dashboards.setting import FOLDER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from dashboards.contact import Contact
    from dashboards.setting import Setting
    from storage.drawing import Source

NAMES = {"smilecity-store": "Smile City", "smilecity-metrics": "Smile City, metrics"}


def files(
    setting: Setting, *, boards_at: str, places: list[dict[str, Any]], contacts: tuple[Contact, ...] = ()
) -> Iterator[tuple[str, str]]:
    """Give the name and the text of every file, the boards one by one. YAML is written as JSON, which it includes.

    ``boards_at`` is the folder of the boards as Grafana sees it. Raises ValueError where it cannot read the store.
    """
    sources = [source_of(uid, source, written=True) for uid, source in setting.sources().items()]
    yield "provisioning/datasources/smilecity.yaml", _text({"apiVersion": 1, "datasources": sources})
    yield "provisioning/dashboards/smilecity.yaml", _text({"apiVersion": 1, "providers": [_provider(boards_at)]})
    if contacts:
        points = [one.written() for one in contacts]
        yield "provisioning/alerting/smilecity.yaml", _text({"apiVersion": 1, "contactPoints": points})
    yield "gazetteer/smilecity.json", _text(places)
    for name, board in built(setting).items():
        yield f"dashboards/{uid_of(name)}.json", _text(board)


def stale(folder: Path, names: Collection[str]) -> tuple[Path, ...]:
    """List files of ours in a folder that are no longer written: Grafana would go on showing what is in them."""
    ours = (*folder.glob(f"dashboards/{FOLDER}-*.json"), *folder.glob(f"provisioning/*/{FOLDER}.yaml"))
    kept = {folder / name for name in names}
    return tuple(sorted(path for path in ours if path not in kept))


def source_of(uid: str, source: Source, *, written: bool) -> dict[str, Any]:
    """Describe a data source as Grafana's files do, or as its API does, which takes secrets as they are."""
    secrets = {name: secret.written if written else secret.value for name, secret in source.secrets.items()}
    described: dict[str, Any] = {
        "uid": uid,
        "name": NAMES[uid],
        "type": source.type,
        "access": "proxy",
        "url": source.url,
        "jsonData": dict(source.options),
    }
    if source.user:
        described |= {"basicAuth": True, "basicAuthUser": source.user}
    return described | ({"secureJsonData": secrets} if secrets else {})


def _provider(boards_at: str) -> dict[str, Any]:
    return {
        "name": "Smile City",
        "folder": "Smile City",
        "folderUid": FOLDER,
        "type": "file",
        "allowUiUpdates": False,
        "options": {"path": boards_at},
    }


def _text(content: Mapping[str, Any] | list[dict[str, Any]]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
