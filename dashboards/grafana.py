"""A Grafana, asked and told over its HTTP API. The only file that knows grafana-client.

Its version 3 is the last one that goes by ``requests``: what later ones go by puts itself in the place of urllib3,
through which the store of InfluxDB writes.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

try:
    from grafana_client.api import GrafanaApi
    from grafana_client.client import GrafanaClientError, GrafanaException
except ModuleNotFoundError as absent:
    raise ValueError("boards need grafana-client: pip install 'smilecity[boards]'") from absent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

TIMEOUT_S = 20.0
MOST = 5000
"""Boards in one answer: Grafana's own limit."""
_SHOWN = 300


class Grafana:
    """One Grafana; a context manager. Every method raises OSError, with a sentence, where Grafana will not."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"'{url[:80]}' is no address of a Grafana: write http://host:3000")
        if parts.username or parts.password:
            raise ValueError(
                "a password in the address of Grafana stands in the process list: make a service account's token in "
                "Grafana, and put it into SMILECITY_GRAFANA_TOKEN or a file named by SMILECITY_GRAFANA_TOKEN_FILE"
            )
        self._url = url
        self._what = f"Grafana at {url}"
        prefix = parts.path.strip("/")
        self._api = GrafanaApi(
            auth=token or None,
            protocol=parts.scheme,
            host=f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname,
            port=parts.port,
            url_path_prefix=f"{prefix}/" if prefix else "",
            timeout=TIMEOUT_S,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._api.client.s.close()

    def version(self) -> tuple[int, ...]:
        """Give its version, nothing where it hides it. Raises OSError where what answers is no Grafana."""
        with self._told("say how it is"):
            told = _there(self._api.health.check)
        if not isinstance(told, dict) or "database" not in told:
            raise OSError(f"what answers at {self._url} is no Grafana: give the address of one")
        return tuple(map(int, re.findall(r"\d+", str(told.get("version", "")))))[:3]

    def folder(self, uid: str) -> dict[str, Any] | None:
        """Give a folder, None where it is not there."""
        with self._told(f"show the folder '{uid}'"):
            return _there(lambda: self._api.folder.get_folder(uid))

    def make_folder(self, uid: str, title: str) -> None:
        """Make a folder."""
        with self._told(f"make the folder '{title}'"):
            self._api.folder.create_folder(title, uid)

    def source(self, uid: str) -> dict[str, Any] | None:
        """Give a data source, None where it is not there; its secrets are told by name alone."""
        with self._told(f"show the data source '{uid}'"):
            return _there(lambda: self._api.datasource.get_datasource_by_uid(uid))

    def make_source(self, described: dict[str, Any]) -> None:
        """Make a data source."""
        with self._told(f"make the data source '{described['name']}'"):
            self._api.datasource.create_datasource(described)

    def change_source(self, described: dict[str, Any]) -> None:
        """Change the data source of a uid."""
        with self._told(f"change the data source '{described['name']}'"):
            self._api.client.PUT(f"/datasources/uid/{described['uid']}", json=described)

    def board(self, uid: str) -> dict[str, Any] | None:
        """Give a board with what is known of it (``dashboard``, ``meta``), None where it is not there."""
        with self._told(f"show the board '{uid}'"):
            return _there(lambda: self._api.dashboard.get_dashboard(uid))

    def put_board(self, board: dict[str, Any], folder: str) -> None:
        """Make a board in a folder, or change the one of its uid, wherever it is."""
        said = {"dashboard": {**board, "id": None}, "folderUid": folder, "overwrite": True, "message": "smilecity"}
        with self._told(f"take the board '{board['title']}'"):
            self._api.dashboard.update_dashboard(said)

    def remove_board(self, uid: str) -> None:
        """Remove a board."""
        with self._told(f"remove the board '{uid}'"):
            self._api.dashboard.delete_dashboard(uid)

    def boards(self, tag: str) -> list[dict[str, Any]]:
        """List all boards that bear a tag: ``uid``, ``title``, ``folderUid``."""
        with self._told("list its boards"):
            found: list[dict[str, Any]] = self._api.client.GET(f"/search?type=dash-db&tag={tag}&limit={MOST}")
            return found

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Turn what the client raises into sentences; none of them repeats the token."""
        try:
            yield
        except GrafanaException as error:
            raise self._refusal(error, what) from None
        except (OSError, ValueError) as error:
            sentence = f"{self._what} does not answer as Grafana does ({_reason(error)}): start it, or give its address"
            raise OSError(sentence) from None

    def _refusal(self, error: GrafanaException, what: str) -> OSError:
        told = error.response.get("message", "") if isinstance(error.response, dict) else str(error.response)
        said = f"{self._what} would not {what}: HTTP {error.status_code} {told[:_SHOWN]}".strip()
        if "provisioned" in told.lower() or "read-only" in told.lower():
            return OSError(
                f"{said}. It comes from files: write those with 'smilecity boards export', or take them away"
            )
        if error.status_code in {401, 403}:
            return PermissionError(
                f"{said}. Put the token of a service account that may edit data sources, folders and boards (role "
                "Admin) into SMILECITY_GRAFANA_TOKEN"
            )
        return OSError(said)


def _reason(error: BaseException) -> str:
    """Say in a few words why nothing was answered: what the system said, where it did, is the innermost of all."""
    inner = getattr(error, "reason", None) or error.__cause__ or error.__context__
    if isinstance(inner, BaseException):
        return _reason(inner)
    if isinstance(error, JSONDecodeError):
        return "what came is no JSON"
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__)[:_SHOWN]


def _there(ask: Any) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = ask()
    except GrafanaClientError as error:
        if error.status_code == 404:
            return None
        raise
    return found
